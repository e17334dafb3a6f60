"""The trail as the auditor searches it: by who, what, about what and when; page by page; as a table."""

import csv
import io
import re
from collections.abc import Iterator

import pytest

from fund import audit
from fund.audit import Actor
from fund.db import Database
from fund.people.powers import Grant
from ledger.identifiers import new_id
from tests.fund.browsing import Browser, signed_in

NOK = Actor("นก", new_id(), "203.0.113.0/24")
TON = Actor("=cmd|' /C calc'!A0")
AUDITOR = "auditor-one"


@pytest.fixture
def auditor(database: Database, database_url: str) -> Iterator[Browser]:
    """An auditor's browser, over a trail of 120 looks and an act."""
    with database.write() as session:
        audit.viewed_each(session, NOK, "case", [f"C{number % 60}" for number in range(120)], reason="audit")
        audit.record(session, TON, "case.closed", "C7")
    with signed_in(database_url, AUDITOR, Grant("auditor")) as client:
        yield client


def about(client: Browser, **search: str) -> list[str]:
    """The subjects that the pages show, page after page."""
    address, found = "/staff/trail", []
    page = client.get(address, params=search)
    while True:
        assert page.status_code == 200
        body = page.text.split("<tbody>", 1)[1] if "<tbody>" in page.text else ""
        found += re.findall(r'subject=([^"]*)"><code>', body)
        onward = re.search(r'href="(/staff/trail\?[^"]*after=[^"]*)"', page.text)
        if onward is None:
            return found
        page = client.get(onward[1].replace("&amp;", "&"))


def test_who_has_looked_at_one_case(auditor: Browser) -> None:
    assert about(auditor, subject="C7", looked="yes") == ["C7", "C7"]
    assert about(auditor, subject="C7") == ["C7"] * 3
    assert "นก" in auditor.get("/staff/trail?subject=C7").text


def test_every_row_is_on_one_of_the_pages(auditor: Browser) -> None:
    found = about(auditor, actor="นก")
    assert len(found) == 120 and len(set(found)) == 60


def test_a_cursor_goes_with_its_search(auditor: Browser) -> None:
    onward = re.search(r"after=([^\"]+)\"", auditor.get("/staff/trail").text)
    assert onward is not None
    assert auditor.get(f"/staff/trail?actor=x&after={onward[1]}").status_code == 400
    assert auditor.get("/staff/trail?after=x").status_code == 400


@pytest.mark.parametrize("wrong", ["since=yesterday", "since=2026-13-01", "until=x", "page=2", f"actor={'x' * 201}"])
def test_what_cannot_be_sought_is_refused(auditor: Browser, wrong: str) -> None:
    assert auditor.get(f"/staff/trail?{wrong}").status_code == 400


@pytest.mark.parametrize("word", ["' OR 1=1--", "<script>alert(1)</script>", "%00", "{{7*7}}", "สมชาย"])
def test_words_are_words(auditor: Browser, word: str) -> None:
    page = auditor.get("/staff/trail", params={"subject": word})
    assert page.status_code in (200, 400)
    assert "<script>alert" not in page.text and 'value="49"' not in page.text


def test_nothing_found_says_what_to_do(auditor: Browser) -> None:
    assert about(auditor, until="2020-01-01") == []
    assert "ลองเอาตัวกรองออก" in auditor.get("/staff/trail?until=2020-01-01").text


def test_the_table_has_the_same_rows_runs_nothing_and_is_itself_in_the_trail(auditor: Browser) -> None:
    answer = auditor.get("/staff/trail.csv?subject=C7")
    heading, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert heading == ["recorded_at", "actor", "person_id", "action", "subject", "reason", "came_from"]
    assert [row[4] for row in rows] == ["C7"] * 3
    assert rows[0][1] == f"'{TON.name}"
    assert rows[1][2:] == [str(NOK.person_id), "case.viewed", "C7", "audit", NOK.came_from]
    assert about(auditor, action="trail.taken_away") == ["3"]


def test_only_the_auditor_sees_it(database: Database, database_url: str) -> None:
    for role in ("finance", "administrator", "core_team", "treasurer"):
        with signed_in(database_url, f"one-{role}", Grant(role)) as client:
            assert client.get("/staff/trail").status_code == 403
            assert client.get("/staff/trail.csv").status_code == 403


@pytest.mark.parametrize(
    ("search", "status"),
    [("until=9999-12-31", 400), ("until=2569-11-23", 400), ("since=0001-01-01", 200), ("actor=%00", 400)],
)
def test_a_search_for_what_cannot_be_is_answered_all_the_same(auditor: Browser, search: str, status: int) -> None:
    assert [auditor.get(f"/staff/trail{end}?{search}").status_code for end in ("", ".csv")] == [status] * 2
