"""Real threads and connections: spends wait for each other, gifts for nobody, a key is booked once."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from functools import partial

import pytest

from fund.db import Database
from ledger import balances, book, periods
from ledger.errors import AlreadyClosedError, AlreadyReversedError, LedgerError, NotEnoughError, PeriodClosedError
from ledger.journal import Entry
from tests.ledger.builders import BANK, DAY, a_gift, a_spend, posted

OCTOBER = date(2026, 10, 31)


def together(acts: Sequence[Callable[[], object]]) -> list[object]:
    """Start every act at the same moment; answer what each returned or raised."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        start.wait()
        try:
            return act()
        except LedgerError as refusal:
            return refusal

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def wait_until_it_waits(database: Database) -> None:
    """Until a session waits for a lock of another; SQLite's second writer waits from its first word."""
    for _ in range(0 if database.is_sqlite else 1_000):
        with database.read() as session:
            if session.connection().exec_driver_sql("SELECT 1 FROM pg_locks WHERE NOT granted").first():
                return
        time.sleep(0.01)


def booked(database: Database, account: str = BANK, fund: str = "GEN") -> int:
    with database.read() as session:
        return balances.balance(session, account, fund)


def test_two_spends_of_the_last_baht_have_one_winner(books: Database) -> None:
    for _ in range(3):
        posted(books, a_gift(100))
        answers = together([lambda: posted(books, a_spend(100)) for _ in range(20)])
        assert sum(isinstance(answer, list) for answer in answers) == 1
        assert sum(type(answer) is NotEnoughError for answer in answers) == 19
        assert booked(books) == 0


def test_spends_that_each_fit_and_together_do_not(books: Database) -> None:
    posted(books, a_gift(100))
    answers = together([lambda: posted(books, a_spend(30)) for _ in range(8)])
    assert sum(isinstance(answer, list) for answer in answers) == 3
    assert booked(books) == 10


def test_gifts_do_not_wait_for_a_spend_that_holds_its_fund(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    posted(books, a_gift(100))
    with books.write() as session:
        book.post(session, a_spend(100), by="tester")
        answers = together([lambda: posted(books, a_gift(10)) for _ in range(25)] * 2)
        assert all(isinstance(answer, list) for answer in answers)
        assert booked(books) == 600
    assert booked(books) == 500


def test_a_spend_that_waited_sees_what_the_other_took(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    posted(books, a_gift(100))
    with ThreadPoolExecutor(1) as pool:
        with books.write() as session:
            book.post(session, a_spend(60), by="tester")
            second = pool.submit(posted, books, a_spend(60))
            wait_until_it_waits(books)
        with pytest.raises(NotEnoughError):
            second.result(timeout=10)


def test_one_key_is_booked_once_however_many_try(books: Database) -> None:
    def entry() -> Entry:
        return a_gift(10, key="money:1")

    answers = together([lambda: posted(books, entry())[0] for _ in range(50)])
    assert len({answer.entry_id for answer in answers if isinstance(answer, book.Posted)}) == 1
    assert sum(isinstance(answer, book.Posted) and not answer.is_replay for answer in answers) == 1
    assert booked(books) == 10


def test_batches_that_share_keys_in_other_orders_do_not_deadlock(books: Database) -> None:
    keys = [f"money:{number}" for number in range(60)]
    forward = [a_gift(1, key=key) for key in keys]
    acts = [lambda: posted(books, *forward), lambda: posted(books, *forward[::-1])] * 3
    assert all(isinstance(answer, list) for answer in together(acts))
    assert booked(books) == 60


def test_an_entry_is_reversed_once_however_many_try(books: Database) -> None:
    gift = posted(books, a_gift(10))[0].entry_id

    def undo(number: int) -> book.Posted:
        with books.write() as session:
            return book.reverse(session, gift, reason=f"{number}", booked_on=DAY, by="x", key=f"undo:{number}")

    answers = together([partial(undo, number) for number in range(6)])
    assert sum(isinstance(answer, book.Posted) for answer in answers) == 1
    assert sum(isinstance(answer, AlreadyReversedError) for answer in answers) == 5
    assert booked(books) == 0


def test_nothing_lands_in_a_month_that_closes_meanwhile(books: Database) -> None:
    def close() -> str:
        with books.write() as session:
            periods.close_month(session, OCTOBER, by="treasurer")
            return f"closed with {balances.balance(session, BANK, 'GEN')}"

    answers = together([close, *(lambda: posted(books, a_gift(1, on=OCTOBER)) for _ in range(12))])
    kept = sum(isinstance(answer, list) for answer in answers)
    assert sum(isinstance(answer, PeriodClosedError) for answer in answers) == 12 - kept
    assert booked(books) == kept
    assert answers[0] == f"closed with {kept}"


def test_a_month_that_another_closes_meanwhile_is_already_closed(books: Database) -> None:
    def close() -> object:
        with books.write() as session:
            return periods.close_month(session, OCTOBER, by="chair")

    with ThreadPoolExecutor(1) as pool:
        with books.write() as session:
            periods.close_month(session, OCTOBER, by="treasurer")
            second = pool.submit(close)
            wait_until_it_waits(books)
        with pytest.raises(AlreadyClosedError):
            second.result(timeout=10)
