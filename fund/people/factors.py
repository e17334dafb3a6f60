"""The second factor: whether somebody has one."""

from uuid import UUID

from sqlmodel import Session, col, select

from fund.people.models import FactorRow, PasskeyRow


def has_any(session: Session, person_id: UUID) -> bool:
    """Whether this person has a second factor: an app that was tried, or a passkey."""
    return has_app(session, person_id) or has_passkey(session, person_id)


def has_app(session: Session, person_id: UUID) -> bool:
    """Whether this person's app was set up and tried."""
    row = session.get(FactorRow, person_id)
    return row is not None and row.is_confirmed


def has_passkey(session: Session, person_id: UUID) -> bool:
    """Whether this person has a passkey."""
    return session.exec(select(PasskeyRow).where(col(PasskeyRow.person_id) == person_id).limit(1)).first() is not None
