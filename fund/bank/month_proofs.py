"""The proofs of months: what files, lines, papers and books say of an account, brought together for `completeness`.

Changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, timedelta

import sqlalchemy
from sqlmodel import Session, col, select

from fund import clock
from fund.bank import acts, completeness
from fund.bank.completeness import File, MonthProof, Told
from fund.bank.models import InboxRow, LineRow, StatedBalanceRow, StatementRow
from fund.profile import BankAccount
from ledger import balances


class Proofs:
    """The proofs of months, each balance of our books asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._books: dict[date, dict[str, int]] = {}

    def of(self, account: BankAccount, months: Collection[date] | None = None) -> list[MonthProof]:
        """The proofs of these months of an account (of all there are), first to last."""
        told = _told(self._session, account)
        if told is None:
            return []
        known = completeness.months(told.begins_on, clock.today())
        return [
            completeness.prove(told, month, self.books(month).get(account.account, 0))
            for month in known
            if months is None or month in months
        ]

    def books(self, month: date) -> dict[str, int]:
        """What our books have on each account at the end of a month."""
        if month not in self._books:
            sums: dict[str, int] = defaultdict(int)
            for balance in balances.trial_balance(self._session, on=completeness.last_day(month)):
                sums[balance.account] += balance.amount_satang
            self._books[month] = sums
        return self._books[month]


def first_month(session: Session, account: BankAccount) -> date | None:
    """The month in which what is known of an account begins; None while nothing is."""
    begins_on = _begins_on(account, _files(session, account.account), _stated(session, account.account))
    return begins_on.replace(day=1) if begins_on else None


def _begins_on(account: BankAccount, files: Sequence[File], stated: dict[date, int]) -> date | None:
    """The first day of a file, else the one after a paper's; or the day on which the account was opened, if earlier."""
    known = [file.from_on for file in files] or [min(stated) + timedelta(days=1)] if files or stated else []
    return min([*known, *([account.opened_on] if account.opened_on else [])]) if known else None


def _told(session: Session, account: BankAccount) -> Told | None:
    files, stated = _files(session, account.account), _stated(session, account.account)
    begins_on = _begins_on(account, files, stated)
    if begins_on is None:
        return None
    satang, counts, unbooked = _days(session, account.account)
    return Told(account.account, begins_on, files, satang, counts, unbooked, stated)


def _files(session: Session, account: str) -> list[File]:
    """The files that stand, the last taken in first: of two that end on one day it knows more."""
    standing = select(StatementRow).where(StatementRow.account == account, col(StatementRow.id).not_in(acts.undone()))
    rows = session.exec(standing.order_by(col(StatementRow.imported_at).desc()))
    return [File(row.from_on, row.to_on, row.opening_satang, row.closing_satang) for row in rows]


def _stated(session: Session, account: str) -> dict[date, int]:
    """What papers say stood on the account at the end of a day; the last paper of a day counts."""
    rows = select(StatedBalanceRow).where(StatedBalanceRow.account == account).order_by(col(StatedBalanceRow.id))
    return {row.day: row.balance_satang for row in session.exec(rows)}


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
