"""Ways around a guard that needed no guard to be switched off, only a pragma or an unusual order of statements."""

from uuid import UUID

import pysqlite3.dbapi2 as sqlite
import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund import checks, sealing
from fund.db import Database
from ledger import balances, guards
from ledger.identifiers import new_id
from receipts import queries, service
from tests.ledger.builders import BANK, GIFTS, GRANTS, a_gift, open_book, posted
from tests.ledger.disarmed import disarm
from tests.ledger.logbook import findings, seal_all
from tests.ledger.raw import POSTING, Line, posting_values, put_entry, put_lines, raw, run, unguarded_references
from tests.receipts.builders import some_facts

DRAFTED = (
    "INSERT INTO ledger_draft_entry SELECT 1, :id, lines, kind, occurred_on, booked_on, recorded_at, recorded_by, key,"
    " request_hash, subject, reverses, reason, details_digest FROM ledger_entry"
)
LINES = (
    "INSERT INTO ledger_draft_posting SELECT 1, line, account, fund, amount_satang * 9, subject, purpose, scope"
    " FROM ledger_posting"
)

COPIED = "lines, kind, occurred_on, booked_on, recorded_at, recorded_by, request_hash, subject, reason"
ENTERED = (
    f"INSERT INTO ledger_entry (id, key, {COPIED}) SELECT CAST(:id AS {{uid}}), 'other', {COPIED} FROM ledger_entry"
)


@pytest.fixture
def books(database: Database) -> Database:
    """The small chart, and one gift."""
    open_book(database)
    posted(database, a_gift(1_000))
    return database


def gift(session: Session) -> UUID:
    """The entry of the gift."""
    return UUID(str(session.connection().execute(text("SELECT id FROM ledger_entry")).scalar_one()))


def require_sqlite(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("a pragma of SQLite's")


def test_the_door_replaces_nothing_where_checks_are_switched_off(books: Database, database_url: str) -> None:
    require_sqlite(books)
    with unguarded_references(database_url) as connection:
        connection.execute("PRAGMA ignore_check_constraints=ON")
        connection.execute(DRAFTED, {"id": str(new_id())})
        connection.execute(LINES)
        with pytest.raises(sqlite.IntegrityError):
            connection.execute("INSERT OR REPLACE INTO ledger_door DEFAULT VALUES")
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 1_000


def test_a_receipt_replaces_no_valid_one_where_references_are_not_enforced(books: Database, database_url: str) -> None:
    require_sqlite(books)
    with books.write() as session:
        number = service.issue(session, some_facts(), proves=gift(session)).number
    with unguarded_references(database_url) as connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(receipts_receipt)")]
        changed = {"number": "'KK-2570-000002'", "running": "2", "follows": "1", "replaces": "number"}
        changed |= {code: f"'2' || substr({code}, 2)" for code in ("token", "check_code")}
        values = ", ".join(changed.get(column, column) for column in columns)
        with pytest.raises(sqlite.IntegrityError, match="ledger:receipt"):
            connection.execute(f"INSERT INTO receipts_receipt SELECT {values} FROM receipts_receipt")
    with books.read() as session:
        assert [one.number for one in queries.proving(session, [gift(session)])] == [number]


def test_postings_that_wait_for_their_entry_are_not_spent(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("on SQLite they wait as drafts")
    money, spend = new_id(), new_id()
    with pytest.raises(DBAPIError, match="ledger:lines"), raw(books) as connection:
        coming = posting_values(connection, money, 2, 1, BANK, "GEN", 500)
        connection.execute(insert(POSTING).values(**coming))
        put_lines(connection, spend, [(GRANTS, "GEN", 1_500), (BANK, "GEN", -1_500)])
        put_entry(connection, spend, 2, kind="payment")
        going = posting_values(connection, money, 2, 2, BANK, "GEN", -500)
        connection.execute(insert(POSTING).values(**going))
        put_entry(connection, money, 2)


@pytest.mark.parametrize("lines", [[(BANK, "GEN", 7), (GIFTS, "GEN", -5)], [(BANK, "GEN", 7)]])
def test_an_entry_that_was_sealed_uneven_is_found(books: Database, lines: list[Line]) -> None:
    entry_id = new_id()
    with raw(books) as connection:
        disarm(connection)
        uid = "text" if books.is_sqlite else "uuid"
        connection.execute(text(ENTERED.format(uid=uid)), {"id": str(entry_id)})
        for number, line in enumerate(lines, 1):
            values = posting_values(connection, entry_id, 2, number, *line)
            stamp = {"stamp": 2} if books.is_sqlite else {}
            connection.execute(insert(POSTING).values(**values | stamp))
    seal_all(books, sources=())
    assert f"entry {entry_id} does not add up" in findings(books)


def test_a_series_whose_counter_was_taken_out_is_found(books: Database) -> None:
    with books.write() as session:
        service.issue(session, some_facts(), proves=gift(session))
    run(books, "DELETE FROM receipts_counter")
    with books.read() as session:
        assert queries.gaps(session) == ["KK donation 2027"]


def test_a_view_that_a_guard_looks_at_is_one_of_the_guards(books: Database) -> None:
    if books.is_sqlite:
        run(books, "DROP VIEW ledger_open_from")
    run(
        books,
        "CREATE OR REPLACE VIEW ledger_open_from AS SELECT CAST(NULL AS date) AS day".replace(
            "OR REPLACE " if books.is_sqlite else "\0", ""
        ),
    )
    with books.read() as session:
        standing = guards.standing(session.connection())
    laid = sealing.laid_guards("sqlite" if books.is_sqlite else "postgresql")
    assert standing["view ledger_open_from"] != laid["view ledger_open_from"]


def test_a_door_that_was_propped_open_is_found(books: Database) -> None:
    require_sqlite(books)
    seal_all(books, sources=())
    with raw(books) as connection:
        laid = (
            connection.exec_driver_sql("SELECT sql FROM sqlite_master WHERE tbl_name = 'ledger_door'").scalars().all()
        )
        disarm(connection, "ledger_door")
        connection.exec_driver_sql("INSERT INTO ledger_door DEFAULT VALUES")
        for trigger in laid[1:]:
            connection.exec_driver_sql(trigger)
    assert findings(books) == ["the door of the book stands open"]


def test_a_log_that_cannot_be_read_is_a_finding_among_others(books: Database) -> None:
    seal_all(books, sources=())
    with raw(books) as connection:
        disarm(connection)
        connection.execute(text("UPDATE ledger_log_key SET public_key = :other"), {"other": b"\0" * 32})
    with books.read() as session:
        found = {answer.name: answer.findings for answer in checks.answers(session)}
    assert "The log no longer continues" in found["log_covers_what_is_booked"][0]
    assert found.keys() == {look.__name__ for look in checks.CHECKS}
