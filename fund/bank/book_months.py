"""Months of the books: closed when every bank account's month in them is, whatever the ledger itself would let pass.

Knows which accounts still lack: the ledger knows no banks. Refuses, naming them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from sqlmodel import Session

from fund import audit, clock
from fund.audit import Actor
from fund.bank import completeness, month_proofs, months, shut
from fund.bank.errors import AccountMonthsOpenError, MonthRunningError
from fund.bank.month_proofs import Proofs
from fund.profile import BankAccount
from ledger import periods

_DAY: Final = timedelta(days=1)
_YEARS_BACK: Final = 120  # months: nobody opens books with older ones


@dataclass(frozen=True, slots=True)
class BookMonths:
    """The month of the books that is to be closed next, which accounts lack for it, and the last closed one."""

    following: date
    lacking: tuple[BankAccount, ...]
    last_closed: date | None

    @property
    def is_ready(self) -> bool:
        """Whether the next one may be closed."""
        return not self.lacking and not months.is_running(self.following)


def state(session: Session, accounts: Sequence[BankAccount]) -> BookMonths:
    """How far the books are closed, and what the next month lacks."""
    open_from = periods.open_from(session)
    last = (open_from - _DAY).replace(day=1) if open_from > date.min else None
    closed = last if last and periods.is_closed(session, last) else None
    following = open_from if last else _first(session, accounts)
    return BookMonths(following, tuple(lacking(session, accounts, following)), closed)


def lacking(session: Session, accounts: Sequence[BankAccount], month: date) -> list[BankAccount]:
    """The accounts whose month is not closed: a bank has told of it, or our books have money on it."""
    ends_on, books = completeness.last_day(month), Proofs(session).books(month)
    found = []
    for account in accounts:
        first, last = month_proofs.first_month(session, account), shut.until(session, account.account)
        is_known = (first is not None and first <= month) or books.get(account.account, 0) != 0
        if is_known and (last is None or last < ends_on):
            found.append(account)
    return found


def close(session: Session, accounts: Sequence[BankAccount], month: date, *, by: Actor) -> None:
    """Close a month of the books. Raises AccountMonthsOpenError, MonthRunningError, and what the ledger refuses."""
    shut.wait_for_writers(session)
    if months.is_running(month):
        raise MonthRunningError()
    open_ones = lacking(session, accounts, month)
    if open_ones:
        raise AccountMonthsOpenError(accounts=", ".join(f"{one.bank} …{one.number[-4:]}" for one in open_ones))
    periods.close_month(session, month, by=by.name)
    audit.record(session, by, "books.closed", f"{month:%Y-%m}")
    session.flush()


def _first(session: Session, accounts: Sequence[BankAccount]) -> date:
    """The first month with money on an account, where no month was ever closed."""
    known = [month_proofs.first_month(session, one) for one in accounts]
    month, proofs = min((one for one in known if one), default=clock.today().replace(day=1)), Proofs(session)
    for _ in range(_YEARS_BACK):
        before = (month - _DAY).replace(day=1)
        if not any(proofs.books(before).values()):
            break
        month = before
    return month
