"""Writing to the ledger's tables past its door, as an attacker or a bug would: plain SQL on either database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pysqlite3.dbapi2 as sqlite
from sqlalchemy import Connection, Table, insert, text

from fund.db import Database
from ledger.identifiers import new_id
from ledger.models import EntryRow, PostingRow
from tests.ledger.builders import DAY

ENTRY: Table = EntryRow.__table__  # type: ignore[attr-defined]
POSTING: Table = PostingRow.__table__  # type: ignore[attr-defined]
Line = tuple[str, str, Any]
_DRAFT_POSTING = (
    "INSERT INTO ledger_draft_posting (number, line, account, fund, amount_satang, subject, purpose, scope)"
    " VALUES (:number, :line, :account, :fund, :amount_satang, :subject, :purpose, :scope)"
)


@contextmanager
def raw(database: Database) -> Iterator[Connection]:
    """One transaction of plain SQL, committed at its end."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("DELETE FROM ledger_draft_posting")  # what another attack left there
        yield connection
        connection.commit()


@contextmanager
def unguarded_references(url: str) -> Iterator[Any]:
    """A plain driver's connection to the SQLite file as other programs open it: foreign keys not enforced."""
    connection = sqlite.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    connection.execute("PRAGMA foreign_keys=OFF")
    connection.execute("PRAGMA recursive_triggers=OFF")
    yield connection
    connection.close()


def run(database: Database, statement: str, **parameters: Any) -> None:
    """One statement, committed."""
    with raw(database) as connection:
        connection.execute(text(statement), parameters)


def put_lines(connection: Connection, entry_id: UUID, postings: list[Line], **changes: Any) -> None:
    """Postings before their entry: on SQLite they wait as drafts, on PostgreSQL for the deferred foreign key."""
    for number, (account, fund, amount) in enumerate(postings, 1):
        values = posting_values(connection, entry_id, len(postings), number, account, fund, amount) | changes
        if connection.dialect.name == "sqlite":
            connection.execute(text(_DRAFT_POSTING), {"number": 1} | values)
        else:
            connection.execute(insert(POSTING).values(**values))


def posting_values(
    connection: Connection, entry_id: UUID, lines: int, line: int, account: str, fund: str, amount: Any
) -> dict[str, Any]:
    """A row of ledger_posting."""
    return {
        "entry_id": entry_id,
        "lines": lines,
        "line": line,
        "booked_on": DAY,
        "account": account,
        "fund": fund,
        "amount_satang": amount,
        "subject": "",
        "purpose": None,
        "scope": None,
    } | _stamp(connection)


def put_entry(connection: Connection, entry_id: UUID, lines: int, **changes: Any) -> None:
    """A row of ledger_entry; on SQLite its draft, and the statement that books it."""
    values: dict[str, Any] = {
        "id": entry_id,
        "lines": lines,
        "kind": "donation",
        "occurred_on": DAY,
        "booked_on": DAY,
        "recorded_at": datetime.now(UTC),
        "recorded_by": "attacker",
        "key": f"raw:{entry_id}",
        "request_hash": b"\0" * 32,
        "subject": "",
        "reverses": None,
        "reason": "",
        "details_digest": None,
    }
    if connection.dialect.name == "sqlite":
        drafted = values | changes
        names, marks = ", ".join(drafted), ", ".join(f":{name}" for name in drafted)
        plain = {name: _plain(value) for name, value in drafted.items()}
        connection.execute(text(f"INSERT INTO ledger_draft_entry ({names}) VALUES ({marks})"), plain)
        connection.exec_driver_sql("INSERT INTO ledger_door DEFAULT VALUES")
    else:
        connection.execute(insert(ENTRY).values(**values | changes))


def book_raw(database: Database, lines: list[Line], *, said: int | None = None, **changes: Any) -> UUID:
    """A whole entry by plain SQL, saying that it has `said` postings (as many as given)."""
    entry_id = new_id()
    with raw(database) as connection:
        put_lines(connection, entry_id, lines, **({"lines": said} if said is not None else {}))
        put_entry(connection, entry_id, len(lines) if said is None else said, **changes)
    return entry_id


def _stamp(connection: Connection) -> dict[str, int]:
    if connection.dialect.name != "sqlite":
        return {}
    last = connection.execute(text("SELECT coalesce(max(stamp), 0) FROM ledger_entry")).scalar_one()
    return {"stamp": last + 1}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else str(value) if isinstance(value, UUID) else value
