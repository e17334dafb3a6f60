"""Verbs on donors: keep what one told us, correct it, forget it again.

`details` has read and checked what was typed. Refuses to write anything for who was erased.
"""

from typing import Final
from uuid import UUID

import msgspec
from sqlmodel import Session, col, update

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.donors import queries
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from fund.errors import NotFoundError
from ledger.identifiers import new_id

_EMPTY: Final[dict[str, bytes | None]] = {"sealed": None, "tax_id_index": None, "email_index": None}


def keep(session: Session, details: ContactDetails, *, by: Actor) -> UUID | None:
    """Keep what a donor told us, sealed under a key of their own, and return its id; nothing told, nothing kept."""
    if details.is_empty:
        return None
    contact_id = new_id()
    session.add(ContactRow(id=contact_id, **_stored(session, contact_id, details), made_at=clock.now()))
    session.flush()
    audit.record(session, by, "contact.kept", contact_id)
    return contact_id


def correct(session: Session, contact_id: UUID, details: ContactDetails, *, by: Actor, reason: str = "") -> None:
    """Let a contact say this from now on; receipts that were issued stay as they are. Raises NotFoundError."""
    if contact_id not in queries.contacts(session, [contact_id]):
        raise NotFoundError()
    _rewrite(session, contact_id, **_stored(session, contact_id, details))
    audit.record(session, by, "contact.corrected", contact_id, reason=reason)


def empty(session: Session, contact_id: UUID, *, by: Actor) -> None:
    """Erase a contact and leave the donor's key, which the part of a receipt still needs."""
    _rewrite(session, contact_id, **_EMPTY)
    audit.record(session, by, "contact.emptied", contact_id)


def forget(session: Session, contact_id: UUID, *, by: Actor) -> None:
    """Erase a donor: their key goes, and with it their contact and their part of every receipt and its paper.

    The gifts stay, nameless, and every proof of them.
    """
    _rewrite(session, contact_id, **_EMPTY)
    sealed.destroy(session, contact_id)
    audit.record(session, by, "contact.forgotten", contact_id)


def _stored(session: Session, contact_id: UUID, details: ContactDetails) -> dict[str, bytes | None]:
    """The columns of a contact that say these details."""
    told = msgspec.json.encode(details).decode()
    return {
        "sealed": sealed.seal(session, contact_id, queries.PLACE, contact_id, told),
        "tax_id_index": sealed.blind(session, queries.TAX_ID, details.tax_id) if details.tax_id else None,
        "email_index": sealed.blind(session, queries.EMAIL, details.email.casefold()) if details.email else None,
    }


def _rewrite(session: Session, contact_id: UUID, **stored: bytes | None) -> None:
    session.execute(update(ContactRow).where(col(ContactRow.id) == contact_id).values(stored))
