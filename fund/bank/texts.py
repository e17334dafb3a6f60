"""What the bank wrote about lines, sealed: one key for all lines of a statement, so that many are opened at once.

Knows how a line's texts are written down. Refuses nothing: what was erased says nothing.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from sqlmodel import Session

from fund import sealed
from ledger.private import Part

_PLACE: Final = "bank_line_text.sealed"


class Texts(msgspec.Struct, frozen=True, array_like=True):
    """A line's description, the references beside it, who paid, and by which way."""

    text: str = ""
    references: tuple[str, ...] = ()
    payer: str = ""
    channel: str = ""


_NOTHING: Final = Texts()
_read = msgspec.json.Decoder(Texts).decode


def seal(session: Session, statement_id: UUID, texts: Sequence[tuple[UUID, Texts]]) -> list[bytes]:
    """The texts of a statement's lines as they are stored, in their order."""
    parts = [Part(statement_id, _PLACE, str(line_id), msgspec.json.encode(one)) for line_id, one in texts]
    return sealed.seal_many(session, parts)


def unseal(session: Session, lines: Sequence[tuple[UUID, UUID, bytes]]) -> list[Texts]:
    """The texts of lines (statement, line, what is stored), in their order."""
    parts = [Part(statement_id, _PLACE, str(line_id), content) for statement_id, line_id, content in lines]
    return [_NOTHING if told is None else _read(told) for told in sealed.unseal_many(session, parts)]
