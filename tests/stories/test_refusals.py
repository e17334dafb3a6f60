"""Statement files that are not whole are refused whole: the place is named and nothing is left behind."""

import re
from pathlib import Path

import pytest
import sqlalchemy

from fund.db import Database
from fund.settings import Settings
from tests.fund.browsing import served
from tests.stories.pages import Visitor
from tests.stories.people import (
    BBL,
    DISTRICT_FUND,
    KBANK,
    came_in,
    camt053,
    hand_in,
    kbank,
    paid,
    poster,
    transferred,
)

GOOD = kbank(transferred("10", "หนึ่ง"), transferred("20", "สอง"), transferred("30", "สาม"))
TEXT = GOOD.decode("cp874")
XML = camt053(transferred("10", "หนึ่ง"), transferred("20", "สอง")).decode()
BOMB = '<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
HEADER_END = TEXT.index("\r\n", TEXT.index("รายละเอียด"))


def without_second_line() -> str:
    """The file with its second bank line cut out."""
    rows = TEXT.split("\r\n")
    second = next(place for place, row in enumerate(rows) if "สอง" in row)
    return "\r\n".join(rows[:second] + rows[second + 1 :])


def thai(text: str) -> bytes:
    return text.encode("cp874")


BROKEN: dict[str, tuple[str, bytes, int, str]] = {
    "a broken total": ("a.csv", thai(TEXT.replace("ทั้งหมด,60.00", "ทั้งหมด,61.00")), 400, "61.00"),
    "a broken balance": ("a.csv", thai(TEXT.replace('"50,030.00"', '"50,031.00"')), 400, r"Line 12"),
    "a missing line": ("a.csv", thai(without_second_line()), 400, r"Line 12"),
    "a Christian year": ("a.csv", thai(TEXT.replace("2569", "2026")), 400, r"[Ll]ine \d+.*2026"),
    "a Buddhist year in XML": ("a.xml", XML.replace("2026-11-20", "2569-11-20").encode(), 400, "2569"),
    "another account": ("a.csv", thai(TEXT.replace(KBANK, "5550001112")), 400, "1112"),
    "two accounts": ("a.csv", thai(TEXT + "\r\n" + TEXT), 400, "more than one account"),
    "another currency": ("a.csv", thai(TEXT.replace("THB", "USD")), 400, "USD"),
    "a file cut off": ("a.csv", thai(TEXT[:-80]), 400, r"Line 13"),
    "a file without its end": ("a.csv", thai(TEXT[: TEXT.index(",\r\n** ")]), 400, r"cut off at line 13"),
    "XML cut off": ("a.xml", XML[:-200].encode(), 400, r"Line \d+"),
    "no lines": ("a.csv", thai(TEXT[:HEADER_END] + "\r\n,\r\n** สิ้นสุดรายงาน   **"), 400, "no bank lines"),
    "an empty file": ("a.csv", b"", 400, "no bank lines"),
    "a program": ("a.csv", b"MZ\x90\x00" + bytes(500), 415, "a.csv"),
    "a sheet named CSV": ("a.csv", b"PK\x03\x04" + bytes(500), 415, "a.csv"),
    "a page": ("a.csv", b"<!doctype html><html><body>Sign in</body></html>", 415, "a.csv"),
    "XML named CSV": ("a.csv", XML.encode(), 415, "a.csv"),
    "entity expansion": ("a.xml", XML.replace("?>\n", f"?>\n{BOMB}", 1).encode(), 400, "DTD"),
    "some other text": ("a.csv", b"date,amount\r\n2026-11-20,10.00\r\n", 400, "not a statement"),
    "another XML account": ("a.xml", XML.replace(BBL, "5550001112").encode(), 400, "1112"),
    "65 MB": ("a.csv", thai(TEXT) + b" " * (65 * 1024 * 1024), 413, ""),
}


def stored(database: Database, files: Path) -> dict[str, int]:
    """How many rows each table has (but the trail and the limits, which tell of the refusal), and how many files."""
    with database.read() as session:
        tables = set(sqlalchemy.inspect(session.connection()).get_table_names()) - {"fund_audit", "fund_act"}
        counts = {
            table: session.execute(sqlalchemy.text(f"SELECT COUNT(*) FROM {table}")).scalar_one() for table in tables
        }
    return counts | {"files": sum(1 for path in files.rglob("*") if path.is_file())}


def test_refused_statements_name_the_place_and_leave_nothing_behind(
    officer: Visitor, database: Database, settings: Settings, subtests: pytest.Subtests
) -> None:
    before = stored(database, settings.files_path)
    for what, (name, content, status, said) in BROKEN.items():
        with subtests.test(what):
            page = hand_in(officer, content, name)
            assert page.status == status, page.words
            assert re.search(said, page.words), page.words
            assert stored(database, settings.files_path) == before
    assert "0 known, 3 new" in hand_in(officer, GOOD).words
    assert stored(database, settings.files_path) != before


def test_what_was_settled_before_a_refused_file_stays_as_it_was(donor: Visitor, officer: Visitor) -> None:
    hand_in(officer, kbank(paid(poster(donor), baht="10")))
    assert hand_in(officer, thai(TEXT[:-80])).status == 400
    assert came_in(donor, DISTRICT_FUND) == 1_000


def test_nobody_hands_in_a_statement_without_signing_in(settings: Settings) -> None:
    with served(settings, tells_errors=True) as client:
        answer = client.post("/staff/statements", files={"file": ("a.csv", GOOD)}, follow_redirects=False)
    assert answer.status_code in (401, 403)
