"""Statements, lines and what still waits, as frozen views.

Knows the three figures of proof: what the bank says, what the books say, and what explains the difference.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy
from sqlalchemy import Row, Select, func
from sqlmodel import Session, col, select

from fund import clock
from fund.bank import acts, ends, overlaps, texts
from fund.bank import reasons as why
from fund.bank.models import InboxRow, LineRow, LineTextRow, MatchRow, StatementRow, UndoneRow
from fund.bank.reasons import Reason
from fund.bank.texts import Texts
from fund.donations import queries as gifts
from fund.donations.queries import PledgeView
from fund.profile import BankAccount
from ledger import balances, book

WAITING: Final = ("waiting", "refused")
PLEDGED_BEFORE: Final = timedelta(days=3)
_CLOCKS_DIFFER: Final = timedelta(minutes=2)  # the bank's and ours; some files tell no seconds

_OF_LINE: Final = (
    "id", "identity", "account", "occurred_on", "occurred_at", "value_on", "amount_satang", "balance_satang", "bank_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class InboxLine:
    """A line that nobody has settled yet. Amounts in satang, + into our account."""

    id: UUID
    identity: str
    account: str
    occurred_on: date
    occurred_at: str
    value_on: date | None
    amount_satang: int
    balance_satang: int | None
    bank_id: str
    text: str
    references: tuple[str, ...]
    payer: str
    channel: str
    state: str
    is_booked: bool  # as unidentified money
    attempt: int  # how many of its matches were undone
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """The day a line's money moved, and satang, + into our account."""

    occurred_on: date
    amount_satang: int


@dataclass(frozen=True, slots=True)
class StatementView:
    """A file that was taken in, and how many of its lines still wait."""

    id: UUID
    file_name: str
    account: str
    from_on: date
    to_on: date
    opening_satang: int | None
    closing_satang: int | None
    is_end_proven: bool  # by the file itself or by one that came later
    line_count: int
    new_count: int
    waiting_count: int
    closed_count: int  # told again of a month that is closed
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True)
class Proof:
    """One bank account: the bank's closing balance, our books', and what waits to be booked between them."""

    account: BankAccount
    closing_on: date
    closing_satang: int
    book_satang: int
    unbooked_satang: int  # lines in the inbox that are not in the books, signed

    @property
    def unexplained_satang(self) -> int:
        """What is left when everything is explained: 0, or something is wrong."""
        return self.closing_satang - self.book_satang - self.unbooked_satang

    @property
    def meets(self) -> bool:
        return self.unexplained_satang == 0


@dataclass(frozen=True, slots=True)
class Remainder:
    """What still waits, in lines and satang."""

    came_count: int
    came_satang: int
    went_count: int
    went_satang: int

    @property
    def count(self) -> int:
        return self.came_count + self.went_count


def count_new(session: Session) -> int:
    """How many lines the matcher has not seen."""
    return session.exec(select(func.count()).select_from(InboxRow).where(InboxRow.state == "new")).one()


def take_new(session: Session, limit: int) -> list[InboxLine]:
    """The next lines for the matcher, first told first, locked until the unit of work ends."""
    chosen = _lines().where(col(InboxRow.state) == "new").order_by(col(InboxRow.line_id)).limit(limit)
    return _views(session, chosen.with_for_update(of=InboxRow, skip_locked=True))


def take_these(session: Session, line_ids: Sequence[UUID]) -> list[InboxLine]:
    """These lines of the inbox, locked until the unit of work ends; lines that left it are left out."""
    return _views(session, _lines().where(col(InboxRow.line_id).in_(line_ids)).with_for_update(of=InboxRow))


def waiting_lines(session: Session, *, limit: int, after: UUID | None = None) -> list[InboxLine]:
    """Lines that wait for a person, first told first, after the line `after`."""
    chosen = _lines().where(col(InboxRow.state).in_(WAITING))
    if after is not None:
        chosen = chosen.where(col(InboxRow.line_id) > after)
    return _views(session, chosen.order_by(col(InboxRow.line_id)).limit(limit))


def waiting_line(session: Session, line_id: UUID) -> InboxLine | None:
    """One line that waits for a person."""
    chosen = _lines().where(col(InboxRow.line_id) == line_id, col(InboxRow.state).in_(WAITING))
    return next(iter(_views(session, chosen)), None)


def held_lines(session: Session, *, limit: int) -> list[InboxLine]:
    """Lines that somebody set aside, first told first."""
    return _views(session, _lines().where(col(InboxRow.state) == "held").order_by(col(InboxRow.line_id)).limit(limit))


def line_moved(session: Session, line_id: UUID) -> Moved | None:
    """Day and amount of a line, settled or not."""
    row = session.get(LineRow, line_id)
    return Moved(row.occurred_on, row.amount_satang) if row else None


def unidentified_on(session: Session, line_id: UUID) -> date:
    """The day in whose books the money of a line is unidentified."""
    kept = (
        select(MatchRow.entry_id)
        .join(UndoneRow, col(UndoneRow.match_id) == col(MatchRow.id), isouter=True)
        .where(MatchRow.line_id == line_id, MatchRow.kind == "unidentified", col(UndoneRow.match_id).is_(None))
    )
    return book.entry(session, session.exec(kept).one()).booked_on


def may_be_returned(session: Session, line: InboxLine) -> list[InboxLine]:
    """Unidentified money that an outgoing line may have sent back: as much, on the same account, before it."""
    chosen = _lines().where(
        col(InboxRow.is_booked).is_(True),
        col(InboxRow.account) == line.account,
        col(InboxRow.amount_satang) == -line.amount_satang,
        col(LineRow.occurred_on) <= line.occurred_on,
    )
    return _views(session, chosen.order_by(col(InboxRow.line_id)).limit(20))


def may_be_pledges(session: Session, line: InboxLine, *, limit: int) -> list[PledgeView]:
    """Open pledges of as much as came in, made in the days before it; the last made first."""
    told = time.fromisoformat(line.occurred_at or "00:00:00")
    moment = told if told != time.min else time.max  # midnight sharp is how some banks tell no time
    came_at = datetime.combine(line.occurred_on, moment, clock.BANGKOK)
    since, until = came_at - PLEDGED_BEFORE, came_at + _CLOCKS_DIFFER
    return gifts.open_pledges_of_amount(session, line.amount_satang, since, until, limit=limit)


def remainder(session: Session) -> Remainder:
    """How much waits for a person."""
    amount = col(InboxRow.amount_satang)
    came = sqlalchemy.case((amount > 0, 1), else_=0)
    sums = (
        sqlalchemy.select(func.count(), func.sum(came), func.sum(amount * came), func.sum(amount))
        .select_from(InboxRow)
        .where(col(InboxRow.state).in_(("waiting", "refused", "held")))
    )
    count, came_count, came_satang, net = (int(value or 0) for value in session.execute(sums).one())
    return Remainder(came_count, came_satang, count - came_count, came_satang - net)


def statements(session: Session, *, limit: int = 100) -> list[StatementView]:
    """The files taken in, newest first."""
    rows = session.exec(select(StatementRow).order_by(col(StatementRow.imported_at).desc()).limit(limit)).all()
    taken = [row.id for row in rows]
    new, waiting = _counts(session, LineRow, taken), _counts(session, InboxRow, taken)
    unproven, closed = ends.unproven(session, taken), overlaps.told_of_closed_days(session, taken)
    return [
        _statement(row, new.get(row.id, 0), waiting.get(row.id, 0), closed.get(row.id, 0), row.id not in unproven)
        for row in rows
    ]


def proofs(session: Session, accounts: Sequence[BankAccount]) -> list[Proof]:
    """The proof of every bank account that a statement was taken in for."""
    books: dict[str, int] = {}
    for balance in balances.trial_balance(session):
        books[balance.account] = books.get(balance.account, 0) + balance.amount_satang
    unbooked = _unbooked(session)
    found = []
    for account in accounts:
        last = _last_statement(session, account.account)
        if last and last.closing_satang is not None:
            code = account.account
            found.append(Proof(account, last.to_on, last.closing_satang, books.get(code, 0), unbooked.get(code, 0)))
    return found


def _last_statement(session: Session, account: str) -> StatementRow | None:
    newest = select(StatementRow).where(
        StatementRow.account == account,
        col(StatementRow.closing_satang).is_not(None),
        col(StatementRow.id).not_in(acts.undone()),
    )
    last_first = (col(StatementRow.to_on).desc(), col(StatementRow.imported_at).desc(), col(StatementRow.id).desc())
    return session.exec(newest.order_by(*last_first)).first()


def _unbooked(session: Session) -> dict[str, int]:
    sums = (
        sqlalchemy.select(col(InboxRow.account), func.sum(col(InboxRow.amount_satang)))
        .where(col(InboxRow.is_booked).is_(False), col(InboxRow.state) != acts.WITHDRAWN)
        .group_by(col(InboxRow.account))
    )
    return {account: int(amount) for account, amount in session.execute(sums)}


def _counts(session: Session, table: type[LineRow | InboxRow], statement_ids: Sequence[UUID]) -> dict[UUID, int]:
    """How many rows of the table are of each statement."""
    of = col(table.statement_id)
    counts = sqlalchemy.select(of, func.count()).where(of.in_(statement_ids)).group_by(of)
    if table is InboxRow:
        counts = counts.where(col(InboxRow.state) != acts.WITHDRAWN)
    return {row[0]: row[1] for row in session.execute(counts)}


def _statement(row: StatementRow, new: int, waiting: int, closed: int, is_end_proven: bool) -> StatementView:
    return StatementView(
        id=row.id,
        file_name=row.file_name,
        account=row.account,
        from_on=row.from_on,
        to_on=row.to_on,
        opening_satang=row.opening_satang,
        closing_satang=row.closing_satang,
        is_end_proven=is_end_proven,
        line_count=row.line_count,
        new_count=new,
        waiting_count=waiting,
        closed_count=closed,
        imported_at=row.imported_at,
        imported_by=row.imported_by,
    )


def _lines() -> Select[Any]:
    columns = [getattr(LineRow, name) for name in _OF_LINE]
    columns += [
        InboxRow.state,
        InboxRow.is_booked,
        InboxRow.attempt,
        InboxRow.reasons,
        InboxRow.statement_id,
        LineTextRow.sealed,
    ]
    return (
        sqlalchemy.select(*columns)
        .select_from(InboxRow)
        .join(LineRow, col(LineRow.id) == col(InboxRow.line_id))
        .join(LineTextRow, col(LineTextRow.line_id) == col(InboxRow.line_id))
    )


def _views(session: Session, chosen: Select[Any]) -> list[InboxLine]:
    rows = session.execute(chosen).all()
    told = texts.unseal(session, [(row.statement_id, row.id, row.sealed) for row in rows])
    return [_view(row, one) for row, one in zip(rows, told, strict=True)]


def _view(row: Row[Any], told: Texts) -> InboxLine:
    known = {name: getattr(row, name) for name in (*_OF_LINE, "state", "is_booked", "attempt")}
    return InboxLine(
        **known,
        text=told.text,
        references=told.references,
        payer=told.payer,
        channel=told.channel,
        reasons=why.from_json(row.reasons),
    )
