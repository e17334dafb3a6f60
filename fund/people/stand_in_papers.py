"""The signed paper by which a stand-in was appointed: sealed for that appointment alone, its digest in it.

Knows papers by their first bytes. Refuses what is no PDF, JPEG or PNG, and what is too large. It is opened by nothing
here: whoever looks at it saves it first.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, files
from fund.audit import Actor
from fund.errors import TooLargeError, WrongTypeError
from fund.people import duties
from fund.people.duties import Side

LARGEST_BYTES: Final = 8 << 20
_KINDS: Final = {
    b"%PDF-": ("application/pdf", "pdf"),
    b"\xff\xd8\xff": ("image/jpeg", "jpg"),
    b"\x89PNG\r\n\x1a\n": ("image/png", "png"),
}
"""How papers begin, with the type and the ending of a file's name that belong to it."""


class NoPaperError(WrongTypeError):
    message = "Choose the signed paper: PDF, JPEG or PNG."


class PaperTooLargeError(TooLargeError):
    message = "This paper is too large. Send one of up to 8 MB."


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper as it was handed in, and what it truly is."""

    content: bytes
    media_type: str
    ending: str


def read(content: bytes) -> Paper:
    """The paper that this is. Raises NoPaperError, PaperTooLargeError."""
    if len(content) > LARGEST_BYTES:
        raise PaperTooLargeError()
    for beginning, (media_type, ending) in _KINDS.items():
        if content.startswith(beginning):
            return Paper(content, media_type, ending)
    raise NoPaperError()


def appoint(
    session: Session,
    folder: Path,
    paper: Paper,
    people: tuple[UUID, UUID],
    days: tuple[date, date],
    sides: Collection[Side],
    *,
    by: Actor,
) -> UUID:
    """Let the first person stand in for the second from one day to another, and keep the paper that says so.

    Raises AppointmentError.
    """
    sha256 = hashlib.sha256(paper.content).hexdigest()
    stand_in = duties.appoint(session, *people, *days, sha256, sides=sides, by=by)
    files.store(session, folder, paper.content, stand_in)
    return stand_in


def opened(session: Session, folder: Path, stand_in: UUID, *, by: Actor) -> Paper:
    """The paper of an appointment, the look noted. Raises StandInNotFoundError, NotFoundError, FileChangedError."""
    paper = read(files.load(session, folder, duties.appointment(session, stand_in).paper_sha256, stand_in))
    audit.viewed(session, by, "stand_in", stand_in)
    return paper
