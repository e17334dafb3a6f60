"""Whoever owns the database switches the guards off and changes something: the reading finds it, whatever it was.

Each drill happens in a transaction that is rolled back, on one book that is whole.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Table, and_, select, update
from sqlmodel import Session

from fund.db import Database
from ledger import log, merkle, models, notes, verification
from ledger.identifiers import new_id
from ledger.notes import PublicKey
from tests.ledger.builders import a_gift, posted
from tests.ledger.logbook import KEY, SOURCES, a_full_book, findings, seal_all

MAY_CHANGE = {"account": {"name_th", "name_en", "is_open"}, "fund": {"name_th", "name_en", "valid_to"}}
ROWS: tuple[Any, ...] = (
    models.EntryRow,
    models.PostingRow,
    models.PrivateRow,
    models.PeriodRow,
    models.AccountRow,
    models.FundRow,
    models.KindRow,
    models.LeafRow,
    models.SubtreeRow,
    models.HeadRow,
    models.LogKeyRow,
)
TABLES: list[Table] = [row.__table__ for row in ROWS]
COLUMNS = [
    (table, column.name)
    for table in TABLES
    for column in table.columns
    if column.name not in MAY_CHANGE.get(table.name.removeprefix("ledger_"), set())
]


@contextmanager
def unguarded(database: Database) -> Iterator[Connection]:
    """A transaction without guards, forgotten at its end; on SQLite what books behind the door still does."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            guards = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name <> 'ledger_door_books'"
            for name in connection.exec_driver_sql(guards).scalars().all():
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = ON")
            connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
            checks = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype IN ('c', 'f')"
            for table, name in connection.exec_driver_sql(checks + " AND connamespace = 'public'::regnamespace").all():
                connection.exec_driver_sql(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
        yield connection
        connection.rollback()
        if database.is_sqlite:
            connection.exec_driver_sql("PRAGMA ignore_check_constraints = OFF")


def found(connection: Connection, *held: str, trusted: PublicKey = KEY.public) -> list[str]:
    """What the reading finds, the switched-off guards aside."""
    with Session(connection) as session:
        everything = verification.verify(session, sources=SOURCES, trusted=trusted, held=held)
        return [finding for finding in everything if not finding.startswith("the guard ")]


def another(value: Any, column: str) -> Any:
    """A value of the same type that is not this one."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + (1 if "satang" in column or column in ("lines", "follows", "entry_stamp") else 1_000_003)
    if isinstance(value, bytes):
        return value[:-1] + bytes([value[-1] ^ 1])
    if isinstance(value, datetime):
        return value + timedelta(microseconds=1)
    if isinstance(value, date):
        return value + timedelta(days=1)
    return new_id() if isinstance(value, UUID) else value + "a"


def made_up(table: Table, column: str) -> Any:
    """A value where there was none."""
    given: dict[str, Any] = {
        "reverses": new_id(),
        "details_digest": secrets.token_bytes(32),
        "endorsement": secrets.token_bytes(64),
        "valid_from": date(2026, 1, 1),
    }
    return given.get(column, "made-up")


def change(connection: Connection, table: Table, column: str, row: Any, value: Any) -> None:
    same = and_(*(key == getattr(row, key.name) for key in table.primary_key))
    assert connection.execute(update(table).where(same).values({column: value})).rowcount == 1


def rows_of(connection: Connection, table: Table, column: str) -> list[Any]:
    """A row with a value in the column and one without, where there are such."""
    some = connection.execute(select(table).order_by(*table.primary_key)).all()
    with_value = [row for row in some if getattr(row, column) is not None]
    without = [row for row in some if getattr(row, column) is None]
    return with_value[len(with_value) // 2 :][:1] + without[:1]


def test_any_column_of_any_row_that_is_changed_is_found(books: Database) -> None:
    a_full_book(books)
    missed, drills = [], 0
    for table, column in COLUMNS:
        with unguarded(books) as connection:
            for row in rows_of(connection, table, column):
                value = getattr(row, column)
                values = [made_up(table, column)] if value is None else [another(value, column)]
                if value is not None and table.columns[column].nullable:
                    values.append(None)
                for new in values:
                    with connection.begin_nested() as drill:
                        change(connection, table, column, row, new)
                        drills += 1
                        missed += [] if found(connection) else [f"{table.name}.{column}: {value!r} -> {new!r}"]
                        drill.rollback()
            assert found(connection) == []
    assert missed == []
    assert drills > 70
    assert findings(books) == []


def test_any_row_that_is_deleted_is_found(books: Database) -> None:
    a_full_book(books)
    missed = []
    for table in TABLES:
        if table.name in ("ledger_private",):  # erased by design
            continue
        with unguarded(books) as connection:
            first, last = (connection.execute(select(table).order_by(order)).first() for order in _ends(table))
            for row in (first, last):
                with connection.begin_nested() as drill:
                    same = and_(*(key == getattr(row, key.name) for key in table.primary_key))
                    connection.execute(table.delete().where(same))
                    missed += [] if found(connection) else [f"{table.name}: {row}"]
                    drill.rollback()
    assert missed == []


def _ends(table: Table) -> Iterator[Any]:
    key = next(iter(table.primary_key))
    yield key.asc()
    yield key.desc()


def test_a_changed_checkpoint_is_found(books: Database) -> None:
    a_full_book(books)
    for set_ in ("amount_satang = amount_satang + 1", "upto = upto + 1000003", "fund = 'KEEP'", "account = '5300'"):
        with unguarded(books) as connection:
            biggest = "(SELECT max(amount_satang) FROM ledger_checkpoint)"
            connection.exec_driver_sql(f"UPDATE ledger_checkpoint SET {set_} WHERE amount_satang = {biggest}")
            assert [finding for finding in found(connection) if "checkpoint" in finding]


DRILLS = {
    "amounts of two entries swapped": (
        "UPDATE ledger_posting SET amount_satang = CASE amount_satang"
        " WHEN 1001 THEN 1002 WHEN 1002 THEN 1001 WHEN -1001 THEN -1002 WHEN -1002 THEN -1001 END"
        " WHERE amount_satang IN (1001, 1002, -1001, -1002)"
    ),
    "both legs doubled": (
        "UPDATE ledger_posting SET amount_satang = amount_satang * 2 WHERE amount_satang IN (1003, -1003)"
    ),
    "an entry and its postings made a day older": "UPDATE ledger_entry SET booked_on = '2026-11-01'",
    "all stamps moved together": "UPDATE ledger_entry SET stamp = stamp + 1000000",
    "a posting more": (
        "INSERT INTO ledger_posting (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject)"
        " SELECT entry_id, lines, line + 2, stamp, booked_on, account, fund, amount_satang, subject"
        " FROM ledger_posting WHERE amount_satang = 1004"
    ),
    "a posting of nothing": (
        "INSERT INTO ledger_posting (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject)"
        " SELECT '01234567-89ab-7def-8123-456789abcdef', lines, line, stamp, booked_on, account, fund, amount_satang,"
        " subject FROM ledger_posting WHERE amount_satang = 1004"
    ),
    "two leaves exchanged": (
        "UPDATE ledger_leaf SET position = CASE position WHEN 2 THEN 1000003 ELSE 2 END WHERE position IN (2, 3)"
    ),
    "a leaf that nobody sealed": (
        "INSERT INTO ledger_leaf (position, kind, subject, content, hash)"
        " SELECT position + 1, 'entry', 'nothing', content, hash FROM ledger_leaf ORDER BY position DESC LIMIT 1"
    ),
    "a subtree too many": "INSERT INTO ledger_subtree SELECT level + 8, number, hash FROM ledger_subtree",
    "the last head forgotten": "DELETE FROM ledger_head WHERE size = (SELECT max(size) FROM ledger_head)",
    "every head forgotten": "DELETE FROM ledger_head",
    "a salt that fits no more": "UPDATE ledger_private SET salt = substr(content, 1, 16)",
    "a receipt passed off as another's": "UPDATE ledger_leaf SET subject = 'KK-1' WHERE subject = 'KK-2570-000001'",
    "a leaf of a kind nobody knows": "UPDATE ledger_leaf SET kind = 'poem' WHERE kind = 'receipt'",
}


@pytest.mark.parametrize("drill", DRILLS)
def test_a_drill_is_found(books: Database, drill: str) -> None:
    a_full_book(books)
    with unguarded(books) as connection:
        assert connection.exec_driver_sql(DRILLS[drill]).rowcount > 0
        assert found(connection) != []


def test_an_entry_slipped_in_before_the_last_sealed_one_is_found(books: Database) -> None:
    a_full_book(books)
    entry, posting = TABLES[:2]
    with unguarded(books) as connection:
        old = connection.execute(select(entry).order_by(entry.c.stamp)).first()
        assert old is not None
        slipped = new_id()
        stamp = 0 if books.is_sqlite else old.stamp
        connection.execute(entry.insert().values({**old._mapping, "id": slipped, "key": "slipped", "stamp": stamp}))
        lines = connection.execute(select(posting).where(posting.c.entry_id == old.id)).all()
        for line in lines:
            connection.execute(posting.insert().values({**line._mapping, "entry_id": slipped, "stamp": stamp}))
        assert [finding for finding in found(connection) if f"{slipped} is not in the log" in finding]


def test_history_rewritten_and_signed_anew_is_found_by_who_kept_a_head(books: Database) -> None:
    """With the stolen key every hash and signature fits; only a head from before, kept elsewhere, does not."""
    a_full_book(books)
    with books.read() as session:
        kept = [head.note() for head in log.heads(session)]
    with unguarded(books) as connection:
        for table in ("ledger_head", "ledger_subtree", "ledger_leaf"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        connection.exec_driver_sql("UPDATE ledger_posting SET amount_satang = 2 * amount_satang WHERE fund = 'GEN'")
        for table in ("ledger_checkpoint", "ledger_day"):
            connection.exec_driver_sql(f"DELETE FROM {table}")
        with Session(connection) as session:
            while log.seal(session, KEY, sources=SOURCES):
                pass
            session.flush()
            assert found(connection) == []
            for note in kept:
                assert "with another root" in found(connection, note)[0]
            longer = kept[-1].replace(f"\n{kept[-1].splitlines()[1]}\n", "\n1000003\n")
            assert "the log is shorter" in found(connection, longer)[0]


def test_changed_keys_are_found(books: Database) -> None:
    a_full_book(books)
    second = notes.new_key(KEY.origin)
    with books.write() as session:
        log.add_key(session, second, endorsed_by=KEY)
    posted(books, a_gift())
    seal_all(books, second)
    assert findings(books) == []
    elsewhere = notes.PublicKey("log.example/other", second.public.public)
    drills = {
        "UPDATE ledger_log_key SET endorsement = (SELECT signature FROM ledger_head ORDER BY size LIMIT 1)"
        " WHERE number = 2": "key 2 is not endorsed",
        f"UPDATE ledger_log_key SET id = '{elsewhere.id}', origin = '{elsewhere.origin}'"
        " WHERE number = 2": "another log",
        "UPDATE ledger_log_key SET origin = 'log.example/other' WHERE number = 2": "key 2 is not the one it says",
        "UPDATE ledger_log_key SET number = 3 WHERE number = 2": "key 2 of the log is missing",
        "DELETE FROM ledger_log_key WHERE number = 2": "the key of the head",
        "UPDATE ledger_log_key SET number = 3 - number": "no longer in use",
    }
    for drill, finding in drills.items():
        with unguarded(books) as connection:
            for number in (-1, -2) if "3 - number" in drill else ():
                move = f"UPDATE ledger_log_key SET number = {number} WHERE number = {-number}"
                connection.exec_driver_sql(move)
            connection.exec_driver_sql(drill.replace("3 - number", "3 + number"))
            assert finding in " ".join(found(connection)), drill


def test_a_leaf_that_is_no_leaf_is_found(books: Database) -> None:
    """Also of a kind whose rows nobody handed in for comparison."""
    a_full_book(books)
    for content in (b"", b"\1nonsense", b"\1[]", b"\2{}"):
        with unguarded(books) as connection, Session(connection) as session:
            leaf = TABLES[7]
            here = leaf.c.subject == "KK-2570-000001"
            connection.execute(update(leaf).where(here).values(content=content, hash=merkle.leaf_hash(content)))
            assert [one for one in verification.verify(session) if "is not of receipt KK-2570-000001" in one]


def test_the_first_thing_wrong_is_named(books: Database) -> None:
    a_full_book(books)
    with unguarded(books) as connection:
        connection.exec_driver_sql("UPDATE ledger_posting SET amount_satang = 9 WHERE amount_satang IN (1007, 1012)")
        subjects = connection.exec_driver_sql("SELECT entry_id FROM ledger_posting WHERE amount_satang = 9").scalars()
        positions = [
            connection.exec_driver_sql(f"SELECT position FROM ledger_leaf WHERE subject = '{subject}'").scalar_one()
            for subject in subjects
        ]
        wrong = found(connection)
        assert f"position {min(positions)} is not what was logged" in wrong[0]
        assert f"position {max(positions)} is not what was logged" in wrong[1]


def test_a_reading_that_skips_a_look_misses_its_drill(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without each look there is a drill that passes."""
    a_full_book(books)
    drills = {
        "_stray_postings": "UPDATE ledger_posting SET lines = 3",
        "_private": "UPDATE ledger_private SET salt = substr(content, 1, 16)",
        "_checkpoints": "UPDATE ledger_checkpoint SET amount_satang = 5",
        "_spare_subtrees": "INSERT INTO ledger_subtree SELECT level + 8, number, hash FROM ledger_subtree",
        "_subtrees": "UPDATE ledger_subtree SET hash = (SELECT hash FROM ledger_leaf WHERE position = 0)",
        "_one_head": "UPDATE ledger_head SET signature = (SELECT signature FROM ledger_head ORDER BY size LIMIT 1)",
        "_order": "UPDATE ledger_entry SET stamp = 1000000 - stamp",
        "_keys": "UPDATE ledger_log_key SET number = 2",
    }
    for look, drill in drills.items():
        with unguarded(books) as connection:
            connection.exec_driver_sql(drill)
            if look == "_order":
                connection.exec_driver_sql("UPDATE ledger_posting SET stamp = 1000000 - stamp")
            before = found(connection)
            with monkeypatch.context() as skipping:
                skipping.setattr(verification, look, lambda *_: iter(()))
                assert len(found(connection)) < len(before), look
