"""Amounts of money: whole satang, read from what people type, written the way they read it.

Knows baht and satang, Thai digits and thousands commas.
Refuses floats, exponents, NaN, underscores, a third decimal, and anything it would have to guess.
"""

import re
from typing import NewType

from ledger.errors import AmountError, AmountNotPositiveError, AmountTooFineError, AmountTooLargeError

Satang = NewType("Satang", int)
"""A hundredth of a baht; the only unit of money inside the program."""

LARGEST_SATANG = Satang(10**15)
"""No posting is larger (ten trillion baht): sums of many stay inside 64 bits."""

_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_THOUSANDS = re.compile(r"^\d{1,3}(,\d{3})+(\.\d*)?$", re.ASCII)
_BAHT = re.compile(r"^(\d{1,9})(?:\.(\d{1,2}))?$", re.ASCII)
_TOO_LONG = re.compile(r"^\d{10,40}(\.\d{1,2})?$", re.ASCII)
_TOO_FINE = re.compile(r"^\d{1,40}\.\d{3,40}$", re.ASCII)
_NEGATIVE = re.compile(r"^[-−]\d{1,40}(\.\d{1,40})?$", re.ASCII)


def parse_baht(text: str, *, limit: Satang = LARGEST_SATANG) -> Satang:
    """Read an amount a person typed, e.g. ` ๑,๐๐๐ ` or `10.50`, as satang.

    Raises AmountNotPositiveError, AmountTooFineError, AmountTooLargeError (above `limit`),
    or AmountError for anything that is not plainly an amount.
    """
    folded = text[:64].strip().translate(_THAI_DIGITS)
    if _THOUSANDS.match(folded):
        folded = folded.replace(",", "")
    if _NEGATIVE.match(folded):
        raise AmountNotPositiveError()
    if _TOO_FINE.match(folded):
        raise AmountTooFineError()
    if _TOO_LONG.match(folded):
        raise AmountTooLargeError(limit=format_baht(limit, short=True))
    match = _BAHT.match(folded)
    if match is None:
        raise AmountError()
    satang = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if satang == 0:
        raise AmountNotPositiveError()
    if satang > limit:
        raise AmountTooLargeError(limit=format_baht(limit, short=True))
    return Satang(satang)


def format_baht(amount_satang: int, *, short: bool = False) -> str:
    """`1,234.50`; `short` leaves out `.00`, as on the give page."""
    sign = "-" if amount_satang < 0 else ""
    baht, satang = divmod(abs(amount_satang), 100)
    if short and satang == 0:
        return f"{sign}{baht:,}"
    return f"{sign}{baht:,}.{satang:02d}"


def format_plain_baht(amount_satang: int) -> str:
    """`1234.50`: no commas, always two decimals, for QR payloads, exports and files."""
    sign = "-" if amount_satang < 0 else ""
    baht, satang = divmod(abs(amount_satang), 100)
    return f"{sign}{baht}.{satang:02d}"
