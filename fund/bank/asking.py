"""Whom one may ask about a bank line, and the letter that says so.

The letter has the line's address and nothing of what it holds: who paid is read after signing in. Refuses to ask who
may not answer.
"""

from uuid import UUID

from sqlmodel import Session

from fund import notices
from fund.audit import Actor
from fund.bank import saying
from fund.bank.errors import NotAskedError
from fund.people import powers, staff


def colleagues(session: Session, asking: UUID | None) -> list[tuple[UUID, str]]:
    """Who else than the person asking may read a line and answer, by name."""
    roles = powers.ACTIONS["lines.comment"].roles
    known = [
        (one.id, one.name)
        for one in staff.people(session)
        if one.id != asking and not one.is_suspended and any(grant.role in roles for grant in one.grants)
    ]
    return sorted(known, key=lambda one: one[1])


def ask(session: Session, line_id: UUID, said: str, person_id: UUID, *, by: Actor) -> None:
    """Say something about a line, and write to a colleague to answer it. Raises NotAskedError, UnknownLineError."""
    if person_id not in dict(colleagues(session, by.person_id)):
        raise NotAskedError()
    remark_id = saying.comment(session, line_id, said, by=by, asks=person_id)
    notices.tell(session, notices.QUESTION, [person_id], f"{line_id} {remark_id}")
