"""Many callers, one commit: entries handed in at the same time are booked together, each answered when it is durable.

For crowds of single posters, such as a bank's callbacks once they come in; statements are settled in batches of their
own. Knows who waits, and nothing of databases: a unit of work is given from outside. Refuses entries after closing.
"""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from itertools import groupby
from types import TracebackType
from typing import Self

from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session

from ledger import book
from ledger.book import Posted
from ledger.errors import LedgerError
from ledger.journal import Entry

UnitOfWork = Callable[[], AbstractContextManager[Session]]
"""Begins a unit of work that is committed when its block ends, such as `database.write`."""

_REFUSALS = (LedgerError, IntegrityError, DataError)


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    by: str
    answer: "Future[Posted]" = field(default_factory=Future)


class GroupingWriter:
    """Books what many threads hand in, as many entries a commit as wait at the time, in the order they came.

    Use it as a context: leaving it books what still waits, and ends its thread. When `waits_at_most` wait, the next
    callers wait to be let in.
    """

    def __init__(self, unit_of_work: UnitOfWork, *, group_at_most: int = 500, waits_at_most: int = 5_000) -> None:
        self._unit_of_work, self._group_at_most = unit_of_work, group_at_most
        self._queue: queue.Queue[_Waiting | None] = queue.Queue(waits_at_most)
        self._door = threading.Lock()  # so that nobody gets in behind the None that closes
        self._is_closed = False
        self._thread = threading.Thread(target=self._write, name="grouping writer")
        self._thread.start()

    def post(self, entry: Entry, *, by: str) -> Posted:
        """Book one entry like `book.post`; returns when it is durable, and raises only what concerns this entry.

        Any error that is no refusal leaves open whether it was booked: posting it again under its key tells.
        """
        waiting = _Waiting(entry, by)
        with self._door:
            if self._is_closed:
                raise RuntimeError("this writer is closed")
            self._queue.put(waiting)
        return waiting.answer.result()

    def close(self) -> None:
        """Book what waits, then stop. May be called again."""
        with self._door:
            if not self._is_closed:
                self._is_closed = True
                self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _write(self) -> None:
        while group := self._next_group():
            self._answer(group)

    def _next_group(self) -> list[_Waiting]:
        """Whoever waits now, at least one; nobody when the writer is closed and all are answered."""
        group: list[_Waiting] = []
        while len(group) < self._group_at_most:
            try:
                waiting = self._queue.get(block=not group)
            except queue.Empty:
                break
            if waiting is None:
                if group:
                    self._queue.put(None)  # found again when this group is answered
                break
            group.append(waiting)
        return group

    def _answer(self, group: Sequence[_Waiting]) -> None:
        """Book a group; if something in it is refused, each alone, so that only the culprit is told."""
        try:
            posted = self._book(group)
        except BaseException as error:  # whatever it is, nobody is left waiting and the next group is booked
            if isinstance(error, _REFUSALS) and len(group) > 1:
                for waiting in group:
                    self._answer([waiting])
            else:
                for waiting in group:
                    waiting.answer.set_exception(error)
            return
        for waiting, answer in zip(group, posted, strict=True):
            waiting.answer.set_result(answer)

    def _book(self, group: Sequence[_Waiting]) -> list[Posted]:
        posted: list[Posted] = []
        with self._unit_of_work() as session:
            for by, some in groupby(group, key=lambda waiting: waiting.by):
                posted += book.post_many(session, [waiting.entry for waiting in some], by=by)
        return posted
