"""Verbs on donors: keep what one told us, forget it again.

Refuses nothing: `details` has read and checked what was typed.
"""

from uuid import UUID

import msgspec
from sqlmodel import Session, col, update

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.donors import queries
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from ledger.identifiers import new_id


def keep(session: Session, details: ContactDetails, *, by: Actor) -> UUID | None:
    """Keep what a donor told us, sealed under a key of their own, and return its id; nothing told, nothing kept."""
    if details.is_empty:
        return None
    contact_id = new_id()
    row = ContactRow(
        id=contact_id,
        sealed=sealed.seal(session, contact_id, queries.PLACE, contact_id, msgspec.json.encode(details).decode()),
        tax_id_index=sealed.blind(session, queries.TAX_ID, details.tax_id) if details.tax_id else None,
        made_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, by, "contact.kept", contact_id)
    return contact_id


def forget(session: Session, contact_id: UUID, *, by: Actor) -> None:
    """Erase a donor: their key goes, and with it their contact and their part of every receipt and its paper.

    The gifts stay, nameless, and every proof of them.
    """
    emptied = update(ContactRow).where(col(ContactRow.id) == contact_id)
    session.execute(emptied.values(sealed=None, tax_id_index=None))
    sealed.destroy(session, contact_id)
    audit.record(session, by, "contact.forgotten", contact_id)
