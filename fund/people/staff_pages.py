"""Administrators' pages of people: who works here, invite, give and end roles, suspend, reset, sign out.

A link is shown once, on the page that answers: whoever has it becomes that person.
"""

from collections.abc import Callable
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import web
from fund.db import Database
from fund.errors import MalformedError, StateError
from fund.people import door, powers, sessions, staff
from fund.people.powers import Grant
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff/people"
Short = Annotated[str, msgspec.Meta(max_length=500)]


class GrantForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role, and the place it is given for; a place that the role is not given for is left out."""

    role: Short = ""
    district: Short = ""
    place: Short = ""
    csrf_token: Short = ""

    @property
    def grant(self) -> Grant:
        """What is given."""
        kind = powers.ROLES[self.role].place if self.role in powers.ROLES else ""
        place = self.district if kind == "district" else self.place.strip()
        return Grant(self.role, f"{kind}:{place}" if kind else "")


class InviteForm(GrantForm, frozen=True, forbid_unknown_fields=True):
    """A new person and their first role."""

    name: Short = ""
    email: Short = ""


@get(HOME, guards=[door.require("people.see")], sync_to_thread=True)
def people(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Everybody who works here, and the form for one more."""
    return _list(request, database, InviteForm())


@post(HOME, guards=[door.require("people.invite")], sync_to_thread=True)
def invite(
    request: AnyRequest,
    data: URLEncodedBody[InviteForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Make a person and show the link by which they come in."""
    try:
        with database.write() as session:
            made, token = staff.invite(session, data.name, [data.grant], email=data.email, by=door.actor(request))
    except (MalformedError, StateError) as refused:
        said = web.message_of(refused, web.language(request))
        return _list(request, database, data, error=said, status=400 if isinstance(refused, MalformedError) else 409)
    return _one(request, database, made, link=invitation_link(settings, token))


def invitation_link(settings: Settings, token: str) -> str:
    """The address that opens an invitation."""
    return f"{settings.address}/staff/invitation/{token}"


@get(HOME + "/{person_id:uuid}", guards=[door.require("people.see")], sync_to_thread=True)
def person(request: AnyRequest, person_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One person: their roles, and where they are signed in."""
    return _one(request, database, person_id)


@post(HOME + "/{person_id:uuid}/roles", guards=[door.require("people.give")], sync_to_thread=True)
def give(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[GrantForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Give a role."""
    return _act(
        request, database, person_id, lambda session: staff.give(session, person_id, data.grant, by=door.actor(request))
    )


@post(HOME + "/{person_id:uuid}/roles/{grant_id:uuid}/end", guards=[door.require("people.end")], sync_to_thread=True)
def end_role(
    request: AnyRequest, person_id: FromPath[UUID], grant_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """Take a role away."""
    return _act(request, database, person_id, lambda session: staff.end(session, grant_id, by=door.actor(request)))


@post(HOME + "/{person_id:uuid}/suspend", guards=[door.require("people.suspend")], sync_to_thread=True)
def suspend(request: AnyRequest, person_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """Let a person in no more."""
    return _act(request, database, person_id, lambda session: staff.suspend(session, person_id, by=door.actor(request)))


@post(HOME + "/{person_id:uuid}/resume", guards=[door.require("people.suspend")], sync_to_thread=True)
def resume(request: AnyRequest, person_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """Let a suspended person in again."""
    return _act(request, database, person_id, lambda session: staff.resume(session, person_id, by=door.actor(request)))


@post(HOME + "/{person_id:uuid}/reset", guards=[door.require("people.invite")], sync_to_thread=True)
def reset(
    request: AnyRequest,
    person_id: FromPath[UUID],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Void a person's ways in and show the link for new ones."""
    try:
        with database.write() as session:
            token = staff.reset(session, person_id, by=door.actor(request))
    except StateError as refused:
        return _one(request, database, person_id, refused=refused)
    return _one(request, database, person_id, link=invitation_link(settings, token))


@post(
    HOME + "/{person_id:uuid}/sessions/{session_id:uuid}/end",
    guards=[door.require("people.end_session")],
    sync_to_thread=True,
)
def end_session(
    request: AnyRequest, person_id: FromPath[UUID], session_id: FromPath[UUID], database: NamedDependency[Database]
) -> Response[str]:
    """Sign a person out in one browser."""
    return _act(
        request,
        database,
        person_id,
        lambda session: sessions.revoke(session, session_id, person_id, by=door.actor(request)),
    )


def _act(request: AnyRequest, database: Database, person_id: UUID, act: Callable[[Session], Any]) -> Response[str]:
    """Do it and return to the person's page; a refusal is told there."""
    try:
        with database.write() as session:
            act(session)
    except (MalformedError, StateError) as refused:
        return _one(request, database, person_id, refused=refused)
    return Redirect(f"{HOME}/{person_id}", status_code=303)


def _list(
    request: AnyRequest, database: Database, form: InviteForm, *, error: str = "", status: int = 200
) -> Response[str]:
    with database.read() as session:
        known, districts = staff.people(session), staff.districts(session)
    return web.page(
        request,
        "people/people.html",
        status=status,
        people=known,
        form=form,
        error=error,
        roles=powers.ROLES,
        districts=districts,
    )


def _one(
    request: AnyRequest,
    database: Database,
    person_id: UUID,
    *,
    link: str = "",
    refused: MalformedError | StateError | None = None,
) -> Response[str]:
    with database.read() as session:
        found, known = staff.one(session, person_id), sessions.of_person(session, person_id)
        districts = staff.districts(session)
    return web.page(
        request,
        "people/person.html",
        status=200 if refused is None else 400 if isinstance(refused, MalformedError) else 409,
        found=found,
        sessions=known,
        opens_by=link,
        days=staff.INVITED_FOR.days,
        error=web.message_of(refused, web.language(request)) if refused else "",
        roles=powers.ROLES,
        districts=districts,
    )


ROUTES = [people, invite, person, give, end_role, suspend, resume, reset, end_session]
