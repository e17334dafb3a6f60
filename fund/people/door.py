"""The staff's door: what stands on every route under `/staff`, and who came through.

Knows the session cookie and the token that binds a form to it. Refuses whoever is not signed in, and every form
without that token. Anonymous readers get neither session nor cookie.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from fund import walls
from fund.audit import Actor
from fund.db import Database
from fund.people import service
from fund.people.errors import SignInNeededError, StaleFormError
from fund.settings import Settings
from fund.web import AnyConnection

DEMO_NAME: Final = service.DEMO_NAME
DEMO_PASSWORD: Final = service.DEMO_PASSWORD
CSRF_FIELD: Final = "csrf_token"  # form structs that refuse unknown fields declare it
CSRF_HEADER: Final = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member of staff in this browser."""

    actor: Actor
    token: str


async def require_staff(connection: AnyConnection, _handler: BaseRouteHandler) -> None:
    """Guard of every staff route: SignInNeededError for nobody, StaleFormError for a form that is not ours."""
    settings: Settings = connection.app.state.settings
    token = connection.cookies.get(cookie_name(settings), "")
    actor = await sync_to_thread(_known, connection.app.state.database, settings, token) if token else None
    if actor is None:
        raise SignInNeededError()
    connection.scope["state"]["staff"] = Visitor(actor, token)
    connection.scope["state"]["csrf_token"] = form_token(token)
    if walls.is_changing(connection.scope) and not is_form_of(token, await _sent_token(connection)):
        await _put_away(connection)
        raise StaleFormError()


def _known(database: Database, settings: Settings, token: str) -> Actor | None:
    with database.read() as session:
        actor, is_stale = service.whose(session, settings, token), service.is_worth_noting(session, token)
    if actor is not None and is_stale:
        with database.write() as session:
            service.note_seen(session, token)
    return actor


async def _sent_token(connection: AnyConnection) -> str:
    if CSRF_HEADER in connection.headers or not isinstance(connection, Request):
        return connection.headers.get(CSRF_HEADER, "")
    return str((await connection.form()).get(CSRF_FIELD, ""))


async def _put_away(connection: AnyConnection) -> None:
    """Close the files of a form that nobody will read."""
    if isinstance(connection, Request):
        await (await connection.form()).close()


def actor(request: AnyConnection) -> Actor:
    """Who is signed in; on routes with `require_staff` there is always somebody."""
    return visitor(request).actor


def visitor(request: AnyConnection) -> Visitor:
    """The signed-in visitor that `require_staff` found."""
    found: Visitor | None = request.scope["state"].get("staff")
    if found is None:
        raise SignInNeededError()
    return found


def form_token(token: str) -> str:
    """A new token for the forms of one page, bound to the session: it differs each time, so that compressed pages
    give nothing away."""
    nonce = secrets.token_hex(8)
    return f"{nonce}.{_seal(token, nonce)}"


def is_form_of(token: str, sent: str) -> bool:
    """Whether `sent` was made by `form_token` for this session."""
    nonce, _, seal = sent.partition(".")
    return hmac.compare_digest(seal.encode(), _seal(token, nonce).encode())


def _seal(token: str, nonce: str) -> str:
    return hmac.new(token.encode(), f"form:{nonce}".encode(), hashlib.sha256).hexdigest()


def cookie_name(settings: Settings) -> str:
    """`__Host-` keeps the cookie to this very host; browsers take it over TLS only."""
    return "__Host-staff" if walls.is_behind_tls(settings) else "staff"


def cookie(settings: Settings, token: str) -> Cookie:
    """The cookie that carries a session's token; an empty one ends it."""
    return Cookie(
        key=cookie_name(settings),
        value=token,
        path="/",
        httponly=True,
        samesite="lax",
        secure=walls.is_behind_tls(settings),
        max_age=int(service.LONGEST.total_seconds()) if token else 0,
    )
