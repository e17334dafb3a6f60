"""What goes into the log: each kind of row as bytes that say all of it, for ever, in one way only.

A leaf is a version byte and JSON with sorted keys, no spaces, integers and texts as they stand in their rows.
Private details are not in it: only their salted digest. Knows the ledger's own kinds of leaves; whoever stands above
the ledger brings a `Source` of its own. Refuses nothing.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

from sqlalchemy import Connection, text
from sqlmodel import Session

VERSION: Final = b"\1"
ENTRY: Final = "entry"

_encode = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class Source(Protocol):
    """A kind of row that goes into the log, each row once and as a leaf of its own."""

    @property
    def kind(self) -> str:
        """What its leaves are called: `receipt`."""

    def waiting(self, session: Session, limit: int) -> Sequence[str]:
        """Which rows are not in the log yet, each by the subject that names it, in a lasting order."""

    def contents(self, session: Session, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """What the rows say now, made by `canonical`; a row that is gone is missing."""


class Cursor(NamedTuple):
    """The place of an entry in the order of the log."""

    stamp: int
    id: UUID


START: Final = Cursor(0, UUID(int=0))
"""Before the first entry."""


def canonical(kind: str, subject: str, facts: Mapping[str, Any]) -> bytes:
    """The bytes of a leaf. `facts` are texts, integers, truth values, nothing, and lists and mappings of these."""
    return VERSION + _encode({**facts, "leaf": kind, "id": subject}).encode()


def names(content: bytes, kind: str, subject: str) -> bool:
    """Whether a leaf's bytes are of this kind and subject."""
    try:
        facts = json.loads(content.removeprefix(VERSION))
    except ValueError:
        return False
    return isinstance(facts, dict) and (facts.get("leaf"), facts.get("id")) == (kind, subject)


_NEXT = {
    "sqlite": "SELECT stamp, id FROM ledger_entry WHERE stamp > :stamp AND stamp < :upto ORDER BY stamp LIMIT :limit",
    "postgresql": "SELECT stamp, id FROM public.ledger_entry WHERE (stamp, id) > (:stamp, CAST(:id AS uuid))"
    " AND stamp < :upto ORDER BY stamp, id LIMIT :limit",
}
_UPTO = {
    "sqlite": "SELECT 1 + coalesce(max(stamp), 0) FROM ledger_entry",
    "postgresql": "SELECT public.ledger_watermark()",
}
_OF_THESE = {
    "sqlite": "IN (SELECT value FROM json_each(:ids))",
    "postgresql": "= ANY (CAST(:ids AS uuid[]))",
}
_ENTRY_COLUMNS: Final = (
    *("id", "stamp", "lines", "kind", "occurred_on", "booked_on", "recorded_at", "recorded_by", "key"),
    *("request_hash", "subject", "reverses", "reason", "details_digest"),
)
_POSTING_COLUMNS: Final = ("line", "account", "fund", "amount_satang", "subject", "purpose", "scope")


def entries_waiting(connection: Connection, after: Cursor, limit: int) -> list[Cursor]:
    """The next entries behind `after`, in log order, before which none can be booked any more."""
    engine = connection.dialect.name
    asked = {"stamp": after.stamp, "id": str(after.id), "upto": settled(connection), "limit": limit}
    rows = connection.execute(text(_NEXT[engine]), asked)
    return [Cursor(stamp, entry_uuid(entry_id)) for stamp, entry_id in rows]


def settled(connection: Connection) -> int:
    """The stamp below which nothing can be booked any more."""
    return int(connection.exec_driver_sql(_UPTO[connection.dialect.name]).scalar_one())


def entry_contents(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[int, bytes]]:
    """What entries and their postings say, with each entry's stamp."""
    engine = connection.dialect.name
    these = {"ids": json.dumps(list(ids)) if engine == "sqlite" else list(ids)}
    columns = ", ".join(_POSTING_COLUMNS)
    lines = f"SELECT entry_id, {columns} FROM ledger_posting WHERE entry_id {_OF_THESE[engine]} ORDER BY entry_id, line"
    postings: dict[str, list[dict[str, Any]]] = {}
    for row in connection.execute(text(lines), these).all():
        postings.setdefault(str(row[0]), []).append(dict(zip(_POSTING_COLUMNS, row[1:], strict=True)))
    heads = f"SELECT {', '.join(_ENTRY_COLUMNS)} FROM ledger_entry WHERE id {_OF_THESE[engine]}"
    return dict(_entry(row, postings) for row in connection.execute(text(heads), these).all())


def _entry(row: Sequence[Any], postings: Mapping[str, Any]) -> tuple[str, tuple[int, bytes]]:
    facts = {name: plain(value) for name, value in zip(_ENTRY_COLUMNS, row, strict=True)}
    subject, stamp = facts.pop("id"), facts.pop("stamp")  # the stamp is of one database, the entry is of all
    facts["private"] = facts.pop("details_digest")
    return subject, (stamp, canonical(ENTRY, subject, facts | {"postings": postings.get(subject, [])}))


@dataclass(frozen=True, slots=True)
class Rows:
    """A small table that is looked at whole: each row a leaf, named by its key, with the columns that never change."""

    kind: str
    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]

    def waiting(self, session: Session, limit: int) -> list[str]:
        """The rows that are not in the log yet, in the order of their keys."""
        return sorted(dict(self._rows(session)).keys() - logged(session, self.kind))[:limit]

    def contents(self, session: Session, subjects: Sequence[str]) -> dict[str, bytes]:
        """What the rows say now."""
        wanted = set(subjects)
        return {subject: content for subject, content in self._rows(session) if subject in wanted}

    def _rows(self, session: Session) -> Iterator[tuple[str, bytes]]:
        columns = self.key + self.columns
        for row in session.connection().execute(text(f"SELECT {', '.join(columns)} FROM {self.table}")):
            facts = {name: _flag(name, plain(value)) for name, value in zip(columns, row, strict=True)}
            subject = "/".join(str(facts[name]) for name in self.key)
            yield subject, canonical(self.kind, subject, facts)


def logged(session: Session, kind: str) -> set[str]:
    """The subjects of every leaf of a kind: for kinds of which there are few."""
    rows = session.connection().execute(text("SELECT subject FROM ledger_leaf WHERE kind = :kind"), {"kind": kind})
    return set(rows.scalars())


def plain(value: Any) -> Any:
    """A column's value as JSON has it, the same from both databases: days and instants as text, bytes in hex."""
    written = _WRITTEN.get(type(value))
    return value if written is None else written(value)


_WRITTEN: Final[dict[type, Callable[[Any], str]]] = {
    bytes: bytes.hex,
    datetime: lambda moment: moment.astimezone(UTC).isoformat(timespec="microseconds"),
    date: date.isoformat,
    UUID: str,
}


def _flag(name: str, value: Any) -> Any:
    """SQLite has 0 and 1 for no and yes."""
    return {0: False, 1: True}.get(value, value) if name.startswith("is_") else value


def entry_uuid(value: UUID | str) -> UUID:
    """An entry's id, from either database or from a leaf."""
    return value if isinstance(value, UUID) else UUID(value)
