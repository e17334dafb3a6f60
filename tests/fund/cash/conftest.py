"""A fund with a cash box on a quiet day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund import clock
from fund.db import Database
from tests.fund.bank.builders import NOON, Fund
from tests.fund.cash.builders import Cash


@pytest.fixture
def cash(database: Database, tmp_path: Path) -> Iterator[Cash]:
    with clock.at(NOON):
        yield Cash(Fund(database, tmp_path), tmp_path)
