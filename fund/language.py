"""Words in the reader's language: Thai first, English as written in the code.

Knows the Thai catalogues (one PO file a room, read at start), days and moments as people say them in each language.
Refuses to guess: a text without a translation is shown as it stands in the code, and a test finds it.
"""

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from babel.messages.pofile import read_po

from fund.clock import BANGKOK
from receipts import words
from receipts.numbering import BUDDHIST_ERA

Language = Literal["th", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("th", "en")
DEFAULT: Final[Language] = "th"
CATALOGUES: Final = Path(__file__).parent / "locale" / "th"


def named(code: str | None) -> Language:
    """The language a cookie or an address names; Thai for anything we do not speak."""
    return "en" if code == "en" else DEFAULT


@cache
def catalogue() -> Mapping[str, str]:
    """English source text → Thai, of every room."""
    texts: dict[str, str] = {}
    for path in sorted(CATALOGUES.glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale="th"):
                if isinstance(message.id, str) and isinstance(message.string, str) and message.id and message.string:
                    texts[message.id] = message.string
    return texts


def gettext(language: Language, text: str) -> str:
    """`text` (English source) in `language`, its placeholders as they are."""
    return catalogue().get(text, text) if language == "th" else text


def translate(language: Language, text: str, **facts: Any) -> str:
    """`text` (English source with `{name}` braces) in `language`, filled from `facts`; a day as people say it."""
    told = {name: day(language, fact) if type(fact) is date else fact for name, fact in facts.items()}
    return gettext(language, text).format(**told)


def year(language: Language, christian: int) -> int:
    """The year as it is written: Buddhist era in Thai."""
    return christian + BUDDHIST_ERA if language == "th" else christian


def day(language: Language, value: date) -> str:
    """`23 พฤศจิกายน 2569` or `23 November 2026`."""
    return words.thai_date(value) if language == "th" else words.english_date(value)


def short_day(language: Language, value: date) -> str:
    """`23 พ.ย. 2569` or `23 Nov 2026`, for tables."""
    return f"{value.day} {month(language, value)}"


def month(language: Language, value: date) -> str:
    """`พ.ย. 2569` or `Nov 2026`."""
    return f"{month_name(language, value)} {year(language, value.year)}"


def month_name(language: Language, value: date) -> str:
    """`พ.ย.` or `Nov`."""
    return words.THAI_MONTHS_SHORT[value.month - 1] if language == "th" else words.ENGLISH_MONTHS[value.month - 1][:3]


def moment(language: Language, value: datetime) -> str:
    """The day and minute by Thailand's clock: `23 พ.ย. 2569 13:45 น.` or `23 Nov 2026, 13:45`."""
    local = value.astimezone(BANGKOK)
    return (
        f"{short_day(language, local)} {local:%H:%M} น."
        if language == "th"
        else (f"{short_day(language, local)}, {local:%H:%M}")
    )
