"""Balances on any booked day and as of any entry are the sums they stand for, and read no more as the book grows."""

import random
from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund.db import Database
from ledger import accounts, balances, book, checkpoints
from ledger.accounts import Kind
from ledger.balances import Balance, Movement
from ledger.book import BookedEntry
from ledger.errors import UnknownEntryError
from ledger.journal import Entry, move
from tests.ledger.builders import BANK, DAY, FEES, GIFTS, NET, a_fee, a_gift, a_key, posted
from tests.ledger.plans import read_rows
from tests.ledger.raw import run

FIRST = date(2026, 9, 28)


def take(database: Database, tail: int = 1) -> int:
    with database.write() as session:
        return checkpoints.take(session, tail=tail)


def some_day(chance: random.Random, newest: int) -> date:
    """Mostly the newest days, sometimes one long before them."""
    return FIRST + timedelta(days=newest - (chance.randrange(newest + 1) if chance.random() < 0.2 else 0))


def a_grown_book(database: Database, chance: random.Random) -> None:
    """Entries in no order of days, with a checkpoint now and then."""
    for newest in range(0, 40, 2):
        for _ in range(chance.randrange(4)):
            make = a_gift if chance.random() < 0.7 else a_fee
            posted(
                database, make(chance.randrange(1, 500), chance.choice(["GEN", "D4001"]), on=some_day(chance, newest))
            )
        if chance.random() < 0.4:
            take(database, tail=chance.randrange(1, 4))


def summed(entries: list[BookedEntry], on: date) -> list[Balance]:
    sums: dict[tuple[str, str], int] = {}
    for p in (p for entry in entries if entry.booked_on <= on for p in entry.postings):
        sums[p.account, p.fund] = sums.get((p.account, p.fund), 0) + p.amount_satang
    return [Balance(*place, amount) for place, amount in sorted(sums.items())]


@pytest.mark.parametrize("seed", range(3))
def test_every_balance_is_the_sum_of_what_was_booked_and_recorded(books: Database, seed: int) -> None:
    chance = random.Random(seed)
    a_grown_book(books, chance)
    with books.read() as session:
        entries = book.entries(session)
        assert len(entries) > 15
        for day in (FIRST + timedelta(days=n) for n in range(-1, 40, 3)):
            last = chance.randrange(len(entries))
            assert balances.trial_balance(session, on=day) == summed(entries, day)
            recorded = balances.trial_balance(session, on=day, as_of=entries[last].id)
            assert recorded == summed(entries[: last + 1], day)
            one = balances.balance(session, BANK, "GEN", on=day, as_of=entries[last].id)
            assert one == next((b.amount_satang for b in recorded if (b.account, b.fund) == (BANK, "GEN")), 0)


@pytest.mark.parametrize("seed", range(3))
def test_movements_are_the_same_with_and_without_checkpoints(books: Database, seed: int) -> None:
    a_grown_book(books, random.Random(seed))
    since, until = date(2026, 9, 30), date(2026, 11, 3)
    with books.read() as session:
        expected: dict[tuple[date, str, str], int] = {}
        for entry in (entry for entry in book.entries(session) if since <= entry.booked_on <= until):
            for p in (p for p in entry.postings if p.account in (GIFTS, FEES)):
                place = (entry.booked_on.replace(day=1), p.account, p.fund)
                expected[place] = expected.get(place, 0) + p.amount_satang
        found = balances.movements(session, since=since, until=until)
    assert found == [Movement(*place, amount) for place, amount in sorted(expected.items())]


def test_the_closing_of_a_year_is_no_income_and_no_expense(books: Database) -> None:
    with books.write() as session:
        accounts.define_kind(session, Kind(balances.CLOSING, "choice"))
    closing = Entry(balances.CLOSING, DAY, DAY, move(100, "GEN", debit=GIFTS, credit=NET), a_key())
    posted(books, a_gift(100), closing)
    for _ in range(2):
        with books.read() as session:
            moved = balances.movements(session, since=date.min, until=DAY)
            assert moved == [Movement(DAY.replace(day=1), GIFTS, "GEN", -100)]
            assert balances.balance(session, GIFTS, "GEN", on=DAY) == 0
        take(books)


def test_nobody_but_a_checkpoint_writes_its_days(books: Database) -> None:
    posted(books, a_gift(1_000), a_gift(5, on=DAY - timedelta(days=9)))
    take(books)
    posted(books, a_gift(10))
    days, opened = "ledger_day (fund, account, booked_on, upto, amount_satang)", "ledger_day_open (fund, account, upto)"
    for attack in (
        f"INSERT INTO {days} SELECT fund, account, '2026-11-30', upto, 7 FROM ledger_checkpoint",
        f"INSERT INTO {days} SELECT fund, account, booked_on, upto + 1, 7 FROM ledger_day",
        f"INSERT INTO {opened} SELECT fund, account, upto FROM ledger_checkpoint",
        f"INSERT INTO {opened} SELECT fund, account, upto + 1 FROM ledger_checkpoint",
        "UPDATE ledger_day SET amount_satang = 7",
        "DELETE FROM ledger_day",
        "INSERT INTO ledger_checkpoint (fund, account, upto, amount_satang)"
        " SELECT 'OLD', code, (SELECT max(upto) FROM ledger_checkpoint), 0 FROM ledger_account",  # without days
    ):
        with pytest.raises(DBAPIError, match=r"ledger:checkpoint|append-only"):
            run(books, attack)
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN", on=DAY) == 1_015


def test_as_of_an_entry_that_is_not_there(books: Database) -> None:
    with books.read() as session, pytest.raises(UnknownEntryError):
        balances.trial_balance(session, as_of=uuid4())


QUESTIONS: dict[str, Callable[[Session], object]] = {
    "one balance": lambda session: balances.balance(session, BANK, "GEN"),
    "one balance on a day": lambda session: balances.balance(session, BANK, "GEN", on=DAY),
    "trial balance": lambda session: balances.trial_balance(session),
    "trial balance on a day": lambda session: balances.trial_balance(session, on=DAY),
    "movements": lambda session: balances.movements(session, since=date.min, until=date(2030, 1, 1)),
}


def test_no_balance_reads_the_whole_journal(books: Database) -> None:
    gifts = [a_gift(7, on=DAY + timedelta(days=number % 90)) for number in range(1_500)]
    posted(books, *gifts)
    take(books)
    last = posted(books, a_gift(5), a_fee(3))[-1].entry_id
    as_of = {"as of an entry": lambda session: balances.trial_balance(session, as_of=last, on=DAY)}
    for name, question in (QUESTIONS | as_of | {"the next checkpoint": checkpoints.take}).items():
        assert 0 <= read_rows(books, question) <= 12, name
