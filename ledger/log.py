"""The log: every entry gets a position that never changes, in a tree whose head is signed.

Knows the sealer (one at a time, in batches, each whole or not at all), the heads and the keys that signed them.
Refuses to sign a head that does not continue the last one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Connection
from sqlmodel import Session, col, select

from ledger import leaves, merkle, notes, subtrees
from ledger.errors import LogBrokenError, LogKeyError, NotLoggedError
from ledger.leaves import Cursor, Source
from ledger.models import EntryRow, HeadRow, LeafRow, LogKeyRow
from ledger.notes import PublicKey, SigningKey

BATCH: Final = 1_000
"""Leaves that one seal takes in at most."""

_TURN: Final = 0x5EA1_10C0
_INSERT: Final = {
    "sqlite": "INSERT INTO ledger_leaf (position, kind, subject, content, hash) VALUES (?, ?, ?, ?, ?)",
    "postgresql": "INSERT INTO ledger_leaf (position, kind, subject, content, hash) SELECT * FROM"
    " unnest(%s::bigint[], %s::text[], %s::text[], %s::bytea[], %s::bytea[])",
}
PERIODS: Final = leaves.Rows(
    "month",
    "ledger_period",
    ("starts_on", "revision"),
    ("ends_on", "is_closed", "reason", "recorded_by", "approved_by", "recorded_at"),
)
"""The acts that closed and opened months."""

CHART: Final = (
    leaves.Rows("account", "ledger_account", ("code",), ("type", "side", "guarded", "is_spendable")),
    leaves.Rows("fund", "ledger_fund", ("code",), ("restriction", "principal_satang", "valid_from")),
    leaves.Rows("purpose", "ledger_fund_purpose", ("fund", "purpose", "scope"), ()),
    leaves.Rows("kind", "ledger_kind", ("code",), ("nature",)),
)
"""What accounts, funds, purposes and kinds of entries mean: the columns that are frozen."""


@dataclass(frozen=True, slots=True)
class Head:
    """The whole log at one size: its root, signed."""

    size: int
    root: bytes
    follows: int
    signed_at: datetime
    key: PublicKey
    signature: bytes
    last_entry: Cursor
    key_number: int

    def text(self) -> str:
        """What is signed."""
        return notes.checkpoint(self.key.origin, self.size, self.root, follows=self.follows, signed_at=self.signed_at)

    def note(self) -> str:
        """The head as it is handed out, printed and kept by others."""
        return notes.signed(self.text(), self.key, self.signature)

    def is_signed(self) -> bool:
        """Whether the signature is that of its key."""
        return self.key.verifies(self.text(), self.signature)


@dataclass(frozen=True, slots=True)
class LogKey:
    """A key of the log, in the order of their use; `endorsement` is the former key's signature."""

    number: int
    public: PublicKey
    endorsement: bytes | None


def seal(session: Session, key: SigningKey, *, sources: Sequence[Source] = (), limit: int = BATCH) -> Head | None:
    """Give what was committed since the last head its positions and sign the new one; None when nothing is new.

    Entries go first, then the rows of `sources` in their order: what is sealed in one go has the same root wherever
    that happens. Call again until None to catch up. Raises LogKeyError, or LogBrokenError when the log no longer is
    what was signed.
    """
    connection = session.connection()
    if connection.dialect.name == "postgresql":  # on SQLite the unit of work keeps other writers out
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_TURN})")
    signer = _require_current(session, key)
    last = head(session)
    size, root = _require_whole(session, last)
    fresh, last_entry = _fresh(session, last, sources, limit)
    if not fresh:
        return None
    _append(connection, size, fresh)
    grown = size + len(fresh)
    new_root = _prove_growth(connection, size, grown, root)
    row = _signed(key, grown, new_root, follows=size, last_entry=last_entry)
    session.add(row)
    session.flush()
    return _head(row, {key.public.id: signer})


def head(session: Session, size: int | None = None) -> Head | None:
    """The last signed head, or the one of this size."""
    query = select(HeadRow).order_by(col(HeadRow.size).desc()).limit(1)
    row = session.exec(query if size is None else query.where(col(HeadRow.size) == size)).first()
    return _head(row, _keys_by_id(session)) if row else None


def heads(session: Session, *, after: int = 0, limit: int | None = None) -> list[Head]:
    """Every head ever signed, the oldest first; or the next `limit` behind the size `after`."""
    known = _keys_by_id(session)
    query = select(HeadRow).where(col(HeadRow.size) > after).order_by(col(HeadRow.size)).limit(limit)
    return [_head(row, known) for row in session.exec(query)]


def keys(session: Session) -> list[LogKey]:
    """The log's keys in the order of their use; the last one signs."""
    return [_key(row) for row in session.exec(select(LogKeyRow).order_by(col(LogKeyRow.number)))]


def add_key(session: Session, key: SigningKey, *, endorsed_by: SigningKey | None = None) -> LogKey:
    """Let this key sign from now on. The key before it endorses it, unless there is none or it was lost.

    Who trusts an older key follows endorsements by themselves; an unendorsed key must be told to them.
    """
    known = keys(session)
    if any(old.public == key.public or old.public.origin != key.origin for old in known):
        raise LogKeyError()
    if endorsed_by is not None and (not known or known[-1].public != endorsed_by.public):
        raise LogKeyError()
    signature = endorsed_by.sign(notes.endorsement(key.public)) if endorsed_by else None
    row = LogKeyRow(
        number=len(known) + 1,
        id=key.public.id,
        origin=key.origin,
        public_key=key.public.public,
        endorsement=signature,
    )
    session.add(row)
    session.flush()
    return LogKey(row.number, key.public, signature)


def position(session: Session, kind: str, subject: str) -> int | None:
    """Where a row stands in the log; None while it waits to be sealed."""
    query = select(LeafRow.position).where(col(LeafRow.kind) == kind, col(LeafRow.subject) == subject)
    return session.exec(query).first()


def positions(session: Session, kind: str, subjects: Sequence[str]) -> dict[str, int]:
    """Where rows stand in the log, by subject; those that wait to be sealed are missing."""
    query = select(LeafRow.subject, LeafRow.position).where(
        col(LeafRow.kind) == kind, col(LeafRow.subject).in_(subjects)
    )
    return dict(session.exec(query).all())


def last_entry(session: Session, position: int) -> UUID | None:
    """The last entry that stands in the log up to this position; None before the first. Raises NotLoggedError."""
    if session.get(LeafRow, position) is None:
        raise NotLoggedError()
    query = select(LeafRow.subject).where(col(LeafRow.kind) == leaves.ENTRY, col(LeafRow.position) <= position)
    subject = session.exec(query.order_by(col(LeafRow.position).desc()).limit(1)).first()
    return UUID(subject) if subject else None


def unsealed(session: Session, *, limit: int = BATCH) -> int:
    """How many committed entries wait for their position, counted up to `limit`."""
    last = head(session)
    return len(leaves.entries_waiting(session.connection(), last.last_entry if last else leaves.START, limit))


def has_news(session: Session, sources: Sequence[Source] = ()) -> bool:
    """Whether anything that is committed waits for its position."""
    return bool(_fresh(session, head(session), sources, 1)[0])


def waiting_since(session: Session) -> datetime | None:
    """When the oldest entry that waits for its position was recorded."""
    last = head(session)
    waiting = leaves.entries_waiting(session.connection(), last.last_entry if last else leaves.START, 1)
    row = session.get(EntryRow, waiting[0].id) if waiting else None
    return row.recorded_at if row else None


def _require_current(session: Session, key: SigningKey) -> LogKey:
    known = keys(session)
    if not known or known[-1].public != key.public:
        raise LogKeyError()
    return known[-1]


def _require_whole(session: Session, last: Head | None) -> tuple[int, bytes]:
    """The size and root to go on from, after a look whether the stored tree still is what was signed."""
    connection = session.connection()
    size = last.size if last else 0
    if connection.exec_driver_sql("SELECT coalesce(max(position) + 1, 0) FROM ledger_leaf").scalar_one() != size:
        raise LogBrokenError(what=f"the leaves do not end at {size}, where the last head does")
    if last is None:
        return 0, merkle.EMPTY_ROOT
    if not last.is_signed():
        raise LogBrokenError(what=f"the signature of the head of size {size} is false")
    span = (0, size)
    if merkle.span_hash(span, subtrees.nodes(connection, [span])) != last.root:
        raise LogBrokenError(what=f"the root at {size} is not the signed one")
    return size, last.root


def _fresh(
    session: Session, last: Head | None, sources: Sequence[Source], limit: int
) -> tuple[list[tuple[str, str, bytes]], Cursor]:
    """The next leaves (kind, subject, content), and the last entry that is in the log with them."""
    cursor = last.last_entry if last else leaves.START
    entries = leaves.entries_waiting(session.connection(), cursor, limit)
    fresh = _entries(session.connection(), entries)
    for source in sources:
        waiting = source.waiting(session, limit - len(fresh)) if len(fresh) < limit else []
        contents = source.contents(session, waiting) if waiting else {}
        fresh += [(source.kind, subject, contents[subject]) for subject in waiting]
    return fresh, entries[-1] if entries else cursor


def _entries(connection: Connection, waiting: Sequence[Cursor]) -> list[tuple[str, str, bytes]]:
    ids = [str(cursor.id) for cursor in waiting]
    contents = leaves.entry_contents(connection, ids) if ids else {}
    return [(leaves.ENTRY, entry_id, contents[entry_id][1]) for entry_id in ids]


def _append(connection: Connection, size: int, fresh: Sequence[tuple[str, str, bytes]]) -> None:
    hashes = [merkle.leaf_hash(content) for _, _, content in fresh]
    rows = [(size + at, *leaf, hashes[at]) for at, leaf in enumerate(fresh)]
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(_INSERT["sqlite"], rows)
    else:
        connection.exec_driver_sql(_INSERT["postgresql"], tuple([*column] for column in zip(*rows, strict=True)))
    subtrees.grow(connection, size, hashes)


def _prove_growth(connection: Connection, old: int, new: int, old_root: bytes) -> bytes:
    """The new root, once the stored tree has proved that it continues the old one."""
    spans = merkle.consistency(old, new)
    node = subtrees.nodes(connection, [*spans, (0, new)])
    root = merkle.span_hash((0, new), node)
    path = [merkle.span_hash(span, node) for span in spans]
    if not merkle.is_consistent(old, new, old_root, root, path):
        raise LogBrokenError(what=f"{new} leaves do not continue the {old} that were signed")
    return root


def _signed(key: SigningKey, size: int, root: bytes, *, follows: int, last_entry: Cursor) -> HeadRow:
    at = datetime.now(UTC)
    text = notes.checkpoint(key.origin, size, root, follows=follows, signed_at=at)
    return HeadRow(
        size=size,
        follows=follows,
        root=root,
        signed_at=at,
        key_id=key.public.id,
        signature=key.sign(text),
        entry_stamp=last_entry.stamp,
        entry_id=last_entry.id,
    )


def _key(row: LogKeyRow) -> LogKey:
    public = PublicKey(row.origin, row.public_key)
    if public.id != row.id:
        raise LogBrokenError(what=f"key {row.number} is not the one it says")
    return LogKey(row.number, public, row.endorsement)


def _keys_by_id(session: Session) -> dict[str, LogKey]:
    return {key.public.id: key for key in keys(session)}


def _head(row: HeadRow, known: Mapping[str, LogKey]) -> Head:
    if row.key_id not in known:
        raise LogBrokenError(what=f"the key of the head of size {row.size} is gone")
    key, last_entry = known[row.key_id], Cursor(row.entry_stamp, row.entry_id)
    return Head(row.size, row.root, row.follows, row.signed_at, key.public, row.signature, last_entry, key.number)
