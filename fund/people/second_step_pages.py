"""Giving the second factor at sign-in, and proving again who is there before a weighty act.

Every try is counted before it is looked at. A session that has given its second factor goes on under a new token.
A form that led here is sent on afterwards, by the browser.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect
from sqlmodel import Session

from fund import audit, limits, walls, web
from fund.db import Database
from fund.errors import FundError
from fund.people import confirming, door, factors, passkeys, passwords, sessions, staff
from fund.people.confirming import Question
from fund.people.door import Visitor
from fund.people.errors import CodeRefusedError, PasskeyRefusedError, SignInRefusedError
from fund.people.passkeys import Site
from fund.people.powers import Stage
from fund.people.sessions import Origin
from fund.settings import Settings
from fund.web import AnyRequest

STEP: Final = "/staff/second-step"
CONFIRM: Final = "/staff/confirm"
HOME: Final = "/staff"
Short = Annotated[str, msgspec.Meta(max_length=500)]
Credential = Annotated[str, msgspec.Meta(max_length=20_000)]
Kept = Annotated[str, msgspec.Meta(max_length=confirming.LARGEST)]


class CodeForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code of the app, or a recovery code; the password too where it is asked again."""

    code: Short = ""
    password: Short = ""
    next: Short = HOME
    kept: Kept = ""
    csrf_token: Short = ""


class PasskeyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a passkey signed."""

    credential: Credential = ""
    next: Short = HOME
    kept: Kept = ""
    csrf_token: Short = ""


@get(STEP, guards=[door.require("own.second_step")], sync_to_thread=True)
def second_step(
    request: AnyRequest,
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    next: FromQuery[str] = HOME,
) -> Response[str]:
    """Ask for the second factor."""
    if door.visitor(request).stage is Stage.IN:
        return Redirect(web.local_path(next, HOME), status_code=303)
    return _form(request, database, settings, STEP, next)


@post(STEP, guards=[door.require("own.second_step")], sync_to_thread=True)
def give_code(
    request: AnyRequest,
    data: URLEncodedBody[CodeForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take a code and let its holder in."""

    def prove(session: Session, visitor: Visitor) -> None:
        factors.give_code(session, visitor.person.id, data.code, by=visitor.actor)

    return _prove(request, database, settings, STEP, data.next, prove)


@post(STEP + "/passkey", guards=[door.require("own.second_step")], sync_to_thread=True)
def give_passkey(
    request: AnyRequest,
    data: URLEncodedBody[PasskeyForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take what a passkey signed and let its holder in."""
    return _prove(request, database, settings, STEP, data.next, _passkey(request, database, settings, data.credential))


@post(STEP + "/ask", guards=[door.require("own.second_step")], sync_to_thread=True, status_code=200)
def ask_passkey(
    request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """What the browser needs to use a passkey."""
    visitor, here = door.visitor(request), require_site(settings)
    with database.write() as session:
        options = passkeys.ask(session, visitor.token, visitor.person.id, here)
    return Response(options.encode(), media_type="application/json")


@get(CONFIRM, guards=[door.require("own.confirm")], sync_to_thread=True)
def confirm_form(
    request: AnyRequest,
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    next: FromQuery[str] = HOME,
) -> Response[str]:
    """Ask once more who is there."""
    return _form(request, database, settings, CONFIRM, next)


def asked_in_place(request: AnyRequest) -> Response[str] | None:
    """The same as the answer to a form that needs it, which goes on afterwards; none where it cannot be carried."""
    question: Question | None = request.scope["state"].get("question")
    return _shown(request, CONFIRM, HOME, question) if question and question.kept else None


@post(CONFIRM, guards=[door.require("own.confirm")], sync_to_thread=True)
def confirm(
    request: AnyRequest,
    data: URLEncodedBody[CodeForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take the password again, with a code of the app where there is a second factor."""
    with database.read() as session:
        row = staff.named(session, door.visitor(request).person.name)

    def prove(session: Session, visitor: Visitor) -> None:
        if row is None or not is_right:
            raise SignInRefusedError()
        if _asks_code(session, request):
            factors.give_code(session, visitor.person.id, data.code, by=visitor.actor)

    _count(request, database)
    is_right = passwords.is_right(row.password_hash if row else "", data.password)
    return _prove(request, database, settings, CONFIRM, data.next, prove, kept=data.kept, is_counted=True)


@post(CONFIRM + "/passkey", guards=[door.require("own.confirm")], sync_to_thread=True)
def confirm_passkey(
    request: AnyRequest,
    data: URLEncodedBody[PasskeyForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Take what a passkey signed instead of the password."""
    prove = _passkey(request, database, settings, data.credential)
    return _prove(request, database, settings, CONFIRM, data.next, prove, kept=data.kept)


def require_site(settings: Settings) -> Site:
    """For which site passkeys are here. Raises PasskeyRefusedError where the address is a number."""
    here = passkeys.site(settings)
    if here is None:
        raise PasskeyRefusedError()
    return here


def _passkey(
    request: AnyRequest, database: Database, settings: Settings, credential: str
) -> Callable[[Session, Visitor], None]:
    challenge = take_challenge(request, database)

    def prove(session: Session, visitor: Visitor) -> None:
        passkeys.use(session, visitor.person.id, credential, challenge, require_site(settings))

    return prove


def take_challenge(request: AnyRequest, database: Database) -> str:
    """The challenge of this session, used up whatever comes of it."""
    with database.write() as session:
        return sessions.take_challenge(session, door.visitor(request).token)


def _count(request: AnyRequest, database: Database) -> None:
    with database.write() as session:
        limits.count(session, passwords.TRIES, _account(request), walls.subscriber(request))


def _account(request: AnyRequest) -> str:
    return f"second step {door.visitor(request).person.id}"


def _prove(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    path: str,
    onward: str,
    prove: Callable[[Session, Visitor], None],
    *,
    kept: str = "",
    is_counted: bool = False,
) -> Response[str]:
    """Count the try, look at it, and go on as somebody who has just proved who they are."""
    visitor = door.visitor(request)
    if not is_counted:
        _count(request, database)
    try:
        with database.write() as session:
            prove(session, visitor)
            limits.forgive(session, passwords.TRIES, _account(request), walls.subscriber(request))
            cookies = _go_on(session, request, settings, path)
    except (CodeRefusedError, PasskeyRefusedError, SignInRefusedError) as refused:
        with database.write() as session:
            audit.record(session, visitor.actor, "staff.proof_refused", visitor.person.id)
        return _form(request, database, settings, path, onward, kept=kept, refused=refused)
    form = confirming.read(kept) if kept else None
    if form is not None:
        return web.page(request, "people/go_on.html", form=form)
    return Redirect(web.local_path(onward, HOME), status_code=303, cookies=cookies)


def _go_on(session: Session, request: AnyRequest, settings: Settings, path: str) -> list[Cookie]:
    """At sign-in under a new token, which the cookie carries; later under the same."""
    if path == STEP:
        return [door.cookie(settings, let_in(session, request, settings))]
    sessions.freshen(session, door.visitor(request).token)
    return []


def let_in(session: Session, request: AnyRequest, settings: Settings) -> str:
    """A session with the second factor given, in the place of the one without; its token."""
    visitor = door.visitor(request)
    came = Origin(walls.client_address(request, settings), request.headers.get("user-agent", ""))
    token = sessions.begin(session, visitor.person.id, visitor.token, came, is_strong=True, by=visitor.actor)
    door.replace_visitor(request, replace(visitor, token=token, stage=Stage.IN))
    return token


def _asks_code(session: Session, request: AnyRequest) -> bool:
    return factors.has_any(session, door.visitor(request).person.id) and not web.site(request).is_demo


def _form(
    request: AnyRequest,
    database: Database,
    settings: Settings,
    path: str,
    onward: str,
    *,
    kept: str = "",
    refused: FundError | None = None,
) -> Response[str]:
    person_id, is_demo = door.visitor(request).person.id, web.site(request).is_demo
    with database.read() as session:
        question = confirming.question(session, settings, person_id, is_demo=is_demo, kept=kept)
    return _shown(request, path, onward, question, refused=refused)


def _shown(
    request: AnyRequest, path: str, onward: str, question: Question, *, refused: FundError | None = None
) -> Response[str]:
    return web.page(
        request,
        "people/prove.html",
        status=web.status_of(refused),
        path=path,
        is_sign_in=path == STEP,
        question=question,
        next=web.local_path(onward, HOME),
        error=web.message_of(refused, web.language(request)) if refused else "",
    )


ROUTES = [second_step, give_code, give_passkey, ask_passkey, confirm_form, confirm, confirm_passkey]
