"""A store to work in, on a quiet day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund import clock
from fund.db import Database
from tests.fund.goods.store import TODAY, Store, a_store


@pytest.fixture
def store(database: Database, tmp_path: Path) -> Iterator[Store]:
    with clock.at(TODAY):
        yield a_store(database, tmp_path)
