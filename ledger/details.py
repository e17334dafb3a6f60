"""The private details of entries: salted, closed when they are stored, opened when they are read, erased for good.

Knows their table, and that each entry owns its own. Refuses nothing: whoever reads them compares the digest.
"""

import hashlib
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlmodel import Session, col, delete, select

from ledger import private
from ledger.models import PrivateRow
from ledger.private import Part
from ledger.writer import Slip


class Details(NamedTuple):
    """What an entry has apart, with the salt of its digest."""

    salt: bytes
    content: bytes

    def digest(self) -> bytes:
        """The commitment that stays in the entry when they are erased: nothing can be guessed without the salt."""
        return hashlib.sha256(b"\x02" + self.salt + self.content).digest()


def of(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, Details]:
    """The private details of these entries; where there are none, or they were erased, the entry is left out."""
    rows = session.exec(select(PrivateRow).where(col(PrivateRow.entry_id).in_(entry_ids)))
    stored = [(row.entry_id, Details(row.salt, row.content)) for row in rows]
    told = zip(stored, opened(session, stored), strict=True)
    return {entry_id: details for (entry_id, _), details in told if details is not None}


def opened(session: Session, stored: Sequence[tuple[UUID, Details]]) -> Iterator[Details | None]:
    """What is stored for each entry, opened; None where it was erased."""
    told = iter(private.opened(session, [part for one in stored for part in _parts(*one)]))
    for salt, content in zip(told, told, strict=True):
        yield None if salt is None or content is None else Details(salt, content)


def closed(session: Session, slips: Sequence[Slip]) -> list[Slip]:
    """The slips with their private details as they are to be stored."""
    stored = [(slip.id, Details(slip.salt, slip.content)) for slip in slips if slip.content]
    kept = iter(private.closed(session, [part for one in stored for part in _parts(*one)]))
    return [slip._replace(salt=next(kept), content=next(kept)) if slip.content else slip for slip in slips]


def erase(session: Session, entry_id: UUID) -> None:
    """Erase an entry's private details, here and in every copy; what is booked, and its digest, stay."""
    session.execute(delete(PrivateRow).where(col(PrivateRow.entry_id) == entry_id))
    private.forget(session, entry_id)


def _parts(entry_id: UUID, details: Details) -> tuple[Part, Part]:
    row_id = str(entry_id)
    return (
        Part(entry_id, "ledger_private.salt", row_id, details.salt),
        Part(entry_id, "ledger_private.content", row_id, details.content),
    )
