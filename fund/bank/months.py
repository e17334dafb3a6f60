"""Months of bank accounts: reconciled by one person and closed by another, one month after the other.

Knows who did which, as sides of one chain of duties. Refuses a month whose proof does not meet or that is not over, a
second closing, and the same person for both. A closed month stays as it was closed: see `shut`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import sqlalchemy
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.bank import completeness, month_proofs, shut
from fund.bank.completeness import MonthProof
from fund.bank.errors import (
    EarlierMonthOpenError,
    MonthClosedError,
    MonthNotReconciledError,
    MonthRunningError,
    MonthUnprovenError,
    StatedByThemError,
)
from fund.bank.models import MonthClosingRow, MonthOpenedRow, MonthReconciledRow, StatedBalanceRow
from fund.bank.month_proofs import Proofs
from fund.bank.shut import SHUT
from fund.people import duties
from fund.people.duties import Side
from fund.profile import BankAccount
from ledger.identifiers import new_id

MOST: Final = 13
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MonthView:
    """A month of an account as it stands: its proof, who reconciled it last, who closed it last if it is closed."""

    account: BankAccount
    proof: MonthProof
    reconciled_by: str
    reconciled_at: datetime | None
    closed_by: str
    closed_at: datetime | None
    is_last_closed: bool  # the one that may be opened again

    @property
    def is_closed(self) -> bool:
        return self.closed_at is not None

    @property
    def is_running(self) -> bool:
        """Whether days of it are still to come, so that no file could tell them."""
        return is_running(self.proof.month)


def is_running(month: date) -> bool:
    """Whether the last day of a month is still to end."""
    return completeness.last_day(month) >= clock.today()


def chain(account: str, month: date) -> str:
    """The matter in which nobody reconciles and closes."""
    return f"account-month:{account}:{month:%Y-%m}"


def months(session: Session, accounts: Sequence[BankAccount], *, most: int = MOST) -> list[MonthView]:
    """The last months of every account that a file was taken in for, the newest first."""
    proofs, found = Proofs(session), []
    for account in accounts:
        last_closed = shut.until(session, account.account)
        first = month_proofs.first_month(session, account)
        shown = completeness.months(first, clock.today())[-most:] if first else []
        for proof in reversed(proofs.of(account, shown)):
            found.append(_view(session, account, proof, last_closed))
    return found


def reconcile(session: Session, account: BankAccount, month: date, *, by: Actor) -> None:
    """Say that this month of the account meets.

    Raises MonthUnprovenError, MonthClosedError, MonthRunningError, StatedByThemError, OtherSideError.
    """
    proof = _require_meeting(session, account, month)
    _require_another(session, account.account, month, by)
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
    """Close a month of an account that somebody else has reconciled, and that still meets. From then on it stays so.

    Raises what `reconcile` does, MonthNotReconciledError, EarlierMonthOpenError.
    """
    shut.wait_for_writers(session)
    proof = _require_meeting(session, account, month)
    _require_turn(session, account, month)
    last = _last_reconciled(session, account.account, month)
    if last is None or last.closing_satang != proof.closing_satang or last.reconciled_at < _opened_at(session, last):
        raise MonthNotReconciledError()
    duties.take_part(session, chain(account.account, month), Side.APPROVE, by=by)
    assert by.person_id is not None
    row = MonthClosingRow(
        account=account.account,
        month=month,
        revision=1 + _closings(session, account.account, month),
        ends_on=completeness.last_day(month),
        reconciliation_id=last.id,
        reconciled_person=last.reconciled_person,
        closed_by=by.name,
        closed_person=by.person_id,
        closed_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "month.closed", chain(account.account, month))
    session.flush()


def moved(session: Session, accounts: Sequence[BankAccount]) -> list[MonthProof]:
    """The closed months that no longer meet as they were closed."""
    said = (
        sqlalchemy.select(SHUT.c.account, SHUT.c.month, col(MonthReconciledRow.closing_satang))
        .join(
            MonthClosingRow,
            sqlalchemy.and_(*(getattr(MonthClosingRow, one.name) == one for one in SHUT.c)),
        )
        .outerjoin(MonthReconciledRow, col(MonthReconciledRow.id) == col(MonthClosingRow.reconciliation_id))
    )
    closed = {(code, month): satang for code, month, satang in session.execute(said)}
    proofs = Proofs(session)
    return [
        proof
        for account in accounts
        for proof in proofs.of(account, [month for code, month in closed if code == account.account])
        if not proof.meets or proof.closing_satang != closed[account.account, proof.month]
    ]


def _require_meeting(session: Session, account: BankAccount, month: date) -> MonthProof:
    if shut.revision(session, account.account, month) is not None:
        raise MonthClosedError()
    if is_running(month):
        raise MonthRunningError()
    found = Proofs(session).of(account, [month])
    if not found or not found[0].meets:
        raise MonthUnprovenError()
    return found[0]


def _require_another(session: Session, account: str, month: date, by: Actor) -> None:
    """Who stated the balance before or at the end of a month does not reconcile it."""
    theirs = select(StatedBalanceRow.id).where(
        StatedBalanceRow.account == account,
        col(StatedBalanceRow.day).between(month - _DAY, completeness.last_day(month)),
        StatedBalanceRow.stated_person == by.person_id,
    )
    if session.exec(theirs).first() is not None:
        raise StatedByThemError()


def _require_turn(session: Session, account: BankAccount, month: date) -> None:
    """An account's months close one after another: the books at a month's end hold what came before it."""
    first = month_proofs.first_month(session, account)
    last = shut.until(session, account.account)
    following = last + _DAY if last else first
    if following is not None and following != month:
        raise EarlierMonthOpenError(month=f"{following:%Y-%m}")


def _view(session: Session, account: BankAccount, proof: MonthProof, last_closed: date | None) -> MonthView:
    last = _last_reconciled(session, account.account, proof.month)
    revision = shut.revision(session, account.account, proof.month)
    closed = session.get(MonthClosingRow, (account.account, proof.month, revision)) if revision else None
    return MonthView(
        account=account,
        proof=proof,
        reconciled_by=last.reconciled_by if last else "",
        reconciled_at=last.reconciled_at if last else None,
        closed_by=closed.closed_by if closed else "",
        closed_at=closed.closed_at if closed else None,
        is_last_closed=last_closed == completeness.last_day(proof.month),
    )


def _last_reconciled(session: Session, account: str, month: date) -> MonthReconciledRow | None:
    of = select(MonthReconciledRow).where(MonthReconciledRow.account == account, MonthReconciledRow.month == month)
    return session.exec(of.order_by(col(MonthReconciledRow.id).desc()).limit(1)).first()


def _opened_at(session: Session, about: MonthReconciledRow) -> datetime:
    """When the month was opened again last; what was reconciled before counts no more."""
    of = select(MonthOpenedRow.confirmed_at).where(
        MonthOpenedRow.account == about.account, MonthOpenedRow.month == about.month
    )
    return session.exec(of.order_by(col(MonthOpenedRow.revision).desc()).limit(1)).first() or about.reconciled_at


def _closings(session: Session, account: str, month: date) -> int:
    """How often a month was closed."""
    of = select(sqlalchemy.func.count()).select_from(MonthClosingRow)
    return session.exec(of.where(MonthClosingRow.account == account, MonthClosingRow.month == month)).one()
