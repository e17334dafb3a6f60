"""What each check of the books found: when it was, how long it took, and what every invariant answered.

Knows ids, codes and figures, no personal data. Refuses to change an answer: a check is a row that stays.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlmodel import Field, Session, SQLModel, col, select

from fund import clock
from ledger.columns import Instant, Uid
from ledger.identifiers import new_id

LATE_AFTER: Final = timedelta(hours=26)
"""A check each night, and two hours for it: later, nobody knows whether the books still hold."""


class Answer(msgspec.Struct, frozen=True):
    """One invariant: what it says, what to do where it fails, and what was found against it."""

    name: str
    says: str
    then: str
    milliseconds: int
    count: int = 0  # of findings; never more than somebody would read
    findings: tuple[str, ...] = ()  # the first of them
    not_asked: str = ""  # why it says nothing of this fund

    @property
    def holds(self) -> bool:
        return self.count == 0


class Checkup(msgspec.Struct, frozen=True):
    """One check of all invariants."""

    began_at: datetime
    ended_at: datetime
    answers: tuple[Answer, ...]

    @property
    def asked(self) -> list[Answer]:
        """The invariants that say something of this fund."""
        return [answer for answer in self.answers if not answer.not_asked]

    @property
    def failed(self) -> list[Answer]:
        """The invariants that do not hold."""
        return [answer for answer in self.answers if not answer.holds]

    @property
    def is_late(self) -> bool:
        """Whether the next check should have ended by now: it was not begun, or it never ended."""
        return clock.now() - self.ended_at > LATE_AFTER


class CheckRow(SQLModel, table=True):
    __tablename__ = "fund_check"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    began_at: datetime = Field(sa_type=Instant)
    ended_at: datetime = Field(sa_type=Instant)
    content: str


def record(session: Session, began_at: datetime, answers: tuple[Answer, ...]) -> None:
    """Keep what a check that began then, and ends now, has found."""
    content = msgspec.json.encode(answers).decode()
    session.add(CheckRow(began_at=began_at, ended_at=clock.now(), content=content))
    session.flush()


def last(session: Session) -> Checkup | None:
    """The last check that came to its end; None before the first."""
    row = session.exec(select(CheckRow).order_by(col(CheckRow.ended_at).desc()).limit(1)).first()
    if row is None:
        return None
    return Checkup(row.began_at, row.ended_at, msgspec.json.decode(row.content, type=tuple[Answer, ...]))
