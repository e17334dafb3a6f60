"""What the database's guards refused, told as the ledger's own errors.

Knows the guards' codes (`ledger:not-enough:GEN`) and the names of constraints. PostgreSQL's guards say which fund or
account it was; SQLite's messages are constant, but the refused lines are still in `ledger_draft` to be looked at.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from ledger.errors import (
    AccountBelowZeroError,
    AlreadyReversedError,
    AppendOnlyError,
    FrozenError,
    IncompleteError,
    IsolationError,
    LedgerError,
    NotAMirrorError,
    NotEnoughError,
    PeriodClosedError,
    PurposeNotAllowedError,
    SubjectMissingError,
    UnbalancedError,
    UnknownAccountError,
    UnknownFundError,
    UnknownKindError,
)

_CODE = re.compile(r"ledger:([a-z-]+)(?::(\S+))?")


def _below_zero(fact: str) -> LedgerError:
    fund, _, account = fact.partition(":")
    return AccountBelowZeroError(fund=fund, account=account)


_BY_CODE: Final[dict[str, Callable[[str], LedgerError]]] = {
    "unbalanced": lambda _: UnbalancedError(),
    "lines": lambda _: IncompleteError(),
    "stamp": lambda _: AppendOnlyError(),
    "sealed": lambda _: AppendOnlyError(),
    "frozen": lambda _: FrozenError(),
    "isolation": lambda _: IsolationError(),
    "not-a-mirror": lambda _: NotAMirrorError(),
    "not-enough": lambda fact: NotEnoughError(fund=fact),
    "below-zero": _below_zero,
    "period-closed": lambda fact: PeriodClosedError(booked_on=fact),
    "unknown-account": lambda fact: UnknownAccountError(account=fact),
    "unknown-fund": lambda fact: UnknownFundError(fund=fact),
    "unknown-kind": lambda _: UnknownKindError(),
    "subject-missing": lambda fact: SubjectMissingError(account=fact),
    "purpose": lambda fact: PurposeNotAllowedError(fund=fact),
}
_BY_CONSTRAINT: Final[dict[str, Callable[[], LedgerError]]] = {
    "ledger_entry_reverses": AlreadyReversedError,
    "ledger_entry_reverses_fkey": NotAMirrorError,
    "ledger_posting_slot": IncompleteError,
    "ledger_posting_not_zero": IncompleteError,
    "ledger_posting_not_too_large": IncompleteError,
    "ledger_entry_has_lines": IncompleteError,
    "append-only: ledger_entry": AlreadyReversedError,  # SQLite: the writer never repeats an id, a key or a stamp
    "append-only": AppendOnlyError,
}
_OF_THE_DRAFT = "FROM ledger_draft d WHERE d.entry_id = (SELECT entry_id FROM ledger_draft ORDER BY stamp LIMIT 1)"
_SQLITE_FACTS: Final = {
    "period-closed": f"SELECT d.booked_on {_OF_THE_DRAFT}",
    "unknown-account": f"SELECT d.account {_OF_THE_DRAFT}"
    " AND NOT EXISTS (SELECT 1 FROM ledger_account a WHERE a.code = d.account AND a.is_open) ORDER BY 1",
    "unknown-fund": f"SELECT d.fund {_OF_THE_DRAFT}"
    " AND NOT EXISTS (SELECT 1 FROM ledger_fund f WHERE f.code = d.fund AND d.booked_on >= coalesce(f.valid_from, '')"
    " AND d.booked_on <= coalesce(f.valid_to, '9')) ORDER BY 1",
    "subject-missing": f"SELECT d.account {_OF_THE_DRAFT} AND d.subject = ''"
    " AND EXISTS (SELECT 1 FROM ledger_account a WHERE a.code = d.account AND a.guarded = 'subject') ORDER BY 1",
    "purpose": f"SELECT d.fund {_OF_THE_DRAFT} AND d.purpose IS NOT NULL AND NOT EXISTS (SELECT 1 FROM"
    " ledger_fund_purpose f WHERE (f.fund, f.purpose, f.scope) = (d.fund, d.purpose, d.scope)) ORDER BY 1",
    "not-enough": f"SELECT d.fund {_OF_THE_DRAFT}"
    " AND EXISTS (SELECT 1 FROM ledger_account a WHERE a.code = d.account AND a.is_spendable)"
    " GROUP BY d.fund HAVING sum(d.amount_satang) < 0 AND sum(d.amount_satang)"
    " + (SELECT s.amount_satang FROM ledger_spendable s WHERE s.fund = d.fund) < 0 ORDER BY 1",
    "below-zero": "SELECT d.fund || ':' || d.account FROM ledger_draft d JOIN ledger_account a ON a.code = d.account"
    " WHERE d.entry_id = (SELECT entry_id FROM ledger_draft ORDER BY stamp LIMIT 1) AND a.guarded <> 'no'"
    " GROUP BY d.fund, d.account, a.side, iif(a.guarded = 'subject', d.subject, NULL)"
    " HAVING sum(d.amount_satang) * iif(a.side = 'debit', 1, -1) < 0 AND (sum(d.amount_satang) + coalesce("
    "(SELECT sum(p.amount_satang) FROM ledger_posting p WHERE p.fund = d.fund AND p.account = d.account"
    " AND (a.guarded = 'fund' OR p.subject = d.subject)), 0)) * iif(a.side = 'debit', 1, -1) < 0 ORDER BY 1",
}


@contextmanager
def told(connection: Connection) -> Iterator[None]:
    """Turn a guard's refusal inside the block into the ledger's error; on SQLite undo what the block wrote."""
    with _all_or_nothing(connection):
        try:
            yield
        except DBAPIError as refusal:
            error = _error(connection, str(refusal.orig))
            if error is None:
                raise
            raise error from refusal


@contextmanager
def _all_or_nothing(connection: Connection) -> Iterator[None]:
    """PostgreSQL refuses everything after an error in a transaction; SQLite would go on with half a batch."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("SAVEPOINT ledger_book")
    try:
        yield
    except BaseException:
        connection.exec_driver_sql("ROLLBACK TO ledger_book")
        raise
    finally:
        connection.exec_driver_sql("RELEASE ledger_book")


def _error(connection: Connection, message: str) -> LedgerError | None:
    match = _CODE.search(message)
    if match is not None and match[1] in _BY_CODE:
        return _BY_CODE[match[1]](match[2] or _fact(connection, match[1]))
    named = [error for name, error in _BY_CONSTRAINT.items() if re.search(rf"\b{name}(?!\w)", message)]
    return named[0]() if named else None


def _fact(connection: Connection, code: str) -> str:
    query = _SQLITE_FACTS.get(code) if connection.dialect.name == "sqlite" else None
    return str(connection.exec_driver_sql(query).scalar() or "") if query else ""
