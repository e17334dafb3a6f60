"""Who did what and who looked at whom: an append-only row beside every change and every view of personal data.

Knows actors, acts, and how the rows are searched. Refuses personal data: `subject` is an id, a code or a number, a
reason is one of a list, and of an address only its network is kept (`docs/decisions/0014-trail.md`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import tuple_
from sqlmodel import Field, Session, SQLModel, col, select

from fund.clock import BANGKOK
from fund.errors import MalformedError
from ledger.columns import Instant, Uid
from ledger.identifiers import new_id
from ledger.leaves import Stamped

VIEWED: Final = ".viewed"
REASONS: Final = {
    "asked_by_the_person": "The person asked for it",
    "complaint": "A complaint",
    "audit": "An audit",
    "law": "The law asks for it",
    "case_work": "Work on the case",
    "payment": "A payment",
    "correction": "Something is wrong and must be corrected",
}
"""Why somebody looks or acts where they are asked. Never in free words: those would bring names into the log."""


class ReasonError(MalformedError):
    message = "Say why, with one of the reasons offered."


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff by name and id, a donor, or the service itself.

    `came_from` is the network of a member of staff (`203.0.113.0/24`); of others nothing is kept.
    """

    name: str
    person_id: UUID | None = None
    came_from: str = ""


DONOR = Actor("donor")
WORKER = Actor("worker")

TRAIL: Final = Stamped(
    "audit",
    "fund_audit",
    "id",
    ("recorded_at", "actor", "person_id", "action", "subject", "reason", "came_from"),
    key_type="uuid",
)
"""The audit rows as leaves of the log, with everything that they say."""


class AuditRow(SQLModel, table=True):
    __tablename__ = "fund_audit"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    recorded_at: datetime = Field(sa_type=Instant)
    actor: str
    person_id: UUID | None = Field(default=None, sa_type=Uid)
    action: str
    subject: str
    reason: str = ""
    came_from: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """One row of the trail."""

    id: UUID
    recorded_at: datetime
    actor: str
    person_id: UUID | None
    action: str
    subject: str
    reason: str
    came_from: str


@dataclass(frozen=True, slots=True)
class Sought:
    """Which acts: exactly of this actor, action and subject, on these days (the last one too); empty is any.

    With `is_view` only who has looked.
    """

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: date | None = None
    until: date | None = None
    is_view: bool = False


def record(session: Session, by: Actor, action: str, subject: object, *, reason: str = "") -> None:
    """Note that `by` did `action` (`noun.verb_past`) to `subject`; `reason` is one of `REASONS`. Raises ReasonError."""
    _add(session, by, action, [subject], reason)


def record_each(session: Session, by: Actor, action: str, subjects: Iterable[object]) -> None:
    """The same act done to many, a row for each."""
    _add(session, by, action, subjects, "")


def viewed(session: Session, by: Actor, what: str, subject: object, *, reason: str = "") -> None:
    """Note that `by` is about to see what we hold of `subject`, a `what`; committed before it is shown."""
    _add(session, by, what + VIEWED, [subject], reason)


def viewed_each(session: Session, by: Actor, what: str, subjects: Iterable[object], *, reason: str = "") -> None:
    """The same for everything that one page shows, a row for each."""
    _add(session, by, what + VIEWED, subjects, reason)


def is_recorded(session: Session, action: str) -> bool:
    """Whether `action` was ever done, to anything."""
    return session.exec(select(AuditRow.id).where(AuditRow.action == action).limit(1)).first() is not None


def acts(session: Session, sought: Sought, *, before: tuple[datetime, UUID] | None = None, limit: int) -> list[Act]:
    """The acts sought, newest first; `before` is the moment and id of the last one that was seen."""
    query = select(AuditRow).where(*_conditions(sought))
    place = tuple_(col(AuditRow.recorded_at), col(AuditRow.id))
    if before is not None:
        query = query.where(place < tuple_(*before, types=(Instant(), Uid())))
    newest = query.order_by(col(AuditRow.recorded_at).desc(), col(AuditRow.id).desc())
    return [Act(**row.model_dump()) for row in session.exec(newest.limit(limit))]


def _conditions(sought: Sought) -> list[Any]:
    exactly = {"actor": sought.actor, "action": sought.action, "subject": sought.subject}
    found = [getattr(AuditRow, name) == value for name, value in exactly.items() if value]
    if sought.is_view:
        found.append(col(AuditRow.action).endswith(VIEWED))
    if sought.since is not None:
        found.append(col(AuditRow.recorded_at) >= _begins(sought.since))
    if sought.until is not None:
        found.append(col(AuditRow.recorded_at) < _begins(sought.until + timedelta(days=1)))
    return found


def _begins(day: date) -> datetime:
    """The first moment of a day in Bangkok."""
    return datetime.combine(day, time.min, BANGKOK)


def _add(session: Session, by: Actor, action: str, subjects: Iterable[object], reason: str) -> None:
    if reason and reason not in REASONS:
        raise ReasonError()
    now = datetime.now(UTC)
    whose: dict[str, Any] = {"recorded_at": now, "actor": by.name, "person_id": by.person_id, "came_from": by.came_from}
    session.add_all(AuditRow(**whose, action=action, subject=str(subject), reason=reason) for subject in subjects)
