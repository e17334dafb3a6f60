"""Thirty statements typed by hand against what is booked: the application is refused each, an owner's are found.

An owner may switch guards off, replace them or walk around them: what was changed then, the reading names.
"""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund.db import Database
from fund.keyring import Keyring
from fund.settings import Settings
from ledger import guards, verification
from tests.ledger.disarmed import disarm
from tests.ledger.logbook import KEY, SOURCES, a_full_book
from tests.ledger.raw import raw, run, unguarded_references
from tests.ledger.test_roles import names, signed_in

POSTINGS: Final = "entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject"
LATE: Final = (f"INSERT INTO ledger_posting ({POSTINGS}) SELECT entry_id, lines, line + 2, stamp, booked_on, account,"
               " fund, amount_satang, subject FROM ledger_posting WHERE amount_satang = 1004")  # fmt: skip
DOUBLED: Final = "UPDATE ledger_posting SET amount_satang = 2 * amount_satang WHERE abs(amount_satang) = 1003"
COPIED: Final = (f"COPY ledger_posting ({POSTINGS}) FROM PROGRAM 'echo 01234567-89ab-7def-8123-456789abcdef,2,1,1,"
                 "2026-11-02,1110.01,GEN,5,\"\"' WITH (FORMAT csv, FORCE_NOT_NULL (subject))")  # fmt: skip
COMMON: Final = {
    "an amount": "UPDATE ledger_posting SET amount_satang = 7 WHERE amount_satang = 1003",
    "both legs": DOUBLED,
    "a day": "UPDATE ledger_entry SET booked_on = '2026-11-01'",
    "a key": "UPDATE ledger_entry SET key = key || 'x'",
    "a reversal unmade": "UPDATE ledger_entry SET reverses = NULL, reason = ''",
    "an entry taken out": "DELETE FROM ledger_entry WHERE key = (SELECT min(key) FROM ledger_entry)",
    "a posting taken out": "DELETE FROM ledger_posting WHERE amount_satang = 1003",
    "all postings taken out": "DELETE FROM ledger_posting",
    "a late posting": LATE,
    "an update by join": "UPDATE ledger_posting SET fund = 'D4001' FROM ledger_entry e WHERE e.id = entry_id",
    "an update in a query": "WITH one AS (SELECT min(id) AS id FROM ledger_entry WHERE kind = 'donation')"
    " UPDATE ledger_entry SET kind = 'fee' WHERE id = (SELECT id FROM one)",
    "an upsert": f"INSERT INTO ledger_posting ({POSTINGS}) SELECT {POSTINGS} FROM ledger_posting WHERE true"
    " ON CONFLICT (entry_id, line) DO UPDATE SET amount_satang = 5",
    "a choice made a fact": "UPDATE ledger_kind SET nature = 'fact' WHERE nature = 'choice'",
    "a principal spent": "UPDATE ledger_fund SET principal_satang = 0 WHERE principal_satang > 0",
    "an account made free": "UPDATE ledger_account SET guarded = 'no' WHERE guarded <> 'no'",
    "a fund taken out": "DELETE FROM ledger_fund WHERE code = 'OLD'",
    "a month opened by one": "UPDATE ledger_period SET approved_by = recorded_by",
    "an act on a month taken out": "DELETE FROM ledger_period",
    "a false checkpoint": "UPDATE ledger_checkpoint SET amount_satang = amount_satang + 1",
    "a day's sum": "UPDATE ledger_day SET amount_satang = amount_satang + 1",
    "another's words": "UPDATE ledger_private SET content = salt",
    "a leaf rewritten": "UPDATE ledger_leaf SET content = hash WHERE position = 3",
    "the last head forgotten": "DELETE FROM ledger_head WHERE size = (SELECT max(size) FROM ledger_head)",
    "a key of the log": "UPDATE ledger_log_key SET endorsement = public_key",
}
OWN: Final[Mapping[str, dict[str, str]]] = {
    "sqlite": {
        "replace": f"REPLACE INTO ledger_posting ({POSTINGS}) SELECT entry_id, lines, line, stamp, booked_on, account,"
        " fund, 5, subject FROM ledger_posting",
        "insert or replace": "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry",
        "update or replace": "UPDATE OR REPLACE ledger_posting SET amount_satang = 5",
        "update or ignore": "UPDATE OR IGNORE ledger_entry SET kind = 'fee'",
        "insert or ignore": LATE.replace("INSERT", "INSERT OR IGNORE"),
        "a replaced kind": "REPLACE INTO ledger_kind SELECT code, 'fact' FROM ledger_kind",
    },
    "postgresql": {
        "truncate": "TRUNCATE ledger_posting CASCADE",
        "merge": "MERGE INTO ledger_posting p USING ledger_entry e ON e.id = p.entry_id WHEN MATCHED THEN UPDATE SET"
        " amount_satang = 5",
        "merge and delete": "MERGE INTO ledger_entry e USING ledger_kind k ON k.code = e.kind WHEN MATCHED THEN DELETE",
        "copy": COPIED,
        "cursor": "DO $$ BEGIN FOR i IN 1..1 LOOP UPDATE public.ledger_posting SET amount_satang = 5; END LOOP; END $$",
        "a column less": "ALTER TABLE ledger_posting DROP COLUMN purpose CASCADE",
    },
}
WAYS: Final[Mapping[str, Mapping[str, list[str]]]] = {
    "sqlite": {
        "the triggers dropped": ["DROP TRIGGER ledger_posting_no_update", DOUBLED],
        "the schema edited": [
            "PRAGMA writable_schema = ON",
            "DELETE FROM sqlite_schema WHERE type = 'trigger'",
            "PRAGMA writable_schema = RESET",
            DOUBLED,
        ],
        "a trigger of the same name": [
            "DROP TRIGGER ledger_posting_no_update",
            "CREATE TRIGGER ledger_posting_no_update BEFORE UPDATE ON ledger_posting WHEN 0 BEGIN SELECT 1; END",
            DOUBLED,
        ],
        "another table in its place": [
            "PRAGMA legacy_alter_table = ON",
            "CREATE TABLE other AS SELECT * FROM ledger_posting",
            "UPDATE other SET amount_satang = 2 * amount_satang WHERE abs(amount_satang) = 1003",
            "DROP TABLE ledger_posting",
            "ALTER TABLE other RENAME TO ledger_posting",
        ],
        "constraints not looked at": [
            "PRAGMA ignore_check_constraints = ON",
            "DROP TRIGGER ledger_posting_no_update",
            "UPDATE ledger_posting SET amount_satang = 0 WHERE amount_satang = 1003",
        ],
        "a trigger of their own": [
            "CREATE TRIGGER mine AFTER INSERT ON ledger_private BEGIN SELECT 1; END",
        ],
    },
    "postgresql": {
        "the triggers dropped": ["DROP TRIGGER ledger_posting_no_change ON ledger_posting", DOUBLED],
        "the triggers asleep": ["ALTER TABLE ledger_posting DISABLE TRIGGER ALL", DOUBLED],
        "asleep and awake again": [
            "ALTER TABLE ledger_posting DISABLE TRIGGER ALL",
            DOUBLED,
            "ALTER TABLE ledger_posting ENABLE TRIGGER ALL",
        ],
        "as a replica": ["SET LOCAL session_replication_role = replica", DOUBLED],
        "a function of the same name": [
            "CREATE OR REPLACE FUNCTION public.refuse_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RETURN NEW; END $$",
            DOUBLED,
        ],
        "a rule": ["CREATE RULE mine AS ON INSERT TO ledger_entry DO INSTEAD NOTHING"],
        "a late posting by copy": [
            "SET LOCAL session_replication_role = replica",
            COPIED,
        ],
    },
}


@pytest.fixture
def whole(books: Database) -> Database:
    """A sealed book with something of everything."""
    a_full_book(books)
    return books


def statements(database: Database) -> dict[str, str]:
    return COMMON | OWN["sqlite" if database.is_sqlite else "postgresql"]


def test_the_application_is_refused_all_thirty(whole: Database, database_url: str) -> None:
    """On SQLite the application is the file's owner: its triggers refuse it the same."""
    assert len(statements(whole)) == 30
    if whole.is_sqlite:
        refused = {name for name, statement in statements(whole).items() if is_refused(whole, statement)}
    else:
        whole.migrate()
        with signed_in(database_url, names(whole)[0]) as application:
            refused = {name for name, statement in statements(whole).items() if is_refused(application, statement)}
    assert statements(whole).keys() - refused == set()
    with whole.read() as session:
        assert list(verification.verify(session, sources=SOURCES, trusted=KEY.public)) == []


def is_refused(database: Database, statement: str) -> bool:
    try:
        run(database, statement)
    except DBAPIError:
        return True
    return False


def visit(database: Database, url: str, folder: Path, *statements: str) -> list[str] | None:
    """An owner's visit, of which nothing stays: what the reading finds after it; None where it was refused."""
    with database.read() as session:
        laid = guards.standing(session.connection())
    if not database.is_sqlite:
        with database.engine.connect() as connection, Session(connection) as session:
            try:
                for statement in (*statements, "SET CONSTRAINTS ALL IMMEDIATE"):
                    connection.exec_driver_sql(statement)
            except DBAPIError:
                return None
            return reading(session, laid)
    database.close()  # so that the file is whole
    copied = f"sqlite:///{shutil.copy(url.removeprefix('sqlite:///'), folder / 'copy.db')}"
    with unguarded_references(copied) as connection:
        try:
            for statement in statements:
                connection.execute(statement)
        except sqlite.DatabaseError:
            return None
    visited = Database(copied, Keyring(Settings(database_url=url).master_key_path))
    with visited.read() as session:
        found = reading(session, laid)
    visited.close()
    return found


def reading(session: Session, laid: Mapping[str, str]) -> list[str]:
    try:
        return list(verification.verify(session, sources=SOURCES, trusted=KEY.public, laid=laid))
    except DBAPIError as broken:  # a table or a column is no longer there
        return [f"unreadable: {broken.orig}"]


def test_what_an_owner_does_is_refused_or_found(whole: Database, database_url: str, tmp_path: Path) -> None:
    for name, statement in statements(whole).items():
        assert visit(whole, database_url, tmp_path, statement) != [], name
    assert visit(whole, database_url, tmp_path, "SELECT 1") == []


def test_no_way_around_the_guards_stays_unseen(whole: Database, database_url: str, tmp_path: Path) -> None:
    """Each way is open to an owner; what was changed is named, not only the guard that is gone."""
    for name, way in WAYS["sqlite" if whole.is_sqlite else "postgresql"].items():
        found = visit(whole, database_url, tmp_path, *way)
        assert found, name
        changed = [finding for finding in found if not finding.startswith("the guard ")]
        assert bool(changed) == (DOUBLED in way or len(way) > 1), (name, found)


def test_without_the_insert_guard_a_replacement_passes_and_is_found(whole: Database, database_url: str,
                                                                    tmp_path: Path) -> None:  # fmt: skip
    """The control: the same statement that was refused, once the guards of its table are gone."""
    replacing = statements(whole)["replace" if whole.is_sqlite else "an upsert"]
    assert is_refused(whole, replacing)
    with raw(whole) as connection:
        disarm(connection, "ledger_posting")
    assert not is_refused(whole, replacing)
    found = visit(whole, database_url, tmp_path, "SELECT 1")
    assert found
    assert "is not what was logged" in found[0]
