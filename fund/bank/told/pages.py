"""Staff's page of what banks told us before their statements: what waits for its line, what must be looked into.

Nothing on it names anybody. Every form works without script.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import web
from fund.bank import saying
from fund.bank.told import api, deciding, queries
from fund.bank.told.deciding import SumLine
from fund.bank.told.queries import LATE_AFTER, Callback, Sum
from fund.db import Database
from fund.donations import queries as gifts
from fund.errors import FundError, NotFoundError
from fund.people import door
from fund.web import AnyRequest
from ledger.errors import LedgerError

TOLD: Final = "/staff/told"
Short = Annotated[str, msgspec.Meta(max_length=saying.LONGEST)]


class SumForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A waiting line is all that a bank confirmed of one day."""

    bank: Short
    day: date
    line: UUID
    reason: Short = ""
    csrf_token: Short = ""


class TakeBackForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Confirmed money never came."""

    reason: Short = ""
    csrf_token: Short = ""


@dataclass(frozen=True, slots=True)
class SumCard:
    """What one bank confirmed of one day, and the waiting lines that may be it."""

    sum: Sum
    is_late: bool
    lines: list[SumLine]


@get(TOLD, guards=[door.require("told.see")], sync_to_thread=True)
def told(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What banks told us and no statement has shown yet."""
    return _told(request, database)


@post("/staff/told/sums", guards=[door.require("told.clear")], sync_to_thread=True)
def clear_sum(request: AnyRequest, data: URLEncodedBody[SumForm], database: NamedDependency[Database]) -> Response[str]:
    """This line is their sum."""

    def act(session: Session) -> None:
        deciding.clear_sum(session, data.line, data.bank, data.day, reason=data.reason, by=door.actor(request))

    return _act(request, database, act)


@post("/staff/told/{callback_id:uuid}/take-back", guards=[door.require("told.take_back")], sync_to_thread=True)
def take_back(
    request: AnyRequest,
    callback_id: FromPath[UUID],
    data: URLEncodedBody[TakeBackForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """This money never came."""

    def act(session: Session) -> None:
        deciding.take_back(session, callback_id, reason=data.reason, by=door.actor(request))

    return _act(request, database, act)


def _act(request: AnyRequest, database: Database, act: Callable[[Session], None]) -> Response[str]:
    try:
        with database.write() as session:
            act(session)
    except NotFoundError:
        raise
    except (FundError, LedgerError) as refusal:
        return _told(request, database, refusal)
    return Redirect(TOLD, status_code=303)


def _told(request: AnyRequest, database: Database, refusal: FundError | LedgerError | None = None) -> Response[str]:
    with database.read() as session:
        counts, confirmed = queries.counts(session), queries.confirmed(session)
        doubtful = queries.to_be_looked_into(session)
        late = [one for one in confirmed if one.is_late][:50]
        cards = _sums(session, confirmed)
        names = _names(session, [*late, *doubtful])
    return web.page(
        request,
        "bank/told.html",
        status=web.status_of(refusal),
        hints=counts.get("hint", 0) + counts.get("new", 0),
        confirmed=confirmed,
        confirmed_satang=sum(one.amount_satang for one in confirmed),
        late=late,
        late_days=LATE_AFTER.days,
        cards=cards,
        doubtful=doubtful,
        names=names,
        error=web.message_of(refusal, web.language(request)) if refusal else "",
    )


def _sums(session: Session, confirmed: Sequence[Callback]) -> list[SumCard]:
    late = {(one.bank, one.occurred_on) for one in confirmed if one.is_late}
    found = queries.sums(confirmed)
    lines = deciding.lines_of_sums(session, found)
    return [SumCard(one, (one.bank, one.day) in late, lines[one]) for one in found]


def _names(session: Session, callbacks: Sequence[Callback]) -> dict[UUID, str]:
    """The pledge's reference, else the campaign's code, by callback."""
    pledges = gifts.pledges_by_id(session, {one.pledge_id for one in callbacks if one.pledge_id})
    campaigns = gifts.campaigns_by_id(session, {one.campaign_id for one in callbacks if one.campaign_id})
    return {
        one.id: pledges[one.pledge_id].reference if one.pledge_id else campaigns[one.campaign_id].code
        for one in callbacks
        if one.campaign_id
    }


ROUTES = [told, clear_sum, take_back, *api.ROUTES]
