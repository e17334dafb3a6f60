"""Verbs on donors: keep what one told us, forget it again.

Refuses nothing: `details` has read and checked what was typed.
"""

from uuid import UUID

from sqlmodel import Session, col, update

from fund import audit, clock
from fund.audit import Actor
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from ledger.identifiers import new_id


def keep(session: Session, details: ContactDetails, *, by: Actor) -> UUID | None:
    """Keep what a donor told us and return its id; nothing told, nothing kept."""
    if details.is_empty:
        return None
    row = ContactRow(
        id=new_id(),
        public_name=details.public_name,
        name=details.name,
        tax_id=details.tax_id,
        email=details.email,
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, by, "contact.kept", row.id)
    return row.id


def forget(session: Session, contact_id: UUID, *, by: Actor) -> None:
    """Blank a donor's contact; the gifts stay, nameless."""
    blank = update(ContactRow).where(col(ContactRow.id) == contact_id)
    session.execute(blank.values(public_name="", name="", tax_id="", email=""))
    audit.record(session, by, "contact.forgotten", contact_id)
