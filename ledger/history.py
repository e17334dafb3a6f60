"""The history of one account of a fund, page by page, with what stood on it after every posting.

Knows log order, in which nothing ever comes between two pages: on PostgreSQL a page ends where a transaction still
runs that may yet be written there. Refuses a cursor that names no posting of the book.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import Session, col

from ledger import balances
from ledger.errors import UnknownEntryError
from ledger.models import EntryRow, PostingRow

LONGEST_PAGE: Final = 1_000

_ORDER: Final = (col(PostingRow.stamp), col(PostingRow.entry_id), col(PostingRow.line))
_POSTED: Final = (*_ORDER, col(PostingRow.booked_on), col(PostingRow.amount_satang))
_ENTERED: Final = tuple(
    col(column)
    for column in (EntryRow.kind, EntryRow.occurred_on, EntryRow.recorded_at, EntryRow.subject, EntryRow.reverses)
)


@dataclass(frozen=True, slots=True)
class Line:
    """One posting on the account, and what stood there when it had been written (satang, debit +)."""

    entry_id: UUID
    line: int
    kind: str
    occurred_on: date
    recorded_at: datetime
    subject: str
    reverses: UUID | None
    booked_on: date
    amount_satang: int
    balance_satang: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """Lines in log order; `after` leads to the next page, and is kept when there is no newer line yet."""

    lines: tuple[Line, ...]
    after: str
    has_more: bool


def history(session: Session, account: str, fund: str, *, after: str = "", limit: int = 100) -> Page:
    """A page of the account's postings in log order, from behind the cursor `after`. Raises UnknownEntryError.

    Turning pages meets every posting exactly once, whatever is booked meanwhile.
    """
    limit = max(1, min(limit, LONGEST_PAGE))
    last = _posting(session, after) if after else None
    balance_satang = _standing(session, account, fund, last) if last else 0
    rows = _rows(session, account, fund, last, limit + 1)
    lines: list[Line] = []
    for line in rows[:limit]:
        balance_satang += line.amount_satang
        lines.append(replace(line, balance_satang=balance_satang))
    cursor = f"{lines[-1].entry_id}.{lines[-1].line}" if lines else after
    return Page(tuple(lines), cursor, has_more=len(rows) > limit)


def _rows(session: Session, account: str, fund: str, last: PostingRow | None, limit: int) -> list[Line]:
    """The next lines, without their balances: the postings are picked first, so that only theirs are looked up."""
    picked = select(*_POSTED).where(col(PostingRow.fund) == fund, col(PostingRow.account) == account)
    if last is not None:
        picked = picked.where(col(PostingRow.stamp) >= last.stamp, _is_behind(last))
    connection = session.connection()
    if connection.dialect.name != "sqlite":  # SQLite has one writer at a time: whatever is written is settled
        picked = picked.where(col(PostingRow.stamp) < connection.scalar(select(func.public.ledger_watermark())))
    p = picked.order_by(*_ORDER).limit(limit).subquery().c
    query = select(p.entry_id, p.line, *_ENTERED, p.booked_on, p.amount_satang)
    query = query.where(col(EntryRow.id) == p.entry_id).order_by(p.stamp, p.entry_id, p.line)
    with balances.by_index(session):
        rows: Sequence[Any] = connection.execute(query).all()
    return [Line(*row) for row in rows]


def _is_behind(last: PostingRow) -> ColumnElement[bool]:
    entry_id, line = col(PostingRow.entry_id), col(PostingRow.line)
    later_line = and_(entry_id == last.entry_id, line > last.line)
    return or_(col(PostingRow.stamp) > last.stamp, entry_id > last.entry_id, later_line)


def _standing(session: Session, account: str, fund: str, last: PostingRow) -> int:
    """What stood on the account behind the posting `last`: as of its entry, less what the entry books after it."""
    rest = select(col(PostingRow.account), col(PostingRow.fund), col(PostingRow.amount_satang)).where(
        col(PostingRow.entry_id) == last.entry_id, col(PostingRow.line) > last.line
    )
    later = (amount for *place, amount in session.connection().execute(rest) if place == [account, fund])
    return balances.balance(session, account, fund, as_of=last.entry_id) - sum(later)


def _posting(session: Session, cursor: str) -> PostingRow:
    entry_id, _, line = cursor.partition(".")
    try:
        place = (UUID(entry_id), int(line))
    except ValueError:
        raise UnknownEntryError(entry=cursor) from None
    row = session.get(PostingRow, place)
    if row is None:
        raise UnknownEntryError(entry=cursor)
    return row
