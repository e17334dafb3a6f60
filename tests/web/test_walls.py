"""What stands before every route: headers on every answer, no form from elsewhere, no cookie for strangers.

Routes come from the application itself, so that one made tomorrow is walled tomorrow.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from litestar import Response, get, post
from litestar.exceptions import HTTPException

from fund import app as service
from fund import errors, walls
from fund.db import Database
from fund.people import door
from fund.public.pages import NotReadyError
from fund.walls import HEADERS, SAFE_METHODS
from tests.fund.browsing import Browser, browser
from tests.web.life import Life, lived
from tests.web.routes import STREAM, Route, table

LANGUAGE: Final = "/language/{code:str}"
OTHER_SITES: Final[dict[str, dict[str, str]]] = {
    "another site": {"sec-fetch-site": "cross-site"},
    "a sister site": {"sec-fetch-site": "same-site"},
    "another origin": {"origin": "https://evil.example"},
    "our name in another's": {"origin": "http://testserver.local.evil.example"},
    "another port": {"origin": "http://testserver.local:8443"},
    "a hidden origin": {"origin": "null"},
    "no origin at all": {"origin": ""},
    "an origin that is none": {"origin": "http://[::1"},
}
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def routes(client: Browser) -> list[Route]:
    return [one for one in table(client.app) if not one.path.endswith(STREAM)]


def changing(client: Browser) -> list[Route]:
    return [one for one in routes(client) if one.method not in SAFE_METHODS]


def unwalled(client: Browser) -> Iterator[tuple[str, str, int]]:
    """Every answer without its headers: each route as it is, asked wrongly, and with too much."""
    strange = [Route("GET", "/nowhere"), Route("POST", "/nowhere"), Route("GET", "/%00"), Route("NONSENSE", "/")]
    for route in [*routes(client), *strange]:
        path = route.filled({})
        for method in {route.method, "HEAD", "OPTIONS", "DELETE"}:
            for headers in ({}, {"host": ""}):
                answer = client.request(method, path, headers=headers)
                if {name: answer.headers.get(name) for name in HEADERS} != HEADERS:
                    yield method, path, answer.status_code


def test_every_answer_of_every_route_carries_every_wall(life: Life) -> None:
    assert list(unwalled(life.client)) == []
    life.sign_in()
    assert list(unwalled(life.client)) == []


REFUSALS: Final[dict[int, Exception]] = {
    400: errors.MalformedError(),
    403: errors.ForbiddenError(),
    404: errors.NotFoundError(),
    405: HTTPException(status_code=405),
    409: errors.StateError(),
    413: HTTPException(status_code=413),
    415: errors.WrongTypeError(),
    422: errors.RequestReusedError(),
    429: errors.TooManyError(retry_seconds=60, retry_minutes=1),
    500: RuntimeError(),
    503: NotReadyError(),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_a_refusal_of_every_status_carries_every_wall(
    database_url: str, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    @get("/refusing", sync_to_thread=False)
    def refusing() -> None:
        raise REFUSALS[status]

    monkeypatch.setattr(service, "ROUTES", [refusing])
    with browser(database_url) as client:
        answers = [client.get("/refusing", headers={"accept": kind}) for kind in ("text/html", "application/json")]
    assert [answer.status_code for answer in answers] == [status, status]
    assert [{name: answer.headers.get(name) for name in HEADERS} for answer in answers] == [HEADERS, HEADERS]


def test_an_answer_that_lowers_a_wall_would_be_found(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same body over a route that brings a policy of its own."""

    @get("/lowered", sync_to_thread=False)
    def lowered() -> Response[str]:
        return Response("", headers={"Content-Security-Policy": "default-src * 'unsafe-inline'"})

    monkeypatch.setattr(service, "ROUTES", [lowered])
    with browser(database_url) as client:
        assert ("GET", "/lowered", 200) in list(unwalled(client))


def test_the_policy_allows_nothing_inline_and_nobody_else() -> None:
    assert HEADERS["Content-Security-Policy"] == POLICY
    assert (HEADERS["X-Frame-Options"], HEADERS["Referrer-Policy"]) == ("DENY", "same-origin")


def test_no_page_holds_anything_inline() -> None:
    for path in sorted(Path("templates").rglob("*.html")):
        if path.parent.name != "receipts":
            source = path.read_text(encoding="utf-8")
            assert re.findall(r" style=|<style| on\w+=|javascript:|<script(?! src=)", source) == [], path


def open_to_others(client: Browser) -> Iterator[tuple[str, str]]:
    """Every changing route that takes a form which another site sent."""
    for route in changing(client):
        for where, headers in OTHER_SITES.items():
            if client.request(route.method, route.filled({}), headers=headers, data={}).status_code != 403:
                yield where, route.path


def test_no_route_takes_a_form_from_another_site(life: Life) -> None:
    assert len(changing(life.client)) > 10
    assert list(open_to_others(life.client)) == []
    life.sign_in()
    assert list(open_to_others(life.client)) == []


def test_a_service_that_looks_at_no_origin_would_be_found(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body where nothing is asked about where a form came from."""
    monkeypatch.setattr(walls, "is_from_other_site", lambda headers, host: False)
    assert len(list(open_to_others(life.client))) > 10


def without_token(life: Life, tokens: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every route of staff that takes a form without the token of this session."""
    open_paths = open_to_strangers(life)
    for route in changing(life.client):
        if route.is_for_staff and route.filled({}) not in open_paths:
            for said, token in tokens.items():
                for sent in ({"data": {"csrf_token": token}}, {"headers": {"x-csrf-token": token}}):
                    answer = life.client.request(route.method, life.path(route), **sent)  # type: ignore[arg-type]
                    if answer.status_code != 403:
                        yield said, route.path


def open_to_strangers(life: Life) -> set[str]:
    """The paths that ask nobody who they are, and so have no session that a token could be of."""
    with browser(life.settings.database_url) as stranger:
        paths = [route.filled({}) for route in changing(stranger)]
        return {path for path in paths if stranger.post(path).status_code != 401}


def test_no_route_of_staff_takes_a_form_without_the_token_of_its_session(life: Life) -> None:
    life.sign_in()
    former = life.form_token()
    life.client.cookies.clear()
    life.sign_in()
    nonce, seal = life.form_token().split(".")
    forged = {"no token": "", "another session's": former, "a part": nonce, "another nonce": f"{'0' * 16}.{seal}"}
    assert list(without_token(life, forged)) == []
    assert life.client.get("/staff").status_code == 200


def test_a_door_that_looks_at_no_token_would_be_found(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body at a door that takes any token for its own."""
    monkeypatch.setattr(door, "is_form_of", lambda token, sent: True)
    life.sign_in()
    assert len(set(without_token(life, {"no token": ""}))) > 3


def cookies(client: Browser) -> list[str]:
    """What strangers are given to keep."""
    answers = [client.request(one.method, one.filled({})) for one in routes(client) if one.path != LANGUAGE]
    return [str(answer.url) for answer in answers if "set-cookie" in answer.headers]


def sessions(database: Database) -> int:
    with database.read() as session:
        return int(session.connection().exec_driver_sql("SELECT COUNT(*) FROM people_session").scalar_one())


def test_strangers_are_given_no_cookie_and_no_session(life: Life) -> None:
    before = sessions(life.database)
    assert cookies(life.client) == []
    assert sessions(life.database) == before


def test_a_route_that_gives_strangers_a_cookie_would_be_found(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""

    @post("/marked", sync_to_thread=False)
    def marked() -> Response[str]:
        answer = Response("")
        answer.set_cookie("visitor", "1")
        return answer

    monkeypatch.setattr(service, "ROUTES", [marked])
    with browser(database_url) as client:
        assert len(cookies(client)) == 1


@pytest.mark.parametrize(("url", "has_tls"), [("", False), ("https://fund.example", True)])
def test_every_cookie_is_kept_from_scripts_and_from_plain_http(
    database: Database, database_url: str, tmp_path: Path, url: str, has_tls: bool
) -> None:
    with lived(database, database_url, tmp_path, public_url=url) as life:
        life.client.get("/language/en")
        given = life.cookies_given
    assert {cookie.split("=")[0] for cookie in given} == {"language", "__Host-staff" if has_tls else "staff"}
    for cookie in given:
        said = cookie.lower()
        assert "httponly" in said and "path=/" in said and "samesite=lax" in said and "domain" not in said, cookie
        assert ("secure" in said) == has_tls, cookie


def test_readers_are_told_to_come_back_by_tls_alone_once_we_are_behind_it(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    with lived(database, database_url, tmp_path, public_url="https://fund.example") as life:
        told = {
            life.client.request(one.method, one.filled({})).headers.get("strict-transport-security")
            for one in routes(life.client)
        }
    assert told == {"max-age=31536000; includeSubDomains"}


OVERRIDES: Final = dict.fromkeys(("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"), "POST")


def test_no_request_is_taken_for_another_method_than_its_own(life: Life) -> None:
    life.sign_in()
    overridden: dict[str, Any] = {"headers": OVERRIDES, "params": {"_method": "POST"}}
    for route in changing(life.client):
        plain = life.client.get(life.path(route)).status_code
        assert life.client.get(life.path(route), **overridden).status_code in (plain, 400), route.path
    assert life.client.post("/healthz", **overridden).status_code == 405


PATHS = [
    "/static/../fund/app.py",
    "/static/..%2f..%2fetc%2fpasswd",
    "/static/%2e%2e/%2e%2e/etc/passwd",
    "/static/vendor/..%5c..%5cpyproject.toml",
    "/static//etc/passwd",
    "/static/app.css%00.png",
    "/..%2f..%2fetc%2fpasswd",
    "/static/app.css/../../fund/app.py",
    "/r/..%2f..%2fx/receipt.pdf",
    "/give/..%2f..%2fetc/poster.png",
]


def test_no_path_leads_out_of_what_is_ours(life: Life) -> None:
    for path in PATHS:
        answer = life.client.get(path)
        assert answer.status_code in (400, 404), path
        assert not any(secret in answer.text for secret in ("root:", "[project]", "create_app")), path


def test_no_line_break_gets_into_a_header(life: Life) -> None:
    for path in ("/language/en?back=/%0d%0aset-cookie:x=1", "/staff?a=%0d%0ax:y", "/static/%0d%0ax:y"):
        headers = life.client.get(path).headers
        assert "x" not in headers and "x=1" not in headers.get("set-cookie", ""), path
    life.sign_in()
    code = life.there["code"]
    answer = life.client.get(f"/staff/campaigns/{code}%0d%0ax:y/poster.pdf")
    assert answer.status_code == 404 and "x" not in answer.headers
