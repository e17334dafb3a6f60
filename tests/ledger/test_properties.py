"""What holds for any sequence of acts: nothing unbalanced is committed, and the book refuses what the model refuses."""

from datetime import date
from itertools import count

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund.db import Database
from ledger import accounts, balances, book
from ledger.accounts import Fund
from ledger.balances import Balance, Movement
from ledger.errors import NotEnoughError
from ledger.identifiers import new_id
from ledger.journal import Entry
from tests import examples
from tests.ledger.builders import (
    BANK,
    DAY,
    FEES,
    GIFTS,
    GRANTS,
    RESERVE,
    a_fee,
    a_gift,
    a_spend,
    post_in,
    posted,
)
from tests.ledger.raw import Line, put_entry, put_lines, raw

on_one_database = settings(
    max_examples=examples.count(40),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=settings.get_current_profile_name() == "gate",
)
_LINES = st.tuples(
    st.sampled_from([BANK, GIFTS, GRANTS, FEES, RESERVE, "9999"]),
    st.sampled_from(["GEN", "D4001"]),
    st.integers(-3, 3),
)
_ACTS = st.lists(st.tuples(st.sampled_from(["gift", "spend", "fee", "undo"]), st.integers(1, 9)), max_size=10)
_numbers = count(1)


def every_sum(session: Session) -> dict[str, int]:
    sums: dict[str, int] = {}
    for line in balances.trial_balance(session):
        real = "memorandum" if line.account == RESERVE else "real"
        sums[f"{line.fund} {real}"] = sums.get(f"{line.fund} {real}", 0) + line.amount_satang
    return sums


@on_one_database
@given(lines=st.lists(_LINES, max_size=4), said=st.integers(1, 4), late=st.none() | _LINES)
def test_random_postings_never_commit_unbalanced(books: Database, lines: list[Line], said: int, late: Line) -> None:
    entry_id = new_id()
    try:
        with raw(books) as connection:
            put_lines(connection, entry_id, lines, lines=said)
            put_entry(connection, entry_id, said)
            if late is not None:
                put_lines(connection, entry_id, [late], line=said, lines=said)
    except DBAPIError:
        pass
    with books.read() as session:
        assert not any(every_sum(session).values())
        booked = [entry for entry in book.entries(session, limit=10_000) if entry.id == entry_id]
        assert all(len(entry.postings) == said >= 2 for entry in booked)


@on_one_database
@given(acts=_ACTS)
def test_the_book_accepts_and_refuses_as_a_plain_sum_does(books: Database, acts: list[tuple[str, int]]) -> None:
    """The model: a fund is a number; facts change it freely, a spend only if enough is left."""
    fund, model, gifts = f"H{next(_numbers)}", 0, []
    with books.write() as session:
        accounts.open_fund(session, Fund(fund, fund, fund))
    for act, amount in acts:
        with books.write() as session:
            if act == "gift":
                gifts.append((post_in(session, a_gift(amount, fund)).entry_id, amount))
                model += amount
            elif act == "fee":
                post_in(session, a_fee(amount, fund))
                model -= amount
            elif act == "undo" and gifts:
                gift, given_amount = gifts.pop()
                book.reverse(session, gift, reason="undone", booked_on=DAY, by="tester")
                model -= given_amount
        if act == "spend":
            model -= amount if spent(books, a_spend(amount, fund)) else 0
        with books.read() as session:
            assert balances.spendable(session, fund) == model
            assert balances.balance(session, BANK, fund) == model


def spent(database: Database, entry: Entry) -> bool:
    """Whether the spend was booked; it must be refused exactly when the fund has less."""
    fund, amount = entry.postings[0].fund, entry.postings[0].amount_satang
    with database.read() as session:
        has_enough = balances.spendable(session, fund) >= amount
    try:
        posted(database, entry)
    except NotEnoughError:
        assert not has_enough
        return False
    assert has_enough
    return True


def test_balances_are_as_booked_on_any_day(books: Database) -> None:
    october, november, december = date(2026, 10, 31), date(2026, 11, 1), date(2026, 12, 31)
    posted(books, a_gift(100, on=october), a_gift(20, on=november), a_fee(3, on=december), a_gift(7, "D4001", on=DAY))
    with books.read() as session:
        found = [balances.balance(session, BANK, "GEN", on=day) for day in (date(2026, 10, 30), october, DAY, december)]
        assert found == [0, 100, 120, 117]
        assert balances.trial_balance(session, on=october) == [
            Balance(BANK, "GEN", 100),
            Balance(GIFTS, "GEN", -100),
        ]
        assert balances.movements(session, since=november, until=december) == [
            Movement(november, GIFTS, "D4001", -7),
            Movement(november, GIFTS, "GEN", -20),
            Movement(date(2026, 12, 1), FEES, "GEN", 3),
        ]
