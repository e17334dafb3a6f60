"""The public form by which a family complains, and the core team's pages of what came.

The form knows no account and sets no cookie; its address tells nobody whose it is. Refuses one complaint too many from
an address (429, what was typed stays), and every reader whom a complaint may be about, as if it were not there.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect

from fund import limits, profile, walls, web
from fund.cases.following import acting, complaints, queries, states, steps
from fund.cases.following.acting import PRIVATE, Refused
from fund.cases.following.complaints import PUBLIC, TOPICS
from fund.cases.following.errors import ComplaintDistrictError, ComplaintMissingError, MatterNotFoundError
from fund.cases.following.forms import ActForm, ComplaintForm
from fund.cases.following.states import COMPLAINT
from fund.db import Database
from fund.donations.forms import Refusal, said
from fund.donations.service import new_form_key
from fund.errors import ForbiddenError, FundError, NotFoundError, TooManyError
from fund.limits import Limit
from fund.people import door, places
from fund.people.powers import Place
from fund.web import AnyRequest

HOME: Final = "/staff/complaints"
ONE: Final = HOME + "/{complaint_id:uuid}"
COMPLAINTS: Final = Limit("complaint", 30)
_KEY_LENGTHS: Final = range(22, 65)
_SEE: Final = [door.require("complaints.see")]


@get(PUBLIC, sync_to_thread=True)
def complaint_form(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The form for whoever has not their paper at hand: they choose the district."""
    return _form(request, database, "", ComplaintForm())


@post(PUBLIC, sync_to_thread=True)
def complain(
    request: AnyRequest, data: URLEncodedBody[ComplaintForm], database: NamedDependency[Database]
) -> Response[str]:
    """Keep a complaint of a district."""
    return _send(request, database, "", data)


@get(PUBLIC + "/thanks", sync_to_thread=False)
def thanks(request: AnyRequest) -> Response[str]:
    """What happens next."""
    return web.page(request, "following/thanks.html")


@get(PUBLIC + "/{key:str}", sync_to_thread=True)
def family_form(request: AnyRequest, key: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """The form of a family's own paper."""
    _require_link(request, database, key)
    return _form(request, database, key, ComplaintForm())


@post(PUBLIC + "/{key:str}", sync_to_thread=True)
def complain_by_key(
    request: AnyRequest,
    key: FromPath[str],
    data: URLEncodedBody[ComplaintForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Keep a complaint of a family."""
    _require_link(request, database, key)
    return _send(request, database, key, data)


@get(HOME, guards=_SEE, sync_to_thread=True)
def all_complaints(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits for an answer, and what was closed; none is opened by it."""
    person = door.visitor(request).person
    with database.read() as session:
        waiting = queries.complaints_for(session, person, (states.OPEN, states.ANSWERED))
        closed = queries.complaints_for(session, person, (states.CLOSED,))
        names = places.names(session)
    return acting.page(request, "following/complaints.html", waiting=waiting, closed=closed, names=names)


@get(ONE, guards=_SEE, sync_to_thread=True)
def one_complaint(
    request: AnyRequest, complaint_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """What a family says, and what became of it."""
    return _one(request, database, complaint_id)


@post(ONE, guards=[door.require("complaints.answer")], sync_to_thread=True)
def answer(
    request: AnyRequest,
    complaint_id: FromPath[UUID],
    data: URLEncodedBody[ActForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Note what was answered, or close it with a reason."""
    with database.read() as session:
        found = queries.complaint(session, door.visitor(request).person, complaint_id)
    try:
        acting.require_power(request, COMPLAINT, found.state, data.act, Place(found.district))
        with database.write() as session:
            complaints.act(session, complaint_id, data.act, data.words, by=door.actor(request))
    except (NotFoundError, ForbiddenError):
        raise
    except FundError as error:
        return _one(request, database, complaint_id, Refused(error, data))
    return Redirect(f"{HOME}/{complaint_id}", status_code=303, headers=PRIVATE)


def _one(request: AnyRequest, database: Database, complaint_id: UUID, refused: Refused | None = None) -> Response[str]:
    visitor = door.visitor(request)
    with database.write() as session:
        found = queries.complaint(session, visitor.person, complaint_id)
        told = complaints.opened(session, complaint_id, by=visitor.actor)
        taken = steps.history(session, queries.matter(session, complaint_id))
        names = places.names(session)
    offered = acting.offered(request, COMPLAINT, found.state, Place(found.district))
    return acting.page(
        request, "following/complaint.html", refused, found=found, told=told, taken=taken, offered=offered,
        names=names, topics=TOPICS,
    )  # fmt: skip


def _require_link(request: AnyRequest, database: Database, key: str) -> None:
    with limits.guessing(database, walls.subscriber(request), MatterNotFoundError) as session:
        if not complaints.is_link(session, key):
            raise MatterNotFoundError()


def _send(request: AnyRequest, database: Database, key: str, form: ComplaintForm) -> Response[str]:
    told, fields = form.read()
    with database.read() as session:
        profile.current(session)  # a fund that was not founded has nobody to read it
    if fields.errors:
        return _form(request, database, key, form, fields.errors, status=400)
    form_key = form.form_key if len(form.form_key) in _KEY_LENGTHS and form.form_key.isprintable() else new_form_key()
    try:
        with database.write() as session:
            limits.count(session, COMPLAINTS, walls.subscriber(request))
            complaints.complain(session, told, key=key, district=form.district, form_key=form_key)
    except (ComplaintMissingError, ComplaintDistrictError) as refusal:
        field = "words" if isinstance(refusal, ComplaintMissingError) else "district"
        return _form(request, database, key, form, {field: refusal}, status=400)
    except TooManyError as refusal:
        answer = _form(request, database, key, form, {"form": refusal}, status=429)
        answer.headers["Retry-After"] = str(refusal.facts["retry_seconds"])
        return answer
    return Redirect(f"{PUBLIC}/thanks", status_code=303, headers=PRIVATE)


def _form(
    request: AnyRequest,
    database: Database,
    key: str,
    form: ComplaintForm,
    errors: Mapping[str, Refusal] | None = None,
    *,
    status: int = 200,
) -> Response[str]:
    """The form with what was typed; the same for every family's key."""
    with database.read() as session:
        profile.current(session)
        districts = places.districts(session)
    which = 0 if web.language(request) == "th" else 1
    answer = web.page(
        request, "following/complain.html", status=status, form=form, form_key=new_form_key(), key=key, topics=TOPICS,
        errors=said(errors or {}, web.language(request)),
        districts=[("", "–"), *((code, name[which]) for code, name in districts.items())],
    )  # fmt: skip
    answer.headers.update(PRIVATE)
    return answer


ROUTES = [
    complaint_form,
    complain,
    thanks,
    family_form,
    complain_by_key,
    all_complaints,
    one_complaint,
    answer,
]
