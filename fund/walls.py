"""The walls around every answer: headers, the host we answer for, and no form from another site.

Knows what browsers are told never to do with our pages. Refuses requests for another host and every changing
request that another site's page sent, in this one place for all routes.
"""

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import unquote_to_bytes, urlsplit

from litestar.connection import ASGIConnection, Request
from litestar.datastructures import FormMultiDict, Headers, MutableScopeHeaders
from litestar.enums import RequestEncodingType, ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from fund.errors import ForbiddenError, MalformedError, NotFoundError
from fund.settings import SettingError, Settings

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
PROBES: Final = frozenset({"/healthz", "/readyz"})  # asked by address, not by name

POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
LARGEST_NUMBER: Final = 2**63 - 1
YEAR_SECONDS: Final = 365 * 24 * 3600


class OtherSiteError(ForbiddenError):
    message = "This form came from another site. Open the page here and send it again."


class OtherHostError(MalformedError):
    message = "This address is not ours."


async def lay_headers(message: Message, scope: Scope) -> None:
    """Lay the headers on an answer, whoever made it."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        for name, value in _fixed(scope).items():
            headers.setdefault(name, value)
        if "cookie" not in headers.get("vary", "").lower():
            headers.extend_header_value("Vary", "Cookie")  # compression has written its own already


def _fixed(scope: Scope) -> dict[str, str]:
    """Pages that name people or open papers are not kept anywhere; others are asked for again."""
    is_private = scope["path"].startswith(("/staff", "/r/", "/gift/"))
    kept = {"Cache-Control": "no-store" if is_private else "no-cache"}
    if is_behind_tls(settings_of(scope)):
        kept["Strict-Transport-Security"] = f"max-age={YEAR_SECONDS}; includeSubDomains"
    return HEADERS | kept


def settings_of(scope: Scope) -> Settings:
    """The settings of the service that this request came to."""
    return scope["litestar_app"].state["settings"]  # type: ignore[no-any-return]


def is_behind_tls(settings: Settings) -> bool:
    """Whether readers reach us by https, as PUBLIC_URL says."""
    return settings.public_url.startswith("https://")


class Gate(ASGIMiddleware):
    """Turns away requests for another host, changing ones that another site's page sent, and addresses of nothing."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers, ours = Headers.from_scope(scope), urlsplit(settings_of(scope).public_url).netloc.lower()
        host = headers.get("host", "").lower()
        if scope["path"] not in PROBES and not (host == ours if ours else is_host(host)):
            raise OtherHostError()
        if is_changing(scope) and is_from_other_site(headers, ours):
            raise OtherSiteError()
        if any(_is_nowhere(part) for part in scope["path_params"].values()):
            raise NotFoundError()
        await next_app(scope, receive, send)


def _is_nowhere(part: object) -> bool:
    """Whether no row can be called so: a database would break on the question."""
    return (isinstance(part, int) and part > LARGEST_NUMBER) or (isinstance(part, str) and "\0" in part)


def is_host(text: str) -> bool:
    """Whether this can be read as a host, with or without its port."""
    try:
        parts = urlsplit(f"//{text}")
        return bool(parts.hostname) and parts.netloc == text and parts.port != 0
    except ValueError:
        return False


def is_changing(scope: Scope) -> bool:
    """Whether this request may change something."""
    return scope.get("method") not in SAFE_METHODS


def is_from_other_site(headers: Mapping[str, str], host: str) -> bool:
    """Whether a browser says that another site's page sent this; what is no browser says nothing."""
    fetched = headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.lower().partition("://")[2] != (host or headers.get("host", "").lower())


class Sent(Request[Any, Any, Any]):
    """A request of which a field that a public form sends twice counts once, the last time.

    Refusing it would lose what was typed. Staff's forms are read as they come: what is twice there is refused.
    """

    async def body(self) -> bytes:
        content = await super().body()
        if self.scope["path"].startswith("/staff") or self.content_type[0] != RequestEncodingType.URL_ENCODED:
            return content
        last = {unquote_to_bytes(part.split(b"=", 1)[0].replace(b"+", b" ")): part for part in content.split(b"&")}
        return b"&".join(last.values())

    async def form(self) -> FormMultiDict:
        """The form that was sent. Raises MalformedError for bytes that are no text."""
        try:
            return await super().form()
        except UnicodeDecodeError as error:
            raise MalformedError() from error


Networks = Sequence[IPv4Network | IPv6Network]


def trusted_networks(settings: Settings) -> Networks:
    """The proxies whose X-Forwarded-For we believe. Raises SettingError for what is no address."""
    try:
        return [ip_network(text.strip()) for text in settings.trusted_proxies.split(",") if text.strip()]
    except ValueError as error:
        raise SettingError("TRUSTED_PROXIES must be addresses or networks, comma-separated") from error


def subscriber(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Whom to count for: the client's address; of IPv6 its network, which belongs to one subscriber."""
    address = client_address(connection, connection.app.state.settings)
    try:
        is_long = ip_address(address).version == 6
    except ValueError:
        return address[:64]
    return str(ip_network(f"{address}/64", strict=False)) if is_long else address


def client_address(connection: ASGIConnection[Any, Any, Any, Any], settings: Settings) -> str:
    """Who asks: the peer, or whom the last trusted proxy names."""
    trusted = trusted_networks(settings)
    peer = connection.client.host if connection.client else ""
    chain = [hop.strip() for hop in connection.headers.get("x-forwarded-for", "").split(",") if hop.strip()]
    while chain and _is_among(peer, trusted):
        peer = chain.pop()
    return peer


def _is_among(address: str, networks: Networks) -> bool:
    try:
        return any(ip_address(address) in network for network in networks)
    except ValueError:
        return False
