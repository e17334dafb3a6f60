"""A passkey's answer over HTTP: it counts once, for its challenge, this site, and a person who was verified."""

from collections.abc import Iterator
from functools import partial
from typing import Any, Final

import pytest
import webauthn

from fund.db import Database
from fund.people import door, second_step_pages
from fund.people.powers import Grant
from tests.fund.browsing import Browser, sign_in, with_officer
from tests.fund.donations.builders import found
from tests.web.authenticator import Authenticator

HOST: Final = "testserver.local"
ORIGIN: Final = f"http://{HOST}"
STEP: Final = "/staff/second-step"


@pytest.fixture
def officer(database: Database, database_url: str) -> Iterator[Browser]:
    """A browser at a real fund whose officer has the passkey of these tests, and is not signed in."""
    found(database)
    with with_officer(database_url, Grant("finance"), public_url=ORIGIN) as client:
        yield client


@pytest.fixture
def key(officer: Browser) -> Authenticator:
    made = Authenticator(HOST, ORIGIN)
    sign_in(officer)
    options = send(officer, "/staff/second-factor/passkey/ask").text
    assert send(officer, "/staff/second-factor/passkey", credential=made.make(options)).status_code == 200
    assert officer.get("/staff/lines").status_code == 200
    return made


def send(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data=typed, headers={"x-csrf-token": door.form_token(client.cookies["staff"])})


def come_again(client: Browser) -> None:
    """Sign in anew, as far as the second factor."""
    client.cookies.clear()
    assert sign_in(client).status_code == 303


def asked(client: Browser) -> str:
    """What the browser is asked to sign."""
    return str(send(client, f"{STEP}/ask").text)


def lets_in(client: Browser, credential: str) -> bool:
    answer = send(client, f"{STEP}/passkey", credential=credential)
    assert answer.status_code in (303, 409)
    return bool(client.get("/staff/lines").status_code == 200)


FALSE: Final[dict[str, dict[str, Any]]] = {
    "a person whom the phone did not verify": {"is_verified": False},
    "another origin": {"origin": "https://evil.example"},
    "another port": {"origin": f"{ORIGIN}:8443"},
    "another site": {"host": "evil.example"},
    "another challenge": {"challenge": "AAAAAAAAAAAAAAAAAAAAAA"},
}


def test_an_answer_for_something_else_or_by_another_key_lets_nobody_in(officer: Browser, key: Authenticator) -> None:
    come_again(officer)
    for what, told in FALSE.items():
        assert not lets_in(officer, key.answer(asked(officer), **told)), what
    assert not lets_in(officer, Authenticator(HOST, ORIGIN, id=key.id).answer(asked(officer)))
    assert not lets_in(officer, Authenticator(HOST, ORIGIN, key.key, b"unknown").answer(asked(officer)))
    assert lets_in(officer, key.answer(asked(officer)))


def replays(officer: Browser, key: Authenticator) -> list[str]:
    """The ways in which an answer that was sent before lets in again."""
    come_again(officer)
    true = key.answer(asked(officer))
    assert lets_in(officer, true)
    come_again(officer)
    asked(officer)
    found = ["to the next challenge"] if lets_in(officer, true) else []
    options = asked(officer)
    assert not lets_in(officer, key.answer(options, is_verified=False))
    return found + (["after a false one"] if lets_in(officer, key.answer(options)) else [])


def test_an_answer_counts_once_even_where_the_phone_counts_nothing(officer: Browser, key: Authenticator) -> None:
    assert replays(officer, key) == []


def test_a_challenge_that_is_kept_would_be_found(
    officer: Browser, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same body where a challenge is looked at and not used up."""
    kept: list[str] = []
    honest = second_step_pages.take_challenge

    def forgetful(request: Any, database: Database) -> str:
        kept.append(honest(request, database))
        return next(filter(None, reversed(kept)))

    monkeypatch.setattr(second_step_pages, "take_challenge", forgetful)
    assert replays(officer, key) == ["after a false one"]


def test_a_look_that_leaves_something_out_would_be_found(
    officer: Browser, key: Authenticator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same false answers where the library is told to expect them."""
    honest = webauthn.verify_authentication_response
    blind: dict[str, dict[str, Any]] = {
        "is_verified": {"require_user_verification": False},
        "origin": {"expected_origin": "https://evil.example"},
        "host": {"expected_rp_id": "evil.example"},
    }
    for what in ("a person whom the phone did not verify", "another origin", "another site"):
        left_out = blind[next(iter(FALSE[what]))]
        monkeypatch.setattr(webauthn, "verify_authentication_response", partial(_told, honest, left_out))
        come_again(officer)
        assert lets_in(officer, key.answer(asked(officer), **FALSE[what])), what


def _told(honest: Any, left_out: dict[str, Any], **told: Any) -> Any:
    return honest(**{**told, **left_out})
