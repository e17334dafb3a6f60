"""A process that posts under load until it is killed: gifts, spends, reversals, batches, heads, checkpoints.

Knows our write door and writes down what it was told; what got no answer is asked again with the same keys, as a
client must. Every amount comes from the process's name.
"""

import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.exc import InterfaceError, OperationalError, TimeoutError
from sqlmodel import Session

from fund import files, papers, sealing
from fund.db import Database
from ledger import book, checkpoints, log, notes
from ledger.book import Posted
from ledger.errors import NotEnoughError
from ledger.journal import Entry, Posting
from tests.crash.acknowledged import Notebook
from tests.ledger.builders import DAY, a_gift, a_spend

BATCH = 20
LOAD = {"gifts": 2, "spends": 1, "reversals": 1, "batches": 1, "heads": 1, "checkpoints": 1}
"""How many threads do what."""
AWAY = (OperationalError, InterfaceError, TimeoutError)


@dataclass(frozen=True)
class Orders:
    """Where to post, what, under which name, and with which defect: `early` notes before the commit."""

    url: str
    notebook: str
    name: str
    key: str
    load: dict[str, int]
    defect: str = ""
    files: str = ""


class Poster:
    """One life: a database, a notebook, and threads that go on until the process is killed."""

    def __init__(self, orders: Orders) -> None:
        self._orders = orders
        self._database = Database(orders.url)
        if orders.defect.startswith("PRAGMA"):
            _set(self._database, orders.defect)
        elif orders.defect != "unsafe server":
            self._database.require_safe()
        self._notebook = Notebook(Path(orders.notebook))
        self._key = notes.parse_signing_key(orders.key)

    def live(self) -> None:
        """Begin the load."""
        for kind, threads in self._orders.load.items():
            for number in range(threads):
                name = f"{self._orders.name}.{kind}{number}"
                threading.Thread(target=self._go_on, args=(getattr(self, kind), name), name=name).start()

    def gifts(self, key: str, dice: random.Random) -> None:
        self._post(a_gift(dice.randint(100, 9_999), key=key))

    def spends(self, key: str, dice: random.Random) -> None:
        self._post(a_spend(dice.randint(1, 99), key=key))

    def batches(self, key: str, dice: random.Random) -> None:
        self._post(*(a_gift(dice.randint(100, 9_999), key=f"{key}.{at}/{BATCH}") for at in range(BATCH)))

    def reversals(self, key: str, dice: random.Random) -> None:
        wrong = a_gift(dice.randint(100, 9_999), key=key)
        (posted,) = self._post(wrong)
        undone = f"{key}.undone"
        mirror = replace(wrong, key=undone, postings=tuple(map(_mirrored, wrong.postings)))

        def reverse(session: Session) -> list[Posted]:
            return [
                book.reverse(session, posted.entry_id, reason="wrong", booked_on=DAY, by="poster", key=undone)
            ]  # fmt: skip

        self._until_answered([mirror], reverse)

    def heads(self, key: str, dice: random.Random) -> None:
        with self._database.write() as session:
            head = log.seal(session, self._key, sources=sealing.SOURCES, limit=dice.randint(1, 200))
        if head:
            self._notebook.note([{"head": head.note()}])
        time.sleep(0.02)

    def checkpoints(self, key: str, dice: random.Random) -> None:
        with self._database.write() as session:
            checkpoints.take(session, tail=dice.randint(1, 40))
        time.sleep(0.05)

    def papers(self, key: str, dice: random.Random) -> None:
        content = dice.randbytes(dice.randint(1, 20_000))
        with self._database.write() as session:
            sha256 = files.store(session, Path(self._orders.files), content, files.NOBODY)
            papers.record(session, key, sha256)
        self._notebook.note([{"paper": sha256}])

    def _go_on(self, act: Callable[[str, random.Random], None], name: str) -> None:
        dice = random.Random(name)
        for number in count():
            try:
                act(f"{name}.{number}", dice)
            except AWAY:
                time.sleep(0.02)
            except Exception as error:
                self._notebook.note([{"broken": f"{name}.{number}: {error!r}"}])
                return

    def _post(self, *entries: Entry) -> list[Posted]:
        return self._until_answered(entries, lambda session: book.post_many(session, entries, by="poster"))

    def _until_answered(self, entries: Sequence[Entry], act: Callable[[Session], list[Posted]]) -> list[Posted]:
        """Ask until there is an answer, and write it down; a refusal is one."""
        while True:
            try:
                with self._database.write() as session:
                    posted = act(session)
                    if self._orders.defect == "early":
                        self._note(entries, posted)
            except NotEnoughError:
                return []
            except AWAY:
                time.sleep(0.02)
                continue
            if self._orders.defect != "early":
                self._note(entries, posted)
            return posted

    def _note(self, entries: Sequence[Entry], posted: Sequence[Posted]) -> None:
        self._notebook.note([_told(*each) for each in zip(entries, posted, strict=True)])


def _told(entry: Entry, posted: Posted) -> dict[str, Any]:
    lines = [[p.account, p.fund, p.amount_satang] for p in entry.postings]
    return {"key": entry.key, "id": str(posted.entry_id), "kind": entry.kind, "postings": lines}


def _mirrored(posting: Posting) -> Posting:
    return replace(posting, amount_satang=-posting.amount_satang)


def _set(database: Database, pragma: str) -> None:
    """Have every connection do otherwise than it was set up to."""

    @event.listens_for(database.engine, "connect")
    def spoil(connection: Any, _record: Any) -> None:
        connection.execute(pragma)
