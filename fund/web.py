"""What every page needs: the reader's language, a template made into an answer, the address of a style or script.

Knows the fund's name and whether this is a demonstration (`Site`), and how to say an error in the reader's language.
Refuses addresses that lead away from here (`local_path`). Knows nothing of any feature.
"""

import html
import json
import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Final
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.enums import MediaType
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from fund import assets, errors, profile, walls
from fund import language as words
from fund.db import Database
from fund.language import Language
from fund.profile import Profile
from fund.settings import Settings
from ledger import errors as ledger_errors
from ledger.money import format_baht
from receipts import errors as receipt_errors

LANGUAGE_COOKIE: Final = "language"
TEXT_COOKIE: Final = "text_size"
TEXT_SIZES: Final = ("normal", "large", "larger")
KEYS_COOKIE: Final = "keys"
SITE_SECONDS: Final = 5
REQUEST_ID: Final = "X-Request-Id"

TITLES: Final = {
    400: "This could not be understood",
    401: "Sign in first",
    403: "You may not do this",
    404: "There is nothing here",
    405: "This address does not take that",
    409: "This no longer fits",
    410: "This is closed",
    413: "This is too large",
    415: "This is the wrong type",
    422: "This was already sent",
    429: "Too many tries",
    500: "Something went wrong on our side",
    503: "Not ready yet",
}
"""What a refusal with this status is called."""

STATUSES: Final[dict[type[Exception], int]] = {
    errors.MalformedError: 400,
    errors.UnknownVisitorError: 401,
    errors.ForbiddenError: 403,
    errors.NotFoundError: 404,
    errors.StateError: 409,
    errors.TooLargeError: 413,
    errors.WrongTypeError: 415,
    errors.RequestReusedError: 422,
    errors.TooManyError: 429,
    errors.UnavailableError: 503,
    errors.FundError: 409,
    ledger_errors.AmountError: 400,
    ledger_errors.UnbalancedError: 400,
    ledger_errors.UnwritableTextError: 400,
    ledger_errors.KeyReusedError: 422,
    ledger_errors.UnknownAccountError: 404,
    ledger_errors.UnknownFundError: 404,
    ledger_errors.UnknownEntryError: 404,
    ledger_errors.LedgerError: 409,
    receipt_errors.FactsError: 400,
    receipt_errors.QrError: 400,
    receipt_errors.VoidReasonError: 400,
    receipt_errors.ReceiptNotFoundError: 404,
    receipt_errors.RenderError: 503,
    receipt_errors.ReceiptError: 409,
}
"""The one table: which status a refusal has, on a page of errors and on the form that it comes back to alike."""

AnyRequest = Request[Any, Any, Any]
AnyConnection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True)
class Site:
    """Whose pages these are."""

    is_demo: bool = False
    profile: Profile | None = None

    def name(self, language: Language) -> str:
        """The fund's name, or the program's where no fund was set up yet."""
        if self.profile is None:
            return "sipbaht"
        return self.profile.name_th if language == "th" else self.profile.name_en


class Doorplate:
    """The `Site` of one running service, looked up again every few seconds."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._look_again_at = 0
        self.known = Site()

    def site(self) -> Site:
        """The site as the database says it; what a page shows."""
        if time.monotonic() >= self._look_again_at:
            self.known = self._look()
        return self.known

    def read(self) -> None:
        """Look once before the first reader comes, so that error pages know too; without a database, not yet."""
        with suppress(SQLAlchemyError):
            self.site()

    def _look(self) -> Site:
        with self._database.read() as session:
            if not profile.is_installed(session):
                return Site()
            self._look_again_at = int(time.monotonic()) + SITE_SECONDS
            return Site(profile.is_demo(session), _profile_or_none(session))


def _profile_or_none(session: Any) -> Profile | None:
    try:
        return profile.current(session)
    except profile.NoProfileError:
        return None


def site(request: AnyConnection) -> Site:
    """Whose pages these are; reads the database now and then."""
    doorplate: Doorplate = request.app.state.doorplate
    return doorplate.site()


def language(request: AnyConnection) -> Language:
    """The language the reader chose; Thai until they choose. Programs choose by `Accept-Language`."""
    asked = request.headers.get("accept-language", "")[:2].lower() if is_for_programs(request) else None
    return words.named(request.cookies.get(LANGUAGE_COOKIE, asked))


def text_size(request: AnyConnection) -> str:
    """The size of text the reader chose, one of `TEXT_SIZES`."""
    chosen = request.cookies.get(TEXT_COOKIE, "")
    return chosen if chosen in TEXT_SIZES else TEXT_SIZES[0]


def setting(settings: Settings, name: str, value: str) -> Cookie:
    """The cookie by which this browser remembers, for a year, how its reader likes our pages."""
    return Cookie(
        name,
        path="/",
        value=value,
        max_age=walls.YEAR_SECONDS,
        samesite="lax",
        httponly=True,
        secure=walls.is_behind_tls(settings),
    )


def translate(language: Language, text: str, **facts: Any) -> str:
    """`text` (English source, `{name}` braces) in `language`, its braces filled from `facts`."""
    return words.translate(language, text, **facts)


def message_of(error: Any, language: Language) -> str:
    """What an error of the fund, the ledger or the receipts says, in `language`."""
    return words.translate(language, error.message, **error.facts)


def status_of(refusal: Exception | None) -> int:
    """With which status a refusal is told: 200 where there is none, 500 for what is no refusal of ours."""
    if refusal is None:
        return 200
    return next((STATUSES[kind] for kind in type(refusal).__mro__ if kind in STATUSES), 500)


def page(request: AnyRequest, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """The page made from `template` in the reader's language.

    A page that refuses something (400 and above) has a number, and is problem details for who asks for JSON:
    its detail is the context's `error` or `refused`, its `errors` are those of the fields.
    """
    if status < 400:
        return _answer(request, template, site(request), status, context)
    if wants_json(request):
        return problem(request, status, _detail(request, status, context), context.get("errors"))
    answer = _answer(request, template, site(request), status, context)
    answer.headers[REQUEST_ID] = request_id(request)
    return answer


def _detail(request: AnyRequest, status: int, context: Mapping[str, Any]) -> str:
    said = context.get("error") or context.get("refused")
    if not said and context.get("errors"):
        return translate(language(request), "Please look at the marked fields again.")
    return str(said or title(request, status))


def problem(request: AnyRequest, status: int, said: str, errors: Mapping[str, str] | None = None) -> Response[Any]:
    """A refusal as problem details (RFC 9457); `errors` by the field they stand at."""
    number = request_id(request)
    told = {"type": "about:blank", "title": title(request, status), "status": status, "detail": said}
    told |= {"request_id": number, **({"errors": dict(errors)} if errors else {})}
    return Response(
        json.dumps(told, ensure_ascii=False).encode(),
        media_type="application/problem+json",
        status_code=status,
        headers={REQUEST_ID: number},
    )


def title(request: AnyRequest, status: int) -> str:
    """What a refusal with this status is called, in the reader's language."""
    return translate(language(request), TITLES[status])


def wants_json(request: AnyRequest) -> bool:
    """Whether a program asks, not a page."""
    accepted = request.headers.get("accept", "")
    return is_for_programs(request) or ("json" in accepted and "text/html" not in accepted)


def is_for_programs(request: AnyConnection) -> bool:
    """Whether the address is one that answers nothing but JSON."""
    return request.scope["path"].startswith("/api/")


def request_id(request: AnyRequest) -> str:
    """The number of this request: random, the same in its answer and in the log."""
    number: str = request.scope["state"].setdefault("request_id", secrets.token_hex(6))
    return number


def error_page(request: AnyRequest, of: Site, *, status: int, **context: Any) -> Response[str]:
    """The page of a refusal, for a site already known: asks the database nothing, so that it can tell of its absence.

    Its language switch leads to the first page: an address that was refused is not repeated.
    """
    return _answer(request, "error.html", of, status, {"switch": partial(_switch, "/"), **context})


def _answer(request: AnyRequest, template: str, of: Site, status: int, context: dict[str, Any]) -> Response[str]:
    chosen = language(request)
    body = environment(chosen).get_template(template).render(_common(request, chosen, of) | context)
    return Response(body, media_type=MediaType.HTML, status_code=status)


def _common(request: AnyRequest, chosen: Language, of: Site) -> dict[str, Any]:
    state: dict[str, Any] = request.scope["state"]
    token: str = state.get("csrf_token", "")
    return {
        "language": chosen,
        "text_size": text_size(request),
        "has_keys": request.cookies.get(KEYS_COOKIE) != "off",
        "site": of,
        "site_name": of.name(chosen),
        "here": request.scope["path"],
        "switch": partial(_switch, request.scope["path"]),
        "staff": state.get("staff"),
        "csrf_token": token,
        "csrf_field": partial(_csrf_field, token),
    }


def _switch(path: str, to: Language) -> str:
    return f"/language/{to}?{urlencode({'back': path})}"


def _csrf_field(token: str) -> Markup:
    return Markup(f'<input type="hidden" name="csrf_token" value="{html.escape(token)}">') if token else Markup()


def quoted_path(request: AnyRequest) -> str:
    """The path asked for, as a query's value."""
    return quote(request.scope["path"], safe="/")


def local_path(text: str, default: str = "/") -> str:
    """`text` if it is a path of this site, else `default`: nobody is sent away from here."""
    is_local = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable()
    return text if is_local and "\\" not in text and len(text) <= 500 else default


@cache
def environment(language: Language) -> Environment:
    """Templates that speak one language."""
    made = Environment(
        loader=FileSystemLoader(assets.ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    say = partial(words.gettext, language)
    made.install_gettext_callables(say, _one_or_many(say), newstyle=True)  # type: ignore[attr-defined]
    made.globals["asset"] = assets.address
    made.filters |= _filters(language)
    return made


def _one_or_many(say: Callable[[str], str]) -> Callable[[str, str, int], str]:
    return lambda one, many, count: say(one if count == 1 else many)


def _filters(language: Language) -> dict[str, Callable[..., str]]:
    return {
        "baht": format_baht,
        "baht_short": partial(format_baht, short=True),
        "day": partial(words.day, language),
        "short_day": partial(words.short_day, language),
        "month": partial(words.month, language),
        "month_name": partial(words.month_name, language),
        "moment": partial(words.moment, language),
        "year": lambda christian: str(words.year(language, christian)),
    }
