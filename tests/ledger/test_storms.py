"""Storms of threads: budgets raced for, whole-state readers among writers, months that close under fire.

Each body is run once more with the defect that it is there to catch.
"""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from sqlmodel import Session

from fund.db import Database
from ledger import balances, book, checkpoints, periods
from ledger.book import Posted
from ledger.errors import AlreadyReversedError, NotEnoughError, PeriodClosedError
from ledger.journal import Entry, Posting
from tests import examples
from tests.ledger.builders import BANK, DAY, GIFTS, a_gift, a_key, a_spend, post_in, posted
from tests.ledger.logbook import findings, seal, seal_all
from tests.ledger.test_races import booked, together

SEED: Final = 20_261_123
WHOLE: Final = 1_000
Totals = Callable[[Database, random.Random], list[int]]


def look_and_spend(database: Database, entry: Entry, everybody: threading.Barrier) -> object:
    """See that there is enough, wait until everybody has seen it, then spend."""
    if database.is_sqlite:  # one writer at a time: the look is a unit of work of its own
        with database.read() as session:
            assert balances.spendable(session, "GEN") >= entry.postings[0].amount_satang
        everybody.wait()
        return posted(database, entry)
    with database.write() as session:
        assert balances.spendable(session, "GEN") >= entry.postings[0].amount_satang
        everybody.wait()
        return post_in(session, entry)


def race_for_a_budget(database: Database, kind: str, chance: random.Random) -> int:
    """2 to 16 spends that each fit and together do not; answer what is left."""
    posted(database, a_gift(100 - booked(database)))
    spends = [replace(a_spend(chance.randint(51, 100)), kind=kind) for _ in range(chance.randint(2, 16))]
    everybody = threading.Barrier(len(spends))
    answers = together([partial(look_and_spend, database, entry, everybody) for entry in spends])
    refused = [entry for entry, answer in zip(spends, answers, strict=True) if isinstance(answer, NotEnoughError)]
    accepted = [entry for entry in spends if entry not in refused]
    rest = booked(database)
    assert rest == 100 - sum(entry.postings[0].amount_satang for entry in accepted)
    assert all(entry.postings[0].amount_satang > rest for entry in refused)
    return rest


def test_no_budget_is_overspent_by_who_looked_before(books: Database) -> None:
    chance = random.Random(SEED)
    assert [rest for _ in range(examples.count(25)) if (rest := race_for_a_budget(books, "payment", chance)) < 0] == []
    if not books.is_sqlite:
        with books.read() as session:
            deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
            assert session.connection().exec_driver_sql(deadlocks).scalar_one() == 0


def test_who_only_looks_before_overspends(books: Database) -> None:
    """The control: the same spends as facts, which the database lets through; then each one's own look is all."""
    chance = random.Random(SEED)
    assert [rest for _ in range(5) if (rest := race_for_a_budget(books, "fee", chance)) >= 0] == []


def test_batches_that_spend_from_two_funds_in_other_orders_do_not_wait_in_a_circle(books: Database) -> None:
    for _ in range(examples.count(3)):
        posted(books, a_gift(10 - booked(books)), a_gift(10 - booked(books, fund="D4001"), "D4001"))
        orders = (["GEN", "D4001"], ["D4001", "GEN"])
        batches = [[a_spend(3, fund) for fund in order] for order in orders * 4]
        answers = together([partial(posted, books, *batch) for batch in batches])
        assert sum(isinstance(answer, list) for answer in answers) == 3
        assert (booked(books), booked(books, fund="D4001")) == (1, 1)


def test_of_two_who_undo_an_entry_one_is_told_that_it_was_undone(books: Database) -> None:
    for _ in range(examples.count(5)):
        gift = posted(books, a_gift(10))[0].entry_id

        def undo(reason: str, wrong: object = gift) -> Posted:
            with books.write() as session:
                return book.reverse(session, wrong, reason=reason, booked_on=DAY, by="x")  # type: ignore[arg-type]

        answers = together([partial(undo, "one"), partial(undo, "other")])
        assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyReversedError", "Posted"]
        assert AlreadyReversedError in map(type, answers)
    assert booked(books) == 0


def a_transfer(amount: int) -> Entry:
    """Between two funds, to and fro: the bank holds as much as before."""
    lines = (Posting(BANK, "GEN", -amount), Posting("3200", "GEN", amount),
             Posting(BANK, "D4001", amount), Posting("3200", "D4001", -amount))  # fmt: skip
    return Entry("fee", DAY, DAY, lines, a_key())


def keep_moving(database: Database, seed: int, stop: threading.Event) -> int:
    chance, moved = random.Random(seed), 0
    while not stop.is_set():
        posted(database, *(a_transfer(chance.choice([-1, 1]) * chance.randint(1, 50)) for _ in range(3)))
        moved += 3
    return moved


def keep_house(database: Database, stop: threading.Event) -> None:
    """Checkpoints and seals between the transfers."""
    while not stop.wait(0.05):
        with database.write() as session:
            checkpoints.take(session, tail=20)
        seal(database)


def totals_at_once(database: Database, chance: random.Random) -> list[int]:
    """What the bank holds in all, asked in four ways in one look."""
    with database.read() as session:
        each = [balances.balance(session, BANK, fund) for fund in ("GEN", "D4001")]
        now, today = balances.trial_balance(session), balances.trial_balance(session, on=DAY)
        some = chance.choice(book.entries(session, limit=5)).id
        then = balances.trial_balance(session, as_of=some)
        assert not sum(b.amount_satang for b in now + today + then)
        return [sum(each), *(sum(b.amount_satang for b in one if b.account == BANK) for one in (now, today, then))]


def totals_one_after_the_other(database: Database, _chance: random.Random) -> list[int]:
    """The defect: each fund in a look of its own."""
    total = 0
    for fund in ("GEN", "D4001"):
        with database.read() as session:
            total += balances.balance(session, BANK, fund)
        time.sleep(0.002)
    return [total]


def read(database: Database, totals: Totals, times: int, seed: int) -> list[list[int]]:
    chance = random.Random(seed)
    return [totals(database, chance) for _ in range(times)]


def bank_test(database: Database, totals: Totals, reads: int) -> list[list[int]]:
    """Two who move money, one who keeps house, two who read; answer all that was read."""
    posted(database, a_gift(WHOLE))
    seal_all(database)
    with ThreadPoolExecutor(5) as pool, stopping() as stop:
        writers = [pool.submit(keep_moving, database, seed, stop) for seed in range(2)]
        house = pool.submit(keep_house, database, stop)
        readers = [pool.submit(read, database, totals, reads // 2, seed) for seed in range(2)]
        seen = [one for reader in readers for one in reader.result()]
        stop.set()
        assert sum(writer.result() for writer in writers) > reads // 10
        house.result()
    return seen


@contextmanager
def stopping() -> Iterator[threading.Event]:
    """An event that is set at the end, whatever happens, so that no thread goes on for ever."""
    stop = threading.Event()
    try:
        yield stop
    finally:
        stop.set()


def test_every_look_sees_the_whole_money(books: Database) -> None:
    seen = bank_test(books, totals_at_once, examples.count(250))
    assert [totals for totals in seen if totals != [WHOLE] * 4] == []
    assert findings(books) == []


def test_who_looks_twice_sees_money_that_is_not_there(books: Database) -> None:
    """The control."""
    assert [totals for totals in bank_test(books, totals_one_after_the_other, 300) if totals != [WHOLE]]


@dataclass
class Months:
    """Months as the books close them."""

    database: Database

    def post(self, entry: Entry) -> list[Posted]:
        return posted(self.database, entry)

    def undo(self, wrong: Posted, day: date) -> Posted:
        with self.database.write() as session:
            return book.reverse(session, wrong.entry_id, reason="wrong", booked_on=day, by="x")

    def close(self, month: date) -> int:
        """Close the month and say, in the same unit of work, what was booked in it."""
        with self.database.write() as session:
            periods.close_month(session, month, by="treasurer")
            return given_in(session, month)


@dataclass
class MonthsOnAList(Months):
    """The defect: whether the month is closed is looked up before the unit of work."""

    closed: frozenset[date] = frozenset()

    def post(self, entry: Entry) -> list[Posted]:
        self.look(entry.booked_on)
        return super().post(entry)

    def undo(self, wrong: Posted, day: date) -> Posted:
        self.look(day)
        return super().undo(wrong, day)

    def look(self, day: date) -> None:
        if day.replace(day=1) in self.closed:
            raise PeriodClosedError(booked_on=day)
        time.sleep(0.005)

    def close(self, month: date) -> int:
        self.closed |= {month}
        with self.database.read() as session:
            return given_in(session, month)


def given_in(session: Session, month: date) -> int:
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return -sum(m.amount_satang for m in balances.movements(session, since=month, until=last) if m.account == GIFTS)


def close_under_fire(months: Months, month: date, chance: random.Random) -> bool:
    """Post, back-date, repeat and undo in a month while it closes; whether its closing figure is its last one."""
    wrong = posted(months.database, *(a_gift(7, on=month) for _ in range(2)))
    days = [month + timedelta(days=chance.randrange(28)) for _ in range(4)]
    twice = a_gift(16, on=days[0])
    late = replace(a_gift(32, on=days[1]), occurred_on=month - timedelta(days=9))
    gifts = [twice, twice, late, a_gift(64, on=days[2]), a_gift(128, on=days[3]), a_gift(256, on=days[3])]
    acts: list[Callable[[], object]] = [partial(months.post, gift) for gift in gifts]
    acts += [partial(months.undo, one, days[3]) for one in wrong]
    chance.shuffle(acts)
    answers = together([partial(months.close, month), *acts])
    assert {type(answer) for answer in answers} <= {int, list, Posted, PeriodClosedError}
    with months.database.read() as session:
        return given_in(session, month) == answers[0]


def test_nothing_lands_in_a_month_while_it_closes(books: Database) -> None:
    chance = random.Random(SEED)
    months = [date(2001 + number // 12, number % 12 + 1, 1) for number in range(examples.count(50))]
    assert [month for month in months if not close_under_fire(Months(books), month, chance)] == []


def test_a_month_that_is_looked_up_before_takes_what_comes_late(books: Database) -> None:
    """The control."""
    chance, months = random.Random(SEED), [date(2001, number, 1) for number in range(1, 13)]
    assert [month for month in months if not close_under_fire(MonthsOnAList(books), month, chance)]
