"""Staff's pages of the store: what lies where, what comes in, and the lists of things and places.

Who counts what came in is never who values it. Refuses what the services refuse, at the field, with what was typed.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, MultipartBody, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, clock, files, limits, profile, walls, web
from fund.db import Database
from fund.donations.forms import Refusal, Said, said
from fund.donors import service as donors
from fund.donors.details import TaxIdError
from fund.errors import FundError
from fund.goods import forms, lot_pages, receiving, stock, things, views
from fund.goods.errors import (
    ConditionError,
    DayError,
    ExpiredError,
    KnownNameError,
    PlaceNotFoundError,
    QuantityError,
    RejectedError,
    ThingNotFoundError,
    WorthError,
)
from fund.goods.forms import PlaceForm, ReceiveForm, ThingForm, ValueForm
from fund.goods.lot_pages import HOME, LARGEST, shown
from fund.goods.offers import queries as offered
from fund.goods.offers import service as offers
from fund.people import door, places, stand_in_papers
from fund.people.stand_in_papers import NoPaperError, PaperTooLargeError
from fund.settings import Settings
from fund.web import AnyRequest
from ledger.errors import LedgerError
from ledger.money import parse_baht

_FIELDS: Final[dict[type[Exception], str]] = {
    ConditionError: "condition",
    DayError: "expires_on",
    ExpiredError: "expires_on",
    PlaceNotFoundError: "place",
    QuantityError: "accepted",
    RejectedError: "rejected_because",
    TaxIdError: "tax_id",
    ThingNotFoundError: "thing",
    NoPaperError: "paper",
    PaperTooLargeError: "paper",
    WorthError: "worth",
    LedgerError: "worth",
    KnownNameError: "name",
}


@get(HOME, guards=[door.require("goods.see")], sync_to_thread=True)
def store(
    request: AnyRequest, database: NamedDependency[Database], q: FromQuery[str] = "", place: FromQuery[str] = ""
) -> Response[str]:
    """What is in store, by thing, size and place; what waits; what expires soon."""
    with database.read() as session:
        days, words = profile.current(session).near_expiry_days, q.strip().casefold()
        piles = [
            one
            for one in stock.in_store(session)
            if words in f"{one.thing.name_th} {one.thing.name_en} {one.size}".casefold()
            and place in ("", str(one.place.id))
        ]
        return web.page(
            request, "goods/store.html", shelves=views.shelves(piles), q=q, place=place, days=days,
            worth_satang=sum(one.worth_satang for one in piles), places=things.places(session),
            expiring=stock.expiring(session, days), today=clock.today(), to_value=views.to_value(session),
            to_explain=views.to_explain(session), to_answer=views.to_answer(session), **shown(),
        )  # fmt: skip


@get(HOME + "/lists", guards=[door.require("goods.list")], sync_to_thread=True)
def lists(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The things that are given and the places where they lie."""
    return _lists(request, database)


@post(HOME + "/things", guards=[door.require("goods.list")], sync_to_thread=True)
def add_thing(
    request: AnyRequest, data: URLEncodedBody[ThingForm], database: NamedDependency[Database]
) -> Response[str]:
    """Add a thing."""
    words = data.name_th, data.name_en, data.unit_th, data.unit_en
    try:
        with database.write() as session:
            things.add_thing(session, *words, data.size_list, by=door.actor(request))
    except FundError as refused:
        return _lists(request, database, thing=data, refused=refused)
    return Redirect(f"{HOME}/lists", status_code=303)


@post(HOME + "/places", guards=[door.require("goods.list")], sync_to_thread=True)
def add_place(
    request: AnyRequest, data: URLEncodedBody[PlaceForm], database: NamedDependency[Database]
) -> Response[str]:
    """Add a place."""
    try:
        with database.write() as session:
            things.add_place(session, data.kind, data.name, by=door.actor(request))
    except FundError as refused:
        return _lists(request, database, place=data, refused=refused)
    return Redirect(f"{HOME}/lists#places", status_code=303)


@get(HOME + "/receive", guards=[door.require("goods.receive")], sync_to_thread=True)
def receiving_form(
    request: AnyRequest, database: NamedDependency[Database], offer: FromQuery[str] = ""
) -> Response[str]:
    """The form of what came in."""
    return _receive(request, database, ReceiveForm(offer=offer))


@post(HOME + "/receive", guards=[door.require("goods.receive")], sync_to_thread=True, request_max_body_size=LARGEST)
def receive(
    request: AnyRequest,
    data: MultipartBody[ReceiveForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Note what was counted; another values it."""
    by = door.actor(request)
    count_upload(request, database)
    try:
        photo, told = forms.photo(data.photo), data.contact()
        data.arrival(None)
        with database.write() as session:
            if data.for_district and data.for_district not in places.districts(session):
                raise PlaceNotFoundError()
            giver = offered.one(session, data.offer).contact_id if data.offer else donors.keep(session, told, by=by)
            arrival = data.arrival(giver)
            receiving.receive(session, settings.files_path, arrival, photo=photo, by=by)
            if data.offer:
                offers.note_received(session, data.offer, by=by)
    except FundError as refused:
        return _receive(request, database, data, refused)
    return Redirect(f"{HOME}#to-value", status_code=303)


@get(HOME + "/arrivals/{arrival_id:uuid}", guards=[door.require("goods.see")], sync_to_thread=True)
def arrival(request: AnyRequest, arrival_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """What came in, to be valued."""
    return _arrival(request, database, arrival_id, ValueForm())


@post(
    HOME + "/arrivals/{arrival_id:uuid}",
    guards=[door.require("goods.value")],
    sync_to_thread=True,
    request_max_body_size=LARGEST,
)
def value(
    request: AnyRequest,
    arrival_id: FromPath[UUID],
    data: MultipartBody[ValueForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Say what one is worth, and on what this rests: it is a lot, and in the books."""
    count_upload(request, database)
    try:
        worth, paper = parse_baht(data.worth), forms.paper(data.paper)
        with database.write() as session:
            receiving.value(session, settings.files_path, arrival_id, worth, data.basis, paper, by=door.actor(request))
    except (FundError, LedgerError) as refused:
        return _arrival(request, database, arrival_id, data, refused)
    return Redirect(f"{HOME}/lots/{arrival_id}", status_code=303)


@get(HOME + "/arrivals/{arrival_id:uuid}/{kind:str}", guards=[door.require("goods.papers")], sync_to_thread=True)
def paper(
    request: AnyRequest,
    arrival_id: FromPath[UUID],
    kind: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The photo of what came in, or the paper of its value, to be saved; the look is noted."""
    with database.write() as session:
        content = _paper(session, settings, arrival_id, kind)
        audit.viewed(session, door.actor(request), "goods_paper", arrival_id)
    found = stand_in_papers.read(content)
    name = f'attachment; filename="goods-{arrival_id}.{found.ending}"'
    return Response(content, media_type=found.media_type, headers={"Content-Disposition": name})


def count_upload(request: AnyRequest, database: Database) -> None:
    """Note that somebody sends a file. Raises TooManyError."""
    with database.write() as session:
        whom = f"account:{door.actor(request).name}", f"address:{walls.subscriber(request)}"
        limits.count(session, limits.UPLOADS, *whom)


def _paper(session: Session, settings: Settings, arrival_id: UUID, kind: str) -> bytes:
    row = views.arrival(session, arrival_id).row
    sha256 = row.photo_sha256 if kind == "photo" else views.lot(session, arrival_id).row.paper_sha256
    return files.load(session, settings.files_path, sha256 or "0" * 64, arrival_id)


def _errors(request: AnyRequest, refused: Refusal | None) -> Said:
    """What is refused, at its field."""
    if refused is None:
        return Said()
    field = next((name for kind, name in _FIELDS.items() if isinstance(refused, kind)), "")
    return said({field: refused}, web.language(request))


def _lists(
    request: AnyRequest,
    database: Database,
    thing: ThingForm | None = None,
    place: PlaceForm | None = None,
    refused: FundError | None = None,
) -> Response[str]:
    with database.read() as session:
        known: dict[str, Any] = {"things": things.things(session), "places": things.places(session)}
    errors = {("place" if place else "thing"): refused} if refused else {}
    return web.page(
        request, "goods/lists.html", status=web.status_of(refused), thing=thing or ThingForm(),
        place=place or PlaceForm(), errors=said(errors, web.language(request)), **known, **shown(),
    )  # fmt: skip


def _receive(
    request: AnyRequest, database: Database, typed: ReceiveForm, refused: FundError | None = None
) -> Response[str]:
    with database.read() as session:
        known = {
            "things": things.things(session),
            "places": things.places(session),
            "districts": places.districts(session),
        }
    return web.page(
        request, "goods/receive.html", status=web.status_of(refused), typed=typed,
        errors=_errors(request, refused), today=clock.today(), **known, **shown(),
    )  # fmt: skip


def _arrival(
    request: AnyRequest, database: Database, arrival_id: UUID, typed: ValueForm, refused: Refusal | None = None
) -> Response[str]:
    with database.read() as session:
        found = views.arrival(session, arrival_id)
        is_valued = arrival_id not in {one.row.id for one in views.to_value(session)}
        district = places.districts(session).get(found.row.for_district)
    return web.page(
        request, "goods/arrival.html", status=web.status_of(refused), came=found, is_valued=is_valued,
        district=district, is_own=found.row.received_person == door.visitor(request).person.id, typed=typed,
        errors=_errors(request, refused), **shown(),
    )  # fmt: skip


ROUTES = [
    store, lists, add_thing, add_place, receiving_form, receive, arrival, value, paper, *lot_pages.ROUTES,
]  # fmt: skip
