"""A closed month is opened again: one asks with a reason, another confirms; of an account, or of the books.

Knows the order: the last closed month first, an account's only while the books of the month are open. Refuses what the
year's close has counted, and the same person for both. Every asking, withdrawing and opening stays.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.bank import saying, shut
from fund.bank.errors import (
    BooksClosedError,
    LaterMonthClosedError,
    MonthNotClosedError,
    NotYourWishError,
    WishWithdrawnError,
    YearClosedError,
)
from fund.bank.models import MonthAskedRow, MonthOpenedRow, MonthWithdrawnRow
from fund.errors import NotFoundError
from fund.people import duties, turns
from fund.people.duties import Side
from ledger import periods
from ledger.identifiers import new_id

BOOKS: Final = ""
"""Stands for the account where the books' own month is meant."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish to have a month opened again; `confirmed_by` is empty while it waits."""

    id: UUID
    account: str
    month: date
    reason: str
    asked_by: str
    asked_person: UUID
    asked_at: datetime
    confirmed_by: str
    confirmed_at: datetime | None
    withdrawn_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it waits for another person."""
        return self.confirmed_at is None and self.withdrawn_at is None


def asked(session: Session) -> list[Asked]:
    """Every wish there ever was, the newest first."""
    rows = session.execute(
        sqlalchemy.select(MonthAskedRow, MonthOpenedRow, MonthWithdrawnRow)
        .join(MonthOpenedRow, col(MonthOpenedRow.asked_id) == col(MonthAskedRow.id), isouter=True)
        .join(MonthWithdrawnRow, col(MonthWithdrawnRow.asked_id) == col(MonthAskedRow.id), isouter=True)
        .order_by(col(MonthAskedRow.id).desc())
        .limit(100)
    ).all()
    return [
        Asked(row.id, row.account, row.month, row.reason, row.asked_by, row.asked_person, row.asked_at,
              opened.confirmed_by if opened else "", opened.confirmed_at if opened else None,
              withdrawn.withdrawn_at if withdrawn else None)
        for row, opened, withdrawn in rows
    ]  # fmt: skip


def ask(session: Session, account: str, month: date, *, reason: str, by: Actor) -> UUID:
    """Ask to have a closed month opened again. Raises what `confirm` does, MonthNotClosedError, ReasonMissingError."""
    words, number = saying.words(reason), _closing(session, account, month)
    _require_turn(session, account, month)
    turns.wait_for(session, f"opening {account} {month}")
    before = select(MonthAskedRow.id).where(
        MonthAskedRow.account == account,
        MonthAskedRow.month == month,
        MonthAskedRow.revision == number,
        ~_withdrawn(),
    )
    if session.exec(before).first() is not None:
        raise MonthNotClosedError()
    row_id = new_id()
    duties.take_part(session, _chain(row_id), Side.REQUEST, by=by)
    assert by.person_id is not None
    row = MonthAskedRow(
        id=row_id,
        account=account,
        month=month,
        revision=number,
        reason=words,
        asked_by=by.name,
        asked_person=by.person_id,
        asked_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "month.opening_asked", row_id)
    session.flush()
    return row_id


def confirm(session: Session, asked_id: UUID, *, by: Actor) -> None:
    """Open the month again, as another than who asked.

    Raises NotFoundError, WishWithdrawnError, MonthNotClosedError, LaterMonthClosedError, BooksClosedError,
    YearClosedError, OtherSideError.
    """
    shut.wait_for_writers(session)  # nobody closes the next month, or the books', meanwhile
    row = _standing(session, asked_id)
    if _closing(session, row.account, row.month) != row.revision:
        raise MonthNotClosedError()
    _require_turn(session, row.account, row.month)
    duties.take_part(session, _chain(asked_id), Side.APPROVE, by=by)
    assert by.person_id is not None
    opened = MonthOpenedRow(
        asked_id=asked_id,
        account=row.account,
        month=row.month,
        revision=row.revision,
        asked_person=row.asked_person,
        confirmed_by=by.name,
        confirmed_person=by.person_id,
        confirmed_at=clock.now(),
    )
    session.add(opened)
    session.flush()
    if row.account == BOOKS:
        periods.open_month(session, row.month, reason=row.reason, approved_by=by.name, by=row.asked_by)
    audit.record(session, by, "month.opened", asked_id)
    session.flush()


def withdraw(session: Session, asked_id: UUID, *, by: Actor) -> None:
    """Ask no more, as who asked: the month stays closed, and may be asked for anew.

    Raises NotFoundError, WishWithdrawnError, MonthNotClosedError, NotYourWishError.
    """
    row = _standing(session, asked_id)
    if row.asked_person != by.person_id:
        raise NotYourWishError()
    if session.get(MonthOpenedRow, asked_id) is not None:
        raise MonthNotClosedError()
    session.add(
        MonthWithdrawnRow(
            asked_id=asked_id, withdrawn_by=by.name, withdrawn_person=row.asked_person, withdrawn_at=clock.now()
        )
    )
    audit.record(session, by, "month.opening_withdrawn", asked_id)
    session.flush()


def _standing(session: Session, asked_id: UUID) -> MonthAskedRow:
    """A wish that was not withdrawn; nobody withdraws or confirms it meanwhile."""
    turns.wait_for(session, f"wish {asked_id}")
    row = session.get(MonthAskedRow, asked_id)
    if row is None:
        raise NotFoundError()
    if session.get(MonthWithdrawnRow, asked_id) is not None:
        raise WishWithdrawnError()
    return row


def _withdrawn() -> Any:
    """A part of a question: that a wish was withdrawn."""
    return select(MonthWithdrawnRow.asked_id).where(col(MonthWithdrawnRow.asked_id) == col(MonthAskedRow.id)).exists()


def _chain(asked_id: UUID) -> str:
    return f"month-opening:{asked_id}"


def _closing(session: Session, account: str, month: date) -> int:
    """The number of the closing that is in force on a month. Raises MonthNotClosedError."""
    number = shut.revision(session, account, month)
    if account == BOOKS and periods.is_closed(session, month):
        number = sum(1 for one in periods.periods(session) if one.starts_on == month)
    if number is None:
        raise MonthNotClosedError()
    return number


def _require_turn(session: Session, account: str, month: date) -> None:
    open_from = periods.open_from(session)
    last = open_from - _DAY if account == BOOKS else shut.until(session, account)
    if last is not None and (last.year, last.month) != (month.year, month.month):
        raise LaterMonthClosedError(month=f"{last:%Y-%m}")
    if account != BOOKS and month < open_from:
        raise BooksClosedError()
    if _is_year_closed(session, month):
        raise YearClosedError()


def _is_year_closed(session: Session, month: date) -> bool:
    """Whether an entry that closes a year, and stands, has counted this month."""
    question = (
        "SELECT 1 FROM ledger_entry e WHERE e.kind = 'closing' AND e.reverses IS NULL AND e.booked_on >= :month"
        " AND NOT EXISTS (SELECT 1 FROM ledger_entry r WHERE r.reverses = e.id)"
    )
    typed = sqlalchemy.text(question).bindparams(sqlalchemy.bindparam("month", month, type_=shut.SHUT.c.month.type))
    return session.execute(typed).first() is not None
