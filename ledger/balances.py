"""What stands on the accounts: of one fund, on one day, or of the whole book.

Knows sums over postings, debit + and credit −, answered from one index. Refuses nothing: an account that nobody
has booked on stands at 0.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, ColumnElement, Date, cast, column, func, table
from sqlalchemy import select as select_from
from sqlmodel import Session, col, select

from ledger.models import AccountRow, PostingRow

_STANDING = table("ledger_standing", column("fund"), column("account"), column("amount_satang"))
_SPENDABLE = table("ledger_spendable", column("fund"), column("amount_satang"))
_AMOUNT: ColumnElement[int] = cast(func.coalesce(func.sum(col(PostingRow.amount_satang)), 0), BigInteger)


@dataclass(frozen=True, slots=True)
class Balance:
    """What stands on one account of one fund, in satang, debit +."""

    account: str
    fund: str
    amount_satang: int


@dataclass(frozen=True, slots=True)
class Movement:
    """What one month brought to (credit, −) or took from (debit, +) an income or expense account of a fund."""

    month: date
    account: str
    fund: str
    amount_satang: int


def balance(session: Session, account: str, fund: str, *, on: date | None = None) -> int:
    """What stands on an account of a fund, in satang, debit +; as booked up to the end of the day `on`."""
    if on is None:
        standing = select_from(_STANDING.c.amount_satang).where(_STANDING.c.fund == fund)
        return session.connection().scalar(standing.where(_STANDING.c.account == account)) or 0
    query = select(_AMOUNT).where(col(PostingRow.fund) == fund, col(PostingRow.account) == account)
    return int(session.exec(query.where(col(PostingRow.booked_on) <= on)).one())


def subject_balance(session: Session, account: str, fund: str, subject: str) -> int:
    """What stands on an account of a fund for one subject: a grant, a refund, money that waits for its name."""
    query = select(_AMOUNT).where(col(PostingRow.account) == account, col(PostingRow.fund) == fund)
    is_subject = (col(PostingRow.subject) == subject, col(PostingRow.subject) != "")
    return int(session.exec(query.where(*is_subject)).one())


def spendable(session: Session, fund: str) -> int:
    """What a fund may choose to spend: its spendable accounts less the principal it must keep. Below 0: alarmed."""
    query = select_from(_SPENDABLE.c.amount_satang).where(_SPENDABLE.c.fund == fund)
    return session.connection().scalar(query) or 0


def alarmed_funds(session: Session) -> list[tuple[str, int]]:
    """Funds that facts drove below zero, with what they may spend (negative satang); their choices are refused."""
    query = select_from(_SPENDABLE.c.fund, _SPENDABLE.c.amount_satang).where(_SPENDABLE.c.amount_satang < 0)
    return [(fund, amount) for fund, amount in session.connection().execute(query.order_by(_SPENDABLE.c.fund))]


def trial_balance(session: Session, *, on: date | None = None) -> list[Balance]:
    """Every account of every fund that was ever booked on, by account and fund; their sum is 0 in each fund."""
    account, fund = col(PostingRow.account), col(PostingRow.fund)
    if on is None:
        standing = select_from(_STANDING.c.account, _STANDING.c.fund, _STANDING.c.amount_satang)
        # One look into the index for each: EXISTS would be planned as a scan of the journal.
        of_one = (fund == _STANDING.c.fund, account == _STANDING.c.account)
        any_posting = select_from(col(PostingRow.line)).where(*of_one).limit(1).scalar_subquery()
        rows = standing.where(any_posting.is_not(None)).order_by(_STANDING.c.account, _STANDING.c.fund)
        return [Balance(*row) for row in session.connection().execute(rows)]
    query = select(account, fund, _AMOUNT).where(col(PostingRow.booked_on) <= on)
    return [Balance(*row) for row in session.exec(query.group_by(account, fund).order_by(account, fund))]


def movements(session: Session, *, since: date, until: date) -> list[Movement]:
    """Income and expense by month, account and fund, booked from `since` to `until`, both days included."""
    account, fund = col(PostingRow.account), col(PostingRow.fund)
    month = _month(session)
    query = (
        select(month, account, fund, _AMOUNT)
        .where(account.in_(select(AccountRow.code).where(col(AccountRow.type).in_(("income", "expense")))))
        .where(col(PostingRow.booked_on).between(since, until))
        .group_by(month, account, fund)
        .order_by(month, account, fund)
    )
    return [Movement(_as_day(day), code, name, amount) for day, code, name, amount in session.exec(query)]


def _month(session: Session) -> ColumnElement[object]:
    if session.get_bind().dialect.name == "sqlite":
        return func.strftime("%Y-%m-01", col(PostingRow.booked_on))
    return cast(func.date_trunc("month", col(PostingRow.booked_on)), Date)


def _as_day(day: object) -> date:
    return day if isinstance(day, date) else date.fromisoformat(str(day))
