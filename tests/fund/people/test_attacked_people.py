"""People and their door, attacked: tries spent for others, addresses nobody can write to, looks without a trace."""

from typing import Any

import pytest
from sqlmodel import Session, select

from fund import audit, limits, post, walls
from fund.audit import Sought
from fund.db import Database
from fund.limits import Limit
from fund.people import errors, staff
from fund.people.models import FormerEmailRow
from fund.people.powers import Grant
from fund.rights import effects
from fund.settings import Settings
from tests.fund.browsing import MAKER, Browser, a_person, form_token, sign_in, signed_in, with_officer

OFFICE = "198.51.100.7"


def test_an_address_typed_as_a_name_spends_nobody_s_tries(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with with_officer(database_url) as client:
        with client.app.state.database.read() as session:
            row = staff.named(session, "officer")
        assert row is not None
        for name in (OFFICE, str(row.id)):
            monkeypatch.setattr(walls, "subscriber", lambda _, name=name: f"of {name}")
            assert [sign_in(client, name, "wrong").status_code for _ in range(10)] == [403] * 10
        monkeypatch.setattr(walls, "subscriber", lambda _: OFFICE)
        assert sign_in(client).status_code == 303, "the office still comes in"


@pytest.mark.parametrize(
    "email",
    [
        "a\0b@c.de",
        "a@b.c\0d",
        "a\x7fb@c.de",
        "a\u202eb@c.de",
        "ก@ข.คง",
        "a@b..cd",
        "a@[1.2.3.4].de",
        ".a@c.de",
        "a\\@c.de",
    ],
)
def test_an_address_that_no_letter_reaches_is_refused(database: Database, email: str) -> None:
    with database.write() as session, pytest.raises(errors.EmailError):
        staff.invite(session, "somchai", [], email=email, by=MAKER)


@pytest.mark.parametrize("email", ["nok@fund.example", "o'neil+fund@a-b.example", "=1+1@c.de"])
def test_an_address_that_is_taken_can_be_written_to(database: Database, email: str) -> None:
    with database.write() as session:
        staff.invite(session, "somchai", [], email=email, by=MAKER)
    assert post.letter(Settings(), sender="fund", to=email, subject="s", text="t", key="k").as_bytes()


def refused_on(client: Browser, person_id: object) -> Any:
    """The page of a person that answers a role nobody knows."""
    typed = {"csrf_token": form_token(client), "role": "king"}
    return client.post(f"/staff/people/{person_id}/roles", data=typed)


def test_a_refusal_that_shows_a_person_is_a_look(database: Database, database_url: str) -> None:
    with signed_in(database_url, "boss", Grant("administrator")) as client:
        with database.write() as session:
            nok = a_person(session, "nok", Grant("valuer"))
            staff.change_email(session, nok.id, "nok@fund.example", by=MAKER)
        answer = refused_on(client, nok.id)
    assert answer.status_code == 400 and "nok@fund.example" in answer.text
    with database.read() as session:
        looks = audit.acts(session, Sought(subject=str(nok.id), is_view=True), limit=9)
    assert [one.actor for one in looks] == ["boss"]


def test_whoever_is_forgotten_leaves_no_former_address(database: Database) -> None:
    with database.write() as session:
        nok = a_person(session, "nok", Grant("valuer"))
        for email in ("one@fund.example", "two@fund.example"):
            staff.change_email(session, nok.id, email, by=MAKER)
        staff.end(session, staff.grants_of(session, nok.id)[0].id or nok.id, by=MAKER)
        effects.apply(session, nok.id, "staff", by=MAKER)
        assert not session.exec(select(FormerEmailRow)).all()


@pytest.mark.parametrize(("one", "other"), [("แดง ใจดี", "เเดง ใจดี"), ("สมคำ", "สมค\u0e4dา")])
def test_thai_names_that_look_alike_are_one(database: Database, one: str, other: str) -> None:
    with database.write() as session:
        staff.invite(session, one, [], by=MAKER)
        with pytest.raises(errors.PersonTakenError):
            staff.invite(session, other, [], by=MAKER)
        assert staff.named(session, other) is not None, "typed either way it is the same person's"


@pytest.mark.parametrize("name", ["b\u043ess", "\u0391nn", "Som \u0441hai"])
def test_a_name_of_two_alphabets_that_look_alike_is_refused(database: Database, name: str) -> None:
    with database.write() as session, pytest.raises(errors.PersonNameError):
        staff.invite(session, name, [], by=MAKER)


def test_a_guess_at_nobody_is_counted_as_often_as_one_at_somebody(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    honest = limits.count

    def counting(session: Session, limit: Limit, *whom: str) -> None:
        counted.append(len(whom))
        honest(session, limit, *whom)

    monkeypatch.setattr(limits, "count", counting)
    with with_officer(database_url) as client:
        sign_in(client, "officer", "wrong")
        somebody, counted[:] = list(counted), []
        sign_in(client, "nobody at all", "wrong")
    assert counted == somebody == [2, 1], "one time would tell them apart"


def test_a_form_sent_after_the_session_ended_leads_to_the_door_and_back(database_url: str) -> None:
    with with_officer(database_url) as client:
        page = f"{client.base_url}/staff/people"
        answer = client.post("/staff/people", data={"name": "x"}, headers={"referer": page})
    assert answer.status_code == 401 and 'href="/staff/sign-in?next=/staff/people"' in answer.text


def test_a_form_that_says_it_comes_from_no_address_leads_to_the_door_and_home(database_url: str) -> None:
    with with_officer(database_url) as client:
        answer = client.post("/staff/people", data={"name": "x"}, headers={"referer": "http://["})
    assert answer.status_code == 401 and 'href="/staff/sign-in?next=/staff"' in answer.text
