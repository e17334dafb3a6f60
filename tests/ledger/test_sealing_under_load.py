"""Sealing while eight people post: each entry that was acknowledged gets one place, in order, and nothing else does."""

import random
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

import pytest

from fund.db import Database
from ledger import leaves, log
from tests.ledger.builders import a_gift, post_in, posted
from tests.ledger.logbook import KEY, RECEIPTS, findings, seal, seal_all

WRITERS = 8
SEED = 8


@dataclass
class Storm:
    """Writers that post, dawdle and change their minds, until they are told to stop."""

    database: Database
    acknowledged: list[UUID] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    over: threading.Event = field(default_factory=threading.Event)

    def write(self, number: int) -> None:
        chance = random.Random(SEED + number)
        while not self.over.is_set():
            self._unit(chance)

    def _unit(self, chance: random.Random) -> None:
        """One unit of work of some entries; one in five is late, one in ten is given up."""
        with self.database.write() as session:
            fresh = [post_in(session, a_gift()).entry_id for _ in range(chance.randrange(1, 4))]
            if chance.random() < 0.2:
                self.counts["late"] += 1
                time.sleep(chance.random() / (200 if self.database.is_sqlite else 10))
            if given_up := chance.random() < 0.1:
                self.counts["given up"] += 1
                session.rollback()
        if not given_up:
            self.acknowledged += fresh

    def seal(self) -> None:
        while not self.over.is_set():
            self.counts["heads"] += seal(self.database, limit=40) is not None

    def run(self, seconds: int) -> None:
        threads = [threading.Thread(target=self.write, args=(number,)) for number in range(WRITERS)]
        threads.append(threading.Thread(target=self.seal))
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.over.set()
        for thread in threads:
            thread.join()


def begin(database: Database) -> None:
    RECEIPTS.clear()
    with database.write() as session:
        log.add_key(session, KEY)


def disorder(database: Database, acknowledged: list[UUID]) -> list[str]:
    """What is missing in the log, too much, there twice or not in the order of the book."""
    with database.read() as session:
        connection = session.connection()
        logged = "SELECT subject FROM ledger_leaf WHERE kind = 'entry' ORDER BY position"
        subjects = list(connection.exec_driver_sql(logged).scalars())
        booked = connection.exec_driver_sql("SELECT CAST(id AS text) FROM ledger_entry ORDER BY stamp, id").scalars()
        in_order = list(booked)
    wrong = [f"{entry} {times} times" for entry, times in Counter(subjects).items() if times > 1]
    wrong += [f"{entry} is missed or too much" for entry in {str(one) for one in acknowledged} ^ set(subjects)]
    return wrong + (["the order is another"] if subjects != in_order else []) + findings(database)


def stormy(database: Database, seconds: int) -> Storm:
    begin(database)
    storm = Storm(database)
    storm.run(seconds)
    seal_all(database)
    return storm


def test_every_acknowledged_entry_is_sealed_once_and_in_order(books: Database) -> None:
    storm = stormy(books, 2)
    assert disorder(books, storm.acknowledged) == []
    assert min(storm.counts[what] for what in ("late", "given up", "heads")) > 0, storm.counts
    assert len(storm.acknowledged) > WRITERS


@pytest.mark.nightly
def test_every_acknowledged_entry_is_sealed_once_in_a_long_storm(books: Database) -> None:
    storm = stormy(books, 45)
    assert disorder(books, storm.acknowledged) == []
    assert min(storm.counts[what] for what in ("late", "given up", "heads")) > 20, storm.counts


def test_a_sealer_that_does_not_wait_is_noticed(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: sealing past a transaction in flight on PostgreSQL, and short of the end on SQLite."""
    begin(books)
    planted = {"postgresql": "SELECT 1 + max(stamp) FROM ledger_entry", "sqlite": "SELECT max(stamp) FROM ledger_entry"}
    monkeypatch.setattr(leaves, "_UPTO", planted)
    if books.is_sqlite:
        acknowledged = [one.entry_id for one in posted(books, a_gift(), a_gift())]
    else:
        with books.write() as in_flight:
            early = post_in(in_flight, a_gift()).entry_id
            acknowledged = [early, posted(books, a_gift())[0].entry_id]
            seal_all(books)
    seal_all(books)
    assert f"{acknowledged[1 if books.is_sqlite else 0]} is missed or too much" in disorder(books, acknowledged)
