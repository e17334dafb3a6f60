"""Every route, fed with what hurts, as nobody and as an officer: nothing breaks, nothing leaks, nothing hangs."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from litestar import get
from litestar.params import FromPath

from fund import app as service
from fund import limits, walls
from fund.db import Database
from fund.limits import Limit
from tests import examples
from tests.web import hostile
from tests.web.hostile import Sent
from tests.web.life import Life, lived
from tests.web.routes import STREAM, Route, table

DOCUMENTED: Final = {200, 201, 204, 303, 304, 400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429}
SLOW_SECONDS: Final = 2
MARKUP: Final = re.compile(rf"<(script>|img src=|b ){hostile.MARK}")
LOCKED_OUT: Final = "/sign-out"


class Attack:
    """Sends requests and notes what should not have been answered."""

    def __init__(self, life: Life, *, is_staff: bool) -> None:
        self.life, self.is_staff, self.token = life, is_staff, ""
        self.statuses: Counter[int] = Counter()
        self.slowest = 0.0

    def send(self, sent: Sent) -> None:
        """Send one and require what every answer must be."""
        if self.is_staff and not self.token:
            self._sign_in()
        began = time.monotonic()
        answer = self.life.client.request(
            sent.method, self._url(sent), headers=self._headers(sent), content=sent.body or None
        )
        taken = time.monotonic() - began
        self.slowest = max(self.slowest, taken)
        self.statuses[answer.status_code] += 1
        assert answer.status_code in DOCUMENTED, (answer.status_code, sent)
        require_harmless(answer)
        if self._is_at_the_door(answer):
            self.token = ""

    def _url(self, sent: Sent) -> str:
        asked = "&".join(f"{hostile.encoded(name)}={hostile.encoded(value)}" for name, value in sent.query)
        return f"{sent.path}?{asked}" if asked else sent.path

    def _headers(self, sent: Sent) -> dict[str, Any]:
        carried = {"x-csrf-token": self.token} if self.token and sent.is_with_token else {}
        return {name: value.encode("latin-1") for name, value in (carried | sent.headers).items()}

    def _sign_in(self) -> None:
        with self.life.database.write() as session:
            session.execute(sa.delete(limits.Act))
        self.life.client.cookies.clear()
        self.life.sign_in()
        self.token = self.life.form_token()

    def _is_at_the_door(self, answer: Any) -> bool:
        led = answer.headers.get("location", "")
        return self.is_staff and (answer.status_code == 401 or led.startswith("/staff/sign-in"))


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


def fuzz(life: Life, routes: list[Route], most: int, *, is_staff: bool) -> Attack:
    """So many hostile requests over these routes."""
    attack = Attack(life, is_staff=is_staff)
    there = {route.path: {place: life.place(route, place) for place in route.places} for route in routes}

    @settings(max_examples=most, suppress_health_check=list(HealthCheck))
    @given(hostile.requests(routes, there))
    def each(sent: Sent) -> None:
        attack.send(sent)

    with without_limits():
        each()
    return attack


def some(gate: int, engine: str) -> int:
    """Fewer on PostgreSQL: what comes in over HTTP is read the same way on both."""
    return examples.count(gate if engine == "sqlite" else gate // 6)


@pytest.mark.parametrize("is_staff", [False, True], ids=["nobody", "officer"])
def test_nothing_that_is_sent_breaks_anything(life: Life, engine_name: str, is_staff: bool) -> None:
    routes = [one for one in table(life.client.app) if not one.path.endswith((STREAM, LOCKED_OUT))]
    attack = fuzz(life, routes, some(1200, engine_name), is_staff=is_staff)
    assert attack.slowest < SLOW_SECONDS
    assert {200, 303, 400, 404, 405} <= set(attack.statuses), attack.statuses
    print(f"\nstatuses {dict(sorted(attack.statuses.items()))}, slowest {attack.slowest:.2f} s")  # noqa: T201


@pytest.mark.parametrize("defect", ["breaks", "repeats"])
def test_a_route_that_breaks_or_repeats_what_was_sent_would_be_found(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, defect: str
) -> None:
    """The control: the same body over a route that fails on a quote, then over one that shows what it was asked."""

    @get("/planted/{word:str}", sync_to_thread=False, media_type="text/html")
    def planted(word: FromPath[str]) -> str:
        if defect == "breaks" and not word.isalnum():
            raise RuntimeError(word)
        return word if defect == "repeats" else ""

    monkeypatch.setattr(service, "ROUTES", [*service.ROUTES, planted])
    with lived(database, database_url, tmp_path) as life, pytest.raises(AssertionError):
        fuzz(life, [Route("GET", "/planted/{word:str}")], 400, is_staff=False)
