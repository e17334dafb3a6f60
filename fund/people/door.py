"""The staff's door: what stands on every route under `/staff`, and who came through.

Knows the session cookie, the token that binds a form to it, and the act that each route names. Refuses whoever is not
signed in, every form without that token, and every act that no role of theirs does. Anonymous readers get no cookie.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar import Request
from litestar.concurrency import sync_to_thread
from litestar.datastructures import Cookie
from litestar.handlers import BaseRouteHandler

from fund import walls, web
from fund.audit import Actor
from fund.db import Database
from fund.errors import FundError, NotFoundError
from fund.people import confirming, powers, sessions
from fund.people.confirming import CSRF_FIELD, Question
from fund.people.errors import (
    ConfirmationNeededError,
    EnrolmentNeededError,
    SecondStepNeededError,
    SignInNeededError,
    StaleFormError,
)
from fund.people.powers import ACTIONS, Person, Place, Stage
from fund.people.sessions import Origin, SignedIn
from fund.settings import Settings
from fund.web import AnyConnection

CSRF_HEADER: Final = "x-csrf-token"


@dataclass(frozen=True, slots=True)
class Visitor:
    """A signed-in member of staff in this browser."""

    person: Person
    actor: Actor
    token: str
    session_id: UUID
    stage: Stage = Stage.IN

    def may(self, action: str, place: Place | None = None) -> bool:
        """Whether they do this (to an object of this place): what a page shows them and what not."""
        return self.stage is Stage.IN and powers.may(self.person, action, place)


@dataclass(frozen=True, slots=True)
class Rule:
    """A route's guard: its act, which must stand in the table of powers."""

    action: str

    async def __call__(self, connection: AnyConnection, _handler: BaseRouteHandler) -> None:
        await _let_through(connection, self.action)


def require(action: str) -> Rule:
    """The guard of a staff route. On requests it raises

    SignInNeededError for nobody and for whom the second factor or the password must be asked (its kinds say which),
    StaleFormError for a form that is not ours, NoPowerError where no role does this.
    """
    if action not in ACTIONS:
        raise KeyError(action)
    return Rule(action)


async def _let_through(connection: AnyConnection, action: str) -> None:
    settings: Settings = connection.app.state.settings
    token = connection.cookies.get(cookie_name(settings), "")
    is_demo = web.site(connection).is_demo
    found = await sync_to_thread(_known, connection.app.state.database, token, is_demo) if token else None
    if found is None:
        raise SignInNeededError()
    person = found.person
    came_from = Origin(walls.client_address(connection, settings)).place
    actor = Actor(person.name, person.id, came_from)
    replace_visitor(connection, Visitor(person, actor, token, found.session_id, found.stage))
    _require_stage(found.stage, action)
    if walls.is_changing(connection.scope) and not is_form_of(token, await _sent_token(connection)):
        await _put_away(connection)
        raise StaleFormError()
    await _require_power(connection, found, action)


def _require_stage(stage: Stage, action: str) -> None:
    if stage is not Stage.IN and stage not in ACTIONS[action].also:
        raise SecondStepNeededError() if stage is Stage.ASKED else EnrolmentNeededError()


async def _require_power(connection: AnyConnection, found: SignedIn, action: str) -> None:
    try:
        powers.require(found.person, action)
        if ACTIONS[action].is_fresh and not found.is_fresh:
            await _keep_form(connection)
            raise ConfirmationNeededError()
    except FundError:
        await _put_away(connection)
        raise


async def _keep_form(connection: AnyConnection) -> None:
    """Note what to ask, and the form that waits for the answer: it was ours, its token has been looked at."""
    if not isinstance(connection, Request) or not walls.is_changing(connection.scope):
        return
    kept = confirming.written(connection.scope["path"], (await connection.form()).multi_items())
    asked = await sync_to_thread(_question, connection, kept)
    connection.scope["state"]["question"] = asked


def _question(connection: AnyConnection, kept: str) -> Question:
    database: Database = connection.app.state.database
    settings: Settings = connection.app.state.settings
    with database.read() as session:
        person_id, is_demo = visitor(connection).person.id, web.site(connection).is_demo
        return confirming.question(session, settings, person_id, is_demo=is_demo, kept=kept)


def _known(database: Database, token: str, is_demo: bool) -> SignedIn | None:
    with database.read() as session:
        found = sessions.signed_in(session, token, is_demo=is_demo)
    if found is not None and found.is_worth_noting:
        with database.write() as session:
            sessions.note_seen(session, token)
    return found


def require_place(
    request: AnyConnection, action: str, place: Place, *, missing: type[NotFoundError] = NotFoundError
) -> None:
    """Refuse an object of this place to whom the act is not given for it, as if it were not there (`missing`)."""
    powers.require(visitor(request).person, action, place, missing=missing)


async def _sent_token(connection: AnyConnection) -> str:
    if CSRF_HEADER in connection.headers or not isinstance(connection, Request):
        return connection.headers.get(CSRF_HEADER, "")
    return str((await connection.form()).get(CSRF_FIELD, ""))


async def _put_away(connection: AnyConnection) -> None:
    """Close the files of a form that nobody will read."""
    if isinstance(connection, Request):
        await (await connection.form()).close()


def actor(request: AnyConnection) -> Actor:
    """Who is signed in; on routes with `require` there is always somebody."""
    return visitor(request).actor


def visitor(request: AnyConnection) -> Visitor:
    """The signed-in visitor that `require` found."""
    found: Visitor | None = request.scope["state"].get("staff")
    if found is None:
        raise SignInNeededError()
    return found


def replace_visitor(request: AnyConnection, visitor: Visitor) -> None:
    """Let the rest of this request, and the forms of its page, be this visitor's."""
    request.scope["state"]["staff"] = visitor
    request.scope["state"]["csrf_token"] = form_token(visitor.token)


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
        max_age=int(sessions.LONGEST.total_seconds()) if token else 0,
    )
