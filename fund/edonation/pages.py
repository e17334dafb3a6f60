"""The page of e-Donation: a month's gifts by where they stand, the tables handed out, what is to be taken back.

Nobody's name stands on it; names and tax IDs are in the table alone, saved with a reason that is noted.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, clock, web
from fund import language as words
from fund.db import Database
from fund.downloads import csv_answer
from fund.edonation import service, standing
from fund.edonation.errors import MonthNotFoundError
from fund.errors import FundError
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.money import format_plain_baht

HOME: Final = "/staff/edonation"
MONTH: Final = HOME + "/{month:date}"
_SEE: Final = [door.require("tax.see")]
_HAND_OUT: Final = [door.require("edonation.hand_out")]
_FIRST_YEAR: Final = 2000
MOST_LISTED: Final = 200
_HEADING: Final = ("reference", "receipt", "booked on", "given on", "baht", "campaign", "state")
Short = Annotated[str, msgspec.Meta(max_length=500)]


class ButtonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    csrf_token: Short = ""


class SaveForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which kind of file, and why."""

    form: Short = ""
    reason: Short = ""
    csrf_token: Short = ""


@get(HOME, guards=_SEE, sync_to_thread=True)
def this_month(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The month that is running."""
    return _page(request, database, clock.today().replace(day=1))


@get(MONTH, guards=_SEE, sync_to_thread=True)
def of_month(request: AnyRequest, month: FromPath[date], database: NamedDependency[Database]) -> Response[str]:
    """One month."""
    return _page(request, database, _first(month))


@get(MONTH + "/list.csv", guards=_SEE, sync_to_thread=True)
def listed(request: AnyRequest, month: FromPath[date], database: NamedDependency[Database]) -> Response[bytes]:
    """Every gift of the month and where it stands, without names."""
    language = web.language(request)
    with database.read() as session:
        found = standing.month(session, _first(month))
    rows = [
        (
            one.reference, one.receipt_number, one.booked_on.isoformat(), one.occurred_on.isoformat(),
            format_plain_baht(one.amount_satang), one.campaign_th if language == "th" else one.campaign_en,
            words.gettext(language, standing.STATES[one.state]),
        )
        for one in found.gifts
    ]  # fmt: skip
    return csv_answer(f"edonation-list-{found.first:%Y-%m}.csv", _HEADING, rows)


@post(MONTH + "/hand-out", guards=_HAND_OUT, sync_to_thread=True)
def hand_out(
    request: AnyRequest, month: FromPath[date], data: URLEncodedBody[ButtonForm], database: NamedDependency[Database]
) -> Response[str]:
    """Hand out what is ready."""
    return _act(request, database, _first(month), lambda session: service.hand_out(
        session, _first(month), by=door.actor(request)))  # fmt: skip


@post(MONTH + "/exports/{export_id:uuid}", guards=_HAND_OUT, sync_to_thread=True, status_code=200)
def save(
    request: AnyRequest,
    month: FromPath[date],
    export_id: FromPath[UUID],
    data: URLEncodedBody[SaveForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """The table to key in, to be saved."""
    try:
        with database.write() as session:
            made = service.save(session, settings, export_id, data.form, data.reason, by=door.actor(request))
    except FundError as refused:
        return _page(request, database, _first(month), refused)
    headers = {"Content-Disposition": f'attachment; filename="{made.name}"', "Cache-Control": "no-store"}
    return Response(made.content, media_type="application/octet-stream", headers=headers)


@post(MONTH + "/gifts/{donation_id:uuid}/taken-back", guards=_HAND_OUT, sync_to_thread=True)
def taken_back(
    request: AnyRequest,
    month: FromPath[date],
    donation_id: FromPath[UUID],
    data: URLEncodedBody[ButtonForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Say that a gift was taken out of e-Donation again."""
    return _act(request, database, _first(month), lambda session: service.take_back(
        session, donation_id, by=door.actor(request)))  # fmt: skip


def _first(month: date) -> date:
    """The first day of a month that can have gifts. Raises MonthNotFoundError."""
    if month.year < _FIRST_YEAR or month > clock.today():
        raise MonthNotFoundError()
    return month.replace(day=1)


def _act(request: AnyRequest, database: Database, month: date, do: Callable[[Session], Any]) -> Response[str]:
    try:
        with database.write() as session:
            do(session)
    except FundError as refused:
        return _page(request, database, month, refused)
    return Redirect(f"{HOME}/{month}", status_code=303)


def _page(request: AnyRequest, database: Database, month: date, refused: FundError | None = None) -> Response[str]:
    with database.read() as session:
        found = standing.month(session, month)
        exports = service.exports(session, month)
        to_take_back = standing.to_take_back(session)
    next_month = standing.last_of(month) + timedelta(days=1)
    known = [one for one in found.gifts if one.state in (standing.READY, standing.EXPORTED, standing.TAKEN_BACK)]
    return web.page(
        request, "edonation/month.html", status=web.status_of(refused), month=found, exports=exports,
        to_take_back=to_take_back, known=known[:MOST_LISTED], more=len(known) - MOST_LISTED, states=standing.STATES,
        reasons=audit.REASONS, before=(month - timedelta(days=1)).replace(day=1),
        after=next_month if next_month <= clock.today() else None,
        error=web.message_of(refused, web.language(request)) if refused else "",
    )  # fmt: skip


ROUTES = [this_month, of_month, listed, hand_out, save, taken_back]
