"""Many callers and one writer: who is answered is in the book, who is refused is alone with it, nobody is forgotten."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund.db import Database
from ledger import balances, book
from ledger.book import Posted
from ledger.errors import KeyReusedError, LedgerError, NotEnoughError
from ledger.grouping import GroupingWriter
from ledger.journal import Entry
from tests.ledger.builders import BANK, a_gift, a_key, a_spend

CALLERS = 32


@dataclass
class Units:
    """Units of work of a database that are counted, and that can be made to wait."""

    database: Database
    may_begin: threading.Event = field(default_factory=threading.Event)
    begun: "count[int]" = field(default_factory=lambda: count(1))
    number: int = 0

    @contextmanager
    def __call__(self) -> Iterator[Session]:
        self.number = next(self.begun)
        assert self.may_begin.wait(30)
        with self.database.write() as session:
            yield session


@pytest.fixture
def units(books: Database) -> Units:
    return Units(books)


def together(units: Units, entries: Sequence[Entry]) -> list[Posted | Exception]:
    """What each caller is told when the first entry is being booked while all others come in, in this order."""
    with GroupingWriter(units) as writer, ThreadPoolExecutor(len(entries)) as callers:
        told = hand_in(writer, units, callers, entries)
        units.may_begin.set()
        return [answer_of(one) for one in told]


def hand_in(
    writer: GroupingWriter, units: Units, callers: ThreadPoolExecutor, entries: Sequence[Entry]
) -> "list[Future[Posted]]":
    """All wait behind the first, which waits for its unit of work."""
    told = []
    for behind_the_first, entry in enumerate(entries):
        told.append(callers.submit(writer.post, entry, by="caller"))
        while units.number == 0 or writer._queue.qsize() < behind_the_first:
            threading.Event().wait(0.001)
    return told


def answer_of(told: "Future[Posted]") -> Posted | Exception:
    error = told.exception(30)
    assert error is None or isinstance(error, Exception)
    return error or told.result()


def stands_in_the_book(books: Database, posted: Posted) -> bool:
    with books.read() as session:
        return book.entry(session, posted.entry_id).id == posted.entry_id


def everybody_answered_is_in_the_book(
    books: Database, unit_of_work: Callable[[], AbstractContextManager[Session]]
) -> None:
    with GroupingWriter(unit_of_work) as writer, ThreadPoolExecutor(CALLERS) as callers:

        def call(_: int) -> None:
            for _ in range(3):
                assert stands_in_the_book(books, writer.post(a_gift(10), by="caller"))

        list(callers.map(call, range(CALLERS)))
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == CALLERS * 3 * 10


def test_an_answer_means_that_the_entry_is_durable(books: Database) -> None:
    everybody_answered_is_in_the_book(books, books.write)


def test_a_writer_that_answers_before_it_commits_is_found(books: Database) -> None:
    @contextmanager
    def forgetful() -> Iterator[Session]:
        with Session(books.engine) as session:
            yield session

    with pytest.raises(LedgerError, match="There is no entry"):
        everybody_answered_is_in_the_book(books, forgetful)


def test_whoever_waits_is_booked_in_one_commit(units: Units) -> None:
    answers = together(units, [a_gift() for _ in range(CALLERS)])
    assert all(isinstance(answer, Posted) for answer in answers)
    assert units.number == 2  # the first alone, then all who came meanwhile


def test_only_the_culprits_of_a_group_are_refused(books: Database, units: Units) -> None:
    entries = [a_gift(100) if number % 8 else a_spend(1_000_000) for number in range(1, CALLERS + 1)]
    answers = together(units, entries)
    assert [type(answer) for answer in answers] == [Posted if n % 8 else NotEnoughError for n in range(1, CALLERS + 1)]
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 28 * 100


def test_the_same_key_twice_in_a_group_is_booked_once(units: Units) -> None:
    first, _, again, other = together(units, [a_gift(5, key="a"), a_gift(), a_gift(5, key="a"), a_gift(6, key="a")])
    assert isinstance(first, Posted) and isinstance(again, Posted)
    assert (first.is_replay, again.is_replay, again.entry_id) == (False, True, first.entry_id)
    assert type(other) is KeyReusedError


def test_each_entry_is_recorded_by_its_own_caller(books: Database) -> None:
    with GroupingWriter(books.write) as writer, ThreadPoolExecutor(3) as callers:
        told = {by: callers.submit(writer.post, a_gift(), by=by) for by in ("ann", "bo", "may")}
    with books.read() as session:
        for by, posted in told.items():
            assert book.entry(session, posted.result().entry_id).recorded_by == by


def cut(books: Database, session: Session) -> None:
    """End the session's connection: from the server's side where there is one."""
    if books.is_sqlite:
        session.connection().connection.dbapi_connection.close()  # type: ignore[union-attr]
        return
    backend = session.connection().exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with books.engine.connect() as other:
        other.exec_driver_sql("SELECT pg_terminate_backend(%s, 10000)", (backend,))


def test_a_connection_that_dies_before_the_commit_is_told_to_all_of_its_group(books: Database) -> None:
    is_dying, entries = threading.Event(), [a_gift(key=a_key()) for _ in range(4)]

    @contextmanager
    def mortal() -> Iterator[Session]:
        with books.write() as session:
            yield session
            if is_dying.is_set():
                cut(books, session)

    with GroupingWriter(mortal) as writer, ThreadPoolExecutor(4) as callers:
        is_dying.set()
        told = [callers.submit(writer.post, entry, by="caller") for entry in entries]
        assert all(isinstance(answer_of(one), DBAPIError) for one in told)
        is_dying.clear()
        assert not any(writer.post(entry, by="caller").is_replay for entry in entries)


def test_whoever_was_told_of_an_error_after_the_commit_finds_the_entry_by_its_key(books: Database) -> None:
    is_lost, gift = threading.Event(), a_gift(key=a_key())

    @contextmanager
    def lossy() -> Iterator[Session]:
        with books.write() as session:
            yield session
        if not is_lost.is_set():
            is_lost.set()
            raise ConnectionError("the answer was lost")

    with GroupingWriter(lossy) as writer:
        with pytest.raises(ConnectionError):
            writer.post(gift, by="caller")
        assert writer.post(gift, by="caller").is_replay


def test_closing_books_what_waits_and_lets_nobody_in(units: Units) -> None:
    writer = GroupingWriter(units, group_at_most=2)
    with ThreadPoolExecutor(9) as callers:
        told = hand_in(writer, units, callers, [a_gift() for _ in range(8)])
        closing = callers.submit(writer.close)
        units.may_begin.set()
        closing.result(30)
        assert [one.exception(30) for one in told] == [None] * len(told)
    writer.close()
    with pytest.raises(RuntimeError, match="closed"):
        writer.post(a_gift(), by="caller")


def test_nobody_is_let_in_while_enough_wait(units: Units) -> None:
    writer = GroupingWriter(units, group_at_most=1, waits_at_most=1)
    with ThreadPoolExecutor(4) as callers:
        told = [callers.submit(writer.post, a_gift(), by="caller") for _ in range(4)]
        assert writer._queue.qsize() <= 1
        units.may_begin.set()
        assert all(isinstance(one.result(30), Posted) for one in told)
    writer.close()
