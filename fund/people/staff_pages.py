"""Administrators' pages of people: who works here, invite, give and end roles, suspend, reset, sign out.

A link is shown once, on the page that answers, and only where no letter brings it: whoever has it becomes that person.
Each look at a person's page is written down.
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

from fund import audit, clock, web
from fund.db import Database
from fund.errors import MalformedError, StateError
from fund.people import door, duties, letters, looks, places, sessions, staff
from fund.people.powers import Grant
from fund.people.roles import ROLES
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff/people"
Short = Annotated[str, msgspec.Meta(max_length=500)]


class GrantForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role, and the place it is given for; a place that the role is not given for is left out.

    A school or office is chosen by name, with its code behind it, or by its code alone.
    """

    role: Short = ""
    district: Short = ""
    place: Short = ""
    csrf_token: Short = ""

    @property
    def grant(self) -> Grant:
        """What is given."""
        kind = ROLES[self.role].place if self.role in ROLES else ""
        place = self.district if kind == "district" else self.place.rpartition(places.SEPARATOR.strip())[2].strip()
        return Grant(self.role, f"{kind}:{place}" if kind else "")


class EmailForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where somebody is written to."""

    email: Short = ""
    csrf_token: Short = ""


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
    """Make a person; the link by which they come in goes by letter, or is shown."""
    try:
        with database.write() as session:
            made, token = staff.invite(session, data.name, [data.grant], email=data.email, by=door.actor(request))
    except (MalformedError, StateError) as refused:
        said = web.message_of(refused, web.language(request))
        return _list(request, database, data, error=said, status=web.status_of(refused))
    return _invited(request, database, settings, made, token, is_mailed=_is_mailed(request, database, settings, made))


def _is_mailed(request: AnyRequest, database: Database, settings: Settings, person_id: UUID) -> bool:
    with database.read() as session:
        return letters.brings_link(session, settings, person_id, is_demo=web.site(request).is_demo)


def _invited(
    request: AnyRequest, database: Database, settings: Settings, person_id: UUID, token: str, *, is_mailed: bool
) -> Response[str]:
    """The person's page, with the link where no letter brings it."""
    link = "" if is_mailed else f"{settings.address}/staff/invitation/{token}"
    return _one(request, database, person_id, link=link)


@get(HOME + "/{person_id:uuid}", guards=[door.require("people.see")], sync_to_thread=True)
def person(request: AnyRequest, person_id: FromPath[UUID], database: NamedDependency[Database]) -> Response[str]:
    """One person: their roles, where they are signed in, and who has looked at this."""
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
    """Void a person's ways in; the link for new ones goes by letter, or is shown where the last letter did not go."""
    is_mailed = _is_mailed(request, database, settings, person_id)
    try:
        with database.write() as session:
            token = staff.reset(session, person_id, by=door.actor(request))
    except StateError as refused:
        return _one(request, database, person_id, refused=refused)
    return _invited(request, database, settings, person_id, token, is_mailed=is_mailed)


@post(HOME + "/{person_id:uuid}/email", guards=[door.require("people.invite")], sync_to_thread=True)
def change_email(
    request: AnyRequest,
    person_id: FromPath[UUID],
    data: URLEncodedBody[EmailForm],
    database: NamedDependency[Database],
) -> Response[str]:
    """Correct the address that a person is written to."""
    by = door.actor(request)
    return _act(request, database, person_id, lambda session: staff.change_email(session, person_id, data.email, by=by))


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
        context = {"people": staff.people(session), **_choices(session)}
    return web.page(request, "people/people.html", status=status, form=form, error=error, **context)


def _choices(session: Session) -> dict[str, Any]:
    """What roles may be given, for which places, and what each place is called."""
    return {
        "roles": ROLES,
        "districts": places.districts(session),
        "places": [one for one in places.every(session) if one.is_open],
        "scopes": places.names(session),
        "separator": places.SEPARATOR,
    }


def _one(
    request: AnyRequest,
    database: Database,
    person_id: UUID,
    *,
    link: str = "",
    refused: MalformedError | StateError | None = None,
) -> Response[str]:
    language = web.language(request)
    with database.write() as session:
        found, appointed = staff.one(session, person_id), duties.stand_ins(session, clock.today())
        audit.viewed(session, door.actor(request), "person", person_id)
        context = {
            "found": found,
            "letter": letters.invitation(session, person_id),
            "sessions": sessions.of_person(session, person_id),
            "stands_in": [duties.standing_in_words(one, language) for one in appointed if one.person_id == person_id],
            "looks": looks.at(session, person_id),
            **_choices(session),
        }
    return web.page(
        request,
        "people/person.html",
        status=web.status_of(refused),
        opens_by=link,
        days=staff.INVITED_FOR.days,
        error=web.message_of(refused, language) if refused else "",
        reasons=audit.REASONS,
        **context,
    )


ROUTES = [people, invite, person, give, end_role, suspend, resume, reset, change_email, end_session]
