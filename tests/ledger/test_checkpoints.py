"""Balances by checkpoint and tail are the sums they stand for; a false checkpoint is refused."""

import pytest
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import balances, book, checkpoints
from ledger.balances import Balance
from ledger.errors import AppendOnlyError, NotEnoughError
from tests.ledger.builders import BANK, DAY, GIFTS, a_fee, a_gift, a_spend, an_award, posted
from tests.ledger.raw import run


def take(database: Database, tail: int = 1) -> int:
    with database.write() as session:
        return checkpoints.take(session, tail=tail)


def by_checkpoint(database: Database) -> list[Balance]:
    with database.read() as session:
        return balances.trial_balance(session)


def by_summing(database: Database) -> list[Balance]:
    with database.read() as session:
        return balances.trial_balance(session, on=DAY.replace(year=2399))


def test_balances_are_the_same_before_and_after_a_checkpoint(books: Database) -> None:
    gift = posted(books, a_gift(1_000), a_gift(300, "D4001"), a_fee(200), an_award(5, "grant:1"))[0]
    for _ in range(3):
        before = by_checkpoint(books)
        assert take(books) > 0
        assert by_checkpoint(books) == before == by_summing(books)
        posted(books, a_gift(700), a_fee(1, "D4001"))
        assert by_checkpoint(books) == by_summing(books) != before
    with books.write() as session:
        book.reverse(session, gift.entry_id, reason="wrong", booked_on=DAY, by="treasurer")
    assert by_checkpoint(books) == by_summing(books)


def test_a_short_tail_is_not_worth_a_checkpoint(books: Database) -> None:
    posted(books, a_gift(1), a_gift(1), a_gift(1, "D4001"))
    assert [take(books, tail=3), take(books, tail=2), take(books, tail=2)] == [0, 2, 0]


def test_spending_counts_from_the_checkpoint(books: Database) -> None:
    posted(books, a_gift(1_000))
    take(books)
    posted(books, a_gift(10))
    posted(books, a_spend(1_009))
    take(books)
    with pytest.raises(NotEnoughError):
        posted(books, a_spend(2))
    posted(books, a_spend(1))
    with books.read() as session:
        assert balances.spendable(session, "GEN") == 0


def test_a_false_checkpoint_is_refused(books: Database) -> None:
    posted(books, a_gift(1_000))
    take(books)
    posted(books, a_gift(10))
    insert = "INSERT INTO ledger_checkpoint (fund, account, upto, amount_satang) SELECT fund, account,"
    for values in ("upto, amount_satang", "upto + 1, 5", "upto - 1, 0", "upto + 1000000, amount_satang + 10"):
        with pytest.raises(DBAPIError, match=r"ledger:checkpoint|append-only"):
            run(books, f"{insert} {values} FROM ledger_checkpoint WHERE account = '{BANK}'")
    for change in ("UPDATE ledger_checkpoint SET amount_satang = 5", "DELETE FROM ledger_checkpoint"):
        with pytest.raises(DBAPIError, match="append-only"):
            run(books, change)
    assert by_checkpoint(books) == by_summing(books)


def test_a_gift_in_flight_is_counted_behind_the_checkpoint(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    posted(books, a_gift(1_000))
    with books.write() as in_flight:
        book.post(in_flight, a_gift(50), by="tester")
        posted(books, a_gift(7))
        take(books)
    take(books, tail=2)
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 1_057
        assert balances.balance(session, GIFTS, "GEN") == -1_057
    take(books)
    assert by_checkpoint(books) == by_summing(books)


def test_a_restored_dump_books_nothing_below_its_checkpoints(books: Database) -> None:
    """Its transaction numbers start anew: refused until the constant in the stamp is raised, then booked and seen."""
    if books.is_sqlite:
        pytest.skip("SQLite numbers its entries itself")
    body = "CREATE OR REPLACE FUNCTION public.ledger_stamp() RETURNS bigint LANGUAGE sql STABLE AS"
    run(books, f"{body} 'SELECT pg_catalog.pg_current_xact_id()::text::bigint + 1000000'")
    posted(books, a_gift(1_000))
    take(books)
    run(books, f"{body} 'SELECT pg_catalog.pg_current_xact_id()::text::bigint + 0'")
    with pytest.raises(AppendOnlyError):
        posted(books, a_gift(5))
    run(books, f"{body} 'SELECT pg_catalog.pg_current_xact_id()::text::bigint + 2000000'")
    posted(books, a_gift(5))
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 1_005
