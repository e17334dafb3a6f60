"""Months of the books: closed one after another, opened again by two people, the last first; acts are rows that stay.

Knows which later entries speak of a month (`docs/decisions/0007-dates-and-corrections.md`). The books begin with the
first month that was ever closed. Closing waits for writers in flight, so that nothing lands in a closed month.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import column, table
from sqlalchemy import select as select_from
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from ledger.balances import by_index
from ledger.columns import Day
from ledger.errors import (
    AlreadyClosedError,
    AlreadyOpenError,
    BooksBeginLaterError,
    EarlierMonthOpenError,
    LaterMonthClosedError,
    TwoPeopleError,
)
from ledger.models import EntryRow, PeriodRow

_OPEN_FROM: Final = table("ledger_open_from", column("day", Day()))
_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtext('ledger_period'))"


@dataclass(frozen=True, slots=True)
class Period:
    """One month as it stands after its last act."""

    starts_on: date
    ends_on: date
    is_closed: bool
    reason: str
    recorded_by: str
    approved_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry booked after a month that says something about it: what came late, or the undoing of what was wrong."""

    entry_id: UUID
    kind: str
    occurred_on: date
    booked_on: date
    reverses: UUID | None
    reason: str


def close_month(session: Session, day: date, *, by: str) -> Period:
    """Close the month of `day`, the first open one: nothing more is booked in it, nor before it.

    The first month that is ever closed begins the books. Raises AlreadyClosedError, EarlierMonthOpenError or
    BooksBeginLaterError.
    """
    _one_at_a_time(session)
    starts_on, first_open = day.replace(day=1), open_from(session)
    if is_closed(session, day):
        raise AlreadyClosedError(month=f"{day:%Y-%m}")
    if starts_on < first_open:
        raise BooksBeginLaterError(month=f"{first_open:%Y-%m}")
    earlier = _first_booked_on(session, starts_on) if first_open == date.min else first_open
    if earlier < starts_on:
        raise EarlierMonthOpenError(month=f"{earlier:%Y-%m}")
    return _turn(session, starts_on, closed=True, reason="", by=by, approved_by="")


def open_month(session: Session, day: date, *, reason: str, approved_by: str, by: str) -> Period:
    """Open the last closed month again. Raises TwoPeopleError, AlreadyOpenError or LaterMonthClosedError."""
    if not reason.strip() or approved_by in ("", by):
        raise TwoPeopleError()
    _one_at_a_time(session)
    if not is_closed(session, day):
        raise AlreadyOpenError(month=f"{day:%Y-%m}")
    last_closed = (open_from(session) - timedelta(days=1)).replace(day=1)
    if day < last_closed:
        raise LaterMonthClosedError(month=f"{last_closed:%Y-%m}")
    return _turn(session, day.replace(day=1), closed=False, reason=reason.strip(), by=by, approved_by=approved_by)


def open_from(session: Session) -> date:
    """The first day that may still be booked on; `date.min` while no month was ever closed."""
    day: date | None = session.connection().execute(select_from(_OPEN_FROM.c.day)).scalar()
    return day or date.min


def is_closed(session: Session, day: date) -> bool:
    """Whether the month of `day` is closed."""
    last = _last_act(session, day.replace(day=1))
    return last is not None and last.is_closed


def periods(session: Session) -> list[Period]:
    """Every act on every month, oldest month first: closed, opened again, closed again."""
    acts = select(PeriodRow).order_by(col(PeriodRow.starts_on), col(PeriodRow.revision))
    return [_period(row) for row in session.exec(acts)]


def corrections(session: Session, day: date) -> list[Correction]:
    """Every entry booked after the month of `day` that corrects it, in the order of booking.

    It happened in that month, or it undoes an entry that was booked in it.
    """
    first, last = day.replace(day=1), _last_day(day)
    is_after, wrong = col(EntryRow.booked_on) > last, aliased(EntryRow)
    late = select(EntryRow).where(
        col(EntryRow.occurred_on).between(first, last), col(EntryRow.occurred_on) < col(EntryRow.booked_on), is_after
    )
    # The reversed entry is looked up from its reversal: a join would start from all entries of the month.
    undone_on = select(col(wrong.booked_on)).where(col(wrong.id) == col(EntryRow.reverses)).scalar_subquery()
    reversals = select(EntryRow, undone_on).where(col(EntryRow.reverses).is_not(None), is_after)
    with by_index(session):
        rows = {row.id: row for row in session.exec(late)}
        rows |= {row.id: row for row, undone in session.exec(reversals) if first <= undone <= last}
    in_order = sorted(rows.values(), key=lambda row: (row.booked_on, row.stamp, row.id))
    return [Correction(row.id, row.kind, row.occurred_on, row.booked_on, row.reverses, row.reason) for row in in_order]


def _one_at_a_time(session: Session) -> None:
    if session.connection().dialect.name == "postgresql":  # on SQLite the unit of work keeps other writers out
        session.connection().exec_driver_sql(_ONE_AT_A_TIME)


def _first_booked_on(session: Session, before: date) -> date:
    """The first booked day before another, else that one; asked once in the life of a book."""
    return session.exec(select(func.min(EntryRow.booked_on)).where(col(EntryRow.booked_on) < before)).one() or before


def _turn(session: Session, starts_on: date, *, closed: bool, reason: str, by: str, approved_by: str) -> Period:
    last = _last_act(session, starts_on)
    row = PeriodRow(
        starts_on=starts_on,
        revision=last.revision + 1 if last else 1,
        ends_on=_last_day(starts_on),
        is_closed=closed,
        reason=reason,
        recorded_by=by,
        approved_by=approved_by,
        recorded_at=_now(session),
    )
    session.add(row)
    session.flush()
    return _period(row)


def _now(session: Session) -> datetime:
    """This moment, but after the last act, also where the clock was put back: acts stand in the order of time."""
    last = session.exec(select(PeriodRow).order_by(col(PeriodRow.recorded_at).desc()).limit(1)).first()
    now = datetime.now(UTC)
    return max(now, last.recorded_at + timedelta(microseconds=1)) if last else now


def _last_act(session: Session, starts_on: date) -> PeriodRow | None:
    acts = select(PeriodRow).where(col(PeriodRow.starts_on) == starts_on)
    return session.exec(acts.order_by(col(PeriodRow.revision).desc()).limit(1)).first()


def _last_day(day: date) -> date:
    next_month = day.replace(day=28) + timedelta(days=4)
    return next_month.replace(day=1) - timedelta(days=1)


def _period(row: PeriodRow) -> Period:
    return Period(**row.model_dump(exclude={"revision"}))
