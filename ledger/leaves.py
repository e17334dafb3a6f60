"""What goes into the log: each kind of row as bytes that say all of it, for ever, in one way only.

A leaf is a version byte and JSON with sorted keys, no spaces, integers and texts as they stand in their rows.
Private details are not in it: only their salted digest. Knows the ledger's own kinds of leaves; whoever stands above
the ledger brings a `Source` of its own. Refuses nothing.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, Protocol
from uuid import UUID

import msgspec
from sqlalchemy import Connection, text
from sqlmodel import Session

from ledger.errors import LogBrokenError

VERSION: Final = b"\1"
ENTRY: Final = "entry"

_encode = msgspec.json.Encoder(order="deterministic").encode


class Source(Protocol):
    """A kind of row that goes into the log, each row once and as a leaf of its own."""

    @property
    def kind(self) -> str:
        """What its leaves are called: `receipt`."""

    def waiting(self, session: Session, limit: int) -> Sequence[str]:
        """Which rows are not in the log yet, each by the subject that names it, in a lasting order."""

    def contents(self, session: Session, subjects: Sequence[str]) -> Mapping[str, bytes]:
        """What the rows say now, made by `canonical`; a row that is gone is missing."""

    def missed(self, session: Session) -> Sequence[str]:
        """Rows that should be in the log, as later ones are, and are not; a few of them."""


class Cursor(NamedTuple):
    """The place of an entry in the order of the log."""

    stamp: int
    id: UUID


START: Final = Cursor(0, UUID(int=0))
"""Before the first entry."""


def canonical(kind: str, subject: str, facts: Mapping[str, Any]) -> bytes:
    """The bytes of a leaf. `facts` are texts, integers, truth values, nothing, and lists and mappings of these."""
    return VERSION + _encode({**facts, "leaf": kind, "id": subject})


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
    facts = dict(zip(_ENTRY_COLUMNS, map(plain, row), strict=True))
    subject, stamp = facts.pop("id"), facts.pop("stamp")  # the stamp is of one database, the entry is of all
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

    def missed(self, session: Session) -> list[str]:
        """None that could be told from those that still wait: such rows have no order."""
        return []

    def _rows(self, session: Session) -> Iterator[tuple[str, bytes]]:
        columns = self.key + self.columns
        for row in session.connection().execute(text(f"SELECT {', '.join(columns)} FROM {self.table}")):
            facts = {name: _flag(name, plain(value)) for name, value in zip(columns, row, strict=True)}
            subject = "/".join(str(facts[name]) for name in self.key)
            yield subject, canonical(self.kind, subject, facts)


_PLACE: Final = {"sqlite": "rowid", "postgresql": "stamp"}
"""Rows are committed in this order, or cannot be overtaken once they are settled."""

_THESE: Final = {
    "sqlite": "IN (SELECT value FROM json_each(:these))",
    "postgresql": "= ANY (CAST(:these AS {type}[]))",
}


@dataclass(frozen=True, slots=True)
class Stamped:
    """A table that only grows: each row a leaf, named by its key, in the order of the database's own stamps.

    Of the columns `hashed` the leaf has the SHA-256: they are secret, or long. Looks behind the last row that is in
    the log, and so reads no more as the table grows.
    """

    kind: str
    table: str
    key: str
    columns: tuple[str, ...]
    hashed: tuple[str, ...] = ()
    key_type: str = "text"

    def waiting(self, session: Session, limit: int) -> list[str]:
        """The next rows behind the last one logged, before which none can be committed any more."""
        connection = session.connection()
        engine = connection.dialect.name
        asked: dict[str, Any] = {"limit": limit}
        is_settled = "true"
        if engine == "postgresql":
            asked["upto"], is_settled = settled(connection), "stamp < :upto"
        last = self._last(connection)
        is_behind = self._than_last(engine, ">") if last else "true"
        query = (
            f"SELECT {self.key} FROM {self.table} WHERE {is_behind} AND {is_settled}"
            f" ORDER BY {_PLACE[engine]}, {self.key} LIMIT :limit"
        )
        return [str(key) for key in connection.execute(text(query), asked | last).scalars()]

    def contents(self, session: Session, subjects: Sequence[str]) -> dict[str, bytes]:
        """What the rows say now."""
        connection = session.connection()
        engine = connection.dialect.name
        named = [subject for subject in subjects if self._may_name(subject)]
        these = json.dumps(named) if engine == "sqlite" else named
        columns = (*self.columns, *self.hashed)
        query = f"SELECT {self.key}, {', '.join(columns)} FROM {self.table} WHERE {self.key} {_THESE[engine]}"
        rows = connection.execute(text(query.format(type=self.key_type)), {"these": these}).all()
        return dict(self._leaf(str(row[0]), dict(zip(columns, row[1:], strict=True))) for row in rows)

    def missed(self, session: Session) -> list[str]:
        """Rows that stand before the last one logged and have no leaf."""
        connection = session.connection()
        last = self._last(connection)
        if not last:
            return []
        query = (
            f"SELECT {self.key} FROM {self.table} t WHERE {self._than_last(connection.dialect.name, '<')}"
            f" AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.kind = :kind"
            f" AND l.subject = CAST(t.{self.key} AS text)) ORDER BY {self.key} LIMIT 10"
        )
        return [str(key) for key in connection.execute(text(query), {"kind": self.kind, **last}).scalars()]

    def _leaf(self, subject: str, row: dict[str, Any]) -> tuple[str, bytes]:
        facts = {name: plain(value) for name, value in row.items()}
        for name in self.hashed:
            facts[name] = hashlib.sha256(row[name].encode()).hexdigest()
        return subject, canonical(self.kind, subject, facts)

    def _last(self, connection: Connection) -> dict[str, Any]:
        """Key and place of the last row that is in the log; nothing while none is."""
        last = connection.execute(text(_LAST), {"kind": self.kind}).scalar()
        if last is None:
            return {}
        engine = connection.dialect.name
        query = f"SELECT {_PLACE[engine]} FROM {self.table} WHERE {self.key} = CAST(:last AS {self._type(engine)})"
        place = connection.execute(text(query), {"last": last}).scalar() if self._may_name(last) else None
        if place is None:
            raise LogBrokenError(what=f"{self.kind} {last} is gone")
        return {"place": place, "last": last}

    def _than_last(self, engine: str, order: str) -> str:
        """The condition of standing before or behind the last row that is in the log."""
        return f"({_PLACE[engine]}, {self.key}) {order} (:place, CAST(:last AS {self._type(engine)}))"

    def _may_name(self, subject: str) -> bool:
        return self.key_type != "uuid" or is_uuid(subject)

    def _type(self, engine: str) -> str:
        return "text" if engine == "sqlite" else self.key_type


_LAST: Final = "SELECT subject FROM ledger_leaf WHERE kind <> 'entry' AND kind = :kind ORDER BY position DESC LIMIT 1"


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


def is_uuid(subject: str) -> bool:
    """Whether a text can name a row whose key is a UUID: PostgreSQL would refuse to look for any other."""
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", subject) is not None


def entry_uuid(value: UUID | str) -> UUID:
    """An entry's id, from either database or from a leaf."""
    return value if isinstance(value, UUID) else UUID(value)
