"""What a stranger would send: values for every place of a request, drawn by Hypothesis from lists that hurt others."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote

from hypothesis import strategies as st

from tests.web.routes import Route

MARK: Final = "fuzz7"
"""Stands in what is sent as markup, so that it is known where it comes back."""

TEXTS: Final = (
    "",
    " ",
    "0",
    "-1",
    "10",
    "10.005",
    "1e999999",
    "NaN",
    "99999999999999999999",
    "๑๐",
    "ก" * 300,
    "x" * 5_000,
    "' OR 1=1--",
    "%00",
    "\0",
    "a\0b",
    "\r\nSet-Cookie: fuzz7=1",
    "../../../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "{{7*7}}",
    "${7*7}",
    "{name}",
    "%(amount)s",
    "%s%n",
    f"<script>{MARK}</script>",
    f"<script>{MARK}",
    f'"><img src={MARK} onerror=alert(1)>',
    f"<b {MARK}>",
    f"javascript:{MARK}",
    f"=HYPERLINK({MARK})",
    "//evil.example",
    "\\\\evil.example",
    "https://evil.example/",
    "\u202eright to left",
    "zero\u200bwidth",
    "\ufeff",
    "\U0001f4b8" * 40,
    "\ud800",
    "٣",
    "true",
    "null",
    "[]",
    "00000000-0000-7000-8000-000000000000",
    "2569-01-01",
    "0001-01-01",
    "9999-12-31",
    "10000",
    "treasurer",
)
HEADERS: Final[dict[str, tuple[str, ...]]] = {
    "accept": ("", "*/*", "application/json", "text/html;q=nonsense", "x" * 4_000, "\xff"),
    "accept-language": ("en", "x" * 2_000, "\xff", ";;;q=,"),
    "accept-encoding": ("br", "gzip", "zstd", "identity;q=0, *;q=0", "\xff"),
    "content-encoding": ("gzip", "br", "nonsense"),
    "cookie": ("language=xx", "staff=", "staff=\xff", "=;;=", "language=" + "x" * 4_000, "__Host-staff=a; staff=b"),
    "authorization": ("Bearer", "Bearer \xff", "Basic Og==", "x" * 4_000),
    "x-forwarded-for": ("127.0.0.1", "\xff", "1, 2, 3", ":::"),
    "x-http-method-override": ("DELETE", "GET"),
    "if-none-match": ("*", 'W/"x"', "\xff,,,"),
    "if-modified-since": ("yesterday",),
    "range": ("bytes=0-0", "bytes=99999999999-", "bytes=-0", "bytes=0-1,1-0"),
    "origin": ("null", "http://[", "https://evil.example"),
    "referer": ("http://[", "\xff"),
    "sec-fetch-site": ("cross-site", "nonsense"),
    "host": ("", "evil.example", "[::1", "a@b", "testserver.local:99999999"),
    "hx-request": ("true", "nonsense"),
    "x-csrf-token": ("", ".", "a.b", "\xff"),
    "content-length": ("-1", "x", "0"),
    "expect": ("100-continue",),
    "transfer-encoding": ("nonsense",),
}
TYPES: Final = (
    "",
    "nonsense",
    "text/plain",
    "application/json",
    "application/msgpack",
    "application/xml",
    "application/x-www-form-urlencoded; charset=nonsense",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary=\xff",
    "multipart/form-data; boundary=b",
)
BODIES: Final = (
    b"",
    b"\xff\xfe\x00",
    b"%zz=%",
    b"&&&===",
    b"a" * 70_000,
    b"a&" * 30_000,
    b'{"a":1,"a":2}',
    b"[" * 20_000,
    b'{"role":"treasurer"}',
    b"\x82\xa1a\x01",
    b"--b\r\n\r\n\r\n--b--",
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nx\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="reason"\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n'
    b"\xff\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n\xff\xff\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nno end',
    b'--b\r\nContent-Disposition: form-data; name="../../x"; filename="../../../etc/passwd"\r\n\r\n<html>\r\n--b--\r\n',
)
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT", "NONSENSE")

texts = st.sampled_from(TEXTS) | st.sampled_from(TEXTS) | st.text(max_size=60)


@dataclass(frozen=True)
class Sent:
    """One request. `action` is the act it asks for, where method and address are as they should be.

    `is_with_token`: whether staff's forms carry the token of their session.
    """

    method: str
    path: str
    action: str = ""
    query: tuple[tuple[str, str], ...] = ()
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_with_token: bool = True


def encoded(text: str) -> str:
    """A text as it may stand in a path or a form, whatever it holds."""
    return quote(text.encode(errors="surrogatepass"), safe="")


def _form(pairs: list[tuple[str, str]]) -> bytes:
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs).encode()


def _multipart(pairs: list[tuple[str, str]], files: tuple[str, ...]) -> bytes:
    parts = []
    for name, value in pairs:
        file = '; filename="a.csv"' if name in files else ""
        head = f'--b\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n'
        parts.append(head.encode(errors="surrogatepass") + value.encode(errors="surrogatepass") + b"\r\n")
    return b"".join(parts) + b"--b--\r\n"


@st.composite
def requests(draw: st.DrawFn, routes: list[Route], there: dict[str, dict[str, str]]) -> Sent:
    """A request of a route of the table: mostly as it should be, with something hostile in some of its places."""
    route = draw(st.sampled_from(routes))
    true = there[route.path]
    places = {place: true.get(place, "x") if draw(st.booleans()) else encoded(draw(texts)) for place in route.places}
    query = [(name, draw(texts)) for name in route.asks if draw(st.booleans())]
    if draw(st.integers(0, 9)) == 0:
        query.append((draw(texts), draw(texts)))
    headers = {name: draw(st.sampled_from(HEADERS[name])) for name in draw(_few_headers)}
    method = route.method if draw(st.integers(0, 9)) else draw(st.sampled_from(METHODS))
    body, kind = draw(_bodies(route)) if method not in ("GET", "HEAD") or not draw(st.integers(0, 9)) else (b"", "")
    if kind:
        headers["content-type"] = kind
    path, is_with_token = route.filled(places), draw(st.integers(0, 9)) > 0
    action = route.action if (method, path) == (route.method, route.filled(true)) else ""
    return Sent(method, path, action, tuple(query), headers, body, is_with_token)


_few_headers = st.lists(st.sampled_from(sorted(HEADERS)), max_size=2, unique=True)


@st.composite
def _bodies(draw: st.DrawFn, route: Route) -> tuple[bytes, str]:
    pairs = [(name, draw(texts)) for name in route.fields if name != "csrf_token" and draw(st.integers(0, 5))]
    if draw(st.integers(0, 9)) == 0:
        pairs.append((draw(texts), draw(texts)))
    if draw(st.integers(0, 7)) == 0:
        return draw(st.sampled_from(BODIES)), draw(st.sampled_from(TYPES))
    if route.files or draw(st.integers(0, 9)) == 0:
        return _multipart(pairs, route.files), "multipart/form-data; boundary=b"
    return _form(pairs), "application/x-www-form-urlencoded"
