"""Which months of bank accounts are closed, and what may therefore no more be done; the database refuses the same.

Knows that months close in order: up to the last day of the last closed one nothing is told, withdrawn or taken out of
the books. Refuses it by the month's name (`docs/decisions/0016-closed-account-months.md`).
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Column, MetaData, Table, Text, func, select, text
from sqlmodel import Session, col

from fund.bank.errors import MonthHeldError
from fund.bank.models import LineRow, StatementRow
from ledger.columns import BigInt, Day

SHUT: Final = Table(
    "bank_month_shut", MetaData(), Column("account", Text), Column("month", Day), Column("revision", BigInt),
    Column("ends_on", Day),
)  # fmt: skip
"""A view: the closings that nobody has undone."""


def until(session: Session, account: str) -> date | None:
    """The last day of the account's last closed month."""
    last = select(SHUT.c.ends_on).where(SHUT.c.account == account).order_by(SHUT.c.ends_on.desc()).limit(1)
    day: date | None = session.execute(last).scalar()
    return day


def revision(session: Session, account: str, month: date) -> int | None:
    """The number of the closing that is in force on this month; None while it is open."""
    number: int | None = session.execute(
        select(SHUT.c.revision).where(SHUT.c.account == account, SHUT.c.month == month)
    ).scalar()
    return number


def open_from(session: Session, account: str) -> date:
    """The first day on which the account's books may still change."""
    last = until(session, account)
    return last + timedelta(days=1) if last else date.min


def refuse_act_on_file(session: Session, statement_id: UUID) -> None:
    """Refuse to take back, or in again, a file that tells a day of a closed month. Raises MonthHeldError."""
    file = session.get_one(StatementRow, statement_id)
    _refuse(session, file.account, file.from_on)


def refuse_lines(session: Session, line_ids: Collection[UUID]) -> None:
    """Refuse to take lines of a closed month out of the books. Raises MonthHeldError."""
    first = select(col(LineRow.account), func.min(col(LineRow.occurred_on))).where(col(LineRow.id).in_(line_ids))
    for account, day in session.execute(first.group_by(col(LineRow.account))).all():
        _refuse(session, account, day)


def wait_for_writers(session: Session) -> None:
    """Let whoever writes lines or entries end first, and nobody begin until this unit of work has ended."""
    if session.get_bind().dialect.name == "postgresql":  # on SQLite the unit of work keeps other writers out
        session.execute(text("SELECT public.bank_wait_for_writers()"))


def _refuse(session: Session, account: str, day: date) -> None:
    last = until(session, account)
    if last is not None and day <= last:
        raise MonthHeldError(account=account, month=f"{day:%Y-%m}")
