"""Machines that write or guess are stopped for a while; crowds behind one address are not."""

import time
from collections.abc import Iterator

import pytest
from litestar.testing import RequestFactory

from fund.app import create_app
from fund.db import Database
from fund.donations import throttling
from fund.donations.throttling import MOST_WRONG_ANSWERS, WINDOW_SECONDS, Window
from fund.errors import TooManyError
from fund.settings import Settings
from tests.fund.browsing import Browser, browser
from tests.fund.donations.builders import found
from tests.fund.donations.test_pages import FORM, a_gift, pledges


@pytest.fixture
def client(database: Database, database_url: str) -> Iterator[Browser]:
    found(database)
    with browser(database_url) as opened:
        yield opened


def test_a_window_refuses_what_is_too_much_until_it_has_passed(monkeypatch: pytest.MonkeyPatch) -> None:
    window = Window(2)
    for _ in range(2):
        window.count("203.0.113.1")
    with pytest.raises(TooManyError) as refused:
        window.count("203.0.113.1")
    assert 0 < refused.value.facts["retry_seconds"] <= WINDOW_SECONDS + 1
    window.count("203.0.113.2")
    later = time.monotonic() + refused.value.facts["retry_seconds"]
    monkeypatch.setattr(time, "monotonic", lambda: later)
    window.count("203.0.113.1")


def test_what_is_forgiven_does_not_count() -> None:
    window = Window(1)
    for _ in range(3):
        window.count("203.0.113.1")
        window.forgive("203.0.113.1")
    window.forgive("203.0.113.9")


def test_no_more_addresses_are_remembered_than_memory_is_meant_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttling, "_MOST_ADDRESSES", 3)
    window = Window(1)
    for number in range(9):
        window.count(f"203.0.113.{number}")
    assert len(window._acts) == 3


@pytest.mark.parametrize("path", ["/return", "/verify", "/v/KK-2570-000001/WRONG"])
def test_who_guesses_on_and_on_is_told_to_wait_in_their_language(client: Browser, path: str) -> None:
    client.cookies.set("language", "en")

    def guess() -> tuple[int, str, str]:
        answer = client.get(path) if path.startswith("/v/") else client.post(path, data={})
        return answer.status_code, answer.headers.get("retry-after", ""), answer.text

    assert {guess()[0] for _ in range(MOST_WRONG_ANSWERS)} == {404}
    status, wait, page = guess()
    assert status == 429
    assert 0 < int(wait) <= WINDOW_SECONDS + 1
    assert "Too many tries" in page


def test_right_answers_are_not_counted(client: Browser) -> None:
    reference = a_gift(client).split("/")[2]
    for _ in range(MOST_WRONG_ANSWERS + 2):
        assert client.post("/return", data={"reference": reference, "amount": "10"}).status_code == 200


def test_an_address_makes_so_many_pledges_and_no_more(
    client: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttling, "MOST_PLEDGES", 2)
    for status in (303, 303, 429):
        assert client.post(FORM, data={"choice": "10"}).status_code == status
    assert client.get(FORM).status_code == 200
    assert pledges(database) == 2


ADDRESSES = [
    ("203.0.113.5", "203.0.113.5"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("no address", "no address"),
]


@pytest.mark.parametrize(("peer", "counted"), ADDRESSES)
def test_a_subscriber_is_counted_as_one(database_url: str, peer: str, counted: str) -> None:
    request = RequestFactory(app=create_app(Settings(database_url=database_url))).get("/")
    request.scope["client"] = (peer, 40_000)
    assert throttling.who(request) == counted
