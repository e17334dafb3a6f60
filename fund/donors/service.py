"""Verbs on donors: keep what one told us, correct it, forget it again.

`details` has read and checked what was typed. Refuses to write anything for who was erased.
"""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy import insert
from sqlmodel import Session, col, update

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.donors import queries
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from fund.errors import NotFoundError
from ledger.identifiers import new_id
from ledger.private import Part

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


def keep_many(session: Session, told: Sequence[ContactDetails], *, by: Actor) -> list[UUID]:
    """Keep what many donors told us, each under a key of their own, in their order; with one row in the trail."""
    if not told:
        return []
    ids = [new_id() for _ in told]
    parts = [
        Part(contact_id, queries.PLACE, str(contact_id), msgspec.json.encode(one))
        for contact_id, one in zip(ids, told, strict=True)
    ]
    now = clock.now()
    rows = [
        {"id": contact_id, "sealed": kept, **_indexes(session, one), "made_at": now}
        for contact_id, kept, one in zip(ids, sealed.seal_many(session, parts), told, strict=True)
    ]
    session.connection().execute(insert(ContactRow), rows)
    audit.record(session, by, "contacts.kept", f"{len(ids)} from {min(ids)}")
    return ids


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


def forget_many(session: Session, contact_ids: Collection[UUID], *, by: Actor) -> None:
    """Erase many donors at once; with one row in the trail."""
    if not contact_ids:
        return
    session.execute(update(ContactRow).where(col(ContactRow.id).in_(contact_ids)).values(_EMPTY))
    for contact_id in contact_ids:
        sealed.destroy(session, contact_id)
    audit.record(session, by, "contacts.forgotten", f"{len(contact_ids)} from {min(contact_ids)}")


def _stored(session: Session, contact_id: UUID, details: ContactDetails) -> dict[str, bytes | None]:
    """The columns of a contact that say these details."""
    told = msgspec.json.encode(details).decode()
    return {
        "sealed": sealed.seal(session, contact_id, queries.PLACE, contact_id, told),
        **_indexes(session, details),
    }


def _indexes(session: Session, details: ContactDetails) -> dict[str, bytes | None]:
    """What a contact is looked up by."""
    return {
        "tax_id_index": sealed.blind(session, queries.TAX_ID, details.tax_id) if details.tax_id else None,
        "email_index": sealed.blind(session, queries.EMAIL, details.email.casefold()) if details.email else None,
    }


def _rewrite(session: Session, contact_id: UUID, **stored: bytes | None) -> None:
    session.execute(update(ContactRow).where(col(ContactRow.id) == contact_id).values(stored))
