"""What became of lines: what settled each, why, who said so, what was taken back.

Knows lines in every state. Changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, select

from fund.bank import overlaps, texts
from fund.bank import reasons as why
from fund.bank.models import InboxRow, LineRow, LineTextRow, MatchRow, StatementActRow, StatementRow, UndoneRow
from fund.bank.reasons import Reason
from fund.bank.texts import Texts
from fund.donations import queries as gifts
from fund.donations.queries import DonationView

SETTLED: Final = "settled"


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that settled a line, and who took it back, if anybody did."""

    kind: str
    reasons: tuple[Reason, ...]
    words: str
    matched_by: str
    matched_at: datetime
    gift: DonationView | None
    undone_by: str
    undone_at: datetime | None
    undone_because: str


@dataclass(frozen=True, slots=True)
class LineHistory:
    """A line in any state, what the bank wrote, and every step taken with it, first to last. Amount in satang, + in."""

    id: UUID
    statement_id: UUID
    account: str
    occurred_on: date
    occurred_at: str
    amount_satang: int
    bank_id: str
    state: str
    told: Texts
    steps: list[Step]

    @property
    def is_undoable(self) -> bool:
        """Whether something settles it that can be taken back."""
        return any(step.undone_at is None and step.kind != "unidentified" for step in self.steps)


@dataclass(frozen=True, slots=True)
class Act:
    """An import was taken back, or taken in again."""

    act: str
    reason: str
    acted_by: str
    acted_at: datetime


@dataclass(frozen=True, slots=True)
class StatementHistory:
    """A file that was taken in, and what was done with it as a whole, first to last."""

    id: UUID
    file_name: str
    account: str
    from_on: date
    to_on: date
    opening_satang: int | None
    closing_satang: int | None
    line_count: int
    closed_count: int  # told again of a month that is closed
    imported_at: datetime
    imported_by: str
    acts: list[Act]


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line as the page of its statement shows it: nothing of who paid."""

    id: UUID
    position: int
    occurred_on: date
    occurred_at: str
    amount_satang: int
    state: str


def history(session: Session, line_id: UUID) -> LineHistory | None:
    """Everything about one line."""
    row = session.get(LineRow, line_id)
    if row is None:
        return None
    sealed = session.get_one(LineTextRow, line_id).sealed
    told = texts.unseal(session, [(row.statement_id, row.id, sealed)])[0]
    waits = session.get(InboxRow, line_id)
    return LineHistory(
        id=row.id,
        statement_id=row.statement_id,
        account=row.account,
        occurred_on=row.occurred_on,
        occurred_at=row.occurred_at,
        amount_satang=row.amount_satang,
        bank_id=row.bank_id,
        state=waits.state if waits else SETTLED,
        told=told,
        steps=_steps(session, line_id),
    )


def statement(session: Session, statement_id: UUID) -> StatementHistory | None:
    """Everything about one file."""
    row = session.get(StatementRow, statement_id)
    if row is None:
        return None
    done = session.exec(
        select(StatementActRow).where(StatementActRow.statement_id == statement_id).order_by(col(StatementActRow.id))
    )
    told = [Act(one.act, one.reason, one.acted_by, one.acted_at) for one in done]
    closed = overlaps.told_of_closed_days(session, [row.id]).get(row.id, 0)
    return StatementHistory(**row.model_dump(exclude={"sha256", "importer"}), closed_count=closed, acts=told)


def told_lines(session: Session, statement_id: UUID, *, after: int = 0, limit: int) -> list[ToldLine]:
    """The lines that a file was the first to tell, in its order, after the line of this number."""
    columns = sqlalchemy.select(
        col(LineRow.id), col(LineRow.position), col(LineRow.occurred_on), col(LineRow.occurred_at),
        col(LineRow.amount_satang), sqlalchemy.func.coalesce(col(InboxRow.state), SETTLED),
    )  # fmt: skip
    rows = session.execute(
        columns.outerjoin(InboxRow, col(InboxRow.line_id) == col(LineRow.id))
        .where(col(LineRow.statement_id) == statement_id, col(LineRow.position) > after)
        .order_by(col(LineRow.position))
        .limit(limit)
    )
    return [ToldLine(*row) for row in rows]


def _steps(session: Session, line_id: UUID) -> list[Step]:
    rows: Sequence[tuple[MatchRow, UndoneRow | None]] = session.exec(
        select(MatchRow, UndoneRow)
        .join(UndoneRow, col(UndoneRow.match_id) == col(MatchRow.id), isouter=True)
        .where(MatchRow.line_id == line_id)
        .order_by(col(MatchRow.id))
    ).all()
    return [_step(session, *row) for row in rows]


def _step(session: Session, match: MatchRow, undone: UndoneRow | None) -> Step:
    return Step(
        kind=match.kind,
        reasons=why.from_json(match.reasons),
        words=match.words,
        matched_by=match.matched_by,
        matched_at=match.matched_at,
        gift=gifts.donation(session, match.donation_id) if match.donation_id else None,
        undone_by=undone.undone_by if undone else "",
        undone_at=undone.undone_at if undone else None,
        undone_because=undone.reason if undone else "",
    )
