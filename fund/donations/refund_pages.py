"""Staff's pages of refunds: find a gift, ask to give it back, decide or decline, see what is payable and what was paid.

Where the money must go is told by the bank's line alone, on a page of its own (`fund/bank/origin_pages.py`).
"""

from collections.abc import Callable
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import web
from fund.db import Database
from fund.donations import queries, refunds, states
from fund.donations.queries import DonationView, GiftNotFoundError
from fund.donations.refunds import RefundReasonError
from fund.errors import FundError
from fund.people import door
from fund.web import AnyRequest
from ledger.errors import LedgerError

HOME: Final = "/staff/refunds"
MOST_OVER: Final = 50


class FindForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A gift's reference or its receipt's number."""

    q: Annotated[str, msgspec.Meta(max_length=100)] = ""
    csrf_token: str = ""


class ReasonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why; a button alone sends none."""

    reason: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    csrf_token: str = ""


@get(HOME, guards=[door.require("refunds.see")], sync_to_thread=True)
def all_refunds(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits for a decision, what is payable, what is over."""
    return _list(request, database)


@post(HOME + "/find", guards=[door.require("refunds.see")], sync_to_thread=True)
def find_gift(
    request: AnyRequest, data: URLEncodedBody[FindForm], database: NamedDependency[Database]
) -> Response[str]:
    """The gift with this reference or receipt; where it was paid more than once, the choice."""
    with database.read() as session:
        found = refunds.gifts_meant(session, data.q)
    if len(found) == 1:
        return Redirect(f"{HOME}/{found[0].id}", status_code=303)
    return _list(request, database, data.q, found, None if found else GiftNotFoundError())


@get(HOME + "/{donation_id:uuid}", guards=[door.require("refunds.see")], sync_to_thread=True)
def refund(request: AnyRequest, donation_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One gift: what was asked and answered, and what may be done now."""
    return _one(request, database, donation_id)


@post(HOME + "/{donation_id:uuid}/ask", guards=[door.require("refunds.ask")], sync_to_thread=True)
def ask(
    request: AnyRequest,
    donation_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Ask for it to be given back."""
    return _act(request, database, donation_id, refunds.ask, reason=data.reason)


@post(HOME + "/{donation_id:uuid}/decide", guards=[door.require("refunds.decide")], sync_to_thread=True)
def decide(
    request: AnyRequest,
    donation_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Decide that it is given back."""
    return _act(request, database, donation_id, refunds.decide)


@post(HOME + "/{donation_id:uuid}/decline", guards=[door.require("refunds.decide")], sync_to_thread=True)
def decline(
    request: AnyRequest,
    donation_id: FromPath[UUID],
    data: URLEncodedBody[ReasonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Decide that it is not."""
    return _act(request, database, donation_id, refunds.decline, reason=data.reason)


def _act(
    request: AnyRequest, database: Database, donation_id: UUID, verb: Callable[..., None], **facts: str
) -> Response[str]:
    try:
        with database.write() as session:
            verb(session, donation_id, **facts, by=door.actor(request))
    except (FundError, LedgerError) as refused:
        return _one(request, database, donation_id, refused, facts.get("reason", ""))
    return Redirect(f"{HOME}/{donation_id}", status_code=303)


def _list(
    request: AnyRequest,
    database: Database,
    sought: str = "",
    found: list[DonationView] | None = None,
    refused: FundError | None = None,
) -> Response[str]:
    with database.read() as session:
        told = refunds.stories(session)
    return web.page(
        request,
        "donations/refunds.html",
        status=web.status_of(refused),
        sought=sought,
        found=found or [],
        asked=[one for one in reversed(told) if one.state == states.ASKED],
        payable=[one for one in reversed(told) if one.state == states.PAYABLE],
        over=[one for one in told if one.state in (states.PAID, states.DECLINED)][:MOST_OVER],
        error=web.message_of(refused, web.language(request)) if refused else "",
    )


def _one(
    request: AnyRequest,
    database: Database,
    donation_id: UUID,
    refused: FundError | LedgerError | None = None,
    typed: str = "",
) -> Response[str]:
    with database.read() as session:
        gift = queries.donation(session, donation_id)
        campaign = queries.campaign(session, gift.campaign_id)
        told, state = refunds.of_donation(session, donation_id), refunds.state_of(session, gift)
        moved_on = refunds.moved_on(session, gift)
    said = web.message_of(refused, web.language(request)) if refused else ""
    is_about_words = isinstance(refused, RefundReasonError)
    return web.page(
        request,
        "donations/refund.html",
        status=web.status_of(refused),
        gift=gift,
        campaign=campaign,
        told=told,
        state=told[0].state if told else states.NOT_ASKED,
        is_here=state == states.RECEIVED,
        is_cash=refunds.is_cash(gift),
        moved_on=moved_on,
        typed=typed,
        reason_error=said if is_about_words else "",
        error="" if is_about_words else said,
    )


ROUTES = [all_refunds, find_gift, refund, ask, decide, decline]
