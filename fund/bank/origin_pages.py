"""Where a refund must go: the account that the gift came from, in the bank's own words, sealed until somebody pays it.

Knows refunds that are payable. Refuses every other gift as if it were not there; each look is noted.
"""

from typing import Final
from uuid import UUID

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlmodel import Session

from fund import audit, web
from fund.bank import histories, standing
from fund.bank.histories import LineHistory
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import refunds, states
from fund.errors import NotFoundError
from fund.people import door
from fund.web import AnyRequest

REASON: Final = "payment"


class OriginError(NotFoundError):
    message = "No line of the bank tells where this gift came from. Ask the donor for the account, with proof."


@get("/staff/refunds/{donation_id:uuid}/origin", guards=[door.require("refunds.pay")], sync_to_thread=True)
def origin(request: AnyRequest, donation_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """The line that brought the money, for who pays it back."""
    with database.write() as session:
        gift = gifts.donation(session, donation_id)
        line = _line(session, donation_id)
        audit.viewed(session, door.actor(request), "refund_origin", donation_id, reason=REASON)
    return web.page(request, "donations/refund_origin.html", gift=gift, line=line)


def _line(session: Session, donation_id: UUID) -> LineHistory:
    told = refunds.of_donation(session, donation_id)
    if not told or told[0].state != states.PAYABLE:
        raise NotFoundError()
    line_id = standing.line_of_gift(session, donation_id)
    found = histories.history(session, line_id) if line_id else None
    if found is None:
        raise OriginError()
    return found


ROUTES = [origin]
