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

from ledger import details, leaves, log, merkle, subtrees
from ledger.errors import NotLoggedError
from ledger.log import Head, LogKey
from ledger.merkle import Span
from ledger.models import LeafRow

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
    """What lies behind a digest in a leaf's `field`; with its salt, for the one whose own it is."""

    field: str
    content: bytes
    salt: bytes = b""


@dataclass(frozen=True, slots=True)
class Shown:
    """A row that a proof file shows, with what it opens of it."""

    kind: str
    subject: str
    opened: tuple[Opened, ...] = ()


def inclusion(session: Session, kind: str, subject: str, *, head: Head | None = None) -> Inclusion:
    """Prove that the row of this kind is in the log, under this head or the last one. Raises NotLoggedError."""
    query = select(LeafRow).where(col(LeafRow.kind) == kind, col(LeafRow.subject) == subject)
    leaf, under = session.exec(query).first(), head or log.head(session)
    if leaf is None or under is None or leaf.position >= under.size:
        raise NotLoggedError()
    path = _hashes(session, merkle.inclusion(leaf.position, under.size))
    return Inclusion(leaf.position, leaf.content, path, under)


def consistency(session: Session, old: int, new: int | None = None) -> Consistency:
    """Prove that the head of size `new` (the last one) continues the head of size `old`. Raises NotLoggedError."""
    older, newer = log.head(session, old), log.head(session, new)
    if older is None or newer is None or older.size > newer.size:
        raise NotLoggedError()
    return Consistency(older, newer, _hashes(session, merkle.consistency(older.size, newer.size)))


def opened_entry(session: Session, entry_id: UUID) -> Opened | None:
    """The private details of an entry as a proof file opens them; None where there are none or they were erased."""
    told = details.of(session, [entry_id]).get(entry_id)
    return Opened("details_digest", told.content, told.salt) if told else None


def inclusion_file(session: Session, *shown: Shown) -> str:
    """The proof file of rows under one head, for `verify_receipt.py`. Raises NotLoggedError if one is not sealed.

    Open a private part only for whom it is about.
    """
    head = log.head(session)
    if head is None:
        raise NotLoggedError()
    return _written(
        {
            "format": INCLUSION,
            "head": head.note(),
            "keys": _chain(session, head),
            "leaves": [_leaf(inclusion(session, one.kind, one.subject, head=head), one.opened) for one in shown],
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
    return inclusion_file(session, Shown(leaves.ENTRY, str(entry_id)))


def _leaf(proof: Inclusion, opened: Sequence[Opened]) -> dict[str, Any]:
    return {
        "index": proof.position,
        "leaf": _base64(proof.content),
        "opened": [{"content": _base64(one.content), "field": one.field, "salt": _base64(one.salt)} for one in opened],
        "path": [_base64(sibling) for sibling in proof.path],
    }


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
