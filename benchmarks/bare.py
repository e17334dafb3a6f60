"""The limit of writing: the same rows into tables with the same columns, and nothing that guards them.

Knows the drivers that the service uses, with the same settings, and copies of tables without triggers, foreign keys,
checks and defaults, but with all their indexes. One call is one commit.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

import psycopg
import pysqlite3.dbapi2 as sqlite

Rows = Sequence[tuple[Any, ...]]
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")  # as fund/db.py sets them


class Bare(Protocol):
    """An open connection to bare tables."""

    def prepared(self, rows: Mapping[str, Rows]) -> Any:
        """The rows of one commit, in the driver's form, so that writing them is all that is timed."""

    def commit(self, prepared: Any) -> None:
        """Write them, in one transaction."""

    def close(self) -> None:
        """End the connection."""


def make(url: str, tables: Sequence[str], *, at: str) -> None:
    """Copy these tables of the database `url`, empty and bare, to `at`: a file, or a schema of the same database."""
    if url.startswith("sqlite"):
        _make_sqlite(url, tables, at)
    else:
        _make_postgres(url, tables, at)


def connect(url: str, tables: Sequence[str], *, at: str, begins: bool = False, as_text: bool = False) -> Bare:
    """A connection to the bare tables that `make` made there.

    `begins`: on PostgreSQL a commit is BEGIN, the statement and COMMIT, as in a unit of work of several statements,
    and not the one statement alone. On SQLite it always is. `as_text`: on PostgreSQL the arrays are ready for the
    server, and not lists that the driver makes into arrays.
    """
    if url.startswith("sqlite"):
        return SqliteBare(at)
    return PostgresBare(url, tables, at, begins=begins, as_text=as_text)


def rows_of(url: str, table: str) -> list[tuple[Any, ...]]:
    """All rows of a table as the driver gives them, in the order they were written."""
    if url.startswith("sqlite"):
        with closing(sqlite.connect(url.removeprefix("sqlite:///"))) as connection:
            return list(connection.execute(f"SELECT * FROM {table}"))
    with psycopg.connect(url) as database:
        return database.execute(f"SELECT * FROM {table}".encode()).fetchall()


class SqliteBare:
    """One transaction a commit, one `executemany` a table."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite.connect(path, isolation_level=None)
        for pragma in _PRAGMAS:
            self._connection.execute(f"PRAGMA {pragma}")

    def prepared(self, rows: Mapping[str, Rows]) -> list[tuple[str, Rows]]:
        marks = {table: ", ".join("?" * len(some[0])) for table, some in rows.items() if some}
        return [(f"INSERT INTO {table} VALUES ({marks[table]})", some) for table, some in rows.items() if some]

    def commit(self, prepared: list[tuple[str, Rows]]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        for statement, rows in prepared:
            self._connection.executemany(statement, rows)
        self._connection.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()


class PostgresBare:
    """One statement a commit, whatever the number of tables: arrays, unnested. One round trip, or three."""

    def __init__(self, url: str, tables: Sequence[str], schema: str, *, begins: bool, as_text: bool) -> None:
        self._connection = psycopg.connect(url, autocommit=not begins)
        self._array: Callable[[Iterable[Any]], Any] = _array_text if as_text else list
        self._schema = schema
        self._types = {table: self._column_types(table) for table in tables}
        self._connection.commit()

    def prepared(self, rows: Mapping[str, Rows]) -> tuple[bytes, list[Any]]:
        filled = [table for table, some in rows.items() if some]
        inserts = [f"t{number} AS ({self._insert(table)})" for number, table in enumerate(filled)]
        arrays = [self._array(column) for table in filled for column in zip(*rows[table], strict=True)]
        return f"WITH {', '.join(inserts)} SELECT 1".encode(), arrays

    def commit(self, prepared: tuple[bytes, list[Any]]) -> None:
        self._connection.execute(*prepared)
        self._connection.commit()  # asks the server nothing when the statement stood alone

    def close(self) -> None:
        self._connection.close()

    def _insert(self, table: str) -> str:
        arrays = ", ".join(f"%s::{kind}[]" for kind in self._types[table])
        return f"INSERT INTO {self._schema}.{table} SELECT * FROM unnest({arrays})"

    def _column_types(self, table: str) -> list[str]:
        found = self._connection.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
            [table],
        )
        return [row[0] for row in found]


def _array_text(values: Iterable[Any]) -> str:
    return "{" + ",".join("NULL" if value is None else _quoted(value) for value in values) + "}"


def _quoted(value: Any) -> str:
    text = f"\\x{value.hex()}" if isinstance(value, bytes) else str(value)
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _make_sqlite(url: str, tables: Sequence[str], path: str) -> None:
    with closing(sqlite.connect(url.removeprefix("sqlite:///"))) as original:
        statements = [made for table in tables for made in _bare_sqlite(original, table)]
    Path(path).unlink(missing_ok=True)
    with closing(sqlite.connect(path)) as copy:
        for statement in statements:
            copy.execute(statement)


def _bare_sqlite(original: Any, table: str) -> list[str]:
    """The statements that make one table: columns, keys, and indexes as they were written."""
    columns = original.execute(f"PRAGMA table_info({table})").fetchall()
    without_rowid = original.execute("SELECT wr FROM pragma_table_list WHERE name = ?", [table]).fetchone()[0]
    keys = [f"PRIMARY KEY ({', '.join(_primary_key(columns))})"] if _primary_key(columns) else []
    others = original.execute(f"PRAGMA index_list({table})").fetchall()
    for _, name, _, origin, _ in others:
        if origin == "u":
            indexed = [row[2] for row in original.execute(f"PRAGMA index_info({name})")]
            keys.append(f"UNIQUE ({', '.join(indexed)})")
    parts = [*(f"{name} {kind}{' NOT NULL' if required else ''}" for _, name, kind, required, _, _ in columns), *keys]
    made = [f"CREATE TABLE {table} ({', '.join(parts)}) STRICT{', WITHOUT ROWID' if without_rowid else ''}"]
    written = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND name = ?"
    return made + [original.execute(written, [row[1]]).fetchone()[0] for row in others if row[3] == "c"]


def _primary_key(columns: Sequence[Any]) -> list[str]:
    return [column[1] for column in sorted(columns, key=lambda column: column[5]) if column[5]]


def _make_postgres(url: str, tables: Sequence[str], schema: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(f"CREATE SCHEMA {schema}".encode())
        for table in tables:
            connection.execute(f"CREATE TABLE {schema}.{table} (LIKE public.{table} INCLUDING INDEXES)".encode())
