"""Staff's pages of class lists: hand one in, say what its columns hold and who is at risk, and report those children.

Between the two pages the list stays in the teacher's browser: the service keeps nothing of it but the reports.
"""

from typing import Annotated, Any, Final
from urllib.parse import quote_plus

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromQuery, MultipartBody, URLEncodedBody
from litestar.response import Redirect

from fund import limits, walls, web
from fund.cases import children
from fund.cases.children import GRADES
from fund.cases.finding import choosing, class_lists, queries, screening
from fund.cases.finding.errors import ListTooLongError, SchoolMissingError
from fund.cases.finding.screening import COLUMNS, Choice
from fund.db import Database
from fund.donations.forms import Fields, Refusal, said
from fund.errors import FundError, MalformedError, StateError, TooLargeError
from fund.people import door, places
from fund.people.powers import Place
from fund.sheets.errors import SheetError
from fund.web import AnyRequest

HOME: Final = "/staff/class-lists"
LARGEST_BYTES: Final = 2 << 20
_SCREEN: Final = "class_lists.screen"
_GUARDS: Final = [door.require(_SCREEN)]
_LARGEST_LIST: Final = 256 * 1024  # as a browser sends it back: nine bytes a Thai letter
_ENVELOPE_BYTES: Final = 64 * 1024
PRIVATE: Final = {"Cache-Control": "no-store"}


class ListForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A class list."""

    file: UploadFile
    csrf_token: str = ""


class ScreenForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The list as the browser kept it, what its columns hold, of which class it is, and who is at risk."""

    content: str = ""
    column: list[str] | str = []
    heading: Annotated[int, msgspec.Meta(ge=0, le=screening.MOST_ROWS)] = 0
    place: str = ""
    grade: str = ""
    absences: str = "7"
    income: str = "3000"
    csrf_token: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """What each column holds, first to last."""
        return (self.column,) if isinstance(self.column, str) else tuple(self.column)


@get(HOME, guards=_GUARDS, sync_to_thread=True)
def class_list_form(
    request: AnyRequest, database: NamedDependency[Database], reported: FromQuery[int] = 0
) -> Response[str]:
    """Hand in a list; the ones that were screened before."""
    return _home(request, database, reported=reported)


@post(HOME, guards=_GUARDS, sync_to_thread=True, request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES, status_code=200)
def read_class_list(
    request: AnyRequest, data: MultipartBody[ListForm], database: NamedDependency[Database]
) -> Response[str]:
    """Show the list's first rows, with what each column most likely holds; nothing is kept."""
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{door.actor(request).name}", walls.subscriber(request))
    content = data.file.file.read(LARGEST_BYTES + 1)
    try:
        if len(content) > LARGEST_BYTES:
            raise TooLargeError()
        rows = screening.read(content)
        if len(quote_plus(screening.written(rows))) > _LARGEST_LIST - _ENVELOPE_BYTES:
            raise ListTooLongError(most=screening.MOST_ROWS)
    except (SheetError, MalformedError, TooLargeError) as refusal:
        return _home(request, database, refused=refusal)
    columns, heading = screening.guessed(rows)
    typed = ScreenForm(content=screening.written(rows), column=list(columns), heading=heading)
    return _columns(request, database, rows, typed, {})


@post(HOME + "/screen", guards=_GUARDS, sync_to_thread=True, request_max_body_size=_LARGEST_LIST)
def screen_class_list(
    request: AnyRequest, data: URLEncodedBody[ScreenForm], database: NamedDependency[Database]
) -> Response[str]:
    """Report the children at risk, all of them or none."""
    visitor, fields = door.visitor(request), Fields()
    nothing: list[list[str]] = []
    rows = fields.read("content", lambda: screening.read(data.content.encode(), ","), nothing)
    absences = fields.read("absences", lambda: children.parse_count(data.absences), None) or 0
    income = fields.read("income", lambda: screening.income(data.income or "0"), 0)
    with database.read() as session:
        place = choosing.place_of(session, visitor, _SCREEN, data.place)
    if place is None or not place.school:
        fields.errors["place"] = SchoolMissingError()
    if fields.errors or place is None:
        return _columns(request, database, rows, data, fields.errors)
    choice = Choice(data.columns, data.heading, absences, income)
    try:
        with database.write() as session:
            count = class_lists.take(session, place, data.grade, rows, choice, by=visitor.actor)
    except (MalformedError, StateError) as refusal:
        return _columns(request, database, rows, data, {"column": refusal})
    return Redirect(f"{HOME}?reported={count}", status_code=303, headers=PRIVATE)


def _home(
    request: AnyRequest, database: Database, *, reported: int = 0, refused: FundError | None = None
) -> Response[str]:
    language, visitor = web.language(request), door.visitor(request)
    with database.read() as session:
        names = places.names(session)
        known = {one.code: Place(one.district, one.code) for one in places.every(session) if one.kind == "school"}
        lists = [one for one in queries.class_lists(session) if visitor.may(_SCREEN, known.get(one.school, Place()))]
    return web.page(
        request,
        "finding/class_lists.html",
        status=web.status_of(refused),
        lists=lists,
        names=names,
        reported=reported,
        error=web.message_of(refused, language) if refused else "",
    )


def _columns(
    request: AnyRequest,
    database: Database,
    rows: list[list[str]],
    typed: ScreenForm,
    errors: dict[str, Refusal],
) -> Response[str]:
    language, visitor = web.language(request), door.visitor(request)
    with database.read() as session:
        schools = choosing.their_schools(session, visitor, _SCREEN, language)
    shown: dict[str, Any] = {"rows": rows[:15], "width": max((len(row) for row in rows), default=0)}
    answer = web.page(
        request,
        "finding/columns.html",
        status=web.status_of(next(iter(errors.values()), None)),
        typed=typed,
        kinds=COLUMNS,
        grades=GRADES,
        school_options=schools if len(schools) == 1 else [("", "–"), *schools],
        count=len(rows),
        errors=said(errors, language),
        **shown,
    )
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [class_list_form, read_class_list, screen_class_list]
