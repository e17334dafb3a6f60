"""A lived-in demonstration for every test of this folder that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fund.db import Database
from tests.web.life import Life, lived

ONCE = ("test_walls.py", "test_bodies.py", "test_exports.py", "test_guessing.py")
"""What ends before any database is asked, or asks it what other tests ask it on both."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what counts and what is fuzzed runs again."""
    if config.getoption("--engine") == "postgresql":
        again = [one for one in items if one.path.parent != Path(__file__).parent or one.path.name not in ONCE]
        config.hook.pytest_deselected(items=[one for one in items if one not in again])
        items[:] = again


@pytest.fixture
def life(database: Database, database_url: str, tmp_path: Path) -> Iterator[Life]:
    with lived(database, database_url, tmp_path) as opened:
        yield opened


@pytest.fixture
def house(database: Database, database_url: str, tmp_path: Path) -> Iterator[Life]:
    """The same as a real fund: nothing is left out because everybody may sign in."""
    with lived(database, database_url, tmp_path, as_demo=False) as opened:
        yield opened
