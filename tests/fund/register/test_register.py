"""The register: every number in its order, what became of it, and prints of which only the first is the paper."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund import files, jobs, papers
from fund.audit import Actor, Sought, acts
from fund.db import Database
from fund.donations import service
from fund.people.powers import Grant
from fund.register import printing, queries
from fund.settings import Settings
from receipts import queries as receipts
from receipts import service as receipts_service
from tests.fund.browsing import Browser, a_person, form_token, signed_in
from tests.fund.donations.builders import STAFF, a_named_pledge, an_arrival, found
from tests.receipts.papers import fold, texts

ROLES = [Grant("finance"), Grant("treasurer")]


@dataclass
class Desk:
    """A finance officer's browser, and three receipts, of which the second is void."""

    client: Browser
    database: Database
    settings: Settings
    numbers: list[str]


@pytest.fixture
def desk(database: Database, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    found(database)
    settings = Settings(database_url=database_url, files_dir=str(tmp_path))
    with signed_in(database_url, "Kaew", *ROLES, files_dir=str(tmp_path)) as client:
        with database.write() as session:
            gifts = [service.receive(session, an_arrival(session, a_named_pledge(session)), by=STAFF) for _ in "123"]
            numbers = [gift.receipt_number or "" for gift in gifts]
            receipts_service.void(session, numbers[1], reason="=SUM(1)", by="Treasurer")
        yield Desk(client, database, settings, numbers)


def test_the_register_shows_every_number_in_its_order_and_that_none_is_missing(desk: Desk) -> None:
    page = desk.client.get("/staff/receipts").text
    places = [page.index(f'href="/staff/receipts/{number}"') for number in desk.numbers]
    assert places == sorted(places)
    assert "เลขที่ 1 ถึง 3: มี 3 ใบ ไม่มีเลขขาด ยกเลิก 1 ใบ" in page
    assert "สมชาย" not in page


def test_a_number_is_found_as_it_was_typed(desk: Desk) -> None:
    typed = desk.numbers[1].lower().replace("-", " ")
    page = desk.client.get("/staff/receipts", params={"about": typed}, follow_redirects=True).text
    assert "Treasurer" in page and "ยกเลิกเมื่อ" in page and "สมชาย" not in page
    assert "ไม่มีเอกสารเลขที่นี้" in desk.client.get("/staff/receipts", params={"about": "KK-1"}).text
    assert desk.client.get("/staff/receipts/KK-1").status_code == 404


def test_the_table_names_nobody_and_runs_nothing(desk: Desk) -> None:
    table = desk.client.get("/staff/receipts/register.csv").content.decode("utf-8-sig")
    rows = [line.split(",") for line in table.splitlines()]
    assert [row[0] for row in rows[1:]] == desk.numbers
    assert rows[2][6:8] == ["'=SUM(1)", "Treasurer"]
    assert "สมชาย" not in table


def test_the_first_print_is_the_paper_and_the_next_one_says_copy(desk: Desk, tmp_path: Path) -> None:
    number = desk.numbers[0]
    where, typed = f"/staff/receipts/{number}/print", {"csrf_token": form_token(desk.client)}
    assert desk.client.post(where, data=typed).status_code == 404  # it is still being made
    jobs.render_receipt(desk.database, desk.settings, number)
    first, second = (desk.client.post(where, data=typed).content for _ in range(2))
    with desk.database.read() as session:
        assert sha256(first).hexdigest() == papers.of(session, number)
        assert papers.number_of(session, sha256(second).hexdigest()) == number
        assert len(acts(session, Sought(action="receipt.viewed", subject=number), limit=9)) == 2
    for extractor, told in texts(first, tmp_path).items():
        assert "COPY" not in told and "สำเนา" not in told, extractor
    for extractor, told in texts(second, tmp_path).items():
        assert "COPY" in told and fold("สำเนา") in told, extractor


def test_of_who_prints_at_once_one_gets_the_paper(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    number = desk.numbers[0]
    with desk.database.write() as session:
        owner = receipts.by_number(session, number).owner or files.NOBODY
        papers.record(session, number, files.store(session, desk.settings.files_path, b"%PDF", owner))
        people = [a_person(session, f"P{place}", Grant("finance")) for place in range(4)]
    monkeypatch.setattr(printing, "_copy", lambda *_, **__: b"a copy")

    def print_it(place: int) -> bytes:
        by = Actor(people[place].name, people[place].id)
        try:
            return printing.printed(desk.database, desk.settings, number, by=by)
        except printing.PrintedMeanwhileError:
            return b"refused"

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(print_it, range(4))).count(b"%PDF") == 1


def test_a_void_paper_is_printed_with_its_stamp_alone(desk: Desk, tmp_path: Path) -> None:
    number = desk.numbers[1]
    with desk.database.write() as session:
        owner = receipts.by_number(session, number).owner or files.NOBODY
        papers.record(session, number, files.store(session, desk.settings.files_path, b"%PDF as it was", owner))
    typed = {"csrf_token": form_token(desk.client)}
    paper = desk.client.post(f"/staff/receipts/{number}/print", data=typed).content
    for told in texts(paper, tmp_path).values():
        assert "VOID" in told and "COPY" in told


def test_a_print_is_counted_for_ever(desk: Desk) -> None:
    with desk.database.write() as session:
        person = a_person(session, "Noi", Grant("finance"))
        papers.note_print(session, desk.numbers[0], 1, "0" * 64, by=Actor(person.name, person.id))
    for statement in ("DELETE FROM fund_print", "UPDATE fund_print SET ordinal = 2"):
        with pytest.raises(DBAPIError, match="append-only"), desk.database.write() as session:
            session.connection().execute(text(statement))


def test_a_series_that_lost_a_number_is_shown(desk: Desk) -> None:
    """The control of the proof line."""
    if not desk.database.is_sqlite:
        return
    with desk.database.write() as session:
        for name in ("no_delete", "no_update", "no_replace"):
            session.connection().execute(text(f"DROP TRIGGER IF EXISTS receipts_receipt_{name}"))
        session.connection().execute(text("UPDATE receipts_counter SET last = 4"))
        assert [one.is_gapless for one in queries.series(session)] == [False]
    assert "มีเลขขาด" in desk.client.get("/staff/receipts").text
