"""Who owns the database without its guards, and has the sealer's key: writes history anew so that all of it fits."""

from itertools import chain, repeat
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select
from sqlmodel import Session

from ledger import leaves, merkle, models, notes, subtrees
from ledger.notes import SigningKey
from tests.ledger.logbook import KEY, SOURCES

ROWS: tuple[Any, ...] = (models.EntryRow, models.PostingRow, models.LeafRow, models.HeadRow)
ENTRY, POSTING, LEAF, HEAD = (row.__table__ for row in ROWS)
Leaf = tuple[str, str, bytes]


class Forger:
    """Changes rows by plain SQL, and can make leaves, tree and heads follow."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.is_sqlite = connection.dialect.name == "sqlite"
        rows = connection.execute(select(LEAF.c.kind, LEAF.c.subject).order_by(LEAF.c.position)).all()
        self.subjects = [subject for _, subject in rows]
        self.entries = [subject for kind, subject in rows if kind == leaves.ENTRY]

    def sql(self, *statements: str) -> None:
        """Statements in which {e3} is the id of the entry that stands fourth in the log."""
        ids = {f"e{number}": entry for number, entry in enumerate(self.entries)}
        for statement in statements:
            assert self.connection.exec_driver_sql(statement.format(**ids)).rowcount, statement

    def position(self, number: int) -> int:
        """Where an entry stood before anything was changed."""
        return self.subjects.index(self.entries[number])

    def stamp(self, number: int) -> int:
        """The place of an entry in the order of the log."""
        query = select(ENTRY.c.stamp).where(ENTRY.c.id == UUID(self.entries[number]))
        return int(self.connection.execute(query).scalar_one())

    def slip_in(self, number: int, **changes: Any) -> UUID:
        """A copy of an entry with a new id and key, in the order right behind it."""
        row = self.connection.execute(select(ENTRY).where(ENTRY.c.id == UUID(self.entries[number]))).one()
        lines = self.connection.execute(select(POSTING).where(POSTING.c.entry_id == row.id)).all()
        copy, stamp = UUID(int=row.id.int + 1), row.stamp
        if self.is_sqlite:
            self._move_stamps(row.stamp + 1, 1)
            stamp += 1
        self.connection.execute(
            insert(ENTRY).values({**row._mapping, "id": copy, "key": "slipped in", "stamp": stamp, **changes})
        )
        for line in lines:
            values = {**line._mapping, "entry_id": copy, "stamp": stamp}
            days = {name: value for name, value in changes.items() if name == "booked_on"}
            self.connection.execute(insert(POSTING).values(values | days))
        return copy

    def remove(self, number: int) -> None:
        """An entry, its postings and its private details; the stamps behind it close up."""
        self.sql(f"DELETE FROM ledger_posting WHERE entry_id = '{{e{number}}}'")
        self.connection.exec_driver_sql(f"DELETE FROM ledger_private WHERE entry_id = '{self.entries[number]}'")
        stamp = self.stamp(number)
        self.sql(f"DELETE FROM ledger_entry WHERE id = '{{e{number}}}'")
        if self.is_sqlite:
            self._move_stamps(stamp + 1, -1)

    def resign(self, *keys: SigningKey) -> None:
        """Every leaf, hash and head once more, as the rows now are: of the same sizes and moments.

        The heads are signed by these keys in turn, the last of them signs all others; without any the log's own does.
        """
        heads = self.connection.execute(select(HEAD).order_by(HEAD.c.size)).all()
        written = self._leaves()
        for table in ("head", "subtree", "leaf", "checkpoint", "day"):
            self.connection.exec_driver_sql(f"DELETE FROM ledger_{table}")
        hashes = [merkle.leaf_hash(content) for _, _, content in written]
        columns = ("position", "kind", "subject", "content", "hash")
        rows = [dict(zip(columns, (at, *leaf, hashes[at]), strict=True)) for at, leaf in enumerate(written)]
        self.connection.execute(insert(LEAF), rows)
        subtrees.grow(self.connection, 0, hashes)
        follows = 0
        signers = chain(keys, repeat(keys[-1] if keys else KEY))
        for head, key in zip(heads, signers, strict=False):
            size = len(written) if head is heads[-1] else min(head.size, len(written))
            if size > follows:
                self._sign(head, size, follows, written[:size], hashes[:size], key)
                follows = size

    def truncate(self, size: int) -> None:
        """Back to an earlier head: whatever came behind it never happened."""
        behind = f"(SELECT subject FROM ledger_leaf WHERE kind = 'entry' AND position >= {size})"
        for table, column in (("posting", "entry_id"), ("private", "entry_id"), ("entry", "id")):
            self.connection.exec_driver_sql(f"DELETE FROM ledger_{table} WHERE CAST({column} AS text) IN {behind}")
        for table in ("checkpoint", "day"):
            self.connection.exec_driver_sql(f"DELETE FROM ledger_{table}")
        self.sql(
            f"DELETE FROM ledger_head WHERE size > {size}",
            f"DELETE FROM ledger_leaf WHERE position >= {size}",
        )
        full = f"(number + 1) << CAST(level AS {'integer' if self.is_sqlite else 'int'})"
        self.connection.exec_driver_sql(f"DELETE FROM ledger_subtree WHERE {full} > {size}")

    def _leaves(self) -> list[Leaf]:
        """What stands now where entries stood, in the order of their stamps, and what the other rows now say."""
        rows = self.connection.execute(select(ENTRY.c.id).order_by(ENTRY.c.stamp, ENTRY.c.id)).scalars()
        entries = [str(entry) for entry in rows]
        said = leaves.entry_contents(self.connection, entries)
        sources = {source.kind: source for source in SOURCES}
        found: list[Leaf] = []
        order = self.connection.execute(select(LEAF.c.kind, LEAF.c.subject).order_by(LEAF.c.position)).all()
        for kind, subject in order:
            if kind == leaves.ENTRY and entries:
                found.append((kind, entries[0], said[entries.pop(0)][1]))
            elif kind != leaves.ENTRY:
                with Session(self.connection) as session:
                    content = sources[kind].contents(session, [subject])
                found += [(kind, subject, content[subject])] if subject in content else []
        return found + [(leaves.ENTRY, entry, said[entry][1]) for entry in entries]

    def _sign(
        self, head: Any, size: int, follows: int, written: list[Leaf], hashes: list[bytes], key: SigningKey
    ) -> None:
        frontier = merkle.Frontier()
        for leaf in hashes:
            list(frontier.take(leaf))
        last = next((UUID(subject) for kind, subject, _ in reversed(written) if kind == leaves.ENTRY), UUID(int=0))
        stamp = self.connection.execute(select(ENTRY.c.stamp).where(ENTRY.c.id == last)).scalar_one()
        text = notes.checkpoint(key.origin, size, frontier.root(), follows=follows, signed_at=head.signed_at)
        values = {"size": size, "follows": follows, "root": frontier.root(), "signature": key.sign(text)}
        values |= {"key_id": key.public.id, "signed_at": head.signed_at, "entry_stamp": stamp, "entry_id": last}
        self.connection.execute(insert(HEAD).values(values))

    def _move_stamps(self, since: int, by: int) -> None:
        for table in ("ledger_posting", "ledger_entry"):
            self.connection.exec_driver_sql(f"UPDATE {table} SET stamp = -stamp - {by} WHERE stamp >= {since}")
            self.connection.exec_driver_sql(f"UPDATE {table} SET stamp = -stamp WHERE stamp < 0")
