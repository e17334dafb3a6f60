"""What stood on an account at the end of a day, by the bank's paper, where no file of the bank says it.

Knows the paper (kept sealed), who stated what it says, and that another reconciles the month. Refuses a day to come,
one of a closed month, and one older than the day before the books' first month.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session, col, select

from fund import audit, clock, files
from fund.audit import Actor
from fund.bank import shut
from fund.bank.errors import BalanceDayError, MonthHeldError
from fund.bank.models import StatedBalanceRow
from fund.errors import NotFoundError
from fund.people import stand_in_papers
from fund.people.errors import NobodyError
from fund.people.stand_in_papers import Paper
from ledger.columns import Day
from ledger.identifiers import new_id
from ledger.money import parse_baht


@dataclass(frozen=True, slots=True)
class Stated:
    """A balance at the end of a day, who stated it and when."""

    id: UUID
    account: str
    day: date
    balance_satang: int
    stated_by: str
    stated_at: datetime


def satang(typed: str) -> int:
    """The balance that was typed; an account may stand at nothing. Raises AmountError."""
    return 0 if typed.strip() in ("0", "0.0", "0.00", "๐") else parse_baht(typed)


def state(
    session: Session, folder: Path, account: str, day: date, balance_satang: int, paper: Paper, *, by: Actor
) -> UUID:
    """Say what the paper says stood on the account at the end of a day. Raises BalanceDayError, MonthHeldError."""
    if by.person_id is None:
        raise NobodyError()
    if not _first_day(session) <= day < clock.today():
        raise BalanceDayError()
    if day < shut.open_from(session, account):
        raise MonthHeldError(account=account, month=f"{day:%Y-%m}")
    row_id = new_id()
    row = StatedBalanceRow(
        id=row_id,
        account=account,
        day=day,
        balance_satang=balance_satang,
        sha256=hashlib.sha256(paper.content).hexdigest(),
        stated_by=by.name,
        stated_person=by.person_id,
        stated_at=clock.now(),
    )
    session.add(row)
    files.store(session, folder, paper.content, row_id)
    audit.record(session, by, "balance.stated", row_id)
    session.flush()
    return row_id


def _first_day(session: Session) -> date:
    """The last day before the first month of the books: a paper from before would begin an account that has none."""
    first = text("SELECT min(booked_on) AS day FROM ledger_entry").columns(day=Day())
    day: date = session.execute(first).scalar() or clock.today()
    return day.replace(day=1) - timedelta(days=1)


def stated(session: Session) -> dict[tuple[str, date], Stated]:
    """The papers that count, by account and day."""
    rows = session.exec(select(StatedBalanceRow).order_by(col(StatedBalanceRow.id)))
    return {
        (row.account, row.day): Stated(row.id, row.account, row.day, row.balance_satang, row.stated_by, row.stated_at)
        for row in rows
    }


def paper(session: Session, folder: Path, balance_id: UUID, *, by: Actor) -> Paper:
    """The paper of a balance, the look noted. Raises NotFoundError, FileChangedError."""
    row = session.get(StatedBalanceRow, balance_id)
    if row is None:
        raise NotFoundError()
    found = stand_in_papers.read(files.load(session, folder, row.sha256, balance_id))
    audit.viewed(session, by, "balance", balance_id)
    return found
