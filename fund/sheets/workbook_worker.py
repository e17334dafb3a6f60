"""The child process that reads a workbook: `python -m fund.sheets.workbook_worker`, driven by `workbooks`.

Knows limits on its own memory, files and computing time, set before it touches a byte. Refuses formulas, document
types, and more than one sheet with rows.
"""

import csv
import io
import json
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import IO, Any, Final
from xml.parsers import expat

from receipts import cage, frames

MEMORY_BYTES: Final = 512 << 20
COMPUTING_SECONDS: Final = 45
MOST_COLUMNS: Final = 200
_LARGEST_TABLE: Final = 60 << 20
_NOISE: Final = Decimal("0.000001")  # of numbers that are stored in binary
_PIECE: Final = 16 << 10


class Refusal(Exception):
    """Why the workbook is not read: a word of `workbooks`, and where."""

    def __init__(self, word: str, **facts: object) -> None:
        super().__init__(word)
        self.word, self.facts = word, facts


def serve(requests: IO[bytes], answers: IO[bytes]) -> None:
    """Read one workbook and answer with its table and a refusal, of which one is empty."""
    content = frames.read(requests)
    table, refusal, facts = b"", "", {}
    try:
        table = read(content)
    except Refusal as reason:
        refusal, facts = reason.word, reason.facts
    except MemoryError:
        refusal = "heavy"
    except Exception:  # whatever the library stumbles over: its text may tell what stands in the table
        refusal = "broken"
    frames.write(answers, table)
    frames.write(answers, json.dumps([refusal, facts]).encode())


def read(content: bytes) -> bytes:
    """The table of the only sheet with rows. Raises Refusal, and whatever the library raises."""
    import openpyxl  # after the limits are set

    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if name.endswith((".xml", ".rels")):
                refuse_document_type(archive.open(name))
    workbook = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
    tables = [table for sheet in workbook.worksheets if (table := _table(sheet))]
    if len(tables) > 1:
        raise Refusal("sheets")
    return tables[0] if tables else b""


def refuse_document_type(member: IO[bytes]) -> None:
    """A DTD could only stand before the first element: look no further. Raises Refusal."""

    class Begun(Exception):
        pass

    def refuse(*_: object) -> None:
        raise Refusal("broken")

    def stop(*_: object) -> None:
        raise Begun

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = refuse, stop
    try:
        while piece := member.read(_PIECE):
            parser.Parse(piece)
    except Begun:
        pass


def _table(sheet: Any) -> bytes:
    """A sheet as CSV; nothing, if there is nothing on it."""
    sheet.reset_dimensions()  # what the file says of its size may be wrong
    text, blank = io.StringIO(), 0
    writer = csv.writer(text, lineterminator="\n")
    for cells in _rows(sheet):
        if not any(cells):
            blank += 1
            continue
        text.write("\n" * blank)
        blank = 0
        writer.writerow(cells)
        if text.tell() > _LARGEST_TABLE:
            raise Refusal("heavy")
    return text.getvalue().encode()


def _rows(sheet: Any) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        if len(row) > MOST_COLUMNS:
            raise Refusal("heavy")
        yield [_text(cell) for cell in row]


def _text(cell: Any) -> str:
    value = cell.value
    if cell.data_type in ("f", "e"):
        raise Refusal("formula", line=cell.row, column=cell.column_letter)
    if value is None or isinstance(value, str):
        return " ".join((value or "").split())
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time.min else value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value)
    return _number(Decimal(repr(value)))


def _number(value: Decimal) -> str:
    """A number as it was typed: whole, or with the two decimals of money where nothing else is meant."""
    if value == value.to_integral_value():
        return str(int(value))
    rounded = value.quantize(Decimal("0.01"))
    return str(rounded) if abs(value - rounded) < _NOISE else str(value)


if __name__ == "__main__":  # pragma: no cover - only ever in the child
    cage.limit_ourselves(MEMORY_BYTES)
    cage.limit_computing(COMPUTING_SECONDS)
    serve(sys.stdin.buffer, cage.own_pipe())
