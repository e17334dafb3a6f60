"""A person's own second factor: set up an app, add and remove passkeys, make recovery codes.

Whoever has one proves it again before changing anything here. Refuses changes in a demonstration, whose people are
everybody's.
"""

from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromPath, URLEncodedBody
from litestar.response import Redirect
from markupsafe import Markup
from sqlmodel import Session

from fund import web
from fund.db import Database
from fund.people import door, factors, passkeys, second_step_pages
from fund.people.errors import CodeRefusedError, DemonstrationError, LastFactorError, PasskeyRefusedError
from fund.people.powers import Stage
from fund.people.second_step_pages import CodeForm, require_site
from fund.people.sessions import Origin
from fund.settings import Settings
from fund.web import AnyRequest
from receipts import qr

HOME: Final = "/staff/second-factor"
APP: Final = HOME + "/app"
PASSKEY: Final = HOME + "/passkey"
_RULE: Final = [door.require("own.factors")]


class NewPasskey(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a browser made."""

    credential: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    csrf_token: Annotated[str, msgspec.Meta(max_length=500)] = ""


@get(HOME, guards=_RULE, sync_to_thread=True)
def second_factor(
    request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[str]:
    """What this person's second factor is, and what may be added."""
    return _page(request, database, settings)


@post(APP, guards=_RULE, sync_to_thread=True)
def begin_app(request: AnyRequest, database: NamedDependency[Database]) -> Redirect:
    """Make the secret of a new app."""
    _refuse_demo(request)
    with database.write() as session:
        factors.begin_app(session, door.visitor(request).person.id)
    return Redirect(APP, status_code=303)


@get(APP, guards=_RULE, sync_to_thread=True)
def new_app(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """The picture that the app scans, and the field for its first code."""
    return _app_page(request, database)


@post(APP + "/confirm", guards=_RULE, sync_to_thread=True)
def confirm_app(
    request: AnyRequest,
    data: URLEncodedBody[CodeForm],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Let the new app count, as it gave the right code."""
    visitor = door.visitor(request)
    try:
        with database.write() as session:
            factors.confirm_app(session, visitor.person.id, data.code, by=visitor.actor)
            codes, cookies = _set_up(session, request, settings)
    except CodeRefusedError as refused:
        return _app_page(request, database, error=web.message_of(refused, web.language(request)))
    return _shown(request, codes, cookies)


@post(HOME + "/recovery", guards=_RULE, sync_to_thread=True)
def new_codes(request: AnyRequest, database: NamedDependency[Database]) -> Response[str]:
    """Make new recovery codes and show them once."""
    _refuse_demo(request)
    visitor = door.visitor(request)
    with database.write() as session:
        codes = factors.new_recovery_codes(session, visitor.person.id, by=visitor.actor)
    return _shown(request, codes, [])


@post(PASSKEY + "/ask", guards=_RULE, sync_to_thread=True, status_code=200)
def ask_passkey(
    request: AnyRequest, database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """What the browser needs to make a passkey."""
    _refuse_demo(request)
    visitor, here = door.visitor(request), require_site(settings)
    name = web.site(request).name(web.language(request))
    with database.write() as session:
        options = passkeys.ask_new(session, visitor.token, visitor.person, here, fund=name)
    return Response(options.encode(), media_type="application/json")


@post(PASSKEY, guards=_RULE, sync_to_thread=True)
def add_passkey(
    request: AnyRequest,
    data: URLEncodedBody[NewPasskey],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Keep the passkey that the browser made."""
    _refuse_demo(request)
    visitor = door.visitor(request)
    challenge = second_step_pages.take_challenge(request, database)
    name = Origin(browser=request.headers.get("user-agent", "")).kind
    try:
        with database.write() as session:
            here = require_site(settings)
            passkeys.keep(session, visitor.person, data.credential, challenge, here, name=name, by=visitor.actor)
            codes, cookies = _set_up(session, request, settings)
    except PasskeyRefusedError as refused:
        return _page(request, database, settings, error=web.message_of(refused, web.language(request)))
    return _shown(request, codes, cookies)


@post(PASSKEY + "/{credential_id:str}/remove", guards=_RULE, sync_to_thread=True)
def remove_passkey(
    request: AnyRequest,
    credential_id: FromPath[str],
    database: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """Let one of their passkeys open nothing any more."""
    visitor = door.visitor(request)
    try:
        with database.write() as session:
            factors.refuse_last(session, visitor.person.id, is_needed=visitor.person.needs_second_factor)
            passkeys.remove(session, visitor.person.id, credential_id, by=visitor.actor)
    except (LastFactorError, PasskeyRefusedError) as refused:
        return _page(request, database, settings, error=web.message_of(refused, web.language(request)))
    return Redirect(HOME, status_code=303)


def _set_up(session: Session, request: AnyRequest, settings: Settings) -> tuple[list[str], list[Cookie]]:
    """In, with the factor just tried: recovery codes for whoever has none yet, and the cookie of a new session."""
    visitor = door.visitor(request)
    is_new = visitor.stage is not Stage.IN
    cookies = [door.cookie(settings, second_step_pages.let_in(session, request, settings))] if is_new else []
    has_codes = factors.recovery_codes_left(session, visitor.person.id) > 0
    codes = [] if has_codes else factors.new_recovery_codes(session, visitor.person.id, by=visitor.actor)
    return codes, cookies


def _shown(request: AnyRequest, codes: list[str], cookies: list[Cookie]) -> Response[str]:
    """New recovery codes, once; without any, the page that one came from."""
    if not codes:
        return Redirect(HOME, status_code=303, cookies=cookies)
    answer = web.page(request, "people/recovery.html", codes=codes)
    answer.cookies.extend(cookies)
    return answer


def _refuse_demo(request: AnyRequest) -> None:
    if web.site(request).is_demo:
        raise DemonstrationError()


def _app_page(request: AnyRequest, database: Database, *, error: str = "") -> Response[str]:
    person, fund = door.visitor(request).person, web.site(request).name("en")
    with database.read() as session:
        enrolment = factors.new_app(session, person.id, account=person.name, issuer=fund)
    if enrolment is None:
        return Redirect(HOME, status_code=303)
    return web.page(
        request,
        "people/app.html",
        status=409 if error else 200,
        picture=Markup(qr.picture_svg(enrolment.address, label="QR")),
        secret=enrolment.secret,
        error=error,
    )


def _page(request: AnyRequest, database: Database, settings: Settings, *, error: str = "") -> Response[str]:
    visitor = door.visitor(request)
    with database.read() as session:
        has_app = factors.has_app(session, visitor.person.id)
        known = passkeys.of_person(session, visitor.person.id)
        left = factors.recovery_codes_left(session, visitor.person.id)
    return web.page(
        request,
        "people/second_factor.html",
        status=409 if error else 200,
        has_app=has_app,
        passkeys=known,
        may_have_passkeys=passkeys.site(settings) is not None,
        left=left,
        is_needed=visitor.stage is Stage.ENROLLING,
        error=error,
    )


ROUTES = [second_factor, begin_app, new_app, confirm_app, new_codes, ask_passkey, add_passkey, remove_passkey]
