"""Callbacks over HTTP, as a bank sends them: what lets one in, what keeps one out, and that each counts once."""

import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from litestar import Litestar

from fund import clock
from fund.app import create_app
from fund.bank.told import inbox, protection
from fund.bank.told.bodies import LARGEST_BYTES
from fund.bank.told.models import CallbackRow
from fund.limits import Act
from fund.settings import Settings
from tests import examples
from tests.fund.bank.told.builders import KBANK_SECRET, SECRET, Told, a_bank_file, kbank, scb

ADDRESS = f"/callbacks/scb/{SECRET}"
OLD_KEY, NEW_KEY = "old-key-0123456789012345678901234567", "new-key-0123456789012345678901234567"
SIGNING = f'signing_keys = {{ "2569-10" = "{OLD_KEY}", "2569-11" = "{NEW_KEY}" }}\n'


class Line:
    """A bank's line to the service, from an address of its own."""

    def __init__(self, told: Told, *, more: str = "", came_from: str = "127.0.0.9", **settings: str) -> None:
        path = a_bank_file(told.fund.folder.parent, more=more)
        url = told.fund.database.engine.url.render_as_string(hide_password=False)
        self.app: Litestar = create_app(Settings(database_url=url, banks_file=str(path), **settings))
        self.came_from = came_from

    def send(self, *contents: bytes, to: str = ADDRESS, **headers: str) -> list[httpx.Response]:
        """Send all of these at once."""
        return asyncio.run(self._send([(to, one, headers) for one in contents]))

    def __call__(self, content: bytes, *, to: str = ADDRESS, **headers: str) -> httpx.Response:
        return self.send(content, to=to, **headers)[0]

    async def _send(self, sent: Sequence[tuple[str, bytes, dict[str, str]]]) -> list[httpx.Response]:
        app: Any = self.app
        transport = httpx.ASGITransport(app, client=(self.came_from, 4000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            sending = (
                client.post(to, content=body, headers={"content-type": "application/json"} | headers)
                for to, body, headers in sent
            )
            try:
                return list(await asyncio.gather(*sending))
            finally:
                self.app.state.database.close()


def stored(told: Told) -> int:
    with told.fund.database.read() as session:
        return int(session.execute(sa.select(sa.func.count()).select_from(CallbackRow)).scalar_one())


def signed(body: bytes, *, name: str = "2569-11", key: str = NEW_KEY, seconds: int = 0) -> dict[str, str]:
    moment = int(clock.now().timestamp()) + seconds
    return {protection.SIGNATURE: protection.sign(name, key, body, moment)}


def test_a_callback_is_stored_sealed_and_answered_as_scb_waits_for_it(told: Told) -> None:
    answer = Line(told)(scb("D1"))
    assert (answer.status_code, answer.json()["resCode"]) == (200, "00")
    assert answer.json()["transactionId"] == "scb-1"
    with told.fund.database.read() as session:
        (row,) = session.execute(sa.select(CallbackRow.__table__)).all()  # type: ignore[attr-defined]
    assert row.amount_satang == 1000
    assert b"TUAYANG" not in row.sealed
    assert sha256(b"scb-1").hexdigest() != row.identity


def test_kbank_is_answered_as_it_waits_for_it(told: Told) -> None:
    answer = Line(told)(kbank("D1"), to=f"/callbacks/kbank/{KBANK_SECRET}")
    assert (answer.status_code, answer.json()) == (200, {"statusCode": "00", "errorCode": None, "errorDesc": None})
    assert stored(told) == 1


def test_a_payment_that_failed_is_answered_and_not_kept(told: Told) -> None:
    answer = Line(told)(kbank("D1", statusCode="10"), to=f"/callbacks/kbank/{KBANK_SECRET}")
    assert (answer.status_code, stored(told)) == (200, 0)


@pytest.mark.parametrize(
    ("to", "status"),
    [
        ("/callbacks/scb/" + "x" * 36, 404),
        (f"/callbacks/scb/{KBANK_SECRET}", 404),
        (f"/callbacks/bbl/{SECRET}", 404),
        (f"/callbacks/kbank/{KBANK_SECRET}", 400),  # SCB's body
    ],
)
def test_another_address_is_refused_without_a_word(told: Told, to: str, status: int) -> None:
    answer = Line(told)(scb("D1"), to=to)
    assert (answer.status_code, answer.content, stored(told)) == (status, b"", 0)


def test_another_network_is_refused_and_counted(told: Told) -> None:
    answer = Line(told, came_from="203.0.113.9")(scb("D1"))
    assert (answer.status_code, answer.content, stored(told)) == (401, b"", 0)
    with told.fund.database.read() as session:
        assert session.execute(sa.select(sa.func.count()).select_from(Act)).scalar_one() == 1


def test_a_forged_forwarded_address_is_not_believed(told: Told) -> None:
    answer = Line(told, came_from="203.0.113.9")(scb("D1"), **{"x-forwarded-for": "127.0.0.1"})
    assert answer.status_code == 401


def test_behind_our_proxy_the_address_it_names_counts(told: Told) -> None:
    line = Line(told, came_from="203.0.113.9", trusted_proxies="203.0.113.9")
    assert line(scb("D1"), **{"x-forwarded-for": "127.0.0.1"}).status_code == 200


def test_who_guesses_too_often_is_told_to_wait(told: Told) -> None:
    line = Line(told)
    statuses = [line(b"{}", to="/callbacks/scb/" + "x" * 36).status_code for _ in range(31)]
    assert (statuses[:30], statuses[30]) == ([404] * 30, 429)
    assert line(scb("D1")).status_code == 200  # the bank itself, from the same network


def test_without_a_file_no_bank_has_an_address(told: Told) -> None:
    line = Line(told)
    line.app = create_app(Settings(database_url=told.fund.database.engine.url.render_as_string(hide_password=False)))
    assert line(scb("D1")).status_code == 404


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 5000, scb("D1", role="x"), scb("D1", "1e999999"), b"\xff"])
def test_what_is_no_callback_is_refused_and_nothing_kept(told: Told, content: bytes) -> None:
    answer = Line(told)(content)
    assert (answer.status_code, answer.content, stored(told)) == (400, b"", 0)


def test_too_large_a_body_is_refused(told: Told) -> None:
    assert Line(told)(b"x" * (LARGEST_BYTES + 1)).status_code == 413
    assert stored(told) == 0


@pytest.mark.parametrize(("name", "key"), [("2569-10", OLD_KEY), ("2569-11", NEW_KEY)])
def test_where_the_bank_signs_each_key_in_rotation_lets_in(told: Told, name: str, key: str) -> None:
    body = scb("D1")
    assert Line(told, more=SIGNING)(body, **signed(body, name=name, key=key)).status_code == 200


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ({}, 401),
        ({protection.SIGNATURE: "t=1,key=2569-11,v1="}, 401),
        ({protection.SIGNATURE: "nonsense"}, 401),
        (signed(b"another body"), 401),
        (signed(scb("D1"), key=OLD_KEY), 401),
        (signed(scb("D1"), name="2569-12"), 401),
        ({protection.SIGNATURE: "t=" + "9" * 30 + ",key=2569-11,v1=" + "0" * 64}, 401),
    ],
    ids=["missing", "empty", "nonsense", "other body", "other key", "unknown key", "huge moment"],
)
def test_a_wrong_signature_is_refused_without_a_look_at_the_body(
    told: Told, header: dict[str, str], status: int
) -> None:
    answer = Line(told, more=SIGNING)(scb("D1"), **header)
    assert (answer.status_code, answer.content, stored(told)) == (status, b"", 0)


@pytest.mark.parametrize("seconds", [-600, 600])
def test_a_signature_of_another_time_is_refused(told: Told, seconds: int) -> None:
    body = scb("D1")
    answer = Line(told, more=SIGNING)(body, **signed(body, seconds=seconds))
    assert (answer.status_code, stored(told)) == (400, 0)


def test_a_body_spaced_otherwise_does_not_bear_the_signature(told: Told) -> None:
    body = scb("D1")
    spaced = json.dumps(json.loads(body), indent=2).encode()
    line = Line(told, more=SIGNING)
    assert (line(spaced, **signed(body)).status_code, stored(told)) == (401, 0)
    assert line(body, **signed(body)).status_code == 200


def test_without_protection_the_same_forgeries_would_come_in(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a door that asks nobody lets every one of them in."""
    monkeypatch.setattr(protection, "require_theirs", lambda *_: None)
    line = Line(told, more=SIGNING, came_from="203.0.113.9")
    assert line(scb("D1"), **signed(b"another body")).status_code == 200
    assert stored(told) == 1


def test_a_signed_callback_sent_again_is_answered_the_same_and_counts_once(told: Told) -> None:
    body, line = scb(told.fund.pledge().reference), Line(told, more=SIGNING)
    answers = [line(body, **signed(body)) for _ in range(3)]
    assert {(one.status_code, one.content) for one in answers} == {(200, answers[0].content)}
    assert stored(told) == 1


def test_an_old_payment_is_refused_where_nothing_is_signed(told: Told) -> None:
    moment = (clock.now() - timedelta(days=2)).isoformat()
    assert Line(told)(scb("D1", transactionDateandTime=moment)).status_code == 400


PARALLEL, KEYS = 50, 8


def crowd(told: Told) -> tuple[list[httpx.Response], list[bytes]]:
    bodies = [scb("D1", number=f"n{number}") for number in range(examples.count(KEYS))]
    return Line(told).send(*(bodies * PARALLEL)), bodies


def test_the_same_callback_many_times_at_once_is_one(told: Told) -> None:
    answers, bodies = crowd(told)
    assert Counter(one.status_code for one in answers) == {200: PARALLEL * len(bodies)}
    assert stored(told) == len(bodies)


def test_without_the_unique_number_the_same_crowd_would_be_many(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: identities made from the delivery instead of the payment."""
    deliveries = iter(range(10**6))
    monkeypatch.setattr(inbox, "_hex", lambda blind, _: blind("delivery", str(next(deliveries))).hex())
    _, bodies = crowd(told)
    assert stored(told) > len(bodies)


def test_what_came_is_in_no_log(told: Told, caplog: pytest.LogCaptureFixture) -> None:
    line = Line(told)
    for body in (scb("D1"), scb("D1", role="x"), b"TUAYANG"):
        line(body)
    line(scb("D1"), to="/callbacks/scb/" + "guessed-secret" * 3)
    assert "TUAYANG" not in caplog.text
    assert SECRET not in caplog.text
    assert "guessed" not in caplog.text


def test_a_database_that_is_away_has_the_bank_send_again(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise sa.exc.OperationalError("", {}, Exception())

    with monkeypatch.context() as patch:
        patch.setattr(inbox.Inbox, "_write", away)
        assert Line(told)(scb("D1")).status_code == 503
    assert Line(told)(scb("D1")).status_code == 200
    assert stored(told) == 1
