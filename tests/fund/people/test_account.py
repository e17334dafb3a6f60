"""One's own password and address over HTTP: other browsers go, the former address hears of it, in no secret words."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, Final

import pytest
from sqlmodel import select

from fund import clock, jobs
from fund.audit import Actor, AuditRow
from fund.db import Database
from fund.outbox import OutboxRow
from fund.people import staff
from fund.people.errors import SignInNeededError
from fund.people.models import InvitationRow
from fund.people.powers import Grant
from fund.settings import Settings
from tests.builders import a_founded_fund
from tests.fund.browsing import MAKER, PASSWORD, Browser, a_person, browser, come_in, form_token, sign_in
from tests.fund.mail_server import MailServer, mail_server

ACCOUNT: Final = "/staff/account"
NEW: Final = "four other words that fit"
VALUER: Final = Grant("valuer")
EMAIL, OTHER = "nok@fund.example", "nok@elsewhere.example"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings(database: Database, database_url: str, tmp_path: Path, mail: MailServer) -> Settings:
    """A founded fund with a server for letters, and Nok, who values goods and has an address."""
    a_founded_fund(database)
    with database.write() as session:
        person = a_person(session, "nok", VALUER)
        staff.change_email(session, person.id, EMAIL, by=MAKER)
    url = f"smtp://127.0.0.1:{mail.port}"
    return Settings(database_url=database_url, mail_dir=str(tmp_path), smtp_url=url, mail_from="fund@example.org")


@pytest.fixture
def nok(settings: Settings, database_url: str) -> Iterator[Browser]:
    with browser(database_url) as client:
        come_in(client, "nok")
        yield client


def post(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **typed})


def letters(database: Database, settings: Settings, mail: MailServer) -> list[tuple[str, str]]:
    """To whom, and the whole letter, of what was sent by now."""
    while jobs.work_once(database, settings):
        pass
    read = [message_from_bytes(letter, policy=default) for letter in mail.letters]
    return [(str(letter["To"]), letter["Subject"] + letter.get_content()) for letter in read]


def acts(database: Database, room: str) -> list[str]:
    with database.read() as session:
        return [row.action for row in session.exec(select(AuditRow)) if row.action.startswith(room)]


def test_a_new_password_ends_every_other_browser_and_not_this_one(
    nok: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    with browser(settings.database_url) as elsewhere:
        come_in(elsewhere, "nok")
        former = nok.cookies["staff"]
        changed = post(nok, f"{ACCOUNT}/password", password=NEW)
        assert (changed.status_code, changed.headers["location"]) == (303, f"{ACCOUNT}?changed=password")
        nok.cookies.clear()
        nok.cookies.set("staff", changed.cookies["staff"])
        assert changed.cookies["staff"] != former and nok.get(ACCOUNT).status_code == 200
        assert elsewhere.get("/staff").status_code == 303
        assert elsewhere.get("/staff", headers={"cookie": f"staff={former}"}).status_code == 303
        assert [sign_in(elsewhere, "nok", typed).status_code for typed in (PASSWORD, NEW)] == [403, 303]
    ((to, text),) = letters(database, settings, mail)
    assert to == EMAIL and "รหัสผ่าน" in text and "password" in text and NEW not in text
    assert acts(database, "password.") == ["password.changed"]


def test_a_new_password_voids_every_link_that_was_still_open(nok: Browser, database: Database) -> None:
    with database.write() as session:
        row = staff.named(session, "nok")
        assert row is not None
        staff._new_invitation(session, row.id)
    assert post(nok, f"{ACCOUNT}/password", password=NEW).status_code == 303
    with database.read() as session:
        assert session.exec(select(InvitationRow)).all() == []


def test_a_password_chosen_while_an_administrator_resets_does_not_undo_the_reset(
    nok: Browser, database: Database
) -> None:
    with database.write() as session:
        found = staff.named(session, "nok")
        assert found
        staff.reset(session, found.id, by=MAKER)
        with pytest.raises(SignInNeededError):
            staff.change_password(session, found.id, "a hash", by=Actor("nok", found.id))


def test_a_short_password_is_refused_and_changes_nothing(nok: Browser, database: Database) -> None:
    refused = post(nok, f"{ACCOUNT}/password", password="canary")
    assert refused.status_code == 400 and "canary" not in refused.text
    assert nok.get("/staff").status_code == 200 and acts(database, "password.") == []


def test_the_former_address_hears_of_a_change(
    nok: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    for address in (OTHER, "third@fund.example"):
        assert post(nok, f"{ACCOUNT}/email", email=address).status_code == 303
    sent = letters(database, settings, mail)
    assert [to for to, _ in sent] == [EMAIL, OTHER], "also where it was changed twice before the first letter went"
    assert not any(address in text for _, text in sent for address in (OTHER, "third@"))
    with database.read() as session:
        assert not any("@" in row.subject for row in session.exec(select(OutboxRow)))
        assert staff.named(session, OTHER) is None and staff.named(session, "third@fund.example") is not None


REFUSED = {"nothing that is an address": ("a@b", 400), "somebody else's": ("taken@fund.example", 409)}


@pytest.mark.parametrize("name", REFUSED)
def test_an_address_that_does_not_fit_is_refused_and_stays_typed(nok: Browser, database: Database, name: str) -> None:
    with database.write() as session:
        staff.invite(session, "other", [], email="taken@fund.example", by=MAKER)
    address, status = REFUSED[name]
    refused = post(nok, f"{ACCOUNT}/email", email=address)
    assert refused.status_code == status and f'value="{address}"' in refused.text
    with database.read() as session:
        assert staff.named(session, EMAIL) is not None


def test_the_same_address_again_is_no_change(
    nok: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    assert post(nok, f"{ACCOUNT}/email", email=EMAIL).status_code == 303
    assert letters(database, settings, mail) == []


def test_an_address_is_taken_away_and_given_back(nok: Browser, database: Database) -> None:
    for address in ("", EMAIL):
        assert post(nok, f"{ACCOUNT}/email", email=address).status_code == 303
    with database.read() as session:
        assert staff.named(session, EMAIL) is not None and staff.named(session, "") is None


def test_ten_minutes_later_the_password_is_asked_first(nok: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert nok.get(ACCOUNT).headers["location"] == f"/staff/confirm?next={ACCOUNT}"


def test_ones_roles_stand_there_in_words(settings: Settings, database_url: str) -> None:
    with browser(database_url) as client:
        come_in(client, "manager", Grant("case_manager", "district:4005"))
        assert "ผู้จัดการรายกรณี · เขตอำเภอชุมแพ" in client.get(ACCOUNT).text


def test_in_a_demonstration_nobody_changes_what_is_everybodys(database: Database, database_url: str) -> None:
    a_founded_fund(database, as_demo=True)
    with browser(database_url) as client:
        come_in(client, "demo")
        assert post(client, f"{ACCOUNT}/password", password=NEW).status_code == 409
        assert post(client, f"{ACCOUNT}/email", email=OTHER).status_code == 409


def test_a_stranger_s_address_is_told_nothing_of_a_name(
    nok: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    post(nok, f"{ACCOUNT}/email", email=OTHER)
    assert not any("nok" in text for _, text in letters(database, settings, mail))
