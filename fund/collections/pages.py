"""Collectors' pages: their collections, one with its QR and what came of it, its people by name, its receipts to print.

Whoever sees the people is noted. Refuses a collection of another school as if it were not there.
"""

from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, profile, web
from fund.collections import bundles, queries, roster_pages, service, states
from fund.collections.errors import CollectionNotFoundError
from fund.collections.forms import PlainForm
from fund.collections.queries import CollectionView
from fund.collections.roster_pages import COLLECTIONS, require_place, show_list
from fund.db import Database
from fund.donations import payment
from fund.donations import queries as gifts
from fund.donations.payment import NoPaymentAddressError, PaymentCode
from fund.donations.queries import CampaignView
from fund.people import door
from fund.settings import Settings
from fund.web import AnyRequest
from receipts import qr

PAGE_LENGTH: Final = 100
PRIVATE: Final = {"Cache-Control": "no-store"}
_ONE: Final = COLLECTIONS + "/{collection_id:uuid}"


@get(COLLECTIONS, guards=[door.require("collections.see")], sync_to_thread=True)
def collections(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The collections of their places, newest first, and the form for a new one."""
    return show_list(request, database)


@get(_ONE, guards=[door.require("collections.see")], sync_to_thread=True)
def collection(
    request: AnyRequest, collection_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """One collection: its QR while money is awaited, what came, what does not meet; nobody's name."""
    with database.read() as session:
        of, campaign = seen(request, session, collection_id, "collections.see")
        code = _code(session, of, campaign)
        made = {one.id: bundles.made(session, one.id) for one in of.arrivals}
        counts = {one.id: len(queries.receipts_of(session, of, one)) for one in of.arrivals}
    return web.page(
        request,
        "collections/collection.html",
        of=of,
        campaign=campaign,
        may_confirm=not of.arrivals and (of.state, "confirm") in states.TABLE,
        may_withdraw=(of.state, "withdraw") in states.TABLE,
        code=code,
        svg=qr.picture_svg(code.payload, label=of.reference) if code else "",
        made=made,
        counts=counts,
        pages={arrival_id: bundles.pages(count) for arrival_id, count in counts.items()},
    )


@get(_ONE + "/qr.png", guards=[door.require("collections.see")], sync_to_thread=True)
def picture(request: AnyRequest, collection_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[bytes]:
    """The QR as a picture, while money is awaited."""
    with database.read() as session:
        of, campaign = seen(request, session, collection_id, "collections.see")
        code = _code(session, of, campaign)
    if code is None:
        raise CollectionNotFoundError()
    headers = {"Content-Disposition": f'inline; filename="collection-{of.reference}.png"', **PRIVATE}
    return Response(qr.picture_png(code.payload), media_type="image/png", headers=headers)


@get(_ONE + "/people", guards=[door.require("collections.people")], sync_to_thread=True)
def people(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    database: NamedDependency[Database],
    after: FromQuery[int] = 0,
) -> Response[str]:
    """Who is on the roster, a page at a time; the look is noted."""
    with database.write() as session:
        of, campaign = seen(request, session, collection_id, "collections.people")
        audit.viewed(session, door.actor(request), "collection", of.id)
        last = min(max(after, 0), of.people)  # no database holds every number
        found = queries.persons(session, of, after=last, limit=PAGE_LENGTH + 1)
    answer = web.page(
        request,
        "collections/people.html",
        of=of,
        campaign=campaign,
        people=found[:PAGE_LENGTH],
        next_after=found[PAGE_LENGTH - 1].place if len(found) > PAGE_LENGTH else None,
    )
    answer.headers.update(PRIVATE)
    return answer


@post(_ONE + "/withdraw", guards=[door.require("collections.make")], sync_to_thread=True)
def withdraw(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    data: URLEncodedBody[PlainForm],
    database: NamedDependency[Database],
) -> Redirect:
    """Await no more money for it."""
    with database.write() as session:
        seen(request, session, collection_id, "collections.make")
        service.withdraw(session, collection_id, by=door.actor(request))
    return Redirect(f"{COLLECTIONS}/{collection_id}", status_code=303)


@get(_ONE + "/receipts/{arrival_id:uuid}/{page:int}", guards=[door.require("collections.people")], sync_to_thread=True)
def receipts(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    arrival_id: FromPath[UUID],
    page: FromPath[int],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """Receipts of an arrival as one file to print; it names people, so the look is noted."""
    with database.write() as session:
        of, _ = seen(request, session, collection_id, "collections.people")
        _require_arrival(of, arrival_id)
        content = bundles.load(session, settings, arrival_id, page)
        audit.viewed(session, door.actor(request), "collection", of.id)
    headers = {"Content-Disposition": f'attachment; filename="receipts-{of.reference}-{page}.pdf"', **PRIVATE}
    return Response(content, media_type="application/pdf", headers=headers)


@post(_ONE + "/receipts/{arrival_id:uuid}", guards=[door.require("collections.people")], sync_to_thread=True)
def bind_again(
    request: AnyRequest,
    collection_id: FromPath[UUID],
    arrival_id: FromPath[UUID],
    data: URLEncodedBody[PlainForm],
    database: NamedDependency[Database],
) -> Redirect:
    """Have the files to print made anew, which are kept for a week only."""
    with database.write() as session:
        of, _ = seen(request, session, collection_id, "collections.people")
        arrival = _require_arrival(of, arrival_id)
        bundles.ask(session, arrival_id, len(queries.receipts_of(session, of, arrival)))
        audit.record(session, door.actor(request), "collection.receipts_asked", of.id)
    return Redirect(f"{COLLECTIONS}/{collection_id}#receipts", status_code=303)


def seen(
    request: AnyRequest, session: Session, collection_id: UUID, action: str
) -> tuple[CollectionView, CampaignView]:
    """A collection of their places, and its campaign. Raises CollectionNotFoundError."""
    of = queries.collection(session, collection_id)
    campaign = gifts.campaign(session, of.campaign_id)
    require_place(request, action, campaign)
    return of, campaign


def _code(session: Session, of: CollectionView, campaign: CampaignView) -> PaymentCode | None:
    """What is to be paid still; nothing once it is not awaited, or where the fund takes no payments by QR."""
    if of.state not in (states.OPEN, states.PART):
        return None
    try:
        return payment.of_reference(profile.current(session).promptpay, of.reference, of.open_satang, campaign)
    except NoPaymentAddressError:
        return None


def _require_arrival(of: CollectionView, arrival_id: UUID) -> queries.Arrival:
    for one in of.arrivals:
        if one.id == arrival_id:
            return one
    raise CollectionNotFoundError()


ROUTES = [collections, collection, picture, people, withdraw, receipts, bind_again, *roster_pages.ROUTES]
