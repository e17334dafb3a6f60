"""Tables as people hand them in: read as text, or refused with the place, whatever they were made to do."""

import io
import struct
import subprocess
import sys
import time as clocks
import tracemalloc
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from fund.sheets import tables, workbook_worker, workbooks
from fund.sheets.errors import (
    BrokenWorkbookError,
    FormulaError,
    HeavyWorkbookError,
    LongLineError,
    ManySheetsError,
    SheetError,
    TruncatedError,
    UndecodableError,
)

SHEET = "xl/worksheets/sheet1.xml"


def a_workbook(*rows: tuple[object, ...], other: object = None) -> bytes:
    """A workbook with these rows on its first sheet, and `other` on a second."""
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        workbook.worksheets[0].append(list(row))
    workbook.create_sheet("other").append([other])
    workbook.save(file)
    return file.getvalue()


def with_member(content: bytes, name: str, text: bytes) -> bytes:
    """The workbook with one member written anew."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new:
        for one in old.namelist():
            new.writestr(one, text if one == name else old.read(one))
        if name not in old.namelist():
            new.writestr(name, text)
    return made.getvalue()


def cells(content: bytes) -> list[list[str]]:
    return [row.cells for row in tables.rows(content)]


def test_a_workbook_says_what_a_person_sees() -> None:
    moment = datetime(2026, 11, 2, 9, 5)  # noqa: DTZ001 – a workbook knows no zones
    content = a_workbook(("วันที่", "จำนวน"), (date(2026, 11, 1), 10), (), (moment, "1,100.00"))
    rows = list(tables.rows(content))
    assert [(row.number, row.cells) for row in rows if row.cells] == [
        (1, ["วันที่", "จำนวน"]),
        (2, ["2026-11-01", "10"]),
        (4, ["2026-11-02 09:05:00", "1,100.00"]),
    ]


def test_amounts_that_were_computed_in_binary_are_told_in_satang() -> None:
    content = a_workbook(("x",))
    sheet = b"".join(
        b'<row r="%d"><c r="A%d"><v>%s</v></c></row>' % (n, n, value)
        for n, value in enumerate([b"10427.630000000001", b"0.1", b"1E3", b"10.005", b"0.30000000000000004"], start=1)
    )
    whole = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'
    assert cells(with_member(content, SHEET, whole % sheet)) == [["10427.63"], ["0.10"], ["1000"], ["10.005"], ["0.30"]]


def test_a_formula_is_refused_where_it_stands() -> None:
    with pytest.raises(FormulaError, match="Line 2, column B"):
        cells(a_workbook(("a", "b"), ("1", "=1+1")))


def test_rows_on_two_sheets_are_refused() -> None:
    with pytest.raises(ManySheetsError):
        cells(a_workbook(("a",), other="b"))


def test_an_empty_workbook_is_no_row() -> None:
    assert cells(a_workbook()) == []


BOMB = b"<worksheet>" + b" " * (149 << 20)


def _a_bomb() -> bytes:
    return with_member(a_workbook(("x",)), SHEET, BOMB)


def _overlapping() -> bytes:
    """Two members of the directory that are one and the same in the file."""
    content = bytearray(a_workbook(("x",)))
    first = content.index(b"PK\x01\x02")
    second = content.index(b"PK\x01\x02", first + 4)
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    return bytes(content)


def _lying() -> bytes:
    """A bomb whose directory says that it is small."""
    content = bytearray(_a_bomb())
    place = content.index(struct.pack("<I", len(BOMB)), content.index(b"PK\x01\x02"))
    content[place : place + 4] = struct.pack("<I", 1000)
    return bytes(content)


LAUGHS = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
BAD = {
    "a bomb": (_a_bomb, HeavyWorkbookError),
    "a bomb that lies of its size": (_lying, SheetError),
    "members that overlap": (_overlapping, BrokenWorkbookError),
    "a member elsewhere": (lambda: with_member(a_workbook(("x",)), "../x.xml", b"<x/>"), BrokenWorkbookError),
    "entities": (lambda: with_member(a_workbook(("x",)), SHEET, LAUGHS), BrokenWorkbookError),
    "a document type in UTF-16": (
        lambda: with_member(a_workbook(("x",)), SHEET, LAUGHS.decode().encode("utf-16")), BrokenWorkbookError),
    "no workbook in it": (lambda: with_member(b"PK\x05\x06" + bytes(18), "a.xml", b"<a/>"), BrokenWorkbookError),
    "cut off": (lambda: a_workbook(("x",))[:-40], BrokenWorkbookError),
    "broken XML": (lambda: with_member(a_workbook(("x",)), SHEET, b"<worksheet><sheetData>"), BrokenWorkbookError),
    "a number without end": (
        lambda: with_member(a_workbook(("x",)), SHEET, b'<worksheet xmlns="http://schemas.openxmlformats.org/'
            b'spreadsheetml/2006/main"><sheetData><row><c><v>1e999999</v></c></row></sheetData></worksheet>'),
        BrokenWorkbookError),
    "a thousand members": (
        lambda: with_member(_many(), "x.xml", b"<x/>"), HeavyWorkbookError),
}  # fmt: skip


def test_a_directory_of_half_a_million_members_is_refused_unread() -> None:
    content = b"PK\x03\x04" + (b"PK\x01\x02" + bytes(42)) * 500_000 + b"PK\x05\x06" + bytes(18)
    tracemalloc.start()
    with pytest.raises(HeavyWorkbookError):
        workbooks.check_archive(content)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 1 << 20


def _many() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for number in range(1001):
            archive.writestr(f"{number}.xml", b"<x/>")
    return file.getvalue()


@pytest.mark.parametrize("case", BAD)
def test_a_workbook_that_is_none_is_refused_at_once(case: str) -> None:
    make, error = BAD[case]
    content = make()
    begin = clocks.monotonic()
    with pytest.raises(error):
        cells(content)
    assert clocks.monotonic() - begin < 5


def test_the_child_is_limited_and_knows_nothing_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET", "x")
    seen = list[dict[str, str]]()
    popen = subprocess.Popen

    def watched(arguments: list[str], **options: object) -> object:
        seen.append(options["env"])  # type: ignore[arg-type]
        return popen(arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "Popen", watched)
    assert cells(a_workbook(("x",))) == [["x"]]
    assert "SECRET" not in seen[0]
    assert workbook_worker.MEMORY_BYTES <= 512 << 20


def test_without_the_look_at_the_archive_the_child_still_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: 149 MiB reach the child, which ends within its own limits and takes nothing of ours with it."""
    monkeypatch.setattr(workbooks, "check_archive", lambda content: None)
    with pytest.raises(SheetError):
        cells(_a_bomb())


def test_the_worker_answers_by_itself(tmp_path: Path) -> None:
    request = tmp_path / "request"
    content = a_workbook(("x", 1))
    request.write_bytes(struct.pack(">I", len(content)) + content)
    with request.open("rb") as file:
        told = subprocess.run(
            [sys.executable, "-m", "fund.sheets.workbook_worker"], stdin=file, capture_output=True, check=True
        )
    assert told.stdout == b"\0\0\0\4x,1\n" + b'\0\0\0\x08["", {}]'


@pytest.mark.parametrize(
    ("content", "error", "place"),
    [
        (b"a,b\n1,\0\n", UndecodableError, "Line 2"),
        (b"a,b\n" + b"x" * 10_000_000, LongLineError, "Line 2"),
        (b"a,b\n" + b"," * 10_000_000, LongLineError, "Line 2"),
        (b'a,b\n"1,2\n', TruncatedError, "line 2"),
        ("a\nก".encode()[:-1], TruncatedError, "line 2"),
        (b"a\n\xdb\xdc\xfc\n", UndecodableError, "Line 2"),
    ],
)
def test_a_text_that_is_no_table_is_refused_with_its_line(content: bytes, error: type[SheetError], place: str) -> None:
    with pytest.raises(error, match=place):
        cells(content)
