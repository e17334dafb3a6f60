"""Proofs that leave the house: that a row is in the log, and that one signed head continues another.

Knows the proof files that `verify_receipt.py` reads. Refuses to prove what is not under a signed head yet.
"""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from ledger import leaves, log, merkle, subtrees
from ledger.errors import NotLoggedError
from ledger.log import Head, LogKey
from ledger.merkle import Span
from ledger.models import LeafRow, PrivateRow

INCLUSION: Final = "sipbaht-inclusion-1"
CONSISTENCY: Final = "sipbaht-consistency-1"


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf stands at a position of the log under a signed head; `path` from the leaf upwards."""

    position: int
    content: bytes
    path: tuple[bytes, ...]
    head: Head


@dataclass(frozen=True, slots=True)
class Consistency:
    """That the older head's log is the beginning of the newer one's."""

    old: Head
    new: Head
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """A private part with its salt, for the one whose own it is: the leaf holds only their digest."""

    salt: bytes
    content: bytes


def inclusion(session: Session, kind: str, subject: str) -> Inclusion:
    """Prove that the row of this kind is in the log, under the last head. Raises NotLoggedError."""
    query = select(LeafRow).where(col(LeafRow.kind) == kind, col(LeafRow.subject) == subject)
    leaf, head = session.exec(query).first(), log.head(session)
    if leaf is None or head is None or leaf.position >= head.size:
        raise NotLoggedError()
    path = _hashes(session, merkle.inclusion(leaf.position, head.size))
    return Inclusion(leaf.position, leaf.content, path, head)


def consistency(session: Session, old: int, new: int | None = None) -> Consistency:
    """Prove that the head of size `new` (the last one) continues the head of size `old`. Raises NotLoggedError."""
    older, newer = log.head(session, old), log.head(session, new)
    if older is None or newer is None or older.size > newer.size:
        raise NotLoggedError()
    return Consistency(older, newer, _hashes(session, merkle.consistency(older.size, newer.size)))


def opened_entry(session: Session, entry_id: UUID) -> Opened | None:
    """The private details of an entry as a proof file opens them; None where there are none or they were erased."""
    row = session.get(PrivateRow, entry_id)
    return Opened(row.salt, row.content) if row else None


def inclusion_file(session: Session, kind: str, subject: str, *, opened: Opened | None = None) -> str:
    """The proof file of a row, for `verify_receipt.py`; hand in `opened` only for whom the private part is about."""
    proof = inclusion(session, kind, subject)
    private = {"content": _base64(opened.content), "salt": _base64(opened.salt)} if opened else None
    return _written(
        {
            "format": INCLUSION,
            "head": proof.head.note(),
            "index": proof.position,
            "keys": _chain(session, proof.head),
            "leaf": _base64(proof.content),
            "path": [_base64(sibling) for sibling in proof.path],
            "private": private,
        }
    )


def consistency_file(session: Session, old: int, new: int | None = None) -> str:
    """The proof file of the log's growth from one head to a later one, for `verify_receipt.py`."""
    proof = consistency(session, old, new)
    return _written(
        {
            "format": CONSISTENCY,
            "head": proof.new.note(),
            "keys": _chain(session, proof.new),
            "old": proof.old.note(),
            "path": [_base64(sibling) for sibling in proof.path],
        }
    )


def entry_file(session: Session, entry_id: UUID) -> str:
    """The proof file of an entry, without its private details. Raises NotLoggedError."""
    return inclusion_file(session, leaves.ENTRY, str(entry_id))


def _hashes(session: Session, spans: Sequence[Span]) -> tuple[bytes, ...]:
    node = subtrees.nodes(session.connection(), spans)
    return tuple(merkle.span_hash(span, node) for span in spans)


def _chain(session: Session, head: Head) -> list[dict[str, str]]:
    """The keys that lead to the head's own, each endorsed by the one before it; the first by nobody."""
    chain: list[LogKey] = []
    for key in log.keys(session):
        chain = [*chain, key] if key.endorsement else [key]
        if key.public == head.key:
            break
    return [{"endorsement": _base64(key.endorsement or b""), "key": key.public.text()} for key in chain]


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, sort_keys=True, indent=1) + "\n"
