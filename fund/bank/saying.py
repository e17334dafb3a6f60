"""What people say about a line that waits, without settling it: a remark for a colleague, hold it, let it go on.

Remarks may name people: they are sealed with the line's own text. Refuses to hold what does not wait, and to lose
anything: whatever was said stays.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, col, select

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.bank import queries
from fund.bank.errors import AlreadySettledError, ReasonMissingError, UnknownLineError
from fund.bank.models import InboxRow, LineRow, RemarkRow
from fund.bank.queries import InboxLine
from ledger.identifiers import new_id
from ledger.private import Part

LONGEST: Final = 500
COMMENT, HOLD, RELEASE = "comment", "hold", "release"
_PLACE: Final = "bank_remark.sealed"
_WAITING: Final = ("waiting", "refused")


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said of a line: a `comment`, or why they `hold` or `release` it. Empty once it was erased."""

    line_id: UUID
    act: str
    words: str
    said_by: str
    said_at: datetime
    asks: UUID | None


def words(reason: str) -> str:
    """What a person gave as the reason, in one line. Raises ReasonMissingError."""
    said = " ".join(reason.split())[:LONGEST]
    if not said:
        raise ReasonMissingError()
    return said


def take(session: Session, line_id: UUID) -> InboxLine:
    """A line that waits, locked. Raises AlreadySettledError, UnknownLineError."""
    for line in queries.take_these(session, [line_id]):
        if line.state not in ("new", "withdrawn"):
            return line
    raise AlreadySettledError() if queries.line_moved(session, line_id) else UnknownLineError()


def comment(session: Session, line_id: UUID, said: str, *, by: Actor, asks: UUID | None = None) -> UUID:
    """Say something about a line, settled or not: a question to a colleague, an answer. Raises UnknownLineError."""
    return _remark(session, line_id, COMMENT, words(said), by, asks)


def hold(session: Session, line_id: UUID, *, reason: str, by: Actor) -> None:
    """Set a waiting line aside until somebody releases it. Raises AlreadySettledError."""
    said = words(reason)
    _move(session, line_id, _WAITING, "held")
    _remark(session, line_id, HOLD, said, by)


def release(session: Session, line_id: UUID, *, reason: str, by: Actor) -> None:
    """Put a line that is held back among those that wait. Raises AlreadySettledError."""
    said = words(reason)
    _move(session, line_id, ("held",), "waiting")
    _remark(session, line_id, RELEASE, said, by)


def try_again(session: Session, line_id: UUID, *, by: Actor) -> None:
    """Give a waiting or refused line to the matcher once more. Raises AlreadySettledError."""
    _move(session, line_id, _WAITING, "new")
    audit.record(session, by, "line.tried_again", line_id)


def remarks(session: Session, line_id: UUID) -> list[Remark]:
    """What was said of a line, first to last."""
    rows = session.exec(select(RemarkRow).where(RemarkRow.line_id == line_id).order_by(col(RemarkRow.id))).all()
    statement_id = session.exec(select(LineRow.statement_id).where(LineRow.id == line_id)).first()
    parts = [Part(statement_id, _PLACE, str(row.id), row.sealed) for row in rows if statement_id]
    told = sealed.unseal_many(session, parts)
    return [
        Remark(row.line_id, row.act, (said or b"").decode(), row.said_by, row.said_at, row.asks_person)
        for row, said in zip(rows, told, strict=True)
    ]


def _move(session: Session, line_id: UUID, states: tuple[str, ...], to: str) -> None:
    moved = update(InboxRow).where(col(InboxRow.line_id) == line_id, col(InboxRow.state).in_(states))
    if session.connection().execute(moved.values(state=to)).rowcount != 1:
        raise AlreadySettledError()


def _remark(session: Session, line_id: UUID, act: str, said: str, by: Actor, asks: UUID | None = None) -> UUID:
    line = session.get(LineRow, line_id)
    if line is None:
        raise UnknownLineError()
    row_id = new_id()
    kept = sealed.seal(session, line.statement_id, _PLACE, row_id, said)
    told = RemarkRow(
        id=row_id, line_id=line_id, act=act, sealed=kept, asks_person=asks, said_by=by.name, said_at=clock.now()
    )
    session.add(told)
    audit.record(session, by, f"line.{_NOTED[act]}", line_id)
    session.flush()
    return row_id


_NOTED: Final = {COMMENT: "commented", HOLD: "held", RELEASE: "released"}
