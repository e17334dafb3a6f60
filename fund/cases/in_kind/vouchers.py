"""The voucher of goods, to be printed and signed by hand: what is handed out for a case, known by its code.

It has no number: what is proven is the issue, which its signature belongs to. Refuses nothing.
"""

from typing import Final

from fund import clock
from fund.cases.in_kind.queries import AwardView
from fund.profile import Profile
from receipts import press, sheets

STYLE: Final = "receipt+voucher"


def pdf(found: AwardView, fund: Profile, complaint_address: str, *, seconds: int, is_demo: bool) -> bytes:
    """The voucher of what is promised now; who signs complains at `complaint_address`. Raises RenderError."""
    return press.pdf(STYLE, html(found, fund, complaint_address, is_demo=is_demo), seconds=seconds)


def html(found: AwardView, fund: Profile, complaint_address: str, *, is_demo: bool) -> str:
    """The voucher before it is printed."""
    return sheets.html(
        "goods_voucher",
        found=found,
        case_code=found.case_code,
        issuer=fund.issuer,
        receiver="",
        printed_on=clock.today(),
        is_dense=False,
        complaint_address=complaint_address.partition("://")[2],
        complaint_picture=sheets.complaint_picture(complaint_address),
        is_demo=is_demo,
    )
