"""The door over HTTP against who guesses, asks who is there, brings a session along, or keeps one that is over."""

import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import cycle
from statistics import median
from typing import Any, Final

import pytest

from fund import clock, limits, walls
from fund.db import Database
from fund.limits import Limit
from fund.people import door, passwords, sessions, staff
from fund.people.powers import Grant
from tests.fund.browsing import MAKER, OFFICER, PASSWORD, Browser, a_person, browser, come_in, sign_in, with_officer
from tests.fund.donations.builders import found
from tests.fund.people.test_factors import code, set_up_app

WINDOW: Final = passwords.TRIES.window
LARGEST_DIFFERENCE_SECONDS: Final = 0.005


@pytest.fixture
def client(database: Database, database_url: str) -> Iterator[Browser]:
    found(database)
    with with_officer(database_url) as opened:
        yield opened


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, which a test may move."""
    now = [clock.now()]
    monkeypatch.setattr(clock, "now", lambda: now[0])
    return now


AIMS: Final[dict[str, Callable[[int], tuple[str, str]]]] = {
    "one account, from everywhere": lambda number: (OFFICER, f"203.0.{number // 250}.{number % 250}"),
    "everybody, from one address": lambda number: (f"name {number}", "203.0.113.1"),
}


def looked_at(client: Browser, moment: list[datetime], many: int, within: timedelta) -> dict[str, list[datetime]]:
    """When a password was looked at, of so many guesses spread evenly and in turns; the others were told to wait."""
    began = moment[0]
    times: dict[str, list[datetime]] = {aim: [] for aim in AIMS}
    for number, aim in zip(range(many), cycle(AIMS), strict=False):
        moment[0] = began + within * number / many
        name, address = AIMS[aim](number)
        answer = sign_in(client, name, f"guess {number}", **{"x-forwarded-for": address})
        assert answer.status_code in (403, 429)
        if answer.status_code == 403:
            times[aim].append(moment[0])
    return times


def most_in_a_window(times: list[datetime]) -> int:
    return max(sum(first <= one < first + WINDOW for one in times) for first in times)


@pytest.fixture
def everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks is believed about their address, so that one machine may ask as many."""
    monkeypatch.setattr(walls, "_is_among", lambda *_: True)


@pytest.mark.usefixtures("everywhere")
def test_of_guesses_at_a_thousand_a_minute_ten_are_looked_at(client: Browser, moment: list[datetime]) -> None:
    times = looked_at(client, moment, 200, timedelta(seconds=12))
    assert {aim: len(one) for aim, one in times.items()} == dict.fromkeys(AIMS, passwords.TRIES.most)
    refused = sign_in(client, OFFICER, PASSWORD, **{"x-forwarded-for": "198.51.100.1"})
    assert (refused.status_code, "set-cookie" in refused.headers) == (429, False), "right, but too late"


@pytest.mark.nightly
@pytest.mark.usefixtures("everywhere")
def test_of_ten_thousand_guesses_ten_in_any_quarter_of_an_hour_are_looked_at(
    client: Browser, moment: list[datetime]
) -> None:
    for times in looked_at(client, moment, 10_000, timedelta(hours=2)).values():
        assert most_in_a_window(times) == passwords.TRIES.most
        assert len(times) <= passwords.TRIES.most * 9


@pytest.mark.usefixtures("everywhere")
def test_a_door_that_counts_nothing_would_be_found(
    client: Browser, moment: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same guesses where nobody counts."""
    monkeypatch.setattr(limits, "count", lambda *_: None)
    monkeypatch.setattr(passwords, "TRIES", replace(passwords.TRIES, most=2))
    times = looked_at(client, moment, 6, timedelta(minutes=1))
    assert [most_in_a_window(one) for one in times.values()] == [3, 3]


KINDS: Final = ("there", "nobody", "suspended", "invited", "there@fund.example")


@pytest.fixture
def town(client: Browser) -> Browser:
    """A fund with a person of each kind that somebody at the door may ask after."""
    with client.app.state.database.write() as session:
        a_person(session, "there", Grant("storekeeper"))
        staff.invite(session, "invited", [], email="there@fund.example", by=MAKER)
        staff.suspend(session, a_person(session, "suspended").id, by=MAKER)
    return client


def heard(client: Browser, name: str, tries: int) -> list[tuple[int, str]]:
    """What so many wrong guesses at a name are told, without the name and the numbers of requests."""
    answers = [sign_in(client, name, PASSWORD if name != "there" else "wrong") for _ in range(tries)]
    own = [(answer.headers.get("x-request-id", "\0"), answer) for answer in answers]
    return [(answer.status_code, answer.text.replace(number, "…").replace(name, "…")) for number, answer in own]


def told_apart(client: Browser, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The kinds of names whose guesses are told something else than those at nobody's, up to being told to wait."""
    monkeypatch.setattr(passwords, "TRIES", replace(passwords.TRIES, most=2))
    answers = {}
    for number, name in enumerate(KINDS):
        monkeypatch.setattr(walls, "subscriber", lambda _, number=number: f"203.0.113.{number}")
        answers[name] = heard(client, name, passwords.TRIES.most + 1)
    return {name for name in KINDS if answers[name] != answers["nobody"]}


def test_no_answer_tells_whether_a_name_is_somebody_s(
    town: Browser, moment: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told_apart(town, monkeypatch) == set()


def test_a_limit_for_known_names_alone_would_be_found(
    town: Browser, moment: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same body where guesses at names that are nobody's are not counted."""
    honest = limits.count

    def careless(session: Any, limit: Limit, *whom: str) -> None:
        if "name nobody" not in whom:
            honest(session, limit, *whom)

    monkeypatch.setattr(limits, "count", careless)
    assert told_apart(town, monkeypatch) == {"there", "suspended", "invited", "there@fund.example"}


def differences(client: Browser, monkeypatch: pytest.MonkeyPatch, many: int) -> dict[str, float]:
    """By how many seconds the answer to a guess at a name takes longer than at nobody's, in the median."""
    monkeypatch.setattr(passwords, "TRIES", Limit("sign-in", 10**9))
    taken: dict[str, list[float]] = {name: [] for name in KINDS}
    for _ in range(many):
        for name in KINDS:  # in turns, as machines have moods
            began = time.perf_counter()
            assert sign_in(client, name, "wrong").status_code == 403
            taken[name].append(time.perf_counter() - began)
    medians = {name: median(times) for name, times in taken.items()}
    return {name: medians[name] - medians["nobody"] for name in KINDS}


@pytest.mark.nightly
def test_no_answer_takes_longer_for_a_name_that_is_somebody_s(town: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    found = differences(town, monkeypatch, 500)
    print(f"\nmilliseconds { ({name: round(1000 * one, 2) for name, one in found.items()}) }")  # noqa: T201
    assert max(abs(one) for one in found.values()) <= LARGEST_DIFFERENCE_SECONDS


def test_a_password_that_is_looked_at_for_known_names_alone_would_be_found(
    town: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same guesses where nothing is looked at for nobody."""
    look = passwords.is_right
    monkeypatch.setattr(passwords, "is_right", lambda known, typed: bool(known) and look(known, typed))
    assert differences(town, monkeypatch, 5)["there"] > LARGEST_DIFFERENCE_SECONDS


def test_no_code_opens_twice_in_whichever_browser(
    database: Database, database_url: str, moment: list[datetime]
) -> None:
    found(database)
    with with_officer(database_url, Grant("finance")) as one, browser(database_url) as other:
        sign_in(one)
        secret, _ = set_up_app(one, moment)
        moment[0] += timedelta(minutes=5)
        sign_in(one)
        sign_in(other)
        now, before, after = (code(secret, moment[0] + timedelta(seconds=30 * step)) for step in (0, -1, 1))
        assert [gives(one, now), gives(other, now), gives(other, before)] == [True, False, False]
        sign_in(one)
        assert [gives(other, after), gives(one, after), gives(one, now)] == [True, False, False]


def gives(client: Browser, typed: str) -> bool:
    headers = {"x-csrf-token": door.form_token(client.cookies["staff"])}
    client.post("/staff/second-step", data={"code": typed}, headers=headers)
    return bool(client.get("/staff/lines").status_code == 200)


def brought_along(client: Browser) -> list[str]:
    """The tokens that open something although somebody else may know them: brought to the door, or of half a way."""
    opened = []
    former = "chosen-by-another"
    for _ in range(2):
        begun = sign_in(client, cookie=f"staff={former}").cookies["staff"]
        client.cookies.clear()
        if client.get("/staff", headers={"cookie": f"staff={former}"}).status_code == 200:
            opened.append(former)
        former = begun
    return opened


def test_a_session_that_was_brought_to_the_door_opens_nothing(client: Browser) -> None:
    assert brought_along(client) == []


def test_a_door_that_keeps_what_it_is_brought_would_be_found(client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body where every session begins under one token."""
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: "chosen-by-another")
    assert brought_along(client) != []


def open_afterwards(database: Database, client: Browser) -> list[str]:
    """What still opens something: a session after its sign-out, a page after the role for it was ended."""
    person = come_in(client, "somsri", Grant("finance"), Grant("core_team"))
    assert client.get("/staff/lines").status_code == 200
    ended = next(grant.id for grant in person.grants if grant.role == "finance" and grant.id)
    with database.write() as session:
        staff.end(session, ended, by=MAKER)
    found = ["a role that was ended"] if client.get("/staff/lines").status_code != 403 else []
    token = client.cookies["staff"]
    assert client.post("/staff/sign-out", headers={"x-csrf-token": door.form_token(token)}).status_code == 303
    replayed = client.get("/staff", headers={"cookie": f"staff={token}"})
    return found + (["a session that was ended"] if replayed.status_code == 200 else [])


def test_what_was_ended_opens_nothing_from_the_next_request_on(database: Database, client: Browser) -> None:
    assert open_afterwards(database, client) == []


def test_a_door_that_remembers_would_be_found(
    database: Database, client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same body at a door that keeps whom it saw once."""
    seen: dict[str, Any] = {}
    honest = sessions.signed_in

    def remembering(session: Any, token: str, *, is_demo: bool) -> Any:
        return seen.setdefault(token, honest(session, token, is_demo=is_demo))

    monkeypatch.setattr(sessions, "signed_in", remembering)
    assert open_afterwards(database, client) == ["a role that was ended", "a session that was ended"]
