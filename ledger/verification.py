"""Reads everything again: the log against the rows, the tree against its signed heads, the guards, the checkpoints.

Knows what must hold of a book whose log was sealed; names what does not, the first thing first. Changes nothing.
What its owner rewrote from the beginning, and signed with the log's own key, is found by a head that somebody else
kept (`held`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import dropwhile, islice, pairwise
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from ledger import details, guards, leaves, log, merkle, notes, recount, subtrees
from ledger.details import Details
from ledger.errors import LedgerError
from ledger.leaves import START, Source
from ledger.log import Head, LogKey
from ledger.merkle import Frontier
from ledger.notes import PublicKey

_CHUNK: Final = 1_024
_LEAVES: Final = (
    "SELECT position, kind, subject, content, hash FROM ledger_leaf WHERE position >= :position"
    " ORDER BY position LIMIT :limit"
)
_STRAY_POSTING: Final = """
SELECT p.entry_id, p.line FROM ledger_posting p LEFT JOIN ledger_entry e ON e.id = p.entry_id
WHERE e.id IS NULL OR p.lines <> e.lines OR p.stamp <> e.stamp OR p.booked_on <> e.booked_on
ORDER BY p.entry_id, p.line LIMIT 10
"""
_UNEVEN: Final = """
SELECT e.id FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id
GROUP BY e.id, e.lines HAVING count(p.line) <> e.lines
UNION
SELECT p.entry_id FROM ledger_posting p LEFT JOIN ledger_account a ON a.code = p.account
GROUP BY p.entry_id, p.fund, a.type = 'memorandum' HAVING sum(p.amount_satang) <> 0
ORDER BY 1 LIMIT 10
"""
_PRIVATE: Final = """
SELECT p.entry_id, p.salt, p.content, e.details_digest
FROM ledger_private p LEFT JOIN ledger_entry e ON e.id = p.entry_id ORDER BY p.entry_id
"""
_UP_TO_CURSOR: Final = {
    "sqlite": "e.stamp <= :stamp",
    "postgresql": "(e.stamp, e.id) <= (:stamp, CAST(:id AS uuid))",
}
_UNLOGGED: Final = """
SELECT e.id FROM ledger_entry e WHERE {up_to_cursor} AND NOT EXISTS (
    SELECT 1 FROM ledger_leaf l WHERE l.kind = 'entry' AND l.subject = CAST(e.id AS text))
ORDER BY e.stamp, e.id LIMIT 10
"""


@dataclass(slots=True)
class _Walk:
    """How far the reading has come."""

    session: Session
    connection: Connection
    sources: Mapping[str, Source]
    heads: list[Head]
    held: Mapping[int, set[bytes]]
    laid: Mapping[str, str] | None
    tree: Frontier = field(default_factory=Frontier)
    last_entry: tuple[int, str] = (START.stamp, str(START.id))
    entries: int = 0
    at_head: int = 0  # the next of `heads`


def verify(
    session: Session,
    *,
    sources: Sequence[Source] = (),
    trusted: PublicKey | None = None,
    held: Sequence[str] = (),
    laid: Mapping[str, str] | None = None,
) -> Iterator[str]:
    """Everything that is wrong, in the order of the log; nothing for a book that is whole.

    `sources` are those that were sealed with, `trusted` a key of the log from elsewhere, `held` signed heads that
    somebody else kept, `laid` the guards that the migrations laid. Reads the whole book.
    """
    try:
        known = log.keys(session)
        yield from _keys(known, trusted)
        roots: dict[int, set[bytes]] = {}
        for note in held:
            size, root = notes.read_checkpoint(note)
            roots.setdefault(size, set()).add(root)
        walk = _Walk(
            session, session.connection(), {source.kind: source for source in sources}, log.heads(session), roots, laid
        )
        yield from _signs(known, walk.heads, trusted)
        looks = (_held, _log, _unlogged, _stray_postings, _uneven, _private, _checkpoints, _door, _guards)
        for look in looks:
            yield from look(walk)
    except LedgerError as error:  # a key, a head or a subtree that cannot even be read
        yield str(error)
    except DBAPIError as error:  # a table or a column that is gone
        yield f"the book cannot be read: {type(error.orig).__name__}"


def _keys(known: Sequence[LogKey], trusted: PublicKey | None) -> Iterator[str]:
    for number, key in enumerate(known, 1):
        if key.number != number:
            yield f"key {number} of the log is missing"
    for before, key in pairwise(known):
        if before.public.origin != key.public.origin:
            yield f"key {key.number} is of another log"
        if key.endorsement and not before.public.verifies(notes.endorsement(key.public), key.endorsement):
            yield f"key {key.number} is not endorsed by the key before it"
    if known and known[0].endorsement is not None:
        yield "key 1 is endorsed by nobody known"
    if trusted is not None:
        yield from _unendorsed(list(dropwhile(lambda key: key.public != trusted, known)))


def _unendorsed(from_trusted: Sequence[LogKey]) -> Iterator[str]:
    """Keys that who trusts the first of these has no reason to trust."""
    if not from_trusted:
        yield "the trusted key is not one of this log's"
    for key in from_trusted[1:]:
        if key.endorsement is None:
            yield f"key {key.number} has no endorsement: who trusts an older key must be told of it"


def _signs(known: Sequence[LogKey], heads: Sequence[Head], trusted: PublicKey | None) -> Iterator[str]:
    """Whether who trusts a newer key sees it sign: an older one may have been stolen and sign a history of its own."""
    number = next((key.number for key in known if key.public == trusted), 0)
    if heads and heads[-1].key_number < number:
        yield f"the last head is signed by key {heads[-1].key_number}, not by the trusted key or one after it"


def _held(walk: _Walk) -> Iterator[str]:
    """Heads that others hold of a log longer than ours."""
    for size in sorted(walk.held):
        if not walk.heads or walk.heads[-1].size < size:
            yield f"somebody holds a signed head of size {size}: the log is shorter"


def _log(walk: _Walk) -> Iterator[str]:
    while chunk := _chunk(walk):
        positions = [row[0] for row in chunk]
        if positions != list(range(walk.tree.size, walk.tree.size + len(chunk))):
            missing = next(at for at, position in enumerate(positions, walk.tree.size) if position != at)
            yield f"position {missing} of the log is missing"
            return
        contents = _contents(walk, chunk)
        full: dict[tuple[int, int], bytes] = {}
        for row in chunk:
            digest = merkle.leaf_hash(row[3])
            yield from _leaf(walk, row, digest, contents)
            full.update(((level, at), value) for level, at, value in walk.tree.take(digest))
            yield from _heads_here(walk)
        yield from _subtrees(walk, full)
    if walk.at_head < len(walk.heads):
        yield f"the log ends at {walk.tree.size}, its head says {walk.heads[-1].size}"
    elif walk.tree.size != (walk.heads[-1].size if walk.heads else 0):
        yield f"the leaves from position {walk.heads[-1].size if walk.heads else 0} on are under no signed head"
    yield from _spare_subtrees(walk)


def _chunk(walk: _Walk) -> Sequence[Any]:
    asked = {"position": walk.tree.size, "limit": _CHUNK}
    return walk.connection.execute(text(_LEAVES), asked).all()


def _contents(walk: _Walk, chunk: Sequence[Any]) -> dict[tuple[str, str], tuple[int, bytes]]:
    """What the rows behind these leaves say now, with the stamps of entries."""
    subjects: dict[str, list[str]] = {}
    for row in chunk:
        subjects.setdefault(row[1], []).append(row[2])
    found: dict[tuple[str, str], tuple[int, bytes]] = {}
    for kind, named in subjects.items():
        if kind == leaves.ENTRY:
            ids = [subject for subject in named if leaves.is_uuid(subject)]
            found |= {(kind, s): said for s, said in leaves.entry_contents(walk.connection, ids).items()}
        elif kind in walk.sources:
            said = walk.sources[kind].contents(walk.session, named)
            found |= {(kind, subject): (0, content) for subject, content in said.items()}
    return found


def _leaf(walk: _Walk, row: Any, digest: bytes, contents: Mapping[tuple[str, str], tuple[int, bytes]]) -> Iterator[str]:
    position, kind, subject, content, stored = row
    if stored != digest:
        yield f"the hash at position {position} is not that of its leaf"
    if kind != leaves.ENTRY and kind not in walk.sources:
        if not content.startswith(leaves.VERSION) or not leaves.names(content, kind, subject):
            yield f"the leaf at position {position} is not of {kind} {subject}"
        return
    stamp, now = contents.get((kind, subject), (0, None))
    if now is None:
        yield f"{kind} {subject} at position {position} is gone"
    elif now != content:
        yield f"{kind} {subject} at position {position} is not what was logged"
    if kind == leaves.ENTRY:
        walk.entries += 1
        if now is not None:
            yield from _order(walk, position, (stamp, subject))


def _order(walk: _Walk, position: int, here: tuple[int, str]) -> Iterator[str]:
    """Entries stand in the order of their stamps; SQLite's stamps have no gap."""
    is_next = here[0] == walk.entries if walk.connection.dialect.name == "sqlite" else here > walk.last_entry
    if not is_next:
        yield f"entry {here[1]} at position {position} is not in its place"
    walk.last_entry = here


def _heads_here(walk: _Walk) -> Iterator[str]:
    size = walk.tree.size
    if size in walk.held and walk.held[size] != {walk.tree.root()}:
        yield f"somebody holds a signed head of size {size} with another root"
    if walk.at_head < len(walk.heads) and walk.heads[walk.at_head].size == size:
        yield from _one_head(walk, walk.heads[walk.at_head], walk.heads[walk.at_head - 1] if walk.at_head else None)
        walk.at_head += 1


def _one_head(walk: _Walk, head: Head, before: Head | None) -> Iterator[str]:
    if head.root != walk.tree.root():
        yield f"the root of size {head.size} is not the signed one"
    if not head.is_signed():
        yield f"the signature of the head of size {head.size} is false"
    if head.follows != (before.size if before else 0):
        yield f"a head between {before.size if before else 0} and {head.size} is missing"
    if before is not None and head.key_number < before.key_number:
        yield f"the head of size {head.size} is signed by a key that was no longer in use"
    if (head.last_entry.stamp, str(head.last_entry.id)) != walk.last_entry:
        yield f"the head of size {head.size} names another last entry"


def _subtrees(walk: _Walk, full: Mapping[tuple[int, int], bytes]) -> Iterator[str]:
    kept = {place: value for place, value in full.items() if place[0] % subtrees.STRIDE == 0}
    stored = subtrees.load(walk.connection, kept)
    for (level, number), value in sorted(kept.items()):
        if stored[level, number] != value:
            yield f"the stored hash {number} of level {level} is false"


def _spare_subtrees(walk: _Walk) -> Iterator[str]:
    expected, size = 0, walk.tree.size
    while size := size >> subtrees.STRIDE:
        expected += size
    found = walk.connection.execute(text("SELECT count(*) FROM ledger_subtree")).scalar_one()
    if found != expected:
        yield f"there are {found} stored hashes of subtrees, not {expected}"


def _unlogged(walk: _Walk) -> Iterator[str]:
    """What stands before the last sealed one of its kind and has no leaf."""
    asked = dict(zip(("stamp", "id"), walk.last_entry, strict=True))
    here = _UP_TO_CURSOR[walk.connection.dialect.name]
    count = text(f"SELECT count(*) FROM ledger_entry e WHERE {here}")
    if walk.connection.execute(count, asked).scalar_one() != walk.entries:
        for (entry_id,) in walk.connection.execute(text(_UNLOGGED.format(up_to_cursor=here)), asked):
            yield f"entry {entry_id} is not in the log"
    for source in walk.sources.values():
        for subject in source.missed(walk.session):
            yield f"{source.kind} {subject} is not in the log"


def _stray_postings(walk: _Walk) -> Iterator[str]:
    for entry_id, line in walk.connection.execute(text(_STRAY_POSTING)):
        yield f"posting {line} of entry {entry_id} does not belong to it"


def _uneven(walk: _Walk) -> Iterator[str]:
    """Entries that no guard can have let in: a line is missing, or they are not zero in each fund."""
    for (entry_id,) in walk.connection.execute(text(_UNEVEN)):
        yield f"entry {entry_id} does not add up"


def _private(walk: _Walk) -> Iterator[str]:
    for some in walk.connection.execute(text(_PRIVATE)).partitions(_CHUNK):
        stored = [(UUID(str(entry_id)), Details(salt, content)) for entry_id, salt, content, _ in some]
        for row, told in zip(some, details.opened(walk.session, stored), strict=True):
            if row.details_digest is None or (told is not None and told.digest() != row.details_digest):
                yield f"the private details of entry {row.entry_id} are not those that were logged"


def _checkpoints(walk: _Walk) -> Iterator[str]:
    yield from islice(recount.wrong(walk.connection, leaves.settled(walk.connection)), 10)


def _door(walk: _Walk) -> Iterator[str]:
    """SQLite's door stands open in no statement but the one that books; who props it walks past every guard."""
    if walk.connection.dialect.name == "sqlite" and walk.connection.execute(text("SELECT 1 FROM ledger_door")).first():
        yield "the door of the book stands open"


def _guards(walk: _Walk) -> Iterator[str]:
    if walk.laid is None:
        return
    standing = guards.standing(walk.connection)
    for guard in sorted(walk.laid.keys() | standing.keys()):
        if guard not in standing:
            yield f"the guard {guard} is missing or switched off"
        elif guard not in walk.laid:
            yield f"the guard {guard} is none of ours"
        elif standing[guard] != walk.laid[guard]:
            yield f"the guard {guard} is not the one that was laid"
