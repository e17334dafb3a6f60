"""The donors' own parts of receipts: closed when they are stored, opened and compared when they are read.

Knows whose a part is, and the nonce of its digest. Refuses to show one that is not the one that was promised.
"""

import hashlib
import secrets
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlmodel import Session

from ledger import private
from ledger.private import Part
from receipts.models import PrivateRow

_NONCE_BYTES = 16


class DonorPart(NamedTuple):
    """A donor's own part as a proof opens it."""

    nonce: bytes
    content: bytes

    def digest(self) -> str:
        """The salted commitment to the part that stays when the part itself is erased, in hex.

        SHA-256(0x02 ‖ nonce ‖ part): without the nonce nobody can try names against it.
        """
        return hashlib.sha256(b"\x02" + self.nonce + self.content).hexdigest()


def drawn(content: bytes) -> DonorPart:
    """A part with a fresh nonce."""
    return DonorPart(secrets.token_bytes(_NONCE_BYTES), content)


def closed(session: Session, parts: Sequence[tuple[str, UUID, DonorPart]]) -> list[dict[str, Any]]:
    """The rows to be stored of parts (number, owner, part)."""
    told = [_part(number, owner, b"".join(part)) for number, owner, part in parts]
    stored = zip(told, private.closed(session, told), strict=True)
    return [{"number": one.row_id, "owner": one.owner, "closed": content} for one, content in stored]


def opened(session: Session, rows: Sequence[PrivateRow]) -> Iterator[DonorPart | None]:
    """What each row says; None where its owner was erased."""
    for told in private.opened(session, [_part(row.number, row.owner, row.closed) for row in rows]):
        yield None if told is None else DonorPart(told[:_NONCE_BYTES], told[_NONCE_BYTES:])


def _part(number: str, owner: UUID, content: bytes) -> Part:
    return Part(owner, "receipts_private.closed", number, content)
