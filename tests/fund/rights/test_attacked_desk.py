"""The desk of personal data, attacked: days that cannot be, what erasures leave, lists that are not the last."""

import re
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
import pytest
from click.testing import CliRunner

from fund import clock, sealing
from fund.cli import main
from fund.db import Database
from fund.donors.models import ContactRow
from fund.people import staff
from fund.people.models import PasskeyRow
from fund.people.powers import Grant
from fund.rights import effects, erasures, holdings
from fund.rights.desk import TWICE_WITHIN
from fund.rights.holdings import Subject
from fund.settings import Settings
from tests.fund.browsing import MAKER, Browser, a_person, form_token
from tests.fund.donations.builders import found
from tests.fund.rights.builders import DESK, a_given_fund, a_request, as_one, desk, send


@pytest.mark.parametrize("at", ["0001-01-01T00:00", "0001-01-01", "9999-12-31T23:59", "2569-11-23T10:00"])
def test_a_breach_noticed_when_nothing_can_be_is_refused(database: Database, database_url: str, at: str) -> None:
    found(database)
    with desk(database_url) as client:
        answer = send(as_one(client, "core one"), f"{DESK}/breaches", words="x", at=at, risk="some", people="1")
    assert answer.status_code == 400


def pressed_twice(client: Browser, address: str, **form: str) -> list[Any]:
    """What a form answers whose button was pressed twice in a hurry."""
    whole = {"csrf_token": form_token(client), **form}
    with ThreadPoolExecutor(2) as both:
        return list(both.map(lambda _: client.post(address, data=whole), range(2)))


def test_a_form_sent_twice_makes_one_request_one_breach_and_one_proposal(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    request = {"kind": "erasure", "shown": number, "identified_by": "known", "received_on": clock.today().isoformat()}
    breach = {"words": "x", "at": "2026-10-01T10:00", "risk": "some", "people": "1"}
    with desk(database_url) as client:
        made = [
            pressed_twice(as_one(client, "core one"), f"{DESK}/requests", **request, words="ลบด้วย"),
            pressed_twice(client, f"{DESK}/breaches", **breach),
        ]
        assert [len({answer.headers["location"] for answer in both}) for both in made] == [1, 1]
        address = made[0][0].headers["location"]
        pressed_twice(client, f"{address}/erase")
        assert len(set(re.findall(rf"{DESK}/erasures/[0-9a-f-]+", client.get(address).text))) == 1


def test_two_requests_that_differ_are_two(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        made = [a_request(client, number, words=words) for words in ("ขอดู", "ขอดูอีกครั้ง")]
        assert len(set(made)) == 2


def test_the_same_asked_again_later_is_another(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        first = a_request(client, number)
        with clock.at(clock.now() + 2 * TWICE_WITHIN):
            assert a_request(client, number) != first


def bytes_of(database_url: str) -> bytes:
    """What somebody reads who took the file."""
    path = Path(database_url.removeprefix("sqlite:///"))
    with closing(sqlite.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def test_what_is_erased_while_its_key_stays_leaves_no_byte_in_the_file(database: Database, database_url: str) -> None:
    if not database.is_sqlite:
        return  # a server's dead rows go with its next vacuum
    contact_id, _ = a_given_fund(database)
    with database.write() as session:
        sealed = session.get_one(ContactRow, contact_id).sealed
        nok = a_person(session, "nok", Grant("valuer"))
        for email in ("first@leaver.example", "second@leaver.example"):
            staff.change_email(session, nok.id, email, by=MAKER)
        staff.end(session, staff.grants_of(session, nok.id)[0].id or nok.id, by=MAKER)
    assert sealed and sealed in (before := bytes_of(database_url)) and b"leaver.example" in before
    with database.write() as session:
        effects.apply(session, contact_id, "contact", by=MAKER)
        effects.apply(session, nok.id, "staff", by=MAKER)
    assert sealed[13:] not in (after := bytes_of(database_url)) and b"leaver.example" not in after


def test_a_list_older_than_the_backup_is_told_apart(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact_id, _ = a_given_fund(database)
    settings = Settings(database_url=database_url, log_key_file=str(tmp_path / "log-key"))
    with database.write() as session:
        sealing.begin(session, settings)
        old = erasures.export(session, sealing.signing_key(settings.log_key_path), by=MAKER)
        effects.apply(session, contact_id, "key", by=MAKER)
    (tmp_path / "old").write_text(old, encoding="utf-8")
    monkeypatch.setenv("DATABASE_URL", database_url)
    played = CliRunner().invoke(main, ["erasures", "replay", str(tmp_path / "old")])
    assert "1 that this database knows are not on it" in played.output


def test_no_is_no_answer_while_an_erasure_that_was_proposed_still_waits(database: Database, database_url: str) -> None:
    _, number = a_given_fund(database)
    with desk(database_url) as client:
        address = a_request(client, number, "erasure")
        assert send(client, f"{address}/answer", outcome="refused", words="ยังลบไม่ได้").status_code == 303
        address = a_request(client, number, "erasure", words="ขออีกครั้ง")
        send(client, f"{address}/erase")
        refused = send(client, f"{address}/answer", outcome="refused", words="ยังลบไม่ได้")
        assert (refused.status_code, "still waits" in refused.text) == (409, True)


def test_colleagues_are_told_of_their_former_addresses_and_passkeys_too(database: Database) -> None:
    found(database)
    with database.write() as session:
        nok = a_person(session, "nok", Grant("valuer"))
        for email in ("first@leaver.example", "second@leaver.example"):
            staff.change_email(session, nok.id, email, by=MAKER)
        session.add(PasskeyRow(credential_id="c", person_id=nok.id, public_key=b"", sign_count=0, name="my phone",
                               made_at=clock.now()))  # fmt: skip
        told = holdings.as_file(session, holdings.of(session, [Subject("staff", nok.id)], by=MAKER))
    assert b"first@leaver.example" in told and b"my phone" in told
