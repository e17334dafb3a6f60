"""Every route, fed with what hurts, as nobody and as each role: nothing breaks, leaks or hangs, all stays in scope."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import get
from litestar.params import FromQuery

from fund import app as service
from fund import limits, walls, web
from fund.db import Database
from fund.limits import Limit
from fund.people import powers
from tests import examples
from tests.web import hostile
from tests.web.askers import NOBODY, Asker, everybody
from tests.web.hostile import Sent
from tests.web.life import STRANGER, Life, lived
from tests.web.routes import STREAM, Route, table

DOCUMENTED: Final = {200, 201, 204, 303, 304, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429}
SLOW_SECONDS: Final = 2
HANGING_SECONDS: Final = 15
MARKUP: Final = re.compile(rf"<(script>|img src=|b ){hostile.MARK}")
LOCKED_OUT: Final = "/sign-out"
EACH: Final = 200
"""So many requests for each role, in the gate."""


class Attack:
    """Sends requests and notes what should not have been answered."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.statuses: Counter[int] = Counter()
        self.asked: Counter[str] = Counter()
        self.slowest = 0.0

    def send(self, asker: Asker, sent: Sent) -> None:
        """Send one and require what every answer must be."""
        carried = asker.carries(is_with_token=sent.is_with_token) | sent.headers
        headers: dict[str, Any] = {name: value.encode("latin-1") for name, value in carried.items()}
        self.life.client.cookies.clear()  # each asker keeps their own
        began, computed = time.monotonic(), time.process_time()
        answer = self.life.client.request(sent.method, _url(sent), headers=headers, content=sent.body or None)
        self.slowest = max(self.slowest, time.process_time() - computed)  # a busy machine is no slow route
        assert time.monotonic() - began < HANGING_SECONDS, sent
        self.statuses[answer.status_code] += 1
        self.asked[asker.role] += 1
        assert answer.status_code in DOCUMENTED, (answer.status_code, sent)
        require_harmless(answer)
        asker.require_in_scope(answer, sent.action)


def _url(sent: Sent) -> str:
    asked = "&".join(f"{hostile.encoded(name)}={hostile.encoded(value)}" for name, value in sent.query)
    return f"{sent.path}?{asked}" if asked else sent.path


def require_harmless(answer: Any) -> None:
    """What holds for every answer whatever was sent: its walls stand, and nothing sent comes back as markup."""
    assert {name: answer.headers.get(name) for name in walls.HEADERS} == walls.HEADERS
    assert hostile.MARK not in answer.headers.get("set-cookie", "")
    assert not answer.headers.get("location", "/").startswith(("//", "http"))
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert not MARKUP.search(answer.text)
        assert "Traceback" not in answer.text
        assert "root:x:0:0" not in answer.text


@contextmanager
def without_limits() -> Iterator[None]:
    """Nobody is told to wait: behind the limits is what is to be fuzzed."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PLEDGES", "GUESSES", "UPLOADS"):
            patch.setattr(limits, name, Limit(name, 10**9))
        yield


def fuzz(life: Life, askers: list[Asker], routes: list[Route], most: int) -> Attack:
    """So many hostile requests over these routes, each by one of these people."""
    attack = Attack(life)
    there = {route.path: {place: life.place(route, place) for place in route.places} for route in routes}

    def by(asker: Asker) -> st.SearchStrategy[tuple[Asker, Sent]]:
        theirs = [one for one in routes if one.action and asker.may(one.action)]  # else most would end at the door
        return st.tuples(st.just(asker), hostile.requests([*routes, *theirs * 2], there))

    @settings(max_examples=most, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(askers).flatmap(by))
    def each(drawn: tuple[Asker, Sent]) -> None:
        attack.send(*drawn)

    with without_limits():
        each()
    return attack


def some(gate: int, engine: str) -> int:
    """Fewer on PostgreSQL: what comes in over HTTP is read the same way on both."""
    return examples.count(gate if engine == "sqlite" else gate // 6)


def test_nothing_that_anybody_sends_breaks_anything_or_shows_what_is_not_theirs(house: Life, engine_name: str) -> None:
    routes, askers = (
        [one for one in table(house.client.app) if not one.path.endswith((STREAM, LOCKED_OUT))],
        everybody(house),
    )
    attack = fuzz(house, askers, routes, some(EACH * len(askers), engine_name))
    assert attack.slowest < SLOW_SECONDS
    assert {200, 303, 400, 403, 404, 405} <= set(attack.statuses), attack.statuses
    assert set(attack.asked) == {asker.role for asker in askers}
    told = f"statuses {dict(sorted(attack.statuses.items()))}, {dict(attack.asked)}"
    print(f"\n{told}, slowest {attack.slowest:.2f} s")  # noqa: T201


@pytest.mark.parametrize("defect", ["breaks", "repeats"])
def test_a_route_that_breaks_or_repeats_what_was_sent_would_be_found(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    """The control: the same body over a route that fails on Thai, then over one that shows what it was asked."""

    @get("/planted", sync_to_thread=False, media_type="text/html")
    def planted(word: FromQuery[str] = "") -> str:
        if defect == "breaks" and not word.isascii():
            raise RuntimeError(word)
        return word if defect == "repeats" else ""

    monkeypatch.setattr(service, "ROUTES", [*service.ROUTES, planted])
    with lived(database, database_url, tmp_path) as life, pytest.raises(AssertionError):
        fuzz(life, [Asker(life, NOBODY)], [Route("GET", "/planted", asks=("word",))], 400)


@pytest.mark.parametrize("defect", ["asks nobody", "shows a stranger"])
def test_a_door_that_asks_nobody_or_a_page_that_shows_too_much_would_be_found(
    house: Life, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    """The control: the same body at a door that lets every role do everything, then with a page open to all staff that
    shows what only some may see."""
    if defect == "asks nobody":
        monkeypatch.setattr(powers, "may", lambda *_: True)
    else:
        monkeypatch.setattr(web, "title", lambda *_: STRANGER)
    routes = [one for one in table(house.client.app) if one.action == "lines.see"]
    with pytest.raises(AssertionError):
        fuzz(house, [Asker(house, "collector")], routes, 100)
