"""Birthdays as teachers write them: Thai or Arabic digits, months by name or number, either era.

Knows that of two digits of a year 43 and later are Buddhist: no child is that old. Refuses what is no day, or to come.
"""

import re
from datetime import date, timedelta
from typing import Final

from fund import clock
from receipts.words import THAI_MONTHS, THAI_MONTHS_SHORT

_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NUMBERED: Final = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})", re.ASCII)
_NAMED: Final = re.compile(r"(\d{1,2})\s*([ก-๙.]+)\s*(\d{4}|\d{2})", re.ASCII)
_ISO: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_ERA: Final = 543
_OLDEST: Final = timedelta(days=366 * 40)


def birthday(text: str) -> date | None:
    """A birthday such as `5/6/2558`, `5 มิ.ย. 58` or `2015-06-05`; nothing for `-`. Raises ValueError."""
    plain = text.translate(_DIGITS).strip(" -–")
    if not plain:
        return None
    if found := _ISO.fullmatch(plain):
        day = date(_year(found[1]), int(found[2]), int(found[3]))
    elif found := _NUMBERED.fullmatch(plain):
        day = date(_year(found[3]), int(found[2]), int(found[1]))
    else:
        found = _NAMED.fullmatch(plain)
        if found is None:
            raise ValueError
        day = date(_year(found[3]), _month(found[2]), int(found[1]))
    if not clock.today() - _OLDEST < day <= clock.today():
        raise ValueError
    return day


def _month(name: str) -> int:
    for months in (THAI_MONTHS, THAI_MONTHS_SHORT):
        plain = [month.replace(".", "") for month in months]
        if name.replace(".", "") in plain:
            return plain.index(name.replace(".", "")) + 1
    raise ValueError


def _year(written: str) -> int:
    year = int(written)
    if len(written) == 2:
        year += 2000 if year < 43 else 2500
    return year - _ERA if year > 2400 else year
