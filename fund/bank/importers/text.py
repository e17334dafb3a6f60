"""Text as Thai banks write it: months, eras, amounts.

Refuses to guess: an era belongs to the bank, and what cannot be read is named by line and column.
"""

import re
from datetime import date, time
from typing import Final

from fund.bank.errors import BrokenLineError, WrongEraError
from fund.bank.importers.protocol import BUDDHIST_ERA
from fund.sheets.tables import compose as compose
from fund.sheets.tables import fold as fold

_MONTHS = ("มค", "กพ", "มีค", "เมย", "พค", "มิย", "กค", "สค", "กย", "ตค", "พย", "ธค")
_ENGLISH_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY = re.compile(r"^([0-9]{1,2})[- ]([^-0-9 ]{2,9})[- ]([0-9]{4}|[0-9]{2})$")
_NUMBERED_DAY = re.compile(r"^([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4}|[0-9]{2})$")
_ISO_DAY = re.compile(r"^([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})$")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?::(\d{2}))?$", re.ASCII)
_AMOUNT = re.compile(r"^([-+]?)(\d{1,13}|\d{1,3}(?:,\d{3}){1,4})(?:\.(\d{1,2}))?$", re.ASCII)
_FARTHEST_YEAR: Final = 2400
_FARTHEST_SHORT_YEAR: Final = 2043  # of two digits, those from 43 on are Buddhist: 2543 is the year 2000
OLDEST_YEAR: Final = 2000
"""No statement that anybody imports is older: an earlier year was written in another era."""


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
    return named_day(text, line, column, era=BUDDHIST_ERA)


def named_day(text: str, line: int, column: str, *, era: int) -> date:
    """A day whose month is named, in Thai or English (`01 Nov 2026`), in the bank's era."""
    match = _DAY.match(text.strip())
    name = match[2].replace(".", "").lower() if match else ""
    for months in (_MONTHS, _ENGLISH_MONTHS):
        if match and name in months:
            year = written_year(match[3], line, era=era)
            return calendar_day(year, months.index(name) + 1, int(match[1]), text, line, column)
    raise BrokenLineError(line=line, column=column, value=text[:40])


def numbered_day(text: str, line: int, column: str, *, era: int) -> date:
    """A day such as `01/11/2026`, `01-11-69` or `1.11.2569`, in the bank's era (0, or 543 for the Buddhist one)."""
    match = _NUMBERED_DAY.match(text.strip())
    if match is None:
        raise BrokenLineError(line=line, column=column, value=text[:40])
    return calendar_day(written_year(match[3], line, era=era), int(match[2]), int(match[1]), text, line, column)


def any_day(text: str, line: int, column: str, *, era: int, is_month_first: bool = False) -> date:
    """A day in any of the ways above, or as `2026-11-01`, in one era."""
    if match := _ISO_DAY.match(text.strip()):
        year = written_year(match[1], line, era=era)
        return calendar_day(year, int(match[2]), int(match[3]), text, line, column)
    if match := _NUMBERED_DAY.match(text.strip()):
        day, month = (match[2], match[1]) if is_month_first else (match[1], match[2])
        return calendar_day(written_year(match[3], line, era=era), int(month), int(day), text, line, column)
    return named_day(text, line, column, era=era)


def written_year(written: str, line: int, *, era: int) -> int:
    """The Christian year of one that is written in an era with two or four digits; one of the other is refused."""
    is_short = len(written) == 2
    year = int(("25" if era else "20") + written if is_short else written) - era
    if not OLDEST_YEAR <= year < (_FARTHEST_SHORT_YEAR if is_short else _FARTHEST_YEAR):
        meant = int(written) + (BUDDHIST_ERA if year < OLDEST_YEAR else -BUDDHIST_ERA)
        raise WrongEraError(line=line, year=written, meant=str(meant % 10 ** len(written)).zfill(len(written)))
    return year


def calendar_day(year: int, month: int, day: int, text: str, line: int, column: str) -> date:
    """The calendar's day, or a refusal that shows `text` (31 February is no day)."""
    try:
        return date(year, month, day)
    except ValueError:
        raise BrokenLineError(line=line, column=column, value=text[:40]) from None
