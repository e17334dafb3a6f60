"""Closed months refuse; they open again by a new act of two people."""

from calendar import monthrange
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import count
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import balances, book, periods
from ledger.errors import (
    AlreadyClosedError,
    AlreadyOpenError,
    BooksBeginLaterError,
    EarlierMonthOpenError,
    LaterMonthClosedError,
    NotAMirrorError,
    PeriodClosedError,
    TwoPeopleError,
)
from ledger.identifiers import new_id
from ledger.journal import Entry
from tests.ledger.builders import BANK, DAY, GIFTS, a_fee, a_gift, posted
from tests.ledger.plans import read_rows
from tests.ledger.raw import put_entry, put_lines, raw, run
from tests.ledger.test_races import wait_until_it_waits

AUGUST, SEPTEMBER, OCTOBER = date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 31)
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
_seconds = count()
_ACT = (
    "INSERT INTO ledger_period (starts_on, ends_on, revision, is_closed, reason, recorded_by, approved_by, recorded_at)"
)


def close(database: Database, *days: date) -> None:
    for day in days:
        with database.write() as session:
            periods.close_month(session, day, by="treasurer")


def open_again(database: Database, day: date) -> None:
    with database.write() as session:
        periods.open_month(session, day, reason="late", approved_by="chair", by="treasurer")


def an_act(database: Database, day: date, revision: int) -> str:
    """Plain SQL that turns a month past the door: closes it with an odd revision, opens it with an even one."""
    is_closed, flag = revision % 2, ("1", "0") if database.is_sqlite else ("true", "false")
    last = monthrange(day.year, day.month)[1]
    words = f"{flag[0]}, '', 'a', ''" if is_closed else f"{flag[1]}, 'r', 'a', 'b'"
    at = f"2999-01-01T00:00:{next(_seconds):02}.000000+00:00"
    return f"{_ACT} VALUES ('{day:%Y-%m}-01', '{day:%Y-%m}-{last}', {revision}, {words}, '{at}')"


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
        closed = [periods.close_month(session, date(2028, month, 15), by="treasurer") for month in range(1, 13)]
    assert [one.ends_on.day for one in closed] == [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


def test_acts_on_a_month_are_not_forged(books: Database) -> None:
    close(books, OCTOBER)
    no, yes = ("0", "1") if books.is_sqlite else ("false", "true")
    at = "'2999-11-01T00:00:00.000000+00:00'"
    for act in (
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 2, {no}, 'r', 'a', 'a', {at})",  # one person
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 2, {no}, '', 'a', 'b', {at})",  # no reason
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 2, {yes}, '', 'a', '', {at})",  # closed twice
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 3, {yes}, '', 'a', '', {at})",  # an act left out
        f"{_ACT} VALUES ('2026-10-01', '2026-10-31', 1, {yes}, '', 'a', '', {at})",  # again
        f"{_ACT} VALUES ('2026-11-01', '2026-11-30', 1, {yes}, '', 'a', '', '2026-10-01T00:00:00.000000+00:00')",  # old
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


def test_months_close_one_after_another_and_open_again_the_last_first(books: Database) -> None:
    posted(books, a_gift(on=SEPTEMBER), a_gift(on=NOVEMBER))
    for day in (OCTOBER, NOVEMBER, DECEMBER):
        with pytest.raises(EarlierMonthOpenError, match="2026-09"):
            close(books, day)
    close(books, SEPTEMBER)
    with pytest.raises(EarlierMonthOpenError, match="2026-10"):
        close(books, NOVEMBER)
    close(books, OCTOBER, NOVEMBER)
    with pytest.raises(LaterMonthClosedError, match="2026-11"):
        open_again(books, SEPTEMBER)
    open_again(books, NOVEMBER)
    open_again(books, OCTOBER)
    with pytest.raises(EarlierMonthOpenError, match="2026-10"):
        close(books, NOVEMBER)
    posted(books, a_gift(on=OCTOBER))
    close(books, OCTOBER, NOVEMBER, DECEMBER)


def test_the_first_month_that_is_closed_begins_the_books(books: Database) -> None:
    close(books, OCTOBER)
    for _ in range(2):
        with pytest.raises(PeriodClosedError) as refusal:
            posted(books, a_gift(on=NOVEMBER), a_gift(on=SEPTEMBER))
        assert refusal.value.facts == {"booked_on": "2026-09-01"}
        with pytest.raises(BooksBeginLaterError):
            close(books, AUGUST)
        if periods_closed(books):
            open_again(books, OCTOBER)  # even then nothing stands before it
    posted(books, a_gift(on=OCTOBER))
    with books.read() as session:
        assert periods.open_from(session) == OCTOBER.replace(day=1)


def periods_closed(database: Database) -> bool:
    with database.read() as session:
        return periods.is_closed(session, OCTOBER)


def test_the_database_itself_keeps_months_in_order(books: Database) -> None:
    posted(books, a_gift(on=SEPTEMBER))
    for day in (OCTOBER, NOVEMBER):  # an open month with an entry stands before it
        refused(books, an_act(books, day, 1))
    close(books, SEPTEMBER, OCTOBER)
    refused(books, an_act(books, DECEMBER, 1))  # November is still open
    refused(books, an_act(books, AUGUST, 1))  # the books begin later
    refused(books, an_act(books, SEPTEMBER, 2))  # October is still closed
    run(books, an_act(books, OCTOBER, 2))
    refused(books, an_act(books, NOVEMBER, 1))  # October is open again
    run(books, an_act(books, OCTOBER, 3))
    run(books, an_act(books, NOVEMBER, 1))


def refused(database: Database, act: str) -> None:
    with pytest.raises(DBAPIError, match="period-turn"):
        run(database, act)


def test_plain_sql_books_nothing_in_or_before_a_closed_month(books: Database) -> None:
    close(books, OCTOBER)
    for day in (AUGUST, SEPTEMBER, OCTOBER):
        with pytest.raises(DBAPIError, match=r"period-closed|ledger:refused"), raw(books) as connection:
            entry_id = new_id()
            put_lines(connection, entry_id, [(BANK, "GEN", 5), (GIFTS, "GEN", -5)], booked_on=day)
            put_entry(connection, entry_id, 2, booked_on=day, occurred_on=day)
    with books.read() as session:
        assert balances.trial_balance(session) == []


def test_two_months_that_are_turned_at_once_stay_in_order(books: Database) -> None:
    """One session closes October, the other opens September: whoever comes second is refused, whichever it is."""
    close(books, SEPTEMBER)
    with ThreadPoolExecutor(1) as pool:
        with books.write() as session:
            periods.close_month(session, OCTOBER, by="treasurer")
            second = pool.submit(open_again, books, SEPTEMBER)
            wait_until_it_waits(books)
        with pytest.raises(LaterMonthClosedError):
            second.result(timeout=10)


def test_two_turns_at_once_in_plain_sql_stay_in_order(books: Database) -> None:
    close(books, SEPTEMBER)
    with ThreadPoolExecutor(1) as pool:
        with raw(books) as connection:
            connection.execute(text(an_act(books, OCTOBER, 1)))
            second = pool.submit(refused, books, an_act(books, SEPTEMBER, 2))
            wait_until_it_waits(books)
        second.result(timeout=10)


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
