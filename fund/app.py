"""The service as one ASGI application: routes of every feature, the walls, the answer to every error.

Knows how a refusal that no page took up is told. Refuses to show anyone what went wrong inside: that goes to the log,
without anything a person typed.
"""

import asyncio
import logging
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final
from urllib.parse import quote, urlsplit

from litestar import Litestar, Response, Router
from litestar.config.compression import CompressionConfig
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.response import Redirect
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope, Send
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError

from fund import errors, walls, web
from fund.audit_receipts import pages as audit_receipt_pages
from fund.bank import pages as bank_pages
from fund.bank.told import banks
from fund.bank.told import pages as told_pages
from fund.books import api as books_api
from fund.books import trail_pages
from fund.books.errors import AccessNeededError
from fund.cases import pages as cases_pages
from fund.cases.finding import pages as finding_pages
from fund.cases.following import pages as following_pages
from fund.cases.handing import pages as handing_pages
from fund.cases.in_kind import pages as in_kind_pages
from fund.cases.requests import pages as requests_pages
from fund.cash import pages as cash_pages
from fund.collections import pages as collections_pages
from fund.db import Database
from fund.donations import pages as donations_pages
from fund.edonation import pages as edonation_pages
from fund.edonation import rule_pages as tax_pages
from fund.goods import pages as goods_pages
from fund.goods.offers import pages as offers_pages
from fund.grants import advance_pages, rule_pages, run_pages
from fund.home import pages as home_pages
from fund.keyring import Keyring
from fund.overview import pages as overview_pages
from fund.people import pages as people_pages
from fund.people import second_step_pages
from fund.people.errors import SignInNeededError
from fund.public import pages as public_pages
from fund.register import pages as register_pages
from fund.rights import pages as rights_pages
from fund.settings import Settings
from fund.web import AnyRequest

LARGEST_BODY: Final = 64 * 1024
THREADS: Final = 16
ROUTES: Final = [
    *public_pages.ROUTES,
    *donations_pages.ROUTES,
    *cash_pages.ROUTES,
    *people_pages.ROUTES,
    *home_pages.ROUTES,
    *bank_pages.ROUTES,
    *collections_pages.ROUTES,
    *told_pages.ROUTES,
    *books_api.ROUTES,
    *trail_pages.ROUTES,
    *audit_receipt_pages.ROUTES,
    *register_pages.ROUTES,
    *rights_pages.ROUTES,
    *cases_pages.ROUTES,
    *finding_pages.ROUTES,
    *run_pages.ROUTES,
    *advance_pages.ROUTES,
    *following_pages.ROUTES,
    *requests_pages.ROUTES,
    *rule_pages.ROUTES,
    *offers_pages.ROUTES,
    *handing_pages.ROUTES,
    *goods_pages.ROUTES,
    *in_kind_pages.ROUTES,
    *overview_pages.ROUTES,
    *tax_pages.ROUTES,
    *edonation_pages.ROUTES,
]

ADVICE: Final = {
    400: "Go back and look at what was filled in.",
    401: "This page is for staff.",
    404: "Look at the address again, or start from the first page.",
    405: "Start from the first page.",
    413: "Send something smaller.",
    415: "Choose another file.",
    503: "Please try again in a minute. Nothing you gave is lost.",
    500: "It has been noted. Nothing you gave is lost. Please try again in a moment.",
}

DATABASE_AWAY: Final = (OperationalError, InterfaceError, TimeoutError)

_log = logging.getLogger("fund.web")


class Service(Litestar):
    """Litestar that answers HEAD on every page it answers GET on."""

    async def __call__(
        self, scope: Scope | LifeSpanScope, receive: Receive | LifeSpanReceive, send: Send | LifeSpanSend
    ) -> None:
        if scope.get("method") == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)  # type: ignore[assignment, arg-type]
        await super().__call__(scope, receive, send)


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head


async def _make_threads() -> None:
    """Threads for the pages: enough that a few slow ones (a paper, a large file) hold nobody else up."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="page"))


def create_app(settings: Settings) -> Litestar:
    """The whole service over one database, which must have been migrated. Raises SettingError."""
    return furnished(unfurnished(), settings)


def unfurnished() -> Litestar:
    """The service without settings and a database: routes, walls, errors. All that it works with lies in its state."""
    # Registered one by one, a second sync handler on a path would wrap the first one's thread twice and break it.
    everything = Router("/", route_handlers=ROUTES)
    return Service(
        route_handlers=[everything],
        request_class=walls.Sent,
        dependencies={
            "database": Provide(_database, sync_to_thread=False),
            "settings": Provide(_settings, sync_to_thread=False),
        },
        middleware=[walls.Gate()],
        before_send=[walls.lay_headers],
        exception_handlers={
            HTTPException: _refused_by_framework,
            UnicodeDecodeError: _no_text,
            Exception: _refused,
        },
        compression_config=CompressionConfig(
            backend="brotli", brotli_quality=5, brotli_gzip_fallback=True, exclude=[r"\.woff2$", r"/events$"]
        ),
        request_max_body_size=LARGEST_BODY,
        openapi_config=None,
        logging_config=None,
        on_startup=[_make_threads, _begin],
        on_shutdown=[_end],
    )


def furnished(app: Litestar, settings: Settings) -> Litestar:
    """The same service, over the database of these settings from now on. Raises SettingError."""
    walls.trusted_networks(settings)
    banks.of(settings)
    database = Database(settings.database_url, Keyring(settings.master_key_path))
    app.state.update({"settings": settings, "database": database, "doorplate": web.Doorplate(database)})
    return app


def _database(state: State) -> Database:
    return state["database"]  # type: ignore[no-any-return]


def _settings(state: State) -> Settings:
    return state["settings"]  # type: ignore[no-any-return]


def _begin(app: Litestar) -> None:
    app.state.database.require_safe()
    app.state.doorplate.read()


def _end(app: Litestar) -> None:
    app.state.database.close()


def _refused(request: AnyRequest, error: Exception) -> Response[Any]:
    """The answer to an error of ours, or to one nobody expected."""
    status = web.status_of(error)
    if status == 500:
        return _unexpected(request, error)
    if isinstance(error, SignInNeededError) and _leads_on(request, error):
        onward = Redirect(f"{error.leads_to}?next={_way_back(request)}", status_code=303)
        return second_step_pages.asked_in_place(request) or onward
    said = web.message_of(error, web.language(request))
    return _told(request, status, said, _retry_after(error) | _challenge(error) | _htmx_sign_in(request, error))


def _leads_on(request: AnyRequest, error: SignInNeededError) -> bool:
    """Whether a person at a page is led to the door: a visitor, or whoever is in and must only prove it again."""
    is_page = not web.wants_json(request) and "hx-request" not in request.headers
    return is_page and (request.method == "GET" or error.leads_to != SignInNeededError.leads_to)


def _way_back(request: AnyRequest) -> str:
    """Where to go on afterwards: the page itself, or the one whose form was sent."""
    if request.method == "GET":
        return web.quoted_path(request)
    return quote(web.local_path(_path_of(request.headers.get("referer", "")), "/staff"), safe="/")


def _path_of(address: str) -> str:
    """The path of an address; nothing of what is none."""
    try:
        return urlsplit(address).path
    except ValueError:
        return ""


def _way_to_door(request: AnyRequest) -> str:
    """The sign-in, that leads back to the page whose form was sent when the session had ended."""
    return f"{SignInNeededError.leads_to}?next={_way_back(request)}"


def _challenge(error: Exception) -> dict[str, str]:
    """Tells a program by what it is let in (RFC 6750)."""
    return {"WWW-Authenticate": "Bearer"} if isinstance(error, AccessNeededError) else {}


def _htmx_sign_in(request: AnyRequest, error: Exception) -> dict[str, str]:
    """Has htmx leave the whole page for the sign-in instead of putting it into a part of the page."""
    if isinstance(error, SignInNeededError) and "hx-request" in request.headers:
        return {"HX-Redirect": error.leads_to}
    return {}


def _retry_after(error: Exception) -> dict[str, str]:
    seconds = getattr(error, "facts", {}).get("retry_seconds")
    return {"Retry-After": str(seconds)} if seconds is not None else {}


def _no_text(request: AnyRequest, _error: UnicodeDecodeError) -> Response[Any]:
    """The framework reads a form's parts as text, and breaks off where one is none."""
    return _refused(request, errors.MalformedError())


def _refused_by_framework(request: AnyRequest, error: HTTPException) -> Response[Any]:
    """The framework's own refusals say what it was, never what came in."""
    if error.status_code >= 500:
        return _unexpected(request, error)
    status = error.status_code if error.status_code in ADVICE else 400
    return _told(request, status, web.translate(web.language(request), ADVICE[status]), dict(error.headers or {}))


def _unexpected(request: AnyRequest, error: Exception) -> Response[Any]:
    """Log where it happened: types and lines of code, no messages, no addresses, no contents."""
    number = web.request_id(request)
    frames = "".join(traceback.format_tb(error.__traceback__))
    _log.error("request %s on %s: %s\n%s", number, _route(request), type(error).__qualname__, frames)
    status = 503 if isinstance(error, DATABASE_AWAY) else 500
    return _told(request, status, web.translate(web.language(request), ADVICE[status]), {})


def _route(request: AnyRequest) -> str:
    """The route's template, which holds no reference, number or token."""
    return str(request.scope.get("path_template") or "an unknown path")


def _told(request: AnyRequest, status: int, said: str, headers: dict[str, str]) -> Response[Any]:
    """The refusal as a page, or as problem details (RFC 9457) for who asks for JSON."""
    if web.wants_json(request):
        answer = web.problem(request, status, said)
    else:
        title, site = web.title(request, status), request.app.state.doorplate.known  # asks the database nothing
        number = web.request_id(request)
        way = _way_to_door(request) if status == 401 else ""
        answer = web.error_page(request, site, status=status, title=title, said=said, request_id=number, way=way)
    answer.headers.update({**headers, web.REQUEST_ID: web.request_id(request)})
    return answer
