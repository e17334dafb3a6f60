"""Tables that people and banks hand in, CSV or XLSX, as rows of text.

Knows encodings by trial (UTF-8, else cp874), quotes, and lines that are too long; a workbook becomes CSV first, in a
child of its own. Refuses text in two encodings, and what is cut off inside a letter or a quote.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from typing import Final, NamedTuple

from fund.sheets import workbooks
from fund.sheets.errors import LongLineError, MixedEncodingError, TruncatedError, UndecodableError

LONGEST_LINE: Final = 32 * 1024
_PIECE: Final = 64 * 1024
_SPLIT_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")  # NIKHAHIT, tone, SARA AA: NFC does not join them
_DOUBLY_ENCODED = re.compile(r"(?:เ[ธน][^\x00-\x7f]){4}")  # UTF-8 Thai read as cp874


class Row(NamedTuple):
    """The cells of one row, and the line of the file that it ends on."""

    number: int
    cells: list[str]


def rows(content: bytes, delimiter: str = ",") -> Iterator[Row]:
    """The rows of a table, each cell folded; read as they are asked for. Raises SheetError."""
    if workbooks.is_workbook(content):
        content, delimiter = workbooks.as_csv(content), ","
    reader = csv.reader(lines(content), delimiter=delimiter, strict=True)
    try:
        for cells in reader:
            yield Row(reader.line_num, [single_spaced(cell) for cell in cells])
    except csv.Error:
        raise TruncatedError(line=reader.line_num) from None


def lines(content: bytes) -> Iterator[str]:
    """The lines of a text in UTF-8 (with or without its mark) or cp874, with their ends, in NFC, SARA AM as one letter.

    Raises when it is neither, or both, or one line is of no length that a bank writes.
    """
    encoding = encoding_of(content)
    text, number = io.TextIOWrapper(io.BytesIO(content), encoding, newline=""), 0
    while line := text.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise LongLineError(line=number)
        if "\0" in line:
            raise UndecodableError(line=number)
        if encoding == "cp874" and _DOUBLY_ENCODED.search(line):
            raise MixedEncodingError(line=number)
        yield compose(line)


def encoding_of(content: bytes) -> str:
    """`utf-8-sig` or `cp874`, by trial of the whole; raises when it is neither, and when a letter is cut off."""
    try:
        _try(content, "utf-8-sig")
        return "utf-8-sig"
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data":
            raise TruncatedError(line=content.count(b"\n") + 1) from None
    try:
        _try(content, "cp874")
    except UnicodeDecodeError:
        raise UndecodableError(line=_undecodable_line(content)) from None
    return "cp874"


def fold(text: str) -> str:
    """Text with single spaces, NFC, and SARA AM as one letter."""
    return single_spaced(compose(text))


def compose(text: str) -> str:
    """Text in NFC and with SARA AM as one letter; done once for a line, because it is slow for its cells."""
    return unicodedata.normalize("NFC", _SPLIT_AM.sub("\\1\u0e33", text))


def single_spaced(text: str) -> str:
    """Text without spaces and line breaks around it, and single spaces inside."""
    return " ".join(text.split())


def _try(content: bytes, encoding: str) -> None:
    """Decode piece by piece, so that no second copy of the whole arises."""
    text = io.TextIOWrapper(io.BytesIO(content), encoding, newline="")
    while text.read(_PIECE):
        pass


def _undecodable_line(content: bytes) -> int:
    for number, line in enumerate(io.BytesIO(content), start=1):
        try:
            line.decode("cp874")
        except UnicodeDecodeError:
            return number
    return 0
