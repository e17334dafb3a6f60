"""What requests and breaches share: who writes, and words that are sealed under the key of what they are about.

Refuses words of nobody, and none or too many of them.
"""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from fund import clock, sealed
from fund.audit import Actor
from fund.people import turns
from fund.people.errors import NobodyError
from fund.people.models import PersonRow
from fund.rights.errors import WordsError

LONGEST: Final = 2_000
TWICE_WITHIN: Final = timedelta(minutes=1)
"""The same, written by the same person within this, is a button that was pressed twice."""


def person_of(by: Actor) -> UUID:
    """The member of staff who acts. Raises NobodyError for the service itself."""
    if by.person_id is None:
        raise NobodyError()
    return by.person_id


def since_for_twice(session: Session, who: UUID) -> datetime:
    """From when on the same of this person counts as sent twice; who sends it at this moment waits."""
    turns.wait_for(session, f"desk {who}")
    return clock.now() - TWICE_WITHIN


def names(session: Session) -> dict[UUID, str]:
    """What the people here are called; there are tens of them."""
    return {row.id: row.name for row in session.exec(select(PersonRow))}


def close(session: Session, subject: UUID, place: str, words: str, *, may_be_empty: bool = False) -> bytes:
    """Somebody's words, sealed. Raises WordsError."""
    written = words.strip()
    if len(written) > LONGEST or not (written or may_be_empty):
        raise WordsError(longest=LONGEST)
    return sealed.seal(session, subject, place, subject, written)


def opened(session: Session, subject: UUID, place: str, closed: bytes) -> str | None:
    """The words again; None once they were erased."""
    return sealed.unseal(session, subject, place, subject, closed)
