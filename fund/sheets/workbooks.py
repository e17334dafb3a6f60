"""XLSX workbooks, turned into CSV by a child process with little memory and little time.

Knows what a workbook's archive may look like, and refuses a bomb before anything of it is unpacked. Row n of the sheet
is line n of the CSV.
"""

import io
import itertools
import json
import threading
import zipfile
from pathlib import Path
from typing import Final

from fund.sheets.errors import BrokenWorkbookError, FormulaError, HeavyWorkbookError, ManySheetsError, SheetError
from receipts import cage, frames

SECONDS: Final = 60  # by the clock; by computing time the child has fewer
MOST_MEMBERS: Final = 1_000
MOST_BYTES: Final = 100 << 20
MOST_RATIO: Final = 100
_MEMBER: Final = b"PK\x01\x02"
_SMALL: Final = 64 << 10  # a little XML packs better than any ratio
_CHILDREN: Final = threading.BoundedSemaphore(2)
_REFUSALS: Final[dict[str, type[SheetError]]] = {
    "formula": FormulaError,
    "sheets": ManySheetsError,
    "heavy": HeavyWorkbookError,
}


def is_workbook(content: bytes) -> bool:
    """Whether the file begins like an XLSX."""
    return content.startswith(b"PK\x03\x04")


def as_csv(content: bytes) -> bytes:
    """The only sheet with rows, as CSV in UTF-8; days as `2026-11-23`. Raises SheetError."""
    check_archive(content)
    with _CHILDREN, cage.child("fund.sheets.workbook_worker", seconds=SECONDS) as (requests, answers):
        try:
            frames.write(requests, content)
            table = frames.read(answers)
            refusal, facts = json.loads(frames.read(answers))
        except (EOFError, BrokenPipeError):
            raise BrokenWorkbookError() from None
    if refusal:
        raise _REFUSALS.get(refusal, BrokenWorkbookError)(**facts)
    return table


def check_archive(content: bytes) -> None:
    """Refuse an archive that unpacks to too much, whose members overlap, or whose names lead elsewhere."""
    if content.count(_MEMBER) > MOST_MEMBERS:  # before the directory is read: each of its entries becomes an object
        raise HeavyWorkbookError()
    try:
        members = zipfile.ZipFile(io.BytesIO(content)).infolist()
    except (zipfile.BadZipFile, ValueError, OverflowError, NotImplementedError):
        raise BrokenWorkbookError() from None
    large = [one for one in members if one.file_size > _SMALL]
    if sum(one.file_size for one in members) > MOST_BYTES or any(
        one.file_size > MOST_RATIO * max(1, one.compress_size) for one in large
    ):
        raise HeavyWorkbookError()
    places = sorted((one.header_offset, one.header_offset + one.compress_size) for one in members)
    if any(end > begin for (_, end), (begin, _) in itertools.pairwise(places)):
        raise BrokenWorkbookError()
    if any(".." in Path(one.filename).parts or one.filename.startswith(("/", "\\")) for one in members):
        raise BrokenWorkbookError()
