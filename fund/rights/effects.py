"""What an erasure does to its subject: the one table of effects, done first when it is decided, again after a restore.

Knows four: a key destroyed, a contact emptied, consent withdrawn, a member of staff forgotten. Each may be repeated.
Refuses nothing: what is already gone stays gone, and who came back to work is left alone.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, delete, select, update

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.bank.models import LineRow, PayerRow
from fund.donors import queries as contacts
from fund.donors import service as donors
from fund.donors.models import ContactRow
from fund.grants.models import PayeeRow
from fund.people import staff
from fund.people.models import (
    FactorRow,
    FormerEmailRow,
    InvitationRow,
    PasskeyRow,
    PersonRow,
    RecoveryRow,
    StaffSession,
)
from fund.rights.models import ErasureRow
from fund.tax import consents


def _destroy_key(session: Session, subject: UUID, by: Actor) -> None:
    if session.exec(select(ContactRow.id).where(ContactRow.id == subject)).first() is not None:
        donors.forget(session, subject, by=by)
    else:
        lines = select(LineRow.id).where(LineRow.statement_id == subject)
        session.execute(delete(PayerRow).where(col(PayerRow.line_id).in_(lines)))  # what payers were met again by
        sealed.destroy(session, subject)
        session.execute(update(PayeeRow).where(col(PayeeRow.id) == subject).values(same_as=None))
        audit.record(session, by, "key.destroyed", subject)


def _empty_contact(session: Session, contact_id: UUID, by: Actor) -> None:
    donors.empty(session, contact_id, by=by)


def _withdraw(session: Session, contact_id: UUID, by: Actor) -> None:
    """No more thanks by name, no more letters, nothing more to the tax office; what a receipt needs stays."""
    consents.withdraw(session, contact_id, by=by)
    told = contacts.contact(session, contact_id)
    left = replace(told, public_name="", email="")
    if left.is_empty:
        donors.empty(session, contact_id, by=by)
    elif left != told:
        donors.correct(session, contact_id, left, by=by)


def _forget_staff(session: Session, person_id: UUID, by: Actor) -> None:
    """No address and no way in; the name stays, because acts name it."""
    if staff.grants_of(session, person_id):
        return
    for table in (FactorRow, RecoveryRow, PasskeyRow, StaffSession, InvitationRow, FormerEmailRow):
        session.execute(delete(table).where(col(table.person_id) == person_id))
    blank = {"email": "", "email_key": None, "password_hash": ""}
    session.execute(update(PersonRow).where(col(PersonRow.id) == person_id).values(blank))
    audit.record(session, by, "person.forgotten", person_id)


EFFECTS: Final[dict[str, Callable[[Session, UUID, Actor], None]]] = {
    "key": _destroy_key,
    "contact": _empty_contact,
    "withdrawn": _withdraw,
    "staff": _forget_staff,
}


def apply(session: Session, subject: UUID, what: str, *, erased_at: datetime | None = None, by: Actor) -> None:
    """Let this be gone, and stand on the list of erasures."""
    moment = erased_at or clock.now()
    if not is_gone_since(session, subject, what, moment):  # noted first: the database notes a key that goes by itself
        session.add(ErasureRow(subject=subject, what=what, erased_at=moment))
        session.flush()
    EFFECTS[what](session, subject, by)
    session.flush()


def is_gone_since(session: Session, subject: UUID, what: str, moment: datetime) -> bool:
    """Whether the list says that this went then or later; a key that went never comes back."""
    rows = select(ErasureRow.subject).where(ErasureRow.subject == subject, ErasureRow.what == what)
    since = rows if what == "key" else rows.where(col(ErasureRow.erased_at) >= moment)
    return session.exec(since).first() is not None
