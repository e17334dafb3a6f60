"""Staff's pages of stand-ins: who stands in for whom and by which paper, appoint one, end an appointment.

Each look at a paper is noted. An appointment is never changed: a wrong one is ended, and another one made.
"""

from collections.abc import Collection
from datetime import date
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.params import FromPath, MultipartBody
from litestar.response import Redirect

from fund import clock, limits, walls, web
from fund.db import Database
from fund.errors import FundError, MalformedError, TooLargeError, WrongTypeError
from fund.people import door, duties, staff, stand_in_papers
from fund.people.duties import Side
from fund.people.errors import AppointmentError, StandInOverError
from fund.people.stand_in_papers import LARGEST_BYTES
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff/stand-ins"
NEW: Final = HOME + "/new"
Short = Annotated[str, msgspec.Meta(max_length=500)]
_ENVELOPE_BYTES: Final = 64 * 1024  # of a form around its file
_APPOINT: Final = [door.require("stand_ins.appoint")]


class AppointForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who stands in for whom, for which sides (a field for each), from when to when, and the signed paper."""

    person: Short = ""
    for_person: Short = ""
    since: Short = ""
    until: Short = ""
    request: Short = ""
    approve: Short = ""
    prepare: Short = ""
    authorise: Short = ""
    reconcile: Short = ""
    receive: Short = ""
    value: Short = ""
    csrf_token: Short = ""
    paper: UploadFile  # last: a field before it that is no text leaves no file open

    @property
    def people(self) -> tuple[UUID, UUID]:
        """Who stands in, and for whom. Raises AppointmentError."""
        try:
            return UUID(self.person), UUID(self.for_person)
        except ValueError:
            raise AppointmentError() from None

    @property
    def days(self) -> tuple[date, date]:
        """The first day and the last. Raises AppointmentError."""
        try:
            return date.fromisoformat(self.since), date.fromisoformat(self.until)
        except ValueError:
            raise AppointmentError() from None

    @property
    def sides(self) -> list[Side]:
        """The sides that were ticked."""
        return [side for side in Side if getattr(self, side)]


@get(HOME, guards=[door.require("stand_ins.see")], sync_to_thread=True)
def stand_ins(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The appointments in force, to come and over."""
    return _list(request, database)


@get(NEW, guards=_APPOINT, sync_to_thread=True)
def new_stand_in(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form that appoints one."""
    today = clock.today().isoformat()
    return _form(request, database, {"person": "", "for_person": "", "since": today, "until": today}, ())


@post(NEW, guards=_APPOINT, sync_to_thread=True, request_max_body_size=LARGEST_BYTES + _ENVELOPE_BYTES)
def appoint(
    request: AnyRequest,
    data: MultipartBody[AppointForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Appoint a stand-in, and keep the paper."""
    by = door.actor(request)
    with database.write() as session:
        limits.count(session, limits.UPLOADS, f"account:{by.name}", f"address:{walls.subscriber(request)}")
    try:
        paper = stand_in_papers.read(data.paper.file.read(LARGEST_BYTES + 1))
        with database.write() as session:
            folder = settings.files_path
            stand_in_papers.appoint(session, folder, paper, data.people, data.days, data.sides, by=by)
    except (MalformedError, TooLargeError, WrongTypeError) as refused:
        typed = {name: getattr(data, name) for name in ("person", "for_person", "since", "until")}
        return _form(request, database, typed, data.sides, refused=refused)
    return Redirect(HOME, status_code=303)


@get(HOME + "/{stand_in_id:uuid}/paper", guards=[door.require("stand_ins.see")], sync_to_thread=True)
def signed_paper(
    request: AnyRequest,
    stand_in_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[bytes]:
    """The signed paper, to be saved: a browser does not open it among our pages."""
    with database.write() as session:
        paper = stand_in_papers.opened(session, settings.files_path, stand_in_id, by=door.actor(request))
    name = f'attachment; filename="stand-in-{stand_in_id}.{paper.ending}"'
    return Response(paper.content, media_type=paper.media_type, headers={"Content-Disposition": name})


@post(HOME + "/{stand_in_id:uuid}/end", guards=[door.require("stand_ins.end")], sync_to_thread=True)
def end(request: AnyRequest, stand_in_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """End an appointment before its time."""
    try:
        with database.write() as session:
            duties.dismiss(session, stand_in_id, by=door.actor(request))
    except StandInOverError as refused:
        return _list(request, database, refused=refused)
    return Redirect(HOME, status_code=303)


def _list(request: AnyRequest, database: Database, *, refused: FundError | None = None) -> Response[str]:
    today = clock.today()
    with database.read() as session:
        known = duties.appointments(session)
    over = [one for one in reversed(known) if one.is_over(today)]
    return web.page(
        request,
        "people/stand_ins.html",
        status=web.status_of(refused),
        in_force=[one for one in known if one.is_in_force(today)],
        to_come=[one for one in known if one.since > today and one not in over],
        over=over,
        sides=duties.SAYS,
        error=web.message_of(refused, web.language(request)) if refused else "",
    )


def _form(
    request: AnyRequest,
    database: Database,
    typed: dict[str, str],
    ticked: Collection[Side],
    *,
    refused: FundError | None = None,
) -> Response[str]:
    own = door.visitor(request).person.id
    with database.read() as session:
        others = [one for one in staff.people(session) if one.id != own]
    return web.page(
        request,
        "people/stand_in.html",
        status=web.status_of(refused),
        typed=typed,
        ticked=ticked,
        sides=duties.SAYS,
        able=[("", "–"), *((str(one.id), one.name) for one in others if not one.is_suspended)],
        others=[("", "–"), *((str(one.id), one.name) for one in others)],
        error=web.message_of(refused, web.language(request)) if refused else "",
    )


ROUTES = [stand_ins, new_stand_in, appoint, signed_paper, end]
