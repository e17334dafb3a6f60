"""Donors' contacts, looked up by id, or by the whole tax ID or e-mail address; never by name."""

from collections.abc import Collection
from uuid import UUID

import msgspec
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from fund import sealed
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from ledger.private import Part

PLACE = "donors_contact.sealed"
TAX_ID = "donors_contact.tax_id"
EMAIL = "donors_contact.email"


def contacts(session: Session, contact_ids: Collection[UUID]) -> dict[UUID, ContactDetails]:
    """What these donors told us; ids that are not there, or were erased, are left out."""
    if not contact_ids:
        return {}
    rows = session.exec(select(ContactRow.id, ContactRow.sealed).where(col(ContactRow.id).in_(contact_ids)))
    parts = [Part(row_id, PLACE, str(row_id), content) for row_id, content in rows if content]
    told = zip(parts, sealed.unseal_many(session, parts), strict=True)
    return {part.owner: msgspec.json.decode(said, type=ContactDetails) for part, said in told if said is not None}


def contact(session: Session, contact_id: UUID | None) -> ContactDetails:
    """What one donor told us; nothing for a donor without a contact."""
    return contacts(session, [contact_id]).get(contact_id, ContactDetails()) if contact_id else ContactDetails()


def with_tax_id(session: Session, tax_id: str) -> list[UUID]:
    """The contacts that gave exactly this tax ID, first to last."""
    return _indexed(session, ContactRow.tax_id_index == sealed.blind(session, TAX_ID, tax_id))


def with_email(session: Session, email: str) -> list[UUID]:
    """The contacts that gave this e-mail address, first to last."""
    return _indexed(session, ContactRow.email_index == sealed.blind(session, EMAIL, email.casefold()))


def _indexed(session: Session, condition: bool) -> list[UUID]:
    return list(session.exec(select(ContactRow.id).where(condition).order_by(col(ContactRow.id))))


def not_blank() -> SelectOfScalar[UUID]:
    """The ids of contacts that still say something, as a part of another question."""
    return select(ContactRow.id).where(col(ContactRow.sealed).is_not(None))
