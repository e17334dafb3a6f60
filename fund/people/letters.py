"""Whether the letter to somebody who was invited goes out, and what became of it.

Knows the letter's job and nothing of the address. A link is shown on a page only where no letter brings it.
"""

from typing import Literal
from uuid import UUID

from sqlmodel import Session, col, select

from fund.outbox import OutboxRow
from fund.people import staff
from fund.settings import Settings

State = Literal["none", "waiting", "sent", "in trouble", "given up"]


def invitation(session: Session, person_id: UUID) -> State:
    """Where the last letter that invites this person stands."""
    about = select(OutboxRow).where(OutboxRow.kind == staff.INVITATION, OutboxRow.subject == str(person_id))
    row = session.exec(about.order_by(col(OutboxRow.id).desc()).limit(1)).first()
    if row is None:
        return "none"
    if row.done_at is not None:
        return "sent"
    return "given up" if row.failed_at is not None else "in trouble" if row.failure else "waiting"


def brings_link(session: Session, settings: Settings, person_id: UUID, *, is_demo: bool) -> bool:
    """Whether a letter brings this person their link: there is an address and a server, and the last one went well."""
    has_way = bool(settings.smtp_url) and not is_demo and bool(staff.one(session, person_id).email)
    return has_way and invitation(session, person_id) not in ("in trouble", "given up")
