"""The way in and out: name and password, an invitation's link, signing out.

Every try is counted before it is looked at, and every refusal says the same.
"""

from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, limits, walls, web
from fund.audit import Actor
from fund.db import Database
from fund.people import demo_people, door, passwords, sessions, staff
from fund.people.errors import PasswordTooShortError, SignInRefusedError, TooManyTriesError
from fund.people.models import PersonRow
from fund.people.sessions import Origin
from fund.settings import Settings
from fund.web import AnyRequest

HOME: Final = "/staff"
NOBODY: Final = Actor("nobody")
TooLong = msgspec.Meta(max_length=500)


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sign-in form sends."""

    name: Annotated[str, TooLong] = ""
    password: Annotated[str, TooLong] = ""
    next: Annotated[str, TooLong] = HOME


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A password chosen by whoever was invited."""

    password: Annotated[str, TooLong] = ""


@get("/staff/sign-in", sync_to_thread=True)
def sign_in_form(request: AnyRequest, next: FromQuery[str] = HOME) -> Response[str]:
    """Ask for name and password; `next` is where one wanted to go."""
    return _form(request, SignIn(next=next))


@post("/staff/sign-in", sync_to_thread=True)
def sign_in(
    request: AnyRequest,
    data: URLEncodedBody[SignIn],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Let in whoever has the name and the password, as far as the second factor."""
    with database.write() as session:
        limits.count(session, passwords.TRIES, _typed(staff.name_key(data.name)), walls.subscriber(request))
        row = _unless_spent(session, staff.named(session, data.name), staff.name_key(data.name))
    is_right = passwords.is_right(row.password_hash if row else "", data.password)
    if row is None or row.is_suspended or not is_right:
        return _refused(request, data, database)
    return _let_in(request, row, web.local_path(data.next, HOME), database, settings)


def _typed(name: str) -> str:
    """For what a typed name's tries are counted: never for an address, or another's id, that was typed as a name."""
    return f"name {name}"


def _unless_spent(session: Session, row: PersonRow | None, name: str) -> PersonRow | None:
    """The account, while it has tries left. Name and e-mail share them; that one is spent by the other is told like a
    name that is nobody's: else it would tell that the two are one person's. Nobody's is counted as slowly."""
    try:
        limits.count(session, passwords.TRIES, str(row.id) if row else f"nobody {name}")
    except TooManyTriesError:
        return None
    return row


def _refused(request: AnyRequest, data: SignIn, database: Database) -> Response[str]:
    """Leave a mark: not what was typed, which is often a password in the wrong field."""
    with database.write() as session:
        audit.record(session, NOBODY, "staff.sign_in_refused", "")
    return _form(request, data, error=web.message_of(SignInRefusedError(), web.language(request)), status=403)


def _let_in(request: AnyRequest, row: PersonRow, onward: str, database: Database, settings: Settings) -> Response[str]:
    former, came = request.cookies.get(door.cookie_name(settings), ""), origin(request, settings)
    with database.write() as session:
        known = (str(row.id), _typed(row.name_key), _typed(row.email_key or ""), walls.subscriber(request))
        limits.forgive(session, passwords.TRIES, *known)
        token = sessions.begin(session, row.id, former, came, by=Actor(row.name, row.id, came.place))
    return Redirect(onward, status_code=303, cookies=[door.cookie(settings, token)])


def origin(request: AnyRequest, settings: Settings) -> Origin:
    """From where and with what this request came."""
    return Origin(walls.client_address(request, settings), request.headers.get("user-agent", ""))


def _form(request: AnyRequest, data: SignIn, *, error: str = "", status: int = 200) -> Response[str]:
    return web.page(
        request,
        "people/sign_in.html",
        status=status,
        name=data.name,
        next=web.local_path(data.next, HOME),
        error=error,
        demo_name=demo_people.NAME,
        demo_password=demo_people.PASSWORD,
    )


@get("/staff/invitation/{token:str}", sync_to_thread=True)
def invitation(request: AnyRequest, token: FromPath[str], database: NamedDependency[Database]) -> Response[str]:
    """Ask whoever was invited for a password of their own."""
    with database.read() as session:
        invited = staff.invited(session, token)
    return web.page(request, "people/invitation.html", invited=invited, shortest=passwords.SHORTEST, error="")


@post("/staff/invitation/{token:str}", sync_to_thread=True)
def accept_invitation(
    request: AnyRequest,
    token: FromPath[str],
    data: URLEncodedBody[Chosen],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take the password, use the link up, and let its holder in."""
    with database.read() as session:
        invited = staff.invited(session, token)
    try:
        password_hash = passwords.hashed(data.password)
    except PasswordTooShortError as refused:
        said = web.message_of(refused, web.language(request))
        return web.page(
            request, "people/invitation.html", status=400, invited=invited, shortest=passwords.SHORTEST, error=said
        )
    with database.write() as session:
        staff.accept(session, token, password_hash)
        row = session.get_one(PersonRow, invited.id)
    return _let_in(request, row, HOME, database, settings)


@post("/staff/sign-out", guards=[door.require("own.sign_out")], sync_to_thread=True)
def sign_out(request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]) -> Redirect:
    """End this browser's session."""
    visitor = door.visitor(request)
    with database.write() as session:
        sessions.sign_out(session, visitor.token, by=visitor.actor)
    return Redirect("/staff/sign-in", status_code=303, cookies=[door.cookie(settings, "")])


ROUTES = [sign_in_form, sign_in, invitation, accept_invitation, sign_out]
