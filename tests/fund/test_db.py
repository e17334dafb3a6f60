"""The unit of work, and the databases that are refused."""

import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund import audit, papers
from fund.db import Database, UnsafeDatabaseError
from tests.builders import a_founded_fund


def _count(database: Database) -> int:
    with database.read() as session:
        return int(session.connection().execute(text("SELECT COUNT(*) FROM fund_audit")).scalar_one())


def test_a_unit_of_work_that_fails_keeps_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        audit.record(session, audit.WORKER, "thing.done", 1)
        session.flush()
        raise RuntimeError
    assert _count(database) == 0


def test_what_is_done_while_reading_is_not_kept(database: Database) -> None:
    try:
        with database.read() as session:
            audit.record(session, audit.WORKER, "thing.done", 1)
            session.flush()
    except DBAPIError:
        pass  # PostgreSQL refuses at once, SQLite forgets at the end
    assert _count(database) == 0


def test_two_writers_do_not_lose_each_other(database: Database) -> None:
    def write() -> None:
        for _ in range(20):
            with database.write() as session:
                audit.record(session, audit.WORKER, "thing.done", 1)

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert _count(database) == 80


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE fund_audit SET actor = 'nobody'",
        "DELETE FROM fund_audit",
        "UPDATE fund_installation SET is_demo = NOT is_demo",
        "DELETE FROM fund_installation",
        "UPDATE fund_profile SET content = ''",
        "DELETE FROM fund_paper",
    ],
)
def test_append_only_rows_cannot_be_changed_by_raw_sql(database: Database, statement: str) -> None:
    _fill(database)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.connection().execute(text(statement))


@pytest.mark.parametrize("table", ["fund_audit", "fund_installation", "fund_profile", "fund_paper"])
def test_append_only_rows_cannot_be_replaced_or_truncated(database: Database, table: str) -> None:
    _fill(database)
    attack = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if database.is_sqlite else f"TRUNCATE {table}"
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.connection().execute(text(attack))


def _fill(database: Database) -> None:
    a_founded_fund(database)
    with database.write() as session:
        papers.record(session, "KK-2570-000001", "0" * 64)


def test_an_old_sqlite_library_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fund.db.sqlite.sqlite_version_info", (3, 51, 2))
    with pytest.raises(UnsafeDatabaseError):
        Database("sqlite:///:memory:")


def test_every_connection_has_the_settings_that_keep_gifts(database: Database) -> None:
    with database.write() as session:
        ask = session.connection().exec_driver_sql
        if database.is_sqlite:
            shown = {name: ask(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous", "foreign_keys")}
            assert shown == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        else:
            assert ask("SHOW transaction_isolation").scalar() == "read committed"


def test_a_postgresql_that_does_not_flush_is_refused(database: Database, engine_name: str) -> None:
    if engine_name == "sqlite":
        database.require_safe()
        return
    with database.engine.connect() as connection:
        connection.execute(text("ALTER ROLE sipbaht SET synchronous_commit = off"))
        connection.commit()
    try:
        database.close()
        with pytest.raises(UnsafeDatabaseError, match="synchronous_commit"):
            database.require_safe()
    finally:
        with database.engine.connect() as connection:
            connection.execute(text("ALTER ROLE sipbaht RESET synchronous_commit"))
            connection.commit()
