"""Entries, identifiers and columns as values, without a database."""

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import column
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.types import TypeDecorator

from ledger.columns import Day, Flag, Instant, Uid
from ledger.errors import UnbalancedError
from ledger.identifiers import new_id
from ledger.journal import Entry, Posting, move
from ledger.money import LARGEST_SATANG

DAY = date(2026, 11, 2)
SQLITE, POSTGRESQL = sqlite.dialect(), postgresql.dialect()  # type: ignore[no-untyped-call]
AMOUNTS = st.integers(min_value=1, max_value=LARGEST_SATANG)


@pytest.mark.parametrize("amount", [0, 1.5, True, "5", None, 10**15 + 1, -(10**15) - 1, float("nan")])
def test_a_posting_is_a_whole_amount_that_is_not_zero(amount: object) -> None:
    with pytest.raises(UnbalancedError):
        Posting("1110.01", "GEN", amount)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from("AB"), AMOUNTS | AMOUNTS.map(lambda a: -a)), max_size=5))
def test_an_entry_balances_in_every_fund_or_is_not_made(lines: list[tuple[str, int]]) -> None:
    postings = tuple(Posting("1110.01", fund, amount) for fund, amount in lines)
    sums = [sum(amount for fund, amount in lines if fund == name) for name in "AB"]
    if len(lines) >= 2 and sums == [0, 0]:
        assert Entry("donation", DAY, DAY, postings, "k").postings == postings
    else:
        with pytest.raises(UnbalancedError):
            Entry("donation", DAY, DAY, postings, "k")


@given(AMOUNTS)
def test_a_move_debits_and_credits_the_same(amount: int) -> None:
    assert [p.amount_satang for p in move(amount, "GEN", debit="1110.01", credit="4110")] == [amount, -amount]


def test_another_request_has_another_hash() -> None:
    lines = move(5, "GEN", debit="1110.01", credit="4110")
    wide = (Posting("1110.01", "GEN", 5, purpose="rice"), Posting("4110", "GEN", -5))
    local = (Posting("1110.01", "GEN", 5, purpose="rice", scope="4001"), Posting("4110", "GEN", -5))
    entries = [
        Entry("donation", DAY, DAY, lines, "k"),
        Entry("fee", DAY, DAY, lines, "k"),
        Entry("donation", DAY + timedelta(1), DAY, lines, "k"),
        Entry("donation", DAY, DAY + timedelta(1), lines, "k"),
        Entry("donation", DAY, DAY, lines[::-1], "k"),
        Entry("donation", DAY, DAY, move(6, "GEN", debit="1110.01", credit="4110"), "k"),
        Entry("donation", DAY, DAY, move(5, "GEN", debit="1110.01", credit="4110", subject="x"), "k"),
        Entry("donation", DAY, DAY, lines, "k", subject="donation:1"),
        Entry("donation", DAY, DAY, lines, "k", reverses=UUID(int=1)),
        Entry("donation", DAY, DAY, lines, "k", reverses=UUID(int=1), reason="twice"),
        Entry("donation", DAY, DAY, wide, "k"),
        Entry("donation", DAY, DAY, local, "k"),
    ]
    assert len({entry.request_hash() for entry in entries}) == len(entries)


def test_private_details_leave_no_trace_in_the_request() -> None:
    lines = move(5, "GEN", debit="1110.01", credit="4110")
    told = Entry("donation", DAY, DAY, lines, "k", details={"name": "Somchai"})
    assert told.request_hash() == Entry("donation", DAY, DAY, lines, "k").request_hash()


def test_identifiers_are_version_7_and_sort_by_time() -> None:
    first = new_id()
    later = first
    while later.int >> 80 == first.int >> 80:
        later = new_id()
    assert (first.version, first.variant) == (7, "specified in RFC 4122")
    assert first < later


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2399, 1, 1)), st.integers(-12, 14))  # noqa: DTZ001
def test_an_instant_is_kept_on_both_databases(naive: datetime, hours: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    for dialect in (SQLITE, POSTGRESQL):
        kept = Instant().process_bind_param(moment, dialect)
        assert Instant().process_result_value(kept, dialect) == moment
    assert Instant().process_bind_param(moment, SQLITE).endswith("+00:00")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Instant().process_bind_param(datetime(2026, 1, 1), SQLITE)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("kept_as", "value"),
    [(Day(), DAY), (Uid(), uuid4()), (Flag(), True), (Flag(), False), (Instant(), datetime(2026, 1, 1, tzinfo=UTC))],
)
def test_every_value_comes_back_from_its_column(kept_as: TypeDecorator[Any], value: object) -> None:
    for dialect in (SQLITE, POSTGRESQL):
        for kept in (value, None):
            assert kept_as.process_result_value(kept_as.process_bind_param(kept, dialect), dialect) == kept


def test_a_flag_is_compared_with_a_constant() -> None:
    is_open = column("is_open", Flag()).is_(True)
    assert str(is_open.compile(dialect=POSTGRESQL)) == "is_open IS true"
    assert str(is_open.compile(dialect=SQLITE)) == "is_open IS 1"
    closed = column("is_open", Flag()) == column("is_shut", Flag())
    assert str(closed.compile(dialect=POSTGRESQL)) == "is_open = is_shut"
