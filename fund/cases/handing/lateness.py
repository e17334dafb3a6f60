"""Evidence that is late: shown from its due day on; after the limit, nothing more is given to who owes it.

Knows the days of the fund's profile. What waits for the core team's look or for a verdict is not late: it is not the
case manager's turn.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from fund import clock, profile
from fund.cases.handing import states
from fund.cases.handing.errors import LateEvidenceError
from fund.cases.handing.models import HandoverRow


def require_none_late(session: Session, person_id: UUID) -> None:
    """Refuse a new request of a case manager whose evidence is late beyond the limit. Raises LateEvidenceError."""
    limit = clock.today() - timedelta(days=profile.current(session).evidence_limit_days)
    theirs = select(HandoverRow).where(HandoverRow.requester == person_id, *owed(), col(HandoverRow.due_on) < limit)
    row = session.exec(theirs.order_by(col(HandoverRow.due_on)).limit(1)).first()
    if row is not None:
        raise LateEvidenceError(code=row.case_code, day=row.due_on)


def owed() -> tuple[Any, ...]:
    """What a question about handovers adds: evidence of these is awaited of the case manager."""
    is_open = col(HandoverRow.is_complete).is_(False), col(HandoverRow.state) != states.OVER
    return *is_open, col(HandoverRow.state).in_(states.RUNNING), col(HandoverRow.lacks) > 0


def is_late(row: HandoverRow, on: date) -> bool:
    """Whether evidence of this one should have been handed in before this day."""
    return not row.is_complete and row.state in states.RUNNING and row.lacks > 0 and row.due_on < on
