"""How an invariant asks the database: plain SQL whose rows are what is wrong.

Knows days and moments as both databases keep them. Refuses to bring home more than `MOST` rows.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import bindparam, text
from sqlalchemy.types import TypeEngine
from sqlmodel import Session

from fund.errors import StateError
from ledger.columns import Day, Instant

MOST: Final = 1_000
"""More findings than anybody reads: nobody counts further."""

_TYPES: Final[dict[type, TypeEngine[Any]]] = {datetime: Instant(), date: Day()}


class NotAskedError(StateError):
    """An invariant that says nothing of this fund; the message says why."""

    message = "This does not apply here."


def found(session: Session, question: str, **facts: Any) -> Iterator[str]:
    """The columns of every row that `question` finds, as words; ids, codes and figures, never who it was."""
    for row in rows(session, question, **facts):
        yield " · ".join(str(column) for column in row)


def rows(session: Session, question: str, **facts: Any) -> Sequence[Any]:
    """The first `MOST` rows that `question` finds."""
    given = [bindparam(name, value, type_=_TYPES.get(type(value))) for name, value in facts.items()]
    limited = text(f"SELECT * FROM ({question}) wrong LIMIT {MOST}").bindparams(*given)
    return session.connection().execute(limited).all()
