"""People over HTTP: invited by a link, given roles, taken out of them, suspended, reset; each act in the trail."""

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session, select

from fund import clock
from fund.audit import AuditRow
from fund.db import Database
from fund.errors import FundError
from fund.people import errors, staff
from fund.people.models import GrantRow, InvitationRow, PersonRow
from fund.people.powers import Grant
from tests.fund.browsing import MAKER, Browser, as_demo, browser, come_in, form_token, sign_in, signed_in
from tests.fund.donations.builders import found

ADMINISTRATOR = Grant("administrator")
PEOPLE = "/staff/people"
CHOSEN = {"password": "four words that fit"}


def post(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **typed})


def invite(client: Browser, name: str = "somchai", role: str = "storekeeper", **typed: str) -> str:
    """The path of the link that the administrator is shown."""
    shown = post(client, PEOPLE, name=name, role=role, **typed)
    found = re.search(r'<code class="link-text">http://[^/]+(/staff/invitation/[\w-]+)</code>', shown.text)
    assert found is not None, shown.text
    return found[1]


def acts(database: Database) -> list[str]:
    with database.read() as session:
        rows = session.exec(select(AuditRow).order_by(AuditRow.id)).all()  # type: ignore[arg-type]
        return [
            row.action for row in rows if row.action.partition(".")[0] in ("person", "role", "invitation", "session")
        ]


def person_id(database: Database, name: str = "somchai") -> str:
    with database.read() as session:
        row = staff.named(session, name)
        assert row is not None
        return str(row.id)


def test_the_link_that_is_shown_opens_the_door_once(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss, browser(database_url) as newcomer:
        link = invite(boss)
        assert "somchai" in newcomer.get(link).text
        assert newcomer.post(link, data={"password": "too short"}).status_code == 400
        assert newcomer.post(link, data=CHOSEN).status_code == 303
        assert newcomer.get("/staff").status_code == 200
        assert (newcomer.get(link).status_code, newcomer.post(link, data=CHOSEN).status_code) == (404, 404)
        assert sign_in(newcomer, "Somchai", CHOSEN["password"]).status_code == 303
    assert acts(database)[-4:] == ["person.invited", "role.given", "person.viewed", "invitation.accepted"]


def test_a_link_opens_for_three_days_and_is_not_in_the_database(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss, browser(database_url) as newcomer:
        link = invite(boss)
        with database.read() as session:
            assert link.rsplit("/", 1)[1] not in str([row.model_dump() for row in session.exec(select(InvitationRow))])
        later = clock.now() + staff.INVITED_FOR
        monkeypatch.setattr(clock, "now", lambda: later)
        assert newcomer.post(link, data=CHOSEN).status_code == 404
        monkeypatch.setattr(clock, "now", lambda: later - timedelta(seconds=1))
        assert newcomer.post(link, data=CHOSEN).status_code == 303


def test_a_role_taken_away_is_gone_at_the_next_request(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss, signed_in(database_url, "somchai") as somchai:
        assert somchai.get("/staff/lines").status_code == 200
        with database.read() as session:
            row = staff.named(session, "somchai")
            assert row is not None
            given = [grant for grant in staff.grants_of(session, row.id) if grant.role != "core_team"]
        for grant in given:
            assert post(boss, f"{PEOPLE}/{row.id}/roles/{grant.id}/end").status_code == 303
        assert somchai.get("/staff/lines").status_code == 403
        assert somchai.get("/staff/campaigns").status_code == 200
        assert post(boss, f"{PEOPLE}/{row.id}/roles", role="finance").status_code == 303
        assert somchai.get("/staff/lines").status_code == 200


def test_a_reset_voids_every_way_in_until_the_new_link_is_used(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss, browser(database_url) as somchai:
        come_in(somchai, "somchai", Grant("storekeeper"))
        shown = post(boss, f"{PEOPLE}/{person_id(database)}/reset").text
        link = re.findall(r"(/staff/invitation/[\w-]+)</code>", shown)[0]
        assert somchai.get("/staff").status_code == 303
        assert sign_in(somchai, "somchai").status_code == 403
        assert somchai.post(link, data=CHOSEN).status_code == 303
        assert somchai.get("/staff").status_code == 200


def test_whoever_is_suspended_is_out_at_once_and_in_again_when_let(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss, browser(database_url) as somchai:
        come_in(somchai, "somchai", Grant("storekeeper"))
        path = f"{PEOPLE}/{person_id(database)}"
        assert post(boss, f"{path}/suspend").status_code == 303
        assert somchai.get("/staff").status_code == 303
        assert sign_in(somchai, "somchai").status_code == 403
        assert post(boss, f"{path}/resume").status_code == 303
        assert sign_in(somchai, "somchai").status_code == 303


def test_a_session_is_ended_by_its_owner_and_by_the_administrator_and_by_nobody_else(
    database: Database, database_url: str
) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss, browser(database_url) as somchai:
        come_in(somchai, "somchai", Grant("storekeeper"))
        theirs = re.findall(r"/staff/sessions/([\w-]+)/end", somchai.get("/staff/sessions").text)
        others = re.findall(r"/staff/sessions/([\w-]+)/end", boss.get("/staff/sessions").text)
        assert (len(theirs), len(others)) == (1, 1)
        assert post(somchai, f"/staff/sessions/{others[0]}/end").status_code == 404
        assert post(boss, f"{PEOPLE}/{person_id(database, 'boss')}/sessions/{theirs[0]}/end").status_code == 404
        assert post(boss, f"{PEOPLE}/{person_id(database)}/sessions/{theirs[0]}/end").status_code == 303
        assert somchai.get("/staff").status_code == 303


REFUSED = {
    "an administrator with money": (Grant("finance"), errors.RolesConflictError),
    "no such role": (Grant("king"), errors.UnknownRoleError),
    "a place where none belongs": (Grant("finance", "district:4001"), errors.ScopeError),
    "no place where one belongs": (Grant("case_manager"), errors.ScopeError),
    "a place of another kind": (Grant("case_manager", "school:KK4001"), errors.ScopeError),
    "an empty place": (Grant("case_manager", "district:"), errors.ScopeError),
    "a place with words": (Grant("partner", "office:a b"), errors.ScopeError),
    "a place in Thai letters": (Grant("partner", "office:กสศ"), errors.ScopeError),  # the trail takes codes alone
    "a district that is elsewhere": (Grant("case_manager", "district:9999"), errors.NoSuchPlaceError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_role_that_does_not_fit_is_not_given(database: Database, name: str) -> None:
    found(database)
    grant, refusal = REFUSED[name]
    with database.write() as session, pytest.raises(refusal):
        made, _ = staff.invite(session, "boss", [ADMINISTRATOR], by=MAKER)
        staff.give(session, made, grant, by=MAKER)


def test_nobody_raises_or_ends_themselves(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        own = f"{PEOPLE}/{person_id(database, 'boss')}"
        for path in ("roles", "suspend", "reset"):
            assert post(boss, f"{own}/{path}", **({"role": "finance"} if path == "roles" else {})).status_code == 409


BAD_NAMES = ["", " ", "a@b", "a\u200bb", "\u202eevil", "a\nb\x00", "ก" * 101, "worker", "OPERATOR"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_that_could_deceive_is_refused(database: Database, name: str) -> None:
    with database.write() as session, pytest.raises(errors.PersonNameError):
        staff.invite(session, name, [], by=MAKER)


def test_names_are_shown_as_they_are_and_never_as_a_page(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        invite(boss, "<script>alert(1)</script>")
        invite(boss, "ก" * 100)
        page = boss.get(PEOPLE).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize(("one", "other"), [("Somchai", " SOMCHAI "), ("ａbc", "abc"), ("ใจ ดี", "ใจ  ดี")])
def test_names_that_look_alike_are_one(database: Database, one: str, other: str) -> None:
    with database.write() as session:
        staff.invite(session, one, [], by=MAKER)
        with pytest.raises(errors.PersonTakenError):
            staff.invite(session, other, [], by=MAKER)


@pytest.mark.parametrize("email", ["x", "a@b", "a b@c.th", "a@b.th\nBcc: c@d.th", "<a@b.th>"])
def test_what_is_no_address_is_refused(database: Database, email: str) -> None:
    with database.write() as session, pytest.raises(errors.EmailError):
        staff.invite(session, "somchai", [], email=email, by=MAKER)


def test_a_form_with_more_fields_gives_nothing_more(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        assert post(boss, PEOPLE, name="x", role="valuer", is_suspended="0").status_code == 400


def test_what_was_given_cannot_be_changed_or_deleted(database: Database) -> None:
    with database.write() as session:
        staff.invite(session, "somchai", [Grant("valuer")], by=MAKER)
    for act in (_raise, _forget):
        with pytest.raises(Exception, match="append-only"), database.write() as session:
            act(session)


def _raise(session: Session) -> None:
    session.exec(select(GrantRow)).one().role = "finance"
    session.flush()


def _forget(session: Session) -> None:
    session.delete(session.exec(select(GrantRow)).one())
    session.flush()


def test_a_further_link_serves_whoever_was_invited_and_nobody_else(database: Database) -> None:
    with database.write() as session:
        made, token = staff.invite(session, "somchai", [], by=MAKER)
        letter = staff.open_invitation(session, made)
        staff.accept(session, letter, "a hash")
        assert staff.open_invitation(session, made) == ""
        with pytest.raises(errors.InvitationError):
            staff.accept(session, token, "another hash")
        assert session.get_one(PersonRow, made).password_hash == "a hash"


def test_every_refusal_of_people_is_one_of_the_fund_s() -> None:
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__ == errors.__name__]
    assert all(issubclass(kind, FundError) for kind in kinds)


def test_nobody_locks_the_people_of_a_demonstration_out(database: Database, database_url: str) -> None:
    as_demo(database)
    with browser(database_url) as client:
        come_in(client, "demo-administrator")
        path = f"{PEOPLE}/{person_id(database, 'demo')}"
        for act, typed in (("suspend", {}), ("reset", {}), ("roles", {"role": "valuer"})):
            assert post(client, f"{path}/{act}", **typed).status_code == 409, act
        assert invite(client, "somebody new")
