"""Papers before they are printed: a template of `templates/receipts/` and what is known, as HTML, all of it escaped.

Knows how money and days are said on paper. Refuses a template that asks for what nobody told it, and any character
that the typeface lacks.
"""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ledger.money import format_baht
from receipts import fonts, pictures, words

TEMPLATES: Final = Path(__file__).parents[1] / "templates" / "receipts"


def complaint_picture(address: str) -> Markup:
    """The QR on what a family signs: where it complains."""
    return Markup(pictures.svg(address, label="ร้องเรียน / Complain"))


def html(template: str, **known: Any) -> str:
    """The paper of this template, named without its ending."""
    return _sheets.get_template(f"{template}.html").render(known)


_sheets: Final = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    finalize=lambda value: value if isinstance(value, Markup) else fonts.printable(str(value)),
)
_sheets.filters.update(
    baht=format_baht,
    short_baht=lambda satang: format_baht(satang, short=True),
    count=lambda count: "–" if count is None else f"{count:,}",
    thai_words=words.baht_words,
    english_words=words.english_baht_words,
    thai_day=words.thai_date,
    english_day=words.english_date,
)
