"""The voucher of goods, to be printed and signed by hand: what is handed out for a case, known by its code.

It has no number: what is proven is the issue, which its signature belongs to. Refuses nothing.
"""

from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from fund import clock
from fund.cases.in_kind.queries import AwardView
from fund.profile import Profile
from receipts import fonts, press, words
from receipts.render import TEMPLATES

STYLE: Final = "receipt+voucher"


def pdf(found: AwardView, fund: Profile, *, seconds: int, is_demo: bool) -> bytes:
    """The voucher of what is promised now. Raises RenderError."""
    return press.pdf(STYLE, html(found, fund, is_demo=is_demo), seconds=seconds)


def html(found: AwardView, fund: Profile, *, is_demo: bool) -> str:
    """The voucher before it is printed."""
    day = clock.today()
    return _pages.get_template("goods_voucher.html").render(
        found=found, issuer=fund.issuer, is_demo=is_demo, day_th=words.thai_date(day), day_en=words.english_date(day)
    )


_pages = Environment(
    loader=FileSystemLoader(TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=lambda value: value if isinstance(value, Markup) else fonts.printable(str(value)),
)
