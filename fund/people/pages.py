"""Staff's first pages: sign in, sign out, what waits, and whether the books hold."""

from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import checkups, outbox, walls, web
from fund.audit import Actor
from fund.db import Database
from fund.people import door, service
from fund.people.errors import SignInRefusedError
from fund.people.service import Account
from fund.settings import Settings
from fund.web import AnyRequest

HOME = "/staff"
TooLong = msgspec.Meta(max_length=500)


class SignIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sign-in form sends."""

    name: Annotated[str, TooLong] = ""
    password: Annotated[str, TooLong] = ""
    next: Annotated[str, TooLong] = HOME


@get("/staff/sign-in", sync_to_thread=True)
def sign_in_form(
    request: AnyRequest,
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
    next: FromQuery[str] = HOME,
) -> Response[str]:
    """Ask for name and password; `next` is where one wanted to go."""
    with database.read() as session:
        may_sign_in = bool(service.accounts(session, settings))
    return _form(request, SignIn(next=web.local_path(next, HOME)), may_sign_in=may_sign_in)


@post("/staff/sign-in", sync_to_thread=True)
def sign_in(
    request: AnyRequest,
    data: URLEncodedBody[SignIn],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Let in whoever has the name and the password; every try counts before it is looked at."""
    address = walls.client_address(request, settings)
    with database.write() as session:
        service.count_try(session, data.name, address)
        known = service.accounts(session, settings)
    try:
        account = service.check(known, data.name, data.password)
    except SignInRefusedError as error:
        return _refused(request, data, database, error, may_sign_in=bool(known))
    return _let_in(request, data, database, settings, account)


def _refused(
    request: AnyRequest, data: SignIn, database: Database, error: SignInRefusedError, *, may_sign_in: bool
) -> Response[str]:
    with database.write() as session:
        service.note_refused(session)
    said = web.message_of(error, web.language(request))
    return _form(request, data, may_sign_in=may_sign_in, error=said, status=403)


def _let_in(
    request: AnyRequest, data: SignIn, database: Database, settings: Settings, account: Account
) -> Response[str]:
    former = request.cookies.get(door.cookie_name(settings), "")
    with database.write() as session:
        address = walls.client_address(request, settings)
        token = service.sign_in(session, account, former, address, by=Actor(account.name))
    onward = web.local_path(data.next, HOME)
    return Redirect(onward, status_code=303, cookies=[door.cookie(settings, token)])


def _form(request: AnyRequest, data: SignIn, *, may_sign_in: bool, error: str = "", status: int = 200) -> Response[str]:
    return web.page(
        request,
        "people/sign_in.html",
        status=status,
        name=data.name,
        next=web.local_path(data.next, HOME),
        error=error,
        may_sign_in=may_sign_in,
        demo_name=service.DEMO_NAME,
        demo_password=service.DEMO_PASSWORD,
    )


@post("/staff/sign-out", guards=[door.require_staff], sync_to_thread=True)
def sign_out(request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]) -> Redirect:
    """End this browser's session."""
    visitor = door.visitor(request)
    with database.write() as session:
        service.sign_out(session, visitor.token, by=visitor.actor)
    return Redirect("/staff/sign-in", status_code=303, cookies=[door.cookie(settings, "")])


@get(HOME, guards=[door.require_staff], sync_to_thread=True)
def home(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """What waits for staff, and what the last check of the books found."""
    with database.read() as session:
        failed, waiting, checkup = len(outbox.failed(session)), outbox.waiting(session), checkups.last(session)
    return web.page(request, "people/home.html", failed_jobs=failed, waiting_jobs=waiting, checkup=checkup)


@get("/staff/checks", guards=[door.require_staff], sync_to_thread=True)
def checks_page(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Each invariant with what the last check found against it, and what to do."""
    with database.read() as session:
        checkup = checkups.last(session)
    return web.page(request, "people/checks.html", checkup=checkup)


ROUTES = [sign_in_form, sign_in, sign_out, home, checks_page]
