"""Months of bank accounts: their proof, reconciled by one person and closed by another.

Knows who did which, as sides of one chain of duties. Refuses a month whose proof does not meet, a second closing, and
the same person for both.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import sqlalchemy
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.bank import acts, completeness
from fund.bank.completeness import File, MonthProof, Told
from fund.bank.errors import MonthClosedError, MonthNotReconciledError, MonthUnprovenError
from fund.bank.models import InboxRow, LineRow, MonthClosedRow, MonthReconciledRow, StatementRow
from fund.people import duties
from fund.people.duties import Side
from fund.profile import BankAccount
from ledger import balances
from ledger.identifiers import new_id

MOST: Final = 13


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month of an account as it stands: its proof, who reconciled it last, who closed it."""

    account: BankAccount
    proof: MonthProof
    reconciled_by: str
    reconciled_at: datetime | None
    closed_by: str
    closed_at: datetime | None

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def is_running(self) -> bool:
        """Whether days of it are still to come, so that no file could tell them."""
        return completeness.last_day(self.proof.month) >= clock.today()


def chain(account: str, month: date) -> str:
    """The matter in which nobody reconciles and closes."""
    return f"account-month:{account}:{month:%Y-%m}"


def months(session: Session, accounts: Sequence[BankAccount], *, most: int = MOST) -> list[MonthView]:
    """The last months of every account that a file was taken in for, the newest first."""
    books: dict[date, dict[str, int]] = {}
    found = []
    for account in accounts:
        told = _told(session, account)
        for month in reversed(completeness.months(told.begins_on, clock.today())[-most:] if told else []):
            if month not in books:
                books[month] = _books(session, month)
            assert told is not None
            proof = completeness.prove(told, month, books[month].get(account.account, 0))
            found.append(_view(session, account, proof))
    return found


def reconcile(session: Session, account: BankAccount, month: date, *, by: Actor) -> None:
    """Say that this month of the account meets. Raises MonthUnprovenError, MonthClosedError, OtherSideError."""
    proof = _require_meeting(session, account, month)
    duties.take_part(session, chain(account.account, month), Side.RECONCILE, by=by)
    assert by.person_id is not None and proof.closing_satang is not None
    row = MonthReconciledRow(
        id=new_id(),
        account=account.account,
        month=month,
        closing_satang=proof.closing_satang,
        reconciled_by=by.name,
        reconciled_person=by.person_id,
        reconciled_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "month.reconciled", chain(account.account, month))
    session.flush()


def close(session: Session, account: BankAccount, month: date, *, by: Actor) -> None:
    """Close a month of an account that somebody else has reconciled, and that still meets.

    Raises MonthUnprovenError, MonthClosedError, MonthNotReconciledError, OtherSideError.
    """
    proof = _require_meeting(session, account, month)
    last = _last_reconciled(session, account.account, month)
    if last is None or last.closing_satang != proof.closing_satang:
        raise MonthNotReconciledError()
    duties.take_part(session, chain(account.account, month), Side.APPROVE, by=by)
    assert by.person_id is not None
    row = MonthClosedRow(
        account=account.account,
        month=month,
        reconciliation_id=last.id,
        reconciled_person=last.reconciled_person,
        closed_by=by.name,
        closed_person=by.person_id,
        closed_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "month.closed", chain(account.account, month))
    session.flush()


def proof_of(session: Session, account: BankAccount, month: date) -> MonthProof | None:
    """The proof of one month; None before any file of the account."""
    told = _told(session, account)
    if told is None or month not in completeness.months(told.begins_on, clock.today()):
        return None
    return completeness.prove(told, month, _books(session, month).get(account.account, 0))


def _require_meeting(session: Session, account: BankAccount, month: date) -> MonthProof:
    if session.get(MonthClosedRow, (account.account, month)) is not None:
        raise MonthClosedError()
    proof = proof_of(session, account, month)
    if proof is None or not proof.meets:
        raise MonthUnprovenError()
    return proof


def _view(session: Session, account: BankAccount, proof: MonthProof) -> MonthView:
    last = _last_reconciled(session, account.account, proof.month)
    closed = session.get(MonthClosedRow, (account.account, proof.month))
    return MonthView(
        account=account,
        proof=proof,
        reconciled_by=last.reconciled_by if last else "",
        reconciled_at=last.reconciled_at if last else None,
        closed_by=closed.closed_by if closed else "",
        closed_at=closed.closed_at if closed else None,
    )


def _last_reconciled(session: Session, account: str, month: date) -> MonthReconciledRow | None:
    of = select(MonthReconciledRow).where(MonthReconciledRow.account == account, MonthReconciledRow.month == month)
    return session.exec(of.order_by(col(MonthReconciledRow.id).desc()).limit(1)).first()


def _told(session: Session, account: BankAccount) -> Told | None:
    files = _files(session, account.account)
    if not files:
        return None
    first = min(file.from_on for file in files)
    satang, counts, unbooked = _days(session, account.account)
    return Told(account.account, min(account.opened_on or first, first), files, satang, counts, unbooked)


def _files(session: Session, account: str) -> list[File]:
    standing = select(StatementRow).where(StatementRow.account == account, col(StatementRow.id).not_in(acts.undone()))
    return [File(row.from_on, row.to_on, row.opening_satang, row.closing_satang) for row in session.exec(standing)]


def _days(session: Session, account: str) -> tuple[dict[date, int], dict[date, int], dict[date, int]]:
    """What the lines of each day make, how many they are, and how many of them no book has."""
    is_unbooked = sqlalchemy.case((col(InboxRow.is_booked).is_(False), 1), else_=0)
    count = sqlalchemy.func.count
    rows = session.execute(
        sqlalchemy.select(
            col(LineRow.occurred_on), sqlalchemy.func.sum(col(LineRow.amount_satang)), count(),
            sqlalchemy.func.sum(is_unbooked),
        )
        .outerjoin(InboxRow, col(InboxRow.line_id) == col(LineRow.id))
        .where(col(LineRow.account) == account, sqlalchemy.func.coalesce(col(InboxRow.state), "") != acts.WITHDRAWN)
        .group_by(col(LineRow.occurred_on))
    )  # fmt: skip
    found = [(day, int(satang), int(many), int(open_)) for day, satang, many, open_ in rows]
    return {one[0]: one[1] for one in found}, {one[0]: one[2] for one in found}, {one[0]: one[3] for one in found}


def _books(session: Session, month: date) -> dict[str, int]:
    """What our books have on each account at the end of a month."""
    books: dict[str, int] = defaultdict(int)
    for balance in balances.trial_balance(session, on=completeness.last_day(month)):
        books[balance.account] += balance.amount_satang
    return books
