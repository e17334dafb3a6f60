"""Months of the books: closed, and opened again by two people; each act is a row that stays.

Knows which later entries speak of a month (`docs/decisions/0007-dates-and-corrections.md`). A month without an act is
open. Closing waits for writers in flight, so that nothing lands in a closed month.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from ledger.balances import by_index
from ledger.errors import AlreadyClosedError, AlreadyOpenError, PeriodTurnError, TwoPeopleError
from ledger.models import EntryRow, PeriodRow


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
    """Close the month of `day`: nothing more is booked in it. Raises AlreadyClosedError."""
    return _turn(session, day, closed=True, reason="", by=by, approved_by="")


def open_month(session: Session, day: date, *, reason: str, approved_by: str, by: str) -> Period:
    """Open a closed month again. Raises TwoPeopleError or AlreadyOpenError."""
    if not reason.strip() or approved_by in ("", by):
        raise TwoPeopleError()
    return _turn(session, day, closed=False, reason=reason.strip(), by=by, approved_by=approved_by)


def is_closed(session: Session, day: date) -> bool:
    """Whether the month of `day` is closed."""
    last = _last_act(session, day)
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


def _turn(session: Session, day: date, *, closed: bool, reason: str, by: str, approved_by: str) -> Period:
    last = _last_act(session, day)
    if closed == (last is not None and last.is_closed):
        raise _already(day, closed)
    row = PeriodRow(
        starts_on=day.replace(day=1),
        revision=last.revision + 1 if last else 1,
        ends_on=_last_day(day),
        is_closed=closed,
        reason=reason,
        recorded_by=by,
        approved_by=approved_by,
        recorded_at=datetime.now(UTC),
    )
    session.add(row)
    try:
        session.flush()
    except DBAPIError as refusal:  # another session turned the same month while we waited for it
        raise _already(day, closed) from refusal
    return _period(row)


def _already(day: date, closed: bool) -> PeriodTurnError:
    return (AlreadyClosedError if closed else AlreadyOpenError)(month=f"{day:%Y-%m}")


def _last_act(session: Session, day: date) -> PeriodRow | None:
    acts = select(PeriodRow).where(col(PeriodRow.starts_on) == day.replace(day=1))
    return session.exec(acts.order_by(col(PeriodRow.revision).desc()).limit(1)).first()


def _last_day(day: date) -> date:
    next_month = day.replace(day=28) + timedelta(days=4)
    return next_month.replace(day=1) - timedelta(days=1)


def _period(row: PeriodRow) -> Period:
    return Period(**row.model_dump(exclude={"revision"}))
