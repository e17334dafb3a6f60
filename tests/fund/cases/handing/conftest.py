"""An office whose grants have cases, on the day on which it acts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund import clock
from fund.db import Database
from tests.fund.cases.handing.builders import Handed, handed
from tests.fund.grants.office import TODAY, Office, an_office


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with clock.at(TODAY):
        yield an_office(database)


@pytest.fixture
def help_out(office: Office, tmp_path: Path) -> Handed:
    """Two parts, of which the first has left."""
    return handed(office, tmp_path, 50_000, 50_000)
