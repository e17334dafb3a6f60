"""The chart: accounts, funds with what they may be used for, and kinds of entry.

Knows what may be opened and closed. Refuses to change what an account, a fund or a kind means: entries that were
booked under the old meaning would silently say something else.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal, TypeVar

from sqlmodel import Session, SQLModel, col, select

from ledger.errors import CodeTakenError, UnknownAccountError, UnknownFundError
from ledger.models import AccountRow, FundPurposeRow, FundRow, KindRow

AccountType = Literal["asset", "liability", "net_assets", "income", "expense", "memorandum"]
Named = TypeVar("Named", AccountRow, FundRow, KindRow)
Side = Literal["debit", "credit"]
Guarded = Literal["no", "fund", "subject"]
Restriction = Literal["none", "purpose", "time", "endowment", "technical"]
Nature = Literal["fact", "choice"]


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the chart. `guarded`: no choice may take its normal side below zero, per fund or per subject."""

    code: str
    name_th: str
    name_en: str
    type: AccountType
    side: Side
    guarded: Guarded = "no"
    is_spendable: bool = False


@dataclass(frozen=True, slots=True)
class Fund:
    """A self-balancing set of accounts; `principal_satang` is what an endowment must keep."""

    code: str
    name_th: str
    name_en: str
    restriction: Restriction = "none"
    principal_satang: int = 0
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entry: a fact is booked whatever it does to a fund, a choice must leave it enough."""

    code: str
    nature: Nature = "fact"


def open_account(session: Session, *accounts: Account) -> None:
    """Add accounts to the chart. The same again does nothing; another under its code raises CodeTakenError."""
    _add(session, AccountRow, [AccountRow(**asdict(account), is_open=True) for account in accounts])


def open_fund(session: Session, *funds: Fund) -> None:
    """Add funds. The same again does nothing; another under its code raises CodeTakenError."""
    _add(session, FundRow, [FundRow(**asdict(fund)) for fund in funds])


def define_kind(session: Session, *kinds: Kind) -> None:
    """Say whether entries of these kinds are facts or choices, once and for ever."""
    _add(session, KindRow, [KindRow(**asdict(kind)) for kind in kinds])


def allow_purpose(session: Session, fund: str, purpose: str, scope: str = "*") -> None:
    """Let `fund` be used for `purpose`, in one district or (`*`) in all."""
    allow_purposes(session, [(fund, purpose, scope)])


def allow_purposes(session: Session, triples: Iterable[tuple[str, str, str]]) -> None:
    """Let funds be used for purposes in scopes. The same again does nothing."""
    table = FundPurposeRow
    known = set(session.exec(select(table.fund, table.purpose, table.scope)))
    new = sorted(set(triples) - known)
    session.add_all(FundPurposeRow(fund=fund, purpose=purpose, scope=scope) for fund, purpose, scope in new)
    session.flush()


def close_account(session: Session, code: str) -> None:
    """Let nothing more be booked on an account."""
    row = session.get(AccountRow, code)
    if row is None:
        raise UnknownAccountError(account=code)
    row.is_open = False
    session.flush()


def end_fund(session: Session, code: str, last_day: date) -> None:
    """Let nothing be booked in a fund after `last_day`."""
    row = session.get(FundRow, code)
    if row is None:
        raise UnknownFundError(fund=code)
    row.valid_to = last_day
    session.flush()


def accounts(session: Session) -> list[Account]:
    """The whole chart, by code."""
    rows = session.exec(select(AccountRow).order_by(col(AccountRow.code)))
    return [Account(**row.model_dump(exclude={"is_open"})) for row in rows]


def funds(session: Session) -> list[Fund]:
    """All funds, by code."""
    return [Fund(**row.model_dump()) for row in session.exec(select(FundRow).order_by(col(FundRow.code)))]


def _add(session: Session, table: type[Named], rows: Sequence[Named]) -> None:
    wanted = select(table).where(col(table.code).in_([row.code for row in rows]))
    known = {row.code: row for row in session.exec(wanted)}
    for row in rows:
        there = known.setdefault(row.code, row)
        if there is row:
            session.add(row)
        elif _meaning(there) != _meaning(row):
            raise CodeTakenError(code=row.code)
    session.flush()


def _meaning(row: SQLModel) -> Iterable[object]:
    """Everything that is for ever: names may be written better, accounts closed, funds ended."""
    return row.model_dump(exclude={"name_th", "name_en", "is_open", "valid_to"}).items()
