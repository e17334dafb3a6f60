"""A book to be crashed, and the key of its log."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from fund.db import Database
from ledger import log, notes
from ledger.notes import SigningKey
from tests.crash import programs
from tests.crash.nursery import Nursery
from tests.crash.programs import Program
from tests.ledger.builders import a_gift, open_book, posted


@pytest.fixture
def key() -> SigningKey:
    """What heads are signed with."""
    return notes.new_key("log.example/crash")


@pytest.fixture
def book_url(database_url: str, key: SigningKey) -> str:
    """The URL of a prepared book."""
    prepare(database_url, key)
    return database_url


@pytest.fixture(scope="session")
def _nursery() -> Iterator[Program]:
    with programs.started("tests.crash.nursery") as program:
        yield program


@pytest.fixture
def lives(_nursery: Program) -> Iterator[Nursery]:
    """Where posters are born and killed; the last of them is, before anything they use is taken away."""
    nursery = Nursery(_nursery)
    yield nursery
    nursery.kill_all()


def prepare(url: str, key: SigningKey) -> None:
    """Lay the small chart, give the endowment its principal, and the log its key."""
    with closing(Database(url)) as database:
        open_book(database)
        posted(database, a_gift(50_000, "KEEP"))
        with database.write() as session:
            log.add_key(session, key)
