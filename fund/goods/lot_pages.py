"""Staff's pages of one lot: its history, moving it, counting it without the books' figure, taking it out as two.

Nobody answers what they asked for, and nobody explains their own count. Refuses what the services refuse, with what
was typed.
"""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody, URLEncodedBody
from litestar.response import Redirect

from fund import clock, limits, walls, web
from fund.db import Database
from fund.errors import FundError
from fund.goods import forms, holding, states, things, views
from fund.goods.errors import PlaceNotFoundError
from fund.goods.forms import AnswerForm, CountForm, MoveForm, RemoveForm
from fund.people import door
from fund.people.stand_in_papers import LARGEST_BYTES
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff/goods"
LARGEST: Final = LARGEST_BYTES + (64 << 10)
ONE: Final = HOME + "/lots/{lot_id:uuid}"
ACTS: Final = {
    "receive": "Came in",
    "leave": "Carried away",
    "arrive": "Arrived",
    "reserve": "Promised to a case",
    "release": "Promise let go",
    "issue": "Handed out",
    "return": "Brought back",
    "write_off": "Written off",
    "give_back": "Given back",
    "lose": "Not found in a count",
    "find": "Found in a count",
}


def shown() -> dict[str, Any]:
    """The tables of words that the pages of goods speak with."""
    return {
        "conditions": states.CONDITIONS, "bases": states.BASES, "kinds_of_place": states.PLACES,
        "removals": holding.REMOVALS, "acts": ACTS,
    }  # fmt: skip


@get(ONE, guards=[door.require("goods.see")], sync_to_thread=True)
def lot(request: AnyRequest, lot_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One lot."""
    return _lot(request, database, lot_id)


@post(ONE + "/move", guards=[door.require("goods.hold")], sync_to_thread=True)
def move(
    request: AnyRequest,
    lot_id: FromPath[UUID],
    data: URLEncodedBody[MoveForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Carry so much to another place."""
    try:
        place, to = (forms.ident(one, PlaceNotFoundError) for one in (data.place, data.to))
        with database.write() as session:
            holding.move(session, lot_id, place, to, forms.whole(data.quantity), by=door.actor(request))
    except FundError as refused:
        return _lot(request, database, lot_id, refused, move=data)
    return Redirect(f"{HOME}/lots/{lot_id}", status_code=303)


@get(ONE + "/count/{place_id:uuid}", guards=[door.require("goods.hold")], sync_to_thread=True)
def counting(
    request: AnyRequest, lot_id: FromPath[UUID], place_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """The form of a count, without the books' figure."""
    return _count(request, database, lot_id, place_id)


@post(ONE + "/count/{place_id:uuid}", guards=[door.require("goods.hold")], sync_to_thread=True)
def count(
    request: AnyRequest,
    lot_id: FromPath[UUID],
    place_id: FromPath[UUID],
    data: URLEncodedBody[CountForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Write down how many were found."""
    try:
        with database.write() as session:
            holding.count(session, lot_id, place_id, forms.whole(data.found), by=door.actor(request))
    except FundError as refused:
        return _count(request, database, lot_id, place_id, data, refused)
    return Redirect(f"{HOME}/matters", status_code=303)


@post(ONE + "/remove", guards=[door.require("goods.hold")], sync_to_thread=True, request_max_body_size=LARGEST)
def remove(
    request: AnyRequest,
    lot_id: FromPath[UUID],
    data: MultipartBody[RemoveForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Ask that so much is written off or given back."""
    by = door.actor(request)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{by.name}", f"address:{walls.subscriber(request)}")
    try:
        place, paper = forms.ident(data.place, PlaceNotFoundError), forms.paper(data.paper)
        told = data.act, forms.whole(data.quantity), data.reason, paper
        with database.write() as session:
            holding.ask_removal(session, settings.files_path, lot_id, place, *told, by=by)
    except FundError as refused:
        return _lot(request, database, lot_id, refused, remove=data)
    return Redirect(f"{HOME}/matters", status_code=303)


@get(HOME + "/matters", guards=[door.require("goods.see")], sync_to_thread=True)
def matters(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Counts to explain, and what shall be taken out."""
    return _matters(request, database)


@post(HOME + "/counts/{count_id:uuid}", guards=[door.require("goods.settle")], sync_to_thread=True)
def explain(
    request: AnyRequest,
    count_id: FromPath[UUID],
    data: URLEncodedBody[AnswerForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Say why a count differs."""
    is_wrong = data.answer == "miscounted"
    try:
        with database.write() as session:
            holding.explain(session, count_id, data.reason, is_miscounted=is_wrong, by=door.actor(request))
    except FundError as refused:
        return _matters(request, database, refused, {count_id: data})
    return Redirect(f"{HOME}/matters", status_code=303)


@post(HOME + "/removals/{removal_id:uuid}", guards=[door.require("goods.settle")], sync_to_thread=True)
def answer(
    request: AnyRequest,
    removal_id: FromPath[UUID],
    data: URLEncodedBody[AnswerForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Confirm what another asked to take out, or let it stay."""
    try:
        with database.write() as session:
            holding.answer_removal(session, removal_id, is_done=data.answer == "yes", by=door.actor(request))
    except FundError as refused:
        return _matters(request, database, refused)
    return Redirect(f"{HOME}/matters", status_code=303)


def _lot(
    request: AnyRequest,
    database: Database,
    lot_id: UUID,
    refused: FundError | None = None,
    *,
    move: MoveForm | None = None,
    remove: RemoveForm | None = None,
) -> Response[str]:
    with database.read() as session:
        found, known = views.lot(session, lot_id), things.places(session)
    return web.page(
        request, "goods/lot.html", status=web.status_of(refused), lot=found, places=known, today=clock.today(),
        move=move, remove=remove, error=_said(request, refused), **shown(),
    )  # fmt: skip


def _count(
    request: AnyRequest,
    database: Database,
    lot_id: UUID,
    place_id: UUID,
    typed: CountForm | None = None,
    refused: FundError | None = None,
) -> Response[str]:
    with database.read() as session:
        found = views.lot(session, lot_id)
        things.require_place(session, place_id)
        place = things.places(session)[place_id]
    return web.page(
        request, "goods/count.html", status=web.status_of(refused), came=found.came, place=place,
        typed=typed or CountForm(), error=_said(request, refused), **shown(),
    )  # fmt: skip


def _matters(
    request: AnyRequest,
    database: Database,
    refused: FundError | None = None,
    typed: dict[UUID, AnswerForm] | None = None,
) -> Response[str]:
    with database.read() as session:
        counts, asked = views.to_explain(session), views.to_answer(session)
    return web.page(
        request, "goods/matters.html", status=web.status_of(refused), counts=counts, removals_asked=asked,
        own=door.visitor(request).person.id, typed=typed or {}, error=_said(request, refused), **shown(),
    )  # fmt: skip


def _said(request: AnyRequest, refused: FundError | None) -> str:
    return web.message_of(refused, web.language(request)) if refused else ""


ROUTES = [lot, move, counting, count, remove, matters, explain, answer]
