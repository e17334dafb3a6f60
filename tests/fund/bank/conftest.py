"""A founded fund on the day the samples are of."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund import clock
from fund.db import Database
from tests.fund.bank.builders import NOON, Fund


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    """It is 23 November 2569, noon in Bangkok."""
    with clock.at(NOON):
        yield


@pytest.fixture
def fund(database: Database, tmp_path: Path) -> Fund:
    """A fund with its chart, campaigns and bank accounts."""
    return Fund(database, tmp_path / "files")
