"""The second factor over HTTP: set up at the first sign-in, asked at the next, never twice the same."""

import re
from base64 import b32decode
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from fund import clock
from fund.db import Database
from fund.people import factors, sessions, staff
from fund.people.errors import CodeRefusedError
from fund.people.models import FactorRow
from fund.people.powers import Grant
from tests.fund.browsing import MAKER, OFFICER, Browser, as_demo, browser, sign_in, with_officer
from tests.fund.donations.builders import found

NEEDED = Grant("finance")


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[datetime]]:
    """The time, which a test may move."""
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    yield now


def code(secret: str, at: datetime) -> str:
    """What an app with this secret shows at a moment."""
    return TOTP(b32decode(secret), 6, SHA1(), 30).generate(int(at.timestamp())).decode()


def token_of(page: Any) -> str:
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', page.text)[0])


def send(client: Browser, path: str, page: Any, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": token_of(page), **typed})


def set_up_app(client: Browser, moment: list[datetime]) -> tuple[str, list[str]]:
    """Enrol an app as the pages ask; its secret and the recovery codes."""
    page = client.get("/staff/second-factor")
    send(client, "/staff/second-factor/app", page)
    page = client.get("/staff/second-factor/app")
    secret = re.findall(r'<code class="link-text">(\w+)<', page.text)[0]
    shown = send(client, "/staff/second-factor/app/confirm", page, code=code(secret, moment[0]))
    assert shown.status_code == 200
    return secret, re.findall(r"<code>([0-9A-Z-]{19})</code>", shown.text)


def give(client: Browser, typed: str) -> int:
    page = client.get("/staff/second-step")
    return int(send(client, "/staff/second-step", page, code=typed).status_code)


def test_a_role_that_needs_it_sets_up_a_second_factor_before_anything_else(
    database: Database, database_url: str, moment: list[datetime]
) -> None:
    found(database)
    with with_officer(database_url, NEEDED) as client:
        sign_in(client)
        for path in ("/staff", "/staff/lines", "/staff/powers"):
            assert client.get(path).headers["location"].startswith("/staff/second-factor?next=")
        before = client.cookies["staff"]
        _, codes = set_up_app(client, moment)
        assert len(set(codes)) == factors.RECOVERY_CODES
        assert client.cookies["staff"] != before, "the session goes on under a new token"
        assert client.get("/staff/lines").status_code == 200


def test_a_role_that_does_not_need_it_comes_in_by_password(database: Database, database_url: str) -> None:
    found(database)
    with with_officer(database_url, Grant("storekeeper")) as client:
        sign_in(client)
        assert client.get("/staff").status_code == 200


def test_the_password_alone_opens_nothing_where_a_second_factor_is(
    database: Database, database_url: str, moment: list[datetime]
) -> None:
    found(database)
    with with_officer(database_url, NEEDED) as client:
        sign_in(client)
        secret, _ = set_up_app(client, moment)
    moment[0] += timedelta(minutes=1)
    with browser(database_url) as client:
        sign_in(client)
        for path in ("/staff", "/staff/second-factor", "/staff/second-factor/app", "/staff/confirm"):
            assert client.get(path).headers["location"].startswith("/staff/second-step"), path
        assert give(client, "000000") == 409
        assert give(client, code(secret, moment[0])) == 303
        assert client.get("/staff").status_code == 200


@pytest.mark.parametrize(("steps", "is_taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_in_its_half_minute_and_the_ones_beside_it(
    database: Database, moment: list[datetime], steps: int, is_taken: bool
) -> None:
    person_id, secret = with_app(database, moment)
    moment[0] += timedelta(minutes=10)
    assert takes(database, person_id, code(secret, moment[0] + timedelta(seconds=30 * steps))) is is_taken


def test_no_code_is_taken_twice_nor_one_before_it(database: Database, moment: list[datetime]) -> None:
    person_id, secret = with_app(database, moment)
    moment[0] += timedelta(minutes=10)
    now, before = code(secret, moment[0]), code(secret, moment[0] - timedelta(seconds=30))
    assert [takes(database, person_id, typed) for typed in (now, now, before)] == [True, False, False]


def test_without_its_memory_of_steps_a_code_would_be_taken_twice(database: Database, moment: list[datetime]) -> None:
    person_id, secret = with_app(database, moment)
    taken = []
    for _ in range(2):
        with database.write() as session:
            session.get_one(FactorRow, (person_id, True)).last_step = 0
        taken.append(takes(database, person_id, code(secret, moment[0])))
    assert taken == [True, True]


def test_a_recovery_code_opens_once_however_it_is_typed(database: Database, moment: list[datetime]) -> None:
    person_id, _ = with_app(database, moment)
    with database.write() as session:
        codes = factors.new_recovery_codes(session, person_id, by=MAKER)
    assert takes(database, person_id, f" {codes[0].lower().replace('-', ' ')}")
    assert [takes(database, person_id, typed) for typed in (codes[0], "", "----", "A" * 16)] == [False] * 4
    with database.write() as session:
        factors.new_recovery_codes(session, person_id, by=MAKER)
    assert not takes(database, person_id, codes[1])


def with_app(database: Database, moment: list[datetime]) -> tuple[Any, str]:
    """A person with an app; their id and its secret."""
    with database.write() as session:
        person_id, _ = staff.invite(session, OFFICER, [], by=MAKER)
        factors.begin_app(session, person_id)
        enrolment = factors.new_app(session, person_id, account=OFFICER, issuer="fund")
        assert enrolment is not None
        factors.confirm_app(session, person_id, code(enrolment.secret, moment[0]), by=MAKER)
    return person_id, enrolment.secret


def takes(database: Database, person_id: Any, typed: str) -> bool:
    try:
        with database.write() as session:
            factors.give_code(session, person_id, typed, by=MAKER)
    except CodeRefusedError:
        return False
    return True


def test_the_secret_of_an_app_is_not_in_the_database(database: Database, moment: list[datetime]) -> None:
    person_id, secret = with_app(database, moment)
    with database.read() as session:
        row = session.get_one(FactorRow, (person_id, True))
        assert secret.encode() not in row.secret


def test_a_new_app_counts_only_when_it_was_tried_and_then_alone(database: Database, moment: list[datetime]) -> None:
    person_id, former = with_app(database, moment)
    with database.write() as session:
        factors.begin_app(session, person_id)
        begun = factors.new_app(session, person_id, account=OFFICER, issuer="fund")
        assert begun is not None
    moment[0] += timedelta(minutes=5)
    assert not takes(database, person_id, code(begun.secret, moment[0]))
    assert takes(database, person_id, code(former, moment[0]))
    with database.write() as session:
        factors.confirm_app(session, person_id, code(begun.secret, moment[0]), by=MAKER)
    moment[0] += timedelta(minutes=5)
    assert not takes(database, person_id, code(former, moment[0]))
    assert takes(database, person_id, code(begun.secret, moment[0]))


def test_the_eleventh_code_waits(database: Database, database_url: str, moment: list[datetime]) -> None:
    found(database)
    with with_officer(database_url, NEEDED) as client:
        sign_in(client)
        secret, _ = set_up_app(client, moment)
        moment[0] += timedelta(minutes=1)
        sign_in(client)
        assert [give(client, "000000") for _ in range(10)] == [409] * 10
        assert give(client, code(secret, moment[0])) == 429


def test_whoever_is_asked_for_it_does_not_wait_longer_than_ten_minutes(
    database: Database, database_url: str, moment: list[datetime]
) -> None:
    found(database)
    with with_officer(database_url, NEEDED) as client:
        sign_in(client)
        moment[0] += sessions.LONGEST_HALF
        assert client.get("/staff").headers["location"].startswith("/staff/sign-in")


def test_in_a_demonstration_nothing_is_asked_and_nothing_is_changed(database: Database, database_url: str) -> None:
    as_demo(database)
    with browser(database_url) as client:
        sign_in(client, "demo", "ten-baht-demo")
        page = client.get("/staff/second-factor")
        assert page.status_code == 200
        assert send(client, "/staff/second-factor/recovery", client.get("/staff/sessions")).status_code == 409
