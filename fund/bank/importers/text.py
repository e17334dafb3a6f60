"""Text as Thai banks write it: encodings, months, eras, amounts.

Refuses to guess: an era belongs to the bank, and what cannot be read is named by line and column.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator
from datetime import date, time
from typing import Final, NamedTuple

from fund.bank.errors import (
    BrokenLineError,
    LongLineError,
    MixedEncodingError,
    TruncatedError,
    UndecodableError,
    WrongEraError,
)
from fund.bank.importers.protocol import BUDDHIST_ERA

_MONTHS = ("มค", "กพ", "มีค", "เมย", "พค", "มิย", "กค", "สค", "กย", "ตค", "พย", "ธค")
_DAY = re.compile(r"^([0-9]{1,2})[- ]([^-0-9 ]{2,9})[- ]([0-9]{4}|[0-9]{2})$")
_NUMBERED_DAY = re.compile(r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$", re.ASCII)
_AMOUNT = re.compile(r"^([-+]?)(\d{1,13}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,2}))?$", re.ASCII)
_SPLIT_AM = re.compile("\u0e4d([\u0e48-\u0e4b]?)\u0e32")  # NIKHAHIT, tone, SARA AA: NFC does not join them
_DOUBLY_ENCODED = re.compile(r"(?:เ[ธน][^\x00-\x7f]){4}")  # UTF-8 Thai read as cp874
LONGEST_LINE: Final = 32 * 1024
_PIECE: Final = 64 * 1024
_FARTHEST_YEAR: Final = 2400
OLDEST_YEAR: Final = 2000
"""No statement that anybody imports is older: an earlier year was written in another era."""


class Row(NamedTuple):
    """The cells of one row, and the line of the file that it ends on."""

    number: int
    cells: list[str]


def rows(content: bytes, delimiter: str = ",") -> Iterator[Row]:
    """The rows of a CSV file, each cell folded; read as they are asked for."""
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


def fold(text: str) -> str:
    """Text with single spaces, NFC, and SARA AM as one letter."""
    return single_spaced(compose(text))


def compose(text: str) -> str:
    """Text in NFC and with SARA AM as one letter; done once for a whole file, because it is slow for its cells."""
    return unicodedata.normalize("NFC", _SPLIT_AM.sub("\\1\u0e33", text))


def single_spaced(text: str) -> str:
    """Text without spaces and line breaks around it, and single spaces inside."""
    return " ".join(text.split())


def satang(text: str, line: int, column: str) -> int:
    """Satang of an amount such as `1,100.00` or `-91,890.08`."""
    match = _AMOUNT.match(text.strip())
    if match is None:
        raise BrokenLineError(line=line, column=column, value=text[:40])
    sign = -1 if match[1] == "-" else 1
    return sign * (int(match[2].replace(",", "")) * 100 + int((match[3] or "").ljust(2, "0")))


def clock_time(text: str, line: int, column: str) -> time:
    """A time of day such as `9:05:01` or `21:42`."""
    match = _TIME.match(text.strip())
    try:
        if match:
            return time(int(match[1]), int(match[2]), int(match[3] or 0))
    except ValueError:
        pass
    raise BrokenLineError(line=line, column=column, value=text[:40])


def thai_day(text: str, line: int, column: str) -> date:
    """A day such as `01-เม.ย.-2569` or `1 เม.ย. 69`, Buddhist era."""
    match = _DAY.match(text.strip())
    name = match[2].replace(".", "") if match else ""
    if match is None or name not in _MONTHS:
        raise BrokenLineError(line=line, column=column, value=text[:40])
    year = written_year(match[3], line, era=BUDDHIST_ERA)
    return calendar_day(year, _MONTHS.index(name) + 1, int(match[1]), text, line, column)


def numbered_day(text: str, line: int, column: str, *, era: int) -> date:
    """A day such as `01/11/2026`, `01-11-69` or `1.11.2569`, in the bank's era (0, or 543 for the Buddhist one)."""
    match = _NUMBERED_DAY.match(text.strip())
    if match is None:
        raise BrokenLineError(line=line, column=column, value=text[:40])
    return calendar_day(written_year(match[3], line, era=era), int(match[2]), int(match[1]), text, line, column)


def written_year(written: str, line: int, *, era: int) -> int:
    """The Christian year of one that is written in an era with two or four digits; one of the other is refused."""
    year = int(written if len(written) == 4 else ("25" if era else "20") + written) - era
    if not OLDEST_YEAR <= year < _FARTHEST_YEAR:
        meant = int(written) + (BUDDHIST_ERA if year < OLDEST_YEAR else -BUDDHIST_ERA)
        raise WrongEraError(line=line, year=written, meant=str(meant)[-len(written) :])
    return year


def calendar_day(year: int, month: int, day: int, text: str, line: int, column: str) -> date:
    """The calendar's day, or a refusal that shows `text` (31 February is no day)."""
    try:
        return date(year, month, day)
    except ValueError:
        raise BrokenLineError(line=line, column=column, value=text[:40]) from None
