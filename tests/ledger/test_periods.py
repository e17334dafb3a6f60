"""Closed months refuse; they open again by a new act of two people."""

from datetime import date

import pytest
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import book, periods
from ledger.errors import AlreadyClosedError, AlreadyOpenError, NotAMirrorError, PeriodClosedError, TwoPeopleError
from tests.ledger.builders import DAY, a_gift, posted
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
