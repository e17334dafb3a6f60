"""A sealed book for every test of this folder that asks for one."""

from collections.abc import Iterator

import pytest

from fund.db import Database
from tests.fund.books import builders
from tests.fund.books.builders import Library


@pytest.fixture
def shelf(database: Database, database_url: str) -> Iterator[Library]:
    with builders.library(database, database_url) as opened:
        yield opened
