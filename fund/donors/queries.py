"""Donors' contacts, looked up by id; never by name."""

from collections.abc import Collection
from uuid import UUID

from sqlmodel import Session, col, or_, select
from sqlmodel.sql.expression import SelectOfScalar

from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow


def contacts(session: Session, contact_ids: Collection[UUID]) -> dict[UUID, ContactDetails]:
    """What these donors told us; ids that are not there are left out."""
    rows = select(ContactRow).where(col(ContactRow.id).in_(contact_ids))
    return {row.id: _details(row) for row in session.exec(rows)} if contact_ids else {}


def contact(session: Session, contact_id: UUID | None) -> ContactDetails:
    """What one donor told us; nothing for a donor without a contact."""
    return contacts(session, [contact_id]).get(contact_id, ContactDetails()) if contact_id else ContactDetails()


def not_blank() -> SelectOfScalar[UUID]:
    """The ids of contacts that still say something, as a part of another question."""
    told = (ContactRow.public_name, ContactRow.name, ContactRow.tax_id, ContactRow.email)
    return select(ContactRow.id).where(or_(*(col(field) != "" for field in told)))


def _details(row: ContactRow) -> ContactDetails:
    return ContactDetails(row.public_name, row.name, row.tax_id, row.email)
