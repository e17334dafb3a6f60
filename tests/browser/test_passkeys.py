"""Passkeys in real Chromium with its virtual authenticator: made, used, and refused wherever anything is wrong."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from fund.db import Database
from fund.keyring import Keyring
from fund.people import passkeys, passwords, sessions, staff
from fund.people.errors import PasskeyRefusedError
from fund.people.passkeys import Site
from fund.people.powers import Grant
from fund.people.sessions import Origin
from fund.settings import Settings
from tests.browser import house
from tests.builders import a_founded_fund
from tests.fund.browsing import MAKER

NAME, PASSWORD = "somsri", "four words that fit"


@dataclass
class Phone:
    """A page of a real fund (no demonstration), and the authenticator behind it."""

    page: Page
    authenticator: CDPSession
    authenticator_id: str
    database: Database
    address: str

    def sign_in(self) -> None:
        """Name and password; where that leads."""
        self.page.goto(self.address + "/staff/sign-in")
        self.page.fill("#name", NAME)
        self.page.fill("#password", PASSWORD)
        self.press("main button[type=submit]")

    def sign_out(self) -> None:
        self.page.click("details.menu summary")
        self.press("form.sign-out button")

    def press(self, selector: str) -> None:
        with self.page.expect_navigation():
            self.page.click(selector)

    def add_passkey(self) -> None:
        """Make a passkey on the page of the second factor, and go on from the recovery codes."""
        self.press("form[data-passkey=create] button")
        self.press("main a.button")

    def let_verify(self, is_verified: bool) -> None:
        told = {"authenticatorId": self.authenticator_id, "isUserVerified": is_verified}
        self.authenticator.send("WebAuthn.setUserVerified", told)


@contextmanager
def fund_on_a_name(folder: Path) -> Iterator[tuple[Settings, Database]]:
    """A real fund, served at a name: browsers bind passkeys to names."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://localhost:{listener.getsockname()[1]}"
        settings = Settings(
            database_url=f"sqlite:///{folder}/fund.db", files_dir=str(folder / "files"), public_url=address
        )
        database = Database(settings.database_url, Keyring(settings.master_key_path))
        database.migrate()
        a_founded_fund(database)
        with house.serving(settings, listener):
            yield settings, database
        database.close()


@pytest.fixture
def phone(chromium: Browser, tmp_path: Path) -> Iterator[Phone]:
    with fund_on_a_name(tmp_path) as (settings, database):
        with database.write() as session:
            _, token = staff.invite(session, NAME, [Grant("finance")], by=MAKER)
            staff.accept(session, token, passwords.hashed(PASSWORD))
        context = chromium.new_context(viewport={"width": 360, "height": 740})
        page = context.new_page()
        page.set_default_timeout(20_000)
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        options = {"protocol": "ctap2", "transport": "internal", "hasUserVerification": True, "isUserVerified": True}
        options |= {"hasResidentKey": True, "automaticPresenceSimulation": True}
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield Phone(page, cdp, made["authenticatorId"], database, settings.address)
        context.close()


def test_a_passkey_is_made_at_the_first_sign_in_and_opens_the_next(phone: Phone) -> None:
    phone.sign_in()
    assert "/staff/second-factor" in phone.page.url
    phone.add_passkey()
    assert phone.page.url == phone.address + "/staff"
    phone.sign_out()
    phone.sign_in()
    assert "/staff/second-step" in phone.page.url
    phone.press("form[data-passkey=get] button")
    assert phone.page.url == phone.address + "/staff"


def test_whoever_is_not_verified_by_the_phone_does_not_come_in(phone: Phone) -> None:
    phone.sign_in()
    phone.add_passkey()
    phone.sign_out()
    phone.let_verify(False)
    phone.sign_in()
    told = phone.page.locator("form[data-passkey=get] [role=status]")
    assert not told.is_visible()
    phone.page.click("form[data-passkey=get] button")
    told.wait_for()
    assert "/staff/second-step" in phone.page.url


def answer(phone: Phone) -> tuple[str, str, Any]:
    """What the browser signs for a challenge: the challenge, the answer, and whose it is."""
    with phone.database.write() as session:
        row = staff.named(session, NAME)
        assert row is not None
        token = sessions.begin(session, row.id, "", Origin(), by=MAKER)
        asked = passkeys.ask(session, token, row.id, Site("localhost", phone.address))
        challenge = sessions.take_challenge(session, token)
    sent = phone.page.evaluate(
        "async asked => told(await navigator.credentials.get({ publicKey: read(JSON.parse(asked)) }))", asked
    )
    return challenge, sent, row.id


def refused(phone: Phone, sent: str, challenge: str, person_id: Any, here: Site) -> bool:
    try:
        with phone.database.write() as session:
            passkeys.use(session, person_id, sent, challenge, here)
    except PasskeyRefusedError:
        return True
    return False


def changed(sent: str, **client: str) -> str:
    """The answer with other words of the browser's."""
    told = json.loads(sent)
    spoken = json.loads(base64url_to_bytes(told["response"]["clientDataJSON"]))
    told["response"]["clientDataJSON"] = bytes_to_base64url(json.dumps(spoken | client).encode())
    return json.dumps(told)


def test_an_answer_counts_for_its_challenge_its_site_and_its_person_alone(phone: Phone) -> None:
    phone.sign_in()
    phone.add_passkey()
    phone.page.goto(phone.address + "/staff/second-factor")
    here = Site("localhost", phone.address)
    challenge, sent, person_id = answer(phone)
    other, _, _ = answer(phone)
    with phone.database.write() as session:
        stranger, _ = staff.invite(session, "stranger", [], by=MAKER)
    assert refused(phone, sent, other, person_id, here), "another challenge"
    assert refused(phone, sent, "", person_id, here), "no challenge"
    assert refused(phone, sent, challenge, stranger, here), "another person"
    assert refused(phone, sent, challenge, person_id, Site("localhost", "https://evil.example")), "another origin"
    assert refused(phone, sent, challenge, person_id, Site("evil.example", phone.address)), "another site"
    assert refused(phone, changed(sent, more="words"), challenge, person_id, here), "other words, the same signature"
    for nonsense in ("", "{}", "[]", '{"id": 1}', "\x00"):
        assert refused(phone, nonsense, challenge, person_id, here)
    assert not refused(phone, sent, challenge, person_id, here)
    assert refused(phone, sent, challenge, person_id, here), "the counter has moved on"


def test_a_challenge_is_taken_once_and_not_after_five_minutes(phone: Phone) -> None:
    with phone.database.write() as session:
        row = staff.named(session, NAME)
        assert row is not None
        token = sessions.begin(session, row.id, "", Origin(), by=MAKER)
        sessions.set_challenge(session, token, "asked")
        assert [sessions.take_challenge(session, token) for _ in range(2)] == ["asked", ""]
