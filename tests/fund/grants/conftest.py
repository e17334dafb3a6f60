"""The office, at a fixed time."""

from collections.abc import Iterator

import pytest

from fund import clock
from fund.db import Database
from tests.fund.grants.office import TODAY, Office, an_office


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    """People of each role, a founded fund, 20,000 baht for everybody and 1,000 for one district."""
    made = an_office(database)
    with clock.at(TODAY):
        made.give(2_000_000)
        made.give(100_000, "D4001")
        yield made
