"""Private parts on their way to the disk and back: closed and opened by whoever stands above, if anybody does.

Knows whose a part is and where it stands. Knows no keys: a book on its own keeps private parts as they are.
"""

from collections.abc import Sequence
from typing import NamedTuple, Protocol
from uuid import UUID

from sqlmodel import Session


class Part(NamedTuple):
    """Something private of `owner`, in the row `row_id` of `place` (`table.column`): open or closed."""

    owner: UUID
    place: str
    row_id: str
    content: bytes


class Sealer(Protocol):
    """What stands beside the connections (`connection.info["sealer"]`) of whoever keeps private parts closed."""

    def close(self, session: Session, parts: Sequence[Part]) -> list[bytes]:
        """Each part as it is to be stored."""

    def open(self, session: Session, parts: Sequence[Part]) -> list[bytes | None]:
        """What each stored part says; None where its owner was erased. Raises what it likes for a broken one."""

    def forget(self, session: Session, owner: UUID) -> None:
        """Make everything of this owner unreadable for good."""


def closed(session: Session, parts: Sequence[Part]) -> list[bytes]:
    """Each part as it is to be stored."""
    sealer = _sealer(session)
    return sealer.close(session, parts) if sealer and parts else [part.content for part in parts]


def opened(session: Session, parts: Sequence[Part]) -> list[bytes | None]:
    """What each stored part says; None where its owner was erased."""
    sealer = _sealer(session)
    return sealer.open(session, parts) if sealer and parts else [part.content for part in parts]


def forget(session: Session, owner: UUID) -> None:
    """Make everything of this owner unreadable for good, also what stands in copies of the book."""
    sealer = _sealer(session)
    if sealer:
        sealer.forget(session, owner)


def _sealer(session: Session) -> Sealer | None:
    return session.connection().info.get("sealer")
