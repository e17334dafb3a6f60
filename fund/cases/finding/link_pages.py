"""Staff's page of the links by which schools report: make one, print its QR, end it."""

from typing import Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup

from fund import web
from fund.cases.finding import choosing, queries, service
from fund.cases.finding.errors import LinkNotFoundError, SchoolMissingError
from fund.db import Database
from fund.people import door, places
from fund.people.powers import Place
from fund.settings import Settings
from fund.web import AnyRequest
from receipts import qr

HOME: Final = "/staff/report-links"
_MAKE: Final = "report_links.make"
_GUARDS: Final = [door.require(_MAKE)]


class LinkForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """For which school, as `school:KK4001001V`; ending one needs no word."""

    place: str = ""
    csrf_token: str = ""


@get(HOME, guards=_GUARDS, sync_to_thread=True)
def report_links(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The links of their schools, and the form for one more."""
    return _list(request, database)


@post(HOME, guards=_GUARDS, sync_to_thread=True)
def make_link(
    request: AnyRequest, data: URLEncodedBody[LinkForm], database: NamedDependency[Database]
) -> Response[str]:
    """Give a school its link; one that has one keeps it."""
    visitor = door.visitor(request)
    with database.write() as session:
        place = choosing.place_of(session, visitor, _MAKE, data.place)
        key = service.make_link(session, place.school, by=visitor.actor) if place and place.school else ""
    if not key:
        return _list(request, database, SchoolMissingError())
    return Redirect(f"{HOME}/{key}", status_code=303)


@get(HOME + "/{key:str}", guards=_GUARDS, sync_to_thread=True)
def print_link(
    request: AnyRequest,
    key: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A page to print and hang up: what it is for, the QR, the address."""
    with database.read() as session:
        link, names = queries.link(session, key), places.names(session)
    door.require_place(request, _MAKE, Place(link.district, link.school), missing=LinkNotFoundError)
    address = f"{settings.address}/report/{key}"
    drawn = Markup(qr.picture_svg(address, label=key))  # our own drawing
    school = names.get(f"school:{link.school}", (link.school, link.school))
    return web.page(request, "finding/link.html", one=link, school=school, address=address, qr=drawn)


@post(HOME + "/{key:str}/end", guards=_GUARDS, sync_to_thread=True)
def end_link(
    request: AnyRequest, key: FromPath[str], data: URLEncodedBody[LinkForm], database: NamedDependency[Database]
) -> Redirect:
    """Let nobody report by it any more."""
    with database.write() as session:
        link = queries.link(session, key)
        door.require_place(request, _MAKE, Place(link.district, link.school), missing=LinkNotFoundError)
        service.end_link(session, key, by=door.actor(request))
    return Redirect(HOME, status_code=303)


def _list(request: AnyRequest, database: Database, refused: SchoolMissingError | None = None) -> Response[str]:
    language, visitor = web.language(request), door.visitor(request)
    with database.read() as session:
        links = [one for one in queries.links(session) if visitor.may(_MAKE, Place(one.district, one.school))]
        names, schools = places.names(session), choosing.their_schools(session, visitor, _MAKE, language)
    return web.page(
        request,
        "finding/links.html",
        status=400 if refused else 200,
        links=links,
        names=names,
        school_options=[("", "–"), *schools],
        error=web.message_of(refused, language) if refused else "",
    )


ROUTES = [report_links, make_link, print_link, end_link]
