"""Closed months refuse; they open again by a new act of two people."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import balances, book, periods
from ledger.errors import AlreadyClosedError, AlreadyOpenError, NotAMirrorError, PeriodClosedError, TwoPeopleError
from ledger.journal import Entry
from tests.ledger.builders import BANK, DAY, a_fee, a_gift, posted
from tests.ledger.plans import read_rows
from tests.ledger.raw import run

OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 1)
_ACT = (
    "INSERT INTO ledger_period (starts_on, ends_on, revision, is_closed, reason, recorded_by, approved_by, recorded_at)"
)


def close(database: Database, day: date) -> None:
    with database.write() as session:
        periods.close_month(session, day, by="treasurer")


def test_nothing_is_booked_in_a_closed_month(books: Database) -> None:
    gift = posted(books, a_gift(on=OCTOBER))[0]
    close(books, OCTOBER)
    with pytest.raises(PeriodClosedError) as refusal:
        posted(books, a_gift(on=NOVEMBER), a_gift(on=OCTOBER))
    assert refusal.value.facts == {"booked_on": "2026-10-31"}
    posted(books, a_gift(on=NOVEMBER))
    with pytest.raises(PeriodClosedError), books.write() as session:
        book.reverse(session, gift.entry_id, reason="wrong", booked_on=OCTOBER, by="treasurer")
    with books.write() as session:
        book.reverse(session, gift.entry_id, reason="wrong", booked_on=NOVEMBER, by="treasurer")


def test_a_reversal_is_not_booked_before_its_entry(books: Database) -> None:
    gift = posted(books, a_gift(on=NOVEMBER))[0]
    with pytest.raises(NotAMirrorError), books.write() as session:
        book.reverse(session, gift.entry_id, reason="wrong", booked_on=OCTOBER, by="treasurer")


def test_a_month_is_closed_once_and_opened_by_two_people(books: Database) -> None:
    close(books, OCTOBER)
    with pytest.raises(AlreadyClosedError, match="2026-10"):
        close(books, OCTOBER)
    with books.write() as session:
        for reason, approver in (("late gift", "treasurer"), ("late gift", ""), (" ", "chair")):
            with pytest.raises(TwoPeopleError):
                periods.open_month(session, OCTOBER, reason=reason, approved_by=approver, by="treasurer")
        periods.open_month(session, OCTOBER, reason="late gift", approved_by="chair", by="treasurer")
        assert not periods.is_closed(session, OCTOBER)
        with pytest.raises(AlreadyOpenError, match="2026-10"):
            periods.open_month(session, OCTOBER, reason="late gift", approved_by="chair", by="treasurer")
    posted(books, a_gift(on=OCTOBER))
    close(books, OCTOBER)
    with books.read() as session:
        assert [act.is_closed for act in periods.periods(session)] == [True, False, True]
        assert periods.is_closed(session, OCTOBER)
        assert not periods.is_closed(session, NOVEMBER)


def test_a_month_ends_on_its_last_day(books: Database) -> None:
    with books.write() as session:
        for month, last in {1: 31, 2: 29, 6: 30, 12: 31}.items():
            assert periods.close_month(session, date(2028, month, 15), by="treasurer").ends_on.day == last


def test_acts_on_a_month_are_not_forged(books: Database) -> None:
    close(books, OCTOBER)
    no, yes = ("0", "1") if books.is_sqlite else ("false", "true")
    at = "'2026-11-01T00:00:00.000000+00:00'"
    for act in (
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 2, {no}, 'r', 'a', 'a', {at})",  # one person
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 2, {no}, '', 'a', 'b', {at})",  # no reason
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 2, {yes}, '', 'a', '', {at})",  # closed twice
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 3, {yes}, '', 'a', '', {at})",  # an act left out
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 1, {yes}, '', 'a', '', {at})",  # again
        f"{_ACT} VALUES ('2026-12-02', '2026-12-31', 1, {yes}, '', 'a', '', {at})",  # not a whole month
        f"{_ACT} VALUES ('2026-12-01', '2027-01-31', 1, {yes}, '', 'a', '', {at})",  # two months
        "UPDATE ledger_period SET ends_on = '2026-10-30'",
        f"UPDATE ledger_period SET is_closed = {no}",
        "DELETE FROM ledger_period",
    ):
        with pytest.raises(DBAPIError):
            run(books, act)
    with books.read() as session:
        assert len(periods.periods(session)) == 1
        assert periods.is_closed(session, DAY.replace(month=10))


def undone(database: Database, entry_id: UUID, on: date) -> UUID:
    with database.write() as session:
        return book.reverse(session, entry_id, reason="wrong", booked_on=on, by="treasurer").entry_id


def a_late_gift(occurred_on: date, booked_on: date) -> Entry:
    return replace(a_gift(on=booked_on), occurred_on=occurred_on)


def test_what_is_booked_later_names_the_month_it_corrects(books: Database) -> None:
    september, december = date(2026, 9, 30), date(2026, 12, 3)
    wrong, late, fine = posted(books, a_gift(on=OCTOBER), a_late_gift(september, OCTOBER), a_gift(on=NOVEMBER))
    close(books, OCTOBER)
    undoing = undone(books, wrong.entry_id, NOVEMBER)
    again = posted(books, a_late_gift(date(2026, 10, 2), december))[0].entry_id
    undoing_late = undone(books, late.entry_id, december)
    undone(books, fine.entry_id, NOVEMBER)
    with books.read() as session:
        found = [one.entry_id for one in periods.corrections(session, date(2026, 10, 15))]
        assert found == [undoing, again, undoing_late]
        assert [one.entry_id for one in periods.corrections(session, september)] == [late.entry_id, undoing_late]
        assert periods.corrections(session, NOVEMBER) == []
        first = periods.corrections(session, OCTOBER)[0]
        assert (first.kind, first.reverses, first.reason) == ("donation", wrong.entry_id, "wrong")


def test_a_correction_leaves_the_closed_month_as_it_was_reported(books: Database) -> None:
    gift = posted(books, a_gift(700, on=OCTOBER))[0].entry_id
    close(books, OCTOBER)
    undone(books, gift, NOVEMBER)
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN", on=OCTOBER) == 700
        assert balances.balance(session, BANK, "GEN", on=NOVEMBER) == 0
        in_october = balances.movements(session, since=OCTOBER.replace(day=1), until=OCTOBER)
        assert [one.amount_satang for one in in_october] == [-700]


def test_finding_corrections_reads_only_them(books: Database) -> None:
    gifts = posted(books, *(a_gift(on=OCTOBER) for _ in range(400)), *(a_gift(on=NOVEMBER) for _ in range(400)))
    undone(books, gifts[3].entry_id, NOVEMBER)
    assert 0 <= read_rows(books, lambda session: periods.corrections(session, OCTOBER)) < 20


def test_a_month_opened_again_takes_entries_until_it_is_closed_anew(books: Database) -> None:
    close(books, OCTOBER)
    with books.write() as session:
        periods.open_month(session, OCTOBER, reason="the bank's file came late", approved_by="chair", by="treasurer")
    posted(books, a_gift(5, on=OCTOBER), a_fee(2, on=OCTOBER))
    close(books, OCTOBER)
    with pytest.raises(PeriodClosedError):
        posted(books, a_gift(5, on=OCTOBER))
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN", on=OCTOBER) == 3
        acts = [(act.is_closed, act.recorded_by, act.approved_by) for act in periods.periods(session)]
    assert acts == [(True, "treasurer", ""), (False, "treasurer", "chair"), (True, "treasurer", "")]


def test_a_refused_turn_of_a_month_leaves_no_act(books: Database) -> None:
    close(books, OCTOBER)
    for _ in range(2):
        with pytest.raises(AlreadyClosedError), books.write() as session:
            periods.close_month(session, OCTOBER, by="chair")
    with pytest.raises(AlreadyOpenError), books.write() as session:
        periods.open_month(session, NOVEMBER, reason="late", approved_by="chair", by="treasurer")
    with books.read() as session:
        assert [act.recorded_by for act in periods.periods(session)] == ["treasurer"]
