"""What a database does for a question: the statements it is asked, how much work they are, and whether any of them
walks the whole journal.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlmodel import Session

from fund.db import Database

_JOURNAL = ("ledger_posting", "ledger_entry")


@contextmanager
def asked(database: Database) -> Iterator[list[tuple[str, Any]]]:
    """Every statement that goes to the database inside the block, with its parameters."""
    statements: list[tuple[str, Any]] = []

    def note(_c: Connection, _u: Any, statement: str, parameters: Any, _x: Any, _many: bool) -> None:
        statements.append((statement, parameters))

    engines = {database._reader, database.engine}
    for engine in engines:
        event.listen(engine, "before_cursor_execute", note)
    yield statements
    for engine in engines:
        event.remove(engine, "before_cursor_execute", note)


def read_rows(database: Database, question: Callable[[Session], object]) -> int:
    """How many rows of the journal PostgreSQL reads for `question`; -1 if SQLite would scan it, 0 if not."""
    with asked(database) as statements, database.write() as session:
        question(session)
    with database.engine.connect() as connection:
        return sum(_read(connection, statement, parameters) for statement, parameters in statements)


def work(database: Database, question: Callable[[Session], object]) -> int:
    """How much a question is: the rows that PostgreSQL reads, the instructions that SQLite's machine runs."""
    with asked(database) as statements, database.read() as session, instructions(session) as count:
        question(session)
    if database.is_sqlite:
        return count[0]
    with database.engine.connect() as connection:
        connection.exec_driver_sql("SET enable_seqscan = off")  # quicker in a book as small as this, and only there
        plans = [_explained(connection, statement, parameters) for statement, parameters in statements]
    return sum(_rows(node) for plan in plans for node in plan if "Relation Name" in node)


@contextmanager
def instructions(session: Session) -> Iterator[list[int]]:
    """How many instructions SQLite's machine runs inside the block; 0 on PostgreSQL."""
    connection, count = session.connection(), [0]
    driver: Any = connection.connection.dbapi_connection

    def tick() -> None:
        count[0] += 1

    if connection.dialect.name == "sqlite":
        driver.set_progress_handler(tick, 1)
    yield count
    if connection.dialect.name == "sqlite":
        driver.set_progress_handler(None, 1)


def _read(connection: Connection, statement: str, parameters: Any) -> int:
    if not statement.lstrip().startswith(("SELECT", "WITH", "INSERT")):
        return 0
    if connection.dialect.name == "sqlite":
        plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        scans = [step for step in plan if step.startswith("SCAN") and step.split()[1] in (*_JOURNAL, "p", "e")]
        return -1 if scans else 0
    plan = _explained(connection, statement, parameters)
    return sum(_rows(node) for node in plan if node.get("Relation Name") in _JOURNAL)


def _explained(connection: Connection, statement: str, parameters: Any) -> list[dict[str, Any]]:
    """The steps that PostgreSQL took for a statement; none for one that only sets how it plans."""
    if "set_config" in statement:
        connection.exec_driver_sql(statement, parameters)
        return []
    found = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
    return list(_nodes(found[0]["Plan"]))


def _rows(node: dict[str, Any]) -> int:
    dropped = node.get("Rows Removed by Filter", 0) + node.get("Rows Removed by Index Recheck", 0)
    return int((node["Actual Rows"] + dropped) * node["Actual Loops"])


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for below in plan.get("Plans", ()):
        yield from _nodes(below)
