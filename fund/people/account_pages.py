"""A person's own account: what they are here, their password, the address they are written to.

Asks for the password (and the second factor) anew. The name stays: it stands beside everything that they did. Refuses
changes to the people of a demonstration, who are everybody's.
"""

from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import URLEncodedBody
from litestar.response import Redirect

from fund import walls, web
from fund.db import Database
from fund.errors import MalformedError, StateError
from fund.people import door, factors, passwords, places, sessions, staff
from fund.people.errors import DemonstrationError
from fund.people.roles import ROLES
from fund.people.sessions import Origin
from fund.people.staff_pages import EmailForm
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff/account"
Short = Annotated[str, msgspec.Meta(max_length=500)]
_RULE: Final = [door.require("own.account")]


class PasswordForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password chosen anew."""

    password: Short = ""
    csrf_token: Short = ""


@get(HOME, guards=_RULE, sync_to_thread=True)
def account(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What this person is here, and what they may change of it."""
    return _page(request, database)


@post(HOME + "/password", guards=_RULE, sync_to_thread=True)
def change_password(
    request: AnyRequest,
    data: URLEncodedBody[PasswordForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take a new password: every other browser is signed out, this one goes on under a new token."""
    visitor = door.visitor(request)
    came = Origin(walls.client_address(request, settings), request.headers.get("user-agent", ""))
    try:
        _refuse_demo(request)
        password_hash = passwords.hashed(data.password)
    except (MalformedError, StateError) as refused:
        return _page(request, database, refused=refused)
    with database.write() as session:
        staff.change_password(session, visitor.person.id, password_hash, by=visitor.actor)
        is_strong = factors.has_any(session, visitor.person.id)  # and it was given: nobody comes here without
        token = sessions.begin(session, visitor.person.id, "", came, is_strong=is_strong, by=visitor.actor)
    return Redirect(f"{HOME}?changed=password", status_code=303, cookies=[door.cookie(settings, token)])


@post(HOME + "/email", guards=_RULE, sync_to_thread=True)
def change_email(
    request: AnyRequest, data: URLEncodedBody[EmailForm], database: NamedDependency[Database]
) -> Response[str]:
    """Write to another address from now on."""
    visitor = door.visitor(request)
    try:
        _refuse_demo(request)
        with database.write() as session:
            staff.change_email(session, visitor.person.id, data.email, by=visitor.actor)
    except (MalformedError, StateError) as refused:
        return _page(request, database, refused=refused, email=data.email)
    return Redirect(f"{HOME}?changed=email", status_code=303)


def _refuse_demo(request: AnyRequest) -> None:
    if web.site(request).is_demo:
        raise DemonstrationError()


def _page(
    request: AnyRequest,
    database: Database,
    *,
    refused: MalformedError | StateError | None = None,
    email: str | None = None,
) -> Response[str]:
    with database.read() as session:
        found = staff.one(session, door.visitor(request).person.id)
        scopes = places.names(session)
    return web.page(
        request,
        "people/account.html",
        status=web.status_of(refused),
        found=found,
        email=found.email if email is None else email,
        roles=ROLES,
        scopes=scopes,
        shortest=passwords.SHORTEST,
        changed=request.query_params.get("changed", ""),
        error=web.message_of(refused, web.language(request)) if refused else "",
    )


ROUTES = [account, change_password, change_email]
