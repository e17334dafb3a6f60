"""Every answer has its walls, every refusal its status, and nothing that was typed comes back or into the log."""

import json
import logging
import re
from typing import Any

import pytest
from litestar import Litestar, get
from litestar.params import FromPath
from litestar.routes import HTTPRoute

from fund import app as service
from fund import walls, web
from fund.app import create_app
from fund.donations import service as gifts
from fund.errors import FundError
from fund.settings import Settings
from ledger.errors import LedgerError
from receipts.errors import ReceiptError
from tests.fund.browsing import browser, signed_in
from tests.fund.donations.builders import STAFF, chum_phae, found

EXAMPLES = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1", "date": "2026-01-01"}


def filled(path: str) -> str:
    """A route's template with something of the right type in each of its places."""
    return re.sub(r"\{\w+:(\w+)\}", lambda place: EXAMPLES.get(place[1], "x"), path)


def routes(app: Litestar) -> list[tuple[str, str]]:
    """(method, path) of every route."""
    return [
        (method, filled(route.path))
        for route in app.routes
        if isinstance(route, HTTPRoute)
        for method in sorted(set(route.methods) - {"OPTIONS"})
    ]


def test_every_answer_carries_every_wall(database: Any, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        for method, path in [*routes(client.app), ("GET", "/nowhere"), ("PATCH", "/"), ("GET", "/static/app.css")]:
            if path.endswith("/events"):
                continue
            answer = client.request(method, path)
            assert {name: answer.headers.get(name) for name in walls.HEADERS} == walls.HEADERS, (method, path)
            assert answer.status_code != 500, (method, path)


def test_a_number_that_no_row_can_have_is_not_there(database: Any, database_url: str) -> None:
    found(database)
    with signed_in(database_url) as client:
        numbered = [one for one in client.app.routes if isinstance(one, HTTPRoute) and ":int}" in one.path]
        paths = [filled(re.sub(r"\{\w+:int\}", "9" * 30, one.path)) for one in numbered]
        paths += ["/staff/report-links/%00", "/staff/report-links/%2500"]
        assert {client.request(method, path).status_code for path in paths for method in ("GET", "POST")} <= {404, 405}
    assert len(paths) > 5


def test_no_anonymous_reader_gets_a_cookie(database: Any, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        for method, path in routes(client.app):
            if not path.startswith("/language") and not path.endswith("/events"):
                assert "set-cookie" not in client.request(method, path).headers, (method, path)


def test_nothing_is_told_to_be_kept_by_tls_only_until_we_are_behind_tls(database: Any, database_url: str) -> None:
    with browser(database_url) as client:
        assert "strict-transport-security" not in client.get("/healthz").headers
    with browser(database_url, public_url="https://fund.example") as client:
        assert "max-age=31536000" in client.get("/healthz").headers["strict-transport-security"]


def test_a_request_for_another_host_is_refused_but_probes_are_answered(database_url: str) -> None:
    with browser(database_url, public_url="https://fund.example") as client:
        assert client.get("/", headers={"host": "evil.example"}).status_code == 400
        assert client.get("/healthz", headers={"host": "10.0.0.7"}).status_code == 200
        assert client.get("/static/app.css", headers={"host": "fund.example"}).status_code == 200


@pytest.mark.parametrize(
    "sent",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
)
def test_every_form_from_another_site_is_refused(database_url: str, sent: dict[str, str]) -> None:
    with browser(database_url) as client:
        for path in [path for method, path in routes(client.app) if method == "POST"]:
            assert client.post(path, headers=sent).status_code == 403, path


@pytest.mark.parametrize("sent", [{"sec-fetch-site": "same-origin"}, {"origin": "http://testserver.local"}, {}])
def test_our_own_forms_are_let_through(database: Any, database_url: str, sent: dict[str, str]) -> None:
    with browser(database_url) as client:
        assert client.post("/return", data={"reference": "x", "amount": "10"}, headers=sent).status_code == 404


def test_every_refusal_of_the_three_packages_has_a_status() -> None:
    def below(kind: type[Exception]) -> set[type[Exception]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    for kind in below(FundError) | below(LedgerError) | below(ReceiptError):
        assert any(parent in web.STATUSES for parent in kind.__mro__), kind


def test_a_refusal_is_a_page_or_problem_details_as_asked(database_url: str) -> None:
    with browser(database_url) as client:
        page = client.get("/nowhere", headers={"accept": "text/html"})
        problem = client.get("/nowhere", headers={"accept": "application/json"})
    assert page.status_code == problem.status_code == 404
    assert "<h1>ไม่พบหน้านี้</h1>" in page.text
    assert problem.headers["content-type"].startswith("application/problem+json")
    assert json.loads(problem.text)["request_id"] == problem.headers["x-request-id"]


REFUSING = [
    ("/give/chum-phae", {"choice": "other", "amount": "-1"}, 400, {"amount": "The amount must be more than 0 baht."}),
    ("/return", {"reference": "x"}, 404, None),
    ("/verify", {"number": "x"}, 404, None),
    ("/staff/sign-in", {"name": "x"}, 403, None),
]


@pytest.mark.parametrize(("path", "sent", "status", "errors"), REFUSING)
def test_a_form_that_is_refused_is_numbered_and_is_problem_details_as_asked(
    database: Any, database_url: str, path: str, sent: dict[str, str], status: int, errors: Any
) -> None:
    found(database)
    with browser(database_url) as client:
        client.cookies.set("language", "en")
        page = client.post(path, data=sent)
        problem = client.post(path, data=sent, headers={"accept": "application/json"})
    assert page.status_code == problem.status_code == status
    assert re.fullmatch(r"[0-9a-f]{12}", page.headers["x-request-id"])
    assert problem.headers["content-type"].startswith("application/problem+json")
    told = problem.json()
    assert told["request_id"] == problem.headers["x-request-id"]
    assert told["detail"]
    assert told.get("errors") == errors


def test_a_closed_campaign_is_problem_details_for_a_program(database: Any, database_url: str) -> None:
    found(database)
    with database.write() as session:
        gifts.close_campaign(session, chum_phae(session).id, by=STAFF)
    with browser(database_url) as client:
        told = client.get("/give/chum-phae", headers={"accept": "application/json"})
    assert (told.status_code, told.json()["title"]) == (410, "ปิดแล้ว")


@pytest.mark.parametrize("coding", ["br", "gzip", "identity"])
def test_a_page_varies_with_the_cookie_however_it_is_compressed(database: Any, database_url: str, coding: str) -> None:
    found(database)
    with browser(database_url) as client:
        vary = client.get("/give", headers={"accept-encoding": coding}).headers.get_list("vary", split_commas=True)
    assert sorted(vary) == (["Cookie"] if coding == "identity" else ["Accept-Encoding", "Cookie"])


def test_a_field_that_a_form_sends_twice_counts_the_last_time(database: Any, database_url: str) -> None:
    found(database)
    sent = b"choice=other&amount=-1&amount=10.005&public_name=a%3Db&public%5Fname=%E0%B8%81+b"
    with browser(database_url) as client:
        page = client.post("/give/chum-phae", content=sent, headers=FORM)
    assert page.status_code == 400
    assert 'value="10.005"' in page.text
    assert 'value="ก b"' in page.text


def test_a_refusal_speaks_the_reader_s_language(database_url: str) -> None:
    with browser(database_url) as client:
        assert "There is nothing here" in client.get("/nowhere", headers={"cookie": "language=en"}).text


@pytest.mark.parametrize(
    "path",
    [
        "/?year=%27%20OR%201=1--",
        "/?year=-1",
        "/?year=99999999999999999999",
        "/%00",
        "/{{7*7}}",
        "/..%2f..%2fetc%2fpasswd",
    ],
)
def test_hostile_addresses_are_refused_without_an_echo(database: Any, database_url: str, path: str) -> None:
    found(database)
    with browser(database_url) as client:
        answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert "passwd" not in answer.text
    assert "OR 1=1" not in answer.text


def test_a_large_body_is_refused(database_url: str) -> None:
    with browser(database_url) as client:
        assert client.post("/return", content=b"a=" + b"x" * 70_000, headers=FORM).status_code == 413


FORM = {"content-type": "application/x-www-form-urlencoded"}


def test_a_body_that_is_no_form_is_refused(database_url: str) -> None:
    with browser(database_url) as client:
        assert client.post("/return", content=b"\xff\x00%zz", headers=FORM).status_code == 400
        assert client.post("/return", json={"reference": 1}).status_code in (400, 415)
        assert client.post("/return", data={"role": "treasurer"}).status_code == 400


def test_an_error_nobody_expected_shows_and_logs_nothing_that_was_typed(
    monkeypatch: pytest.MonkeyPatch, database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    @get("/broken/{token:str}", sync_to_thread=False)
    def broken(token: FromPath[str]) -> str:
        raise RuntimeError(f"secret {token}")

    monkeypatch.setattr(service, "ROUTES", [broken])
    with caplog.at_level(logging.ERROR), browser(database_url) as client:
        answer = client.get("/broken/canary-token?name=canary-name")
    assert answer.status_code == 500
    assert "canary" not in answer.text
    assert "canary" not in caplog.text
    assert "/broken/{token}" in caplog.text
    assert answer.headers["x-request-id"] in caplog.text


def test_a_database_that_is_gone_is_told_in_thai_without_a_stack(database_url: str, tmp_path: Any) -> None:
    with browser(f"sqlite:///{tmp_path}/never-migrated.db") as client:
        answer = client.get("/give")
    assert answer.status_code == 503
    assert "ระบบยังไม่พร้อม" in answer.text
    assert "Traceback" not in answer.text


def test_head_is_answered_wherever_get_is(database: Any, database_url: str) -> None:
    found(database)
    with browser(database_url) as client:
        answer = client.head("/")
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 1000


def test_text_is_compressed_and_fonts_are_not(database_url: str) -> None:
    with browser(database_url) as client:
        assert "content-encoding" not in client.get("/static/vendor/sarabun-400.woff2").headers
        assert client.get("/static/app.css", headers={"accept-encoding": "br"}).headers["content-encoding"] == "br"
        assert client.get("/static/app.css", headers={"accept-encoding": "gzip"}).headers["content-encoding"] == "gzip"


def test_an_application_is_made_for_any_database(database_url: str) -> None:
    assert isinstance(create_app(Settings(database_url=database_url)), Litestar)
