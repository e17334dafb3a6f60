"""What the database's guards refused, told as the ledger's own errors.

Knows the guards' codes (`ledger:not-enough:GEN`) and the names of constraints. PostgreSQL's guards say what it was;
SQLite's messages are constant, but the refused drafts are still there, and a view says what is wrong with them.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

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
    "ledger_entry.reverses": AlreadyReversedError,
    "append-only": AppendOnlyError,
}
_SQLITE_FAULT: Final = "SELECT fault FROM ledger_draft_fault ORDER BY number LIMIT 1"


@contextmanager
def told(connection: Connection) -> Iterator[None]:
    """Turn what the driver raises inside the block into the ledger's error, or else into SQLAlchemy's."""
    drivers: Any = connection.dialect.loaded_dbapi.Error
    try:
        yield
    except drivers as refusal:
        error = _error(connection, str(refusal))
        raise error or DBAPIError.instance("", (), refusal, drivers, True, dialect=connection.dialect) from refusal


def _error(connection: Connection, message: str) -> LedgerError | None:
    if "ledger:refused" in message:
        message = f"ledger:{connection.exec_driver_sql(_SQLITE_FAULT).scalar_one()}"
    match = _CODE.search(message)
    if match is not None and match[1] in _BY_CODE:
        return _BY_CODE[match[1]](match[2] or "")
    named = [error for name, error in _BY_CONSTRAINT.items() if re.search(rf"\b{name}(?!\w)", message)]
    return named[0]() if named else None
