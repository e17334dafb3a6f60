"""A book with the ledger's small chart, so that receipts have something to prove."""

import pytest

from fund.db import Database
from tests.ledger.builders import open_book


@pytest.fixture
def books(database: Database) -> Database:
    """A database with the small chart and nothing booked."""
    open_book(database)
    return database
