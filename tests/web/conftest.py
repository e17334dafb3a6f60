"""A lived-in demonstration for every test of this folder that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund.db import Database
from tests.web.life import Life, lived


@pytest.fixture
def life(database: Database, database_url: str, tmp_path: Path) -> Iterator[Life]:
    with lived(database, database_url, tmp_path) as opened:
        yield opened
