"""What donors agreed to: that the tax office is told their name, tax ID and gift. Given once, taken back once.

Refuses nothing: consent that is given or taken back again stays as it is.
"""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.tax.models import ConsentRow, WithdrawalRow


def give(session: Session, contact_id: UUID, *, by: Actor) -> None:
    """Let the tax office be told."""
    if session.get(ConsentRow, contact_id) is None:
        session.add(ConsentRow(contact_id=contact_id, given_at=clock.now()))
        audit.record(session, by, "tax_consent.given", contact_id)
        session.flush()


def withdraw(session: Session, contact_id: UUID, *, by: Actor) -> None:
    """Let the tax office be told nothing more; what was told is to be taken back there."""
    if session.get(ConsentRow, contact_id) is not None and session.get(WithdrawalRow, contact_id) is None:
        session.add(WithdrawalRow(contact_id=contact_id, withdrawn_at=clock.now()))
        audit.record(session, by, "tax_consent.withdrawn", contact_id)
        session.flush()


def ever(session: Session, contact_ids: Collection[UUID]) -> set[UUID]:
    """Which of these donors agreed, whatever they said later."""
    return set(session.exec(select(ConsentRow.contact_id).where(col(ConsentRow.contact_id).in_(contact_ids))))
