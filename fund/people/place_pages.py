"""Administrators' pages of schools and offices: see them all, add one, call one otherwise, close it, open it again.

Nothing here is deleted: what was given for a place that is closed stays readable.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import web
from fund.db import Database
from fund.errors import MalformedError, StateError
from fund.people import door, places
from fund.people.errors import PlaceNotFoundError
from fund.people.places import Kind
from fund.people.roles import ROLES
from fund.web import AnyRequest

HOME: Final = "/staff/places"
ONE: Final = HOME + "/{kind:str}/{code:str}"
Short = Annotated[str, msgspec.Meta(max_length=500)]
_SEE, _CHANGE = [door.require("places.see")], [door.require("places.change")]


class NamesForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a place is called in both languages."""

    name_th: Short = ""
    name_en: Short = ""
    csrf_token: Short = ""


class PlaceForm(NamesForm, frozen=True, forbid_unknown_fields=True):
    """A school or an office that is new here; an office's district is left out."""

    kind: Literal["school", "office"] = "school"
    code: Short = ""
    district: Short = ""


@get(HOME, guards=_SEE, sync_to_thread=True)
def every_place(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Every school and office, and the form for one more."""
    return _list(request, database, PlaceForm())


@post(HOME, guards=_CHANGE, sync_to_thread=True)
def register(
    request: AnyRequest, data: URLEncodedBody[PlaceForm], database: NamedDependency[Database]
) -> Response[str]:
    """Add a school or an office."""
    code, district = data.code.strip(), data.district if data.kind == "school" else ""
    try:
        with database.write() as session:
            by = door.actor(request)
            places.register(session, data.kind, code, data.name_th, data.name_en, district=district, by=by)
    except (MalformedError, StateError) as refused:
        return _list(request, database, data, refused=refused)
    return Redirect(f"{HOME}/{data.kind}/{code}", status_code=303)


@get(ONE, guards=_SEE, sync_to_thread=True)
def place(
    request: AnyRequest, kind: FromPath[str], code: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """One school or office, and who works for it."""
    return _one(request, database, _kind(kind), code)


@post(ONE, guards=_CHANGE, sync_to_thread=True)
def rename(
    request: AnyRequest,
    kind: FromPath[str],
    code: FromPath[str],
    data: URLEncodedBody[NamesForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Call a place otherwise from now on."""
    try:
        with database.write() as session:
            places.rename(session, _kind(kind), code, data.name_th, data.name_en, by=door.actor(request))
    except MalformedError as refused:
        return _one(request, database, _kind(kind), code, form=data, refused=refused)
    return Redirect(f"{HOME}/{kind}/{code}", status_code=303)


@post(ONE + "/close", guards=_CHANGE, sync_to_thread=True)
def close(
    request: AnyRequest, kind: FromPath[str], code: FromPath[str], database: NamedDependency[Database]
) -> Response[str]:
    """Give no more roles for a place."""
    try:
        with database.write() as session:
            places.close(session, _kind(kind), code, by=door.actor(request))
    except StateError as refused:
        return _one(request, database, _kind(kind), code, refused=refused)
    return Redirect(f"{HOME}/{kind}/{code}", status_code=303)


@post(ONE + "/reopen", guards=_CHANGE, sync_to_thread=True)
def reopen(
    request: AnyRequest, kind: FromPath[str], code: FromPath[str], database: NamedDependency[Database]
) -> Redirect:
    """Let roles be given for a closed place again."""
    with database.write() as session:
        places.reopen(session, _kind(kind), code, by=door.actor(request))
    return Redirect(f"{HOME}/{kind}/{code}", status_code=303)


def _kind(text: str) -> Kind:
    """The kind of place that an address names. Raises PlaceNotFoundError."""
    for kind in places.KINDS:
        if kind == text:
            return kind
    raise PlaceNotFoundError()


def _list(
    request: AnyRequest, database: Database, form: PlaceForm, *, refused: MalformedError | StateError | None = None
) -> Response[str]:
    with database.read() as session:
        known, districts = places.every(session), places.districts(session)
    which = 0 if web.language(request) == "th" else 1
    return web.page(
        request,
        "people/places.html",
        **_refusal(request, refused),
        places={kind: [one for one in known if one.kind == kind] for kind in places.KINDS},
        districts=districts,
        district_options=[("", "–"), *((code, names[which]) for code, names in districts.items())],
        form=form,
    )


def _one(
    request: AnyRequest,
    database: Database,
    kind: Kind,
    code: str,
    *,
    form: NamesForm | None = None,
    refused: MalformedError | StateError | None = None,
) -> Response[str]:
    with database.read() as session:
        found, districts = places.one(session, kind, code), places.districts(session)
        holders = places.whose(session, found.scope)
    return web.page(
        request,
        "people/place.html",
        **_refusal(request, refused),
        found=found,
        form=form or found,
        districts=districts,
        holders=holders,
        roles=ROLES,
    )


def _refusal(request: AnyRequest, refused: MalformedError | StateError | None) -> dict[str, Any]:
    """The status and the words of a page that refuses something; of one that does not, none."""
    if refused is None:
        return {"status": 200, "error": ""}
    status = web.status_of(refused)
    return {"status": status, "error": web.message_of(refused, web.language(request))}


ROUTES = [every_place, register, place, rename, close, reopen]
