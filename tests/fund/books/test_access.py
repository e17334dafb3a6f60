"""Who may read what: every address × every visitor, and what a key is worth after it was revoked."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from fund import app as service
from fund import limits
from fund.books import api, keys
from fund.books.operations import OPERATIONS, Access
from fund.limits import GUESSES, Limit
from fund.people.models import StaffSession
from tests.fund.books.builders import CLERK, Library, program
from tests.fund.browsing import Browser, browser, signed_in

STRANGERS: dict[str, Callable[[Library], dict[str, Any]]] = {
    "nobody": lambda shelf: {},
    "a wrong key": lambda shelf: {"authorization": f"Bearer {shelf.token[:-1]}x"},
    "a revoked key": lambda shelf: {"authorization": f"Bearer {revoked(shelf)}"},
    "another scheme": lambda shelf: {"authorization": f"Basic {shelf.token}"},
    "a bare token": lambda shelf: {"authorization": shelf.token},
    "an empty key": lambda shelf: {"authorization": "Bearer "},
    "a strange key": lambda shelf: {"authorization": b"Bearer \xe4\xb8' OR 1=1--"},
    "a forged session": lambda shelf: {"cookie": "staff=forged"},
}


def revoked(shelf: Library) -> str:
    with shelf.database.write() as session:
        token = keys.give(session, "former", by=CLERK)
        keys.revoke(session, "former", by=CLERK)
    return token


def wrongly_open(client: Browser, shelf: Library, sent: dict[str, Any]) -> list[str]:
    """The addresses that answer a stranger otherwise than they should."""
    answers = {one: client.get(shelf.path(one), headers=sent) for one in OPERATIONS}
    expected = {one: 401 if one.access is Access.BOOKS else 200 for one in OPERATIONS}
    return [one.path for one, answer in answers.items() if answer.status_code != expected[one]]


def test_the_books_are_closed_to_strangers_and_the_log_is_open(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "GUESSES", Limit("guess", 1_000))
    with browser(shelf.database_url) as client:
        found = {stranger: wrongly_open(client, shelf, sent(shelf)) for stranger, sent in STRANGERS.items()}
    assert found == {stranger: [] for stranger in STRANGERS}


def test_an_address_without_its_guard_would_be_found(shelf: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body, with one address made public by mistake."""
    planted = [api._route(replace(one, access=Access.PUBLIC) if one.name == "history" else one) for one in OPERATIONS]
    monkeypatch.setattr(service, "ROUTES", planted)
    with browser(shelf.database_url) as client:
        assert wrongly_open(client, shelf, {}) == ["/api/balances/{account}/{fund}/history"]


def test_staff_and_holders_of_a_key_read_everything(shelf: Library) -> None:
    with signed_in(shelf.database_url) as officer, program(shelf) as auditor:
        for client in (officer, auditor):
            refused = [one.path for one in OPERATIONS if client.get(shelf.path(one)).status_code != 200]
            assert refused == []


def test_a_wrong_key_is_not_helped_by_a_session(shelf: Library) -> None:
    with signed_in(shelf.database_url) as officer:
        assert officer.get("/api/accounts", headers={"authorization": "Bearer wrong"}).status_code == 401


def test_a_revoked_key_opens_nothing_from_the_next_request_on(shelf: Library) -> None:
    with program(shelf) as client:
        assert client.get("/api/accounts").status_code == 200
        with shelf.database.write() as session:
            keys.revoke(session, "auditor", by=CLERK)
        refused = client.get("/api/accounts")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert refused.headers["content-type"] == "application/problem+json"


def test_guessing_keys_is_slow_and_holds_no_right_key_up(shelf: Library) -> None:
    with browser(shelf.database_url) as client:
        statuses = [wrong_key(client, number) for number in range(GUESSES.most + 2)]
        right = client.get("/api/funds", headers={"authorization": f"bearer {shelf.token}"})
    assert statuses == [401] * GUESSES.most + [429, 429]
    assert right.status_code == 200


def wrong_key(client: Browser, number: int) -> int:
    answer = client.get("/api/accounts", headers={"authorization": f"Bearer wrong{number}"})
    assert ("retry-after" in answer.headers) == (answer.status_code == 429)
    return answer.status_code


def test_guessing_the_links_of_receipts_is_slow(shelf: Library) -> None:
    path = f"/api/receipts/{shelf.receipt.number}/wrong/proof"
    with browser(shelf.database_url) as client:
        statuses = {client.get(path).status_code for _ in range(GUESSES.most)}
        assert (statuses, client.get(path).status_code) == ({404}, 429)


def test_an_unknown_receipt_and_a_wrong_token_get_one_answer(shelf: Library) -> None:
    with browser(shelf.database_url) as client:
        unknown = client.get(f"/api/receipts/KK-2570-999999/{shelf.receipt.token}/proof").json()
        wrong = client.get(f"/api/receipts/{shelf.receipt.number}/{shelf.receipt.check_code}/proof").json()
    assert {**unknown, "request_id": ""} == {**wrong, "request_id": ""}


def test_no_reader_gets_a_cookie_or_a_session(shelf: Library) -> None:
    with browser(shelf.database_url) as stranger, program(shelf) as auditor:
        answers = [client.get(shelf.path(one)) for client in (stranger, auditor) for one in OPERATIONS]
    assert [str(answer.url) for answer in answers if "set-cookie" in answer.headers] == []
    with shelf.database.read() as session:
        assert session.exec(select(StaffSession)).all() == []


def test_nothing_can_be_changed_here(shelf: Library) -> None:
    with program(shelf) as client:
        for one in OPERATIONS:
            for method in ("POST", "PUT", "PATCH", "DELETE"):
                assert client.request(method, shelf.path(one)).status_code == 405, (method, one.path)
            asked, head = client.options(shelf.path(one)), client.head(shelf.path(one))
            assert (asked.status_code, asked.content) == (204, b"")
            assert "GET" in asked.headers["allow"]
            assert (head.status_code, head.content) == (200, b"")
