"""Who did what, when: an append-only row beside every change.

Knows actors and acts. Refuses personal data: `subject` is an id, a code or a number, never a name.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, select

from ledger.columns import Instant, Uid
from ledger.identifiers import new_id
from ledger.leaves import Stamped


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff by name and id, a donor, or the service itself."""

    name: str
    person_id: UUID | None = None


DONOR = Actor("donor")
WORKER = Actor("worker")

TRAIL: Final = Stamped("audit", "fund_audit", "id", ("recorded_at", "actor", "action", "subject"), key_type="uuid")
"""The audit rows as leaves of the log."""


class AuditRow(SQLModel, table=True):
    __tablename__ = "fund_audit"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    recorded_at: datetime = Field(sa_type=Instant)
    actor: str
    action: str
    subject: str


def record(session: Session, by: Actor, action: str, subject: object) -> None:
    """Note that `by` did `action` (`noun.verb_past`) to `subject`."""
    session.add(AuditRow(recorded_at=datetime.now(UTC), actor=by.name, action=action, subject=str(subject)))


def is_recorded(session: Session, action: str) -> bool:
    """Whether `action` was ever done, to anything."""
    return session.exec(select(AuditRow.id).where(AuditRow.action == action).limit(1)).first() is not None
