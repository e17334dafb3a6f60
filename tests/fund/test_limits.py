"""Machines that write, guess and hand in are stopped for a while, counted by all processes together; crowds are not."""

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from litestar.testing import RequestFactory
from sqlmodel import select

from fund import clock, limits, walls
from fund.app import create_app
from fund.db import Database
from fund.errors import TooManyError
from fund.limits import GUESSES, Act, Limit
from fund.settings import Settings
from tests.fund.browsing import Browser, browser, form_token, signed_in
from tests.fund.donations.builders import found
from tests.fund.donations.test_pages import FORM, a_gift, pledges

TWO = Limit("test", 2)
SECONDS = int(TWO.window.total_seconds())
Count = Callable[[Database, Limit, str], None]


@pytest.fixture
def client(database: Database, database_url: str) -> Iterator[Browser]:
    found(database)
    with browser(database_url) as opened:
        yield opened


def one(database: Database, limit: Limit, *whom: str) -> None:
    with database.write() as session:
        limits.count(session, limit, *whom)


def test_the_act_too_many_waits_until_the_first_is_old(database: Database) -> None:
    for _ in range(2):
        one(database, TWO, "203.0.113.1")
    with pytest.raises(TooManyError) as refused:
        one(database, TWO, "203.0.113.1")
    assert SECONDS - 5 < refused.value.facts["retry_seconds"] <= SECONDS + 1
    one(database, TWO, "203.0.113.2")
    with clock.at(clock.now() + timedelta(seconds=refused.value.facts["retry_seconds"])):
        one(database, TWO, "203.0.113.1")


def test_kinds_of_acts_are_counted_apart_and_address_and_account_each_for_itself(database: Database) -> None:
    for address in ("a", "b"):
        one(database, TWO, "officer", address)
    one(database, Limit("another", 2), "officer")
    with pytest.raises(TooManyError):
        one(database, TWO, "officer", "c")
    for _ in range(2):
        one(database, TWO, "c")  # what was refused was not counted


def counted(act: Count, services: list[Database], limit: Limit, tries: int) -> int:
    """How many of so many tries at once, spread over services, were let through."""

    def attempt(number: int) -> bool:
        try:
            act(services[number % len(services)], limit, "203.0.113.1")
        except TooManyError:
            return False
        return True

    with ThreadPoolExecutor(8) as crowd:
        return sum(crowd.map(attempt, range(tries)))


def test_many_at_once_are_not_more_than_the_limit(database: Database, database_url: str) -> None:
    services = [database, Database(database_url)]
    assert counted(one, services, Limit("crowd", 20), 48) == 20
    services[1].close()


def test_a_count_that_looks_before_it_is_its_turn_would_let_more_through(database: Database, database_url: str) -> None:
    """The control: the same body over a count that looks first and writes later."""

    def hasty(database: Database, limit: Limit, whom: str) -> None:
        with database.read() as session:
            limits.require_room(session, limit, whom)
        time.sleep(0.05)
        one(database, Limit(limit.act, 1_000), whom)

    assert counted(hasty, [database], Limit("crowd", 20), 48) > 20


def test_old_acts_are_forgotten(database: Database) -> None:
    one(database, TWO, "203.0.113.1")
    with clock.at(clock.now() + timedelta(hours=1)), database.write() as session:
        limits.forget_old(session)
        rows = session.exec(select(Act)).all()
    assert rows == []


def test_no_address_and_no_name_is_kept(database: Database) -> None:
    one(database, TWO, "203.0.113.1", "officer")
    with database.read() as session:
        kept = session.exec(select(Act.counted_for)).all()
    assert [bool(re.fullmatch("[0-9a-f]{64}", digest)) for digest in kept] == [True, True]


@pytest.mark.parametrize("language", ["th", "en"])
@pytest.mark.parametrize("path", ["/return", "/verify", "/v/KK-2570-000001/WRONG"])
def test_who_guesses_on_and_on_is_told_to_wait_in_their_language(client: Browser, path: str, language: str) -> None:
    client.cookies.set("language", language)

    def guess() -> tuple[int, str, str]:
        answer = client.get(path) if path.startswith("/v/") else client.post(path, data={})
        return answer.status_code, answer.headers.get("retry-after", ""), answer.text

    assert {guess()[0] for _ in range(GUESSES.most)} == {404}
    status, wait, page = guess()
    assert status == 429
    assert 0 < int(wait) <= SECONDS + 1
    assert {"th": "รออีก 10 นาที", "en": "Wait 10 minutes"}[language] in page


def test_right_answers_are_not_counted(client: Browser) -> None:
    reference = a_gift(client).split("/")[2]
    for _ in range(GUESSES.most + 2):
        assert client.post("/return", data={"reference": reference, "amount": "10"}).status_code == 200


def test_an_address_makes_so_many_pledges_and_no_more(
    client: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PLEDGES", Limit("pledge", 2))
    for status in (303, 303, 429):
        assert client.post(FORM, data={"choice": "10"}).status_code == status
    assert client.get(FORM).status_code == 200
    assert pledges(database) == 2


def test_an_account_hands_in_so_many_files_and_no_more(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    monkeypatch.setattr(limits, "UPLOADS", Limit("upload", 2))
    with signed_in(database_url) as officer:
        token = form_token(officer)
        answers = [
            officer.post("/staff/statements", data={"csrf_token": token}, files={"file": ("a.csv", b"x")})
            for _ in range(3)
        ]
    assert [answer.status_code for answer in answers] == [400, 400, 429]
    assert answers[2].headers["retry-after"]


ADDRESSES = [
    ("203.0.113.5", "203.0.113.5"),
    ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ("no address", "no address"),
]


@pytest.mark.parametrize(("peer", "counted"), ADDRESSES)
def test_a_subscriber_is_counted_as_one(database_url: str, peer: str, counted: str) -> None:
    request = RequestFactory(app=create_app(Settings(database_url=database_url))).get("/")
    request.scope["client"] = (peer, 40_000)
    assert walls.subscriber(request) == counted
