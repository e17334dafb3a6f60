"""Every route as it is described, asked by schemathesis as nobody and as each role: nothing breaks, all is in scope."""

from collections import Counter
from pathlib import Path
from typing import Any, Final

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from litestar import get
from litestar.params import FromPath
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance

from fund import app as service
from fund.books.operations import OPERATIONS, Operation
from fund.db import Database
from tests.web import described
from tests.web.askers import Asker, everybody
from tests.web.life import Life, lived
from tests.web.routes import STREAM, table
from tests.web.test_fuzz import DOCUMENTED, LOCKED_OUT, require_harmless, some, without_limits

OURS: Final = {one.path for one in OPERATIONS}
"""What we describe ourselves: there every word of an answer is compared."""
AnyCase = Case[Any]
NOT_ASKED: Final = [positive_data_acceptance, ignored_auth]
"""A cursor or a day fits its schema and is refused all the same; who may ask is asked by the roles themselves."""


class Reading:
    """Asks for what is described, and requires what every answer must be."""

    def __init__(self, life: Life, beginning: str = "/") -> None:
        routes = [one for one in table(life.client.app) if not one.path.endswith((STREAM, LOCKED_OUT))]
        self.life = life
        self.there = {one.path: {place: life.place(one, place) for place in one.places} for one in routes}
        self.routes = {
            (one.method, described.as_described(one.path)): one for one in routes if one.path.startswith(beginning)
        }
        self.statuses: Counter[int] = Counter()

    def cases(self) -> st.SearchStrategy[AnyCase]:
        """Requests that fit the description, and such that do not."""
        schema = schemathesis.openapi.from_dict(described.document(self.life.settings, self.there))
        found = [one.ok() for one in schema.get_all_operations() if isinstance(one, Ok)]
        known = [one for one in found if (one.method.upper(), one.path) in self.routes]
        return st.one_of([one.as_strategy(generation_mode=mode) for one in known for mode in GenerationMode])

    def send(self, case: AnyCase, asker: Asker) -> None:
        """Ask as somebody."""
        told = requests.Request(**case.as_transport_kwargs(base_url=str(self.life.client.base_url))).prepare()
        headers = {name: str(value) for name, value in told.headers.items() if name != "Cookie"} | asker.carries()
        self.life.client.cookies.clear()
        content = told.body if isinstance(told.body, str | bytes) else None
        answer = self.life.client.request(str(told.method), str(told.url), headers=headers, content=content)
        self.statuses[answer.status_code] += 1
        assert answer.status_code in DOCUMENTED, case
        require_harmless(answer)
        route = self.routes[case.method.upper(), case.path]
        asker.require_in_scope(answer, route.action if case.path_parameters == self.there[route.path] else "")
        if case.path in OURS:
            case.validate_response(answer, excluded_checks=NOT_ASKED)


def ask(reading: Reading, most: int) -> None:
    """So many cases, each asked by everybody."""
    askers = everybody(reading.life)

    @settings(max_examples=most, suppress_health_check=list(HealthCheck))
    @given(reading.cases())
    def each(case: AnyCase) -> None:
        for asker in askers:
            reading.send(case, asker)

    with without_limits():
        each()


def test_every_route_answers_as_described_whoever_asks(house: Life, engine_name: str) -> None:
    reading = Reading(house)
    ask(reading, some(100, engine_name))
    assert {200, 400, 401, 403, 404} <= set(reading.statuses), reading.statuses
    print(f"\nstatuses {dict(sorted(reading.statuses.items()))}")  # noqa: T201


def test_a_route_that_breaks_on_what_fits_its_description_would_be_found(
    database: Database, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same body over a route that divides by what it is given."""

    @get("/planted/{number:int}", sync_to_thread=False)
    def planted(number: FromPath[int]) -> str:
        return str(1 // (number % 2))

    monkeypatch.setattr(service, "ROUTES", [*service.ROUTES, planted])
    with lived(database, database_url, tmp_path) as life, pytest.raises(AssertionError):
        ask(Reading(life, "/planted"), 20)


def test_a_refusal_that_is_not_described_would_be_found(house: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body where the description forgets that some may not read."""
    honest = Operation.refusals

    def forgetful(operation: Operation) -> list[int]:
        return [status for status in honest.__get__(operation) if status != 403]

    monkeypatch.setattr(Operation, "refusals", property(forgetful))
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        ask(Reading(house, "/api/funds"), 20)
