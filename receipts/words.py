"""Amounts and days in words, Thai and English, as papers write them.

Knows the Thai reading of whole numbers (a last 1 after any higher digit is เอ็ด, millions of millions nest) and
the Buddhist era. Refuses amounts below zero.
"""

from datetime import date
from typing import Final

from receipts.errors import AmountNotWritableError
from receipts.numbering import BUDDHIST_ERA

THAI_MONTHS: Final = (
    "มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
    "กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
)  # fmt: skip
THAI_MONTHS_SHORT: Final = (
    "ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค.",
)  # fmt: skip
ENGLISH_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip

_DIGITS: Final = ("ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า")
_PLACES: Final = ("", "สิบ", "ร้อย", "พัน", "หมื่น", "แสน")
_MILLION: Final = 1_000_000

_SMALL: Final = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SCALES: Final = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (10**3, "thousand"), (100, "hundred"))


def baht_words(amount_satang: int) -> str:
    """The amount as a Thai receipt writes it: 1050 → สิบบาทห้าสิบสตางค์, 1000 → สิบบาทถ้วน."""
    baht, satang = _parts(amount_satang)
    if satang == 0:
        return f"{_thai(baht)}บาทถ้วน"
    return (f"{_thai(baht)}บาท" if baht else "") + f"{_thai(satang)}สตางค์"


def english_baht_words(amount_satang: int) -> str:
    """The same in English: 1050 → `ten baht and fifty satang`."""
    baht, satang = _parts(amount_satang)
    if satang == 0:
        return f"{_english(baht)} baht"
    return (f"{_english(baht)} baht and " if baht else "") + f"{_english(satang)} satang"


def thai_date(day: date, *, short: bool = False) -> str:
    """`23 พฤศจิกายน 2569`, or `23 พ.ย. 2569`."""
    months = THAI_MONTHS_SHORT if short else THAI_MONTHS
    return f"{day.day} {months[day.month - 1]} {day.year + BUDDHIST_ERA}"


def english_date(day: date) -> str:
    """`23 November 2026`, whatever the machine's own language."""
    return f"{day.day} {ENGLISH_MONTHS[day.month - 1]} {day.year}"


def _parts(amount_satang: int) -> tuple[int, int]:
    if amount_satang < 0:
        raise AmountNotWritableError()
    return divmod(amount_satang, 100)


def _thai(number: int) -> str:
    if number >= _MILLION:
        millions, rest = divmod(number, _MILLION)
        return f"{_thai(millions)}ล้าน{_thai_below_million(rest, is_tail=True)}"
    return _thai_below_million(number, is_tail=False) or _DIGITS[0]


def _thai_below_million(number: int, *, is_tail: bool) -> str:
    """Up to six digits; `is_tail` when something higher was said before them."""
    spoken = ""
    for place in range(len(_PLACES) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            spoken += _thai_digit(digit, place, is_first=not spoken and not is_tail) + _PLACES[place]
    return spoken


def _thai_digit(digit: int, place: int, *, is_first: bool) -> str:
    if place == 1 and digit <= 2:
        return ("", "ยี่")[digit - 1]
    if place == 0 and digit == 1 and not is_first:
        return "เอ็ด"
    return _DIGITS[digit]


def _english(number: int) -> str:
    if number < 20:
        return _SMALL[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return _TENS[tens] + (f"-{_SMALL[ones]}" if ones else "")
    size, name = next(scale for scale in _SCALES if number >= scale[0])
    many, rest = divmod(number, size)
    return f"{_english(many)} {name}" + (f" {_english(rest)}" if rest else "")
