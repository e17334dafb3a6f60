"""On PostgreSQL the service's own role can do what the service does, and nothing to what is booked."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg import sql
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from fund.migrations import roles
from ledger import accounts, balances, book, checkpoints, periods
from ledger.errors import NotEnoughError
from ledger.history import history
from tests.ledger.builders import BANK, DAY, a_gift, a_spend, posted
from tests.ledger.raw import book_raw, run
from tests.ledger.test_guards import MALFORMED

_PASSWORD = "only-for-this-test"


@pytest.fixture
def url(database_url: str, engine_name: str) -> str:
    if engine_name == "sqlite":
        pytest.skip("SQLite has no roles")
    return database_url


@contextmanager
def a_login(name: str, clause: str = "") -> Iterator[str]:
    """A role that signs in; answers `name:password`."""
    with psycopg.connect(os.environ["TEST_POSTGRES"] + "postgres", autocommit=True) as server:
        role = sql.Identifier(name)
        server.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))
        make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {} " + clause)
        server.execute(make.format(role, sql.Literal(_PASSWORD)))
        yield f"{name}:{_PASSWORD}"
        server.execute(sql.SQL("DROP ROLE {}").format(role))


@contextmanager
def signed_in(url: str, role: str) -> Iterator[Database]:
    """The database as somebody with one of its roles sees it."""
    with a_login(f"{role}_login", f'IN ROLE "{role}"') as who:
        parts = urlsplit(url)
        database = Database(f"postgresql://{who}@{parts.hostname}:{parts.port}{parts.path}")
        yield database
        database.close()


def names(database: Database) -> tuple[str, str]:
    with database.engine.connect() as connection:
        return roles.names(connection)


@pytest.fixture
def application(books: Database, url: str) -> Iterator[Database]:
    """The small book, as the application's role."""
    books.migrate()
    with signed_in(url, names(books)[0]) as database:
        yield database


@pytest.fixture
def reader(books: Database, url: str) -> Iterator[Database]:
    """The small book, as the reader's role."""
    books.migrate()
    with signed_in(url, names(books)[1]) as database:
        yield database


def test_the_application_can_do_its_work(application: Database) -> None:
    gift = posted(application, replace(a_gift(1_000), details={"note": "x"}), a_gift(50))[0].entry_id
    posted(application, a_spend(40))
    with pytest.raises(NotEnoughError):
        posted(application, a_spend(5_000))
    with application.write() as session:
        book.reverse(session, gift, reason="wrong", booked_on=DAY, by="treasurer")
        book.erase_details(session, gift)
        periods.close_month(session, DAY, by="treasurer")
        accounts.open_fund(session, accounts.Fund("NEW", "ใหม่", "New"))
        accounts.end_fund(session, "NEW", DAY)
        accounts.close_account(session, BANK)
    with application.write() as session:
        assert checkpoints.take(session, tail=1) > 0
    with application.read() as session:
        assert balances.balance(session, BANK, "GEN") == balances.balance(session, BANK, "GEN", on=DAY) == 10
        assert len(history(session, BANK, "GEN").lines) == 4


ATTACKS = [
    f"{change} ledger_{table}{rest}"
    for table in ("entry", "posting", "checkpoint", "day", "period", "leaf", "subtree", "head", "log_key")
    for change, rest in (("DELETE FROM", ""), ("TRUNCATE", " CASCADE"), ("DROP TABLE", " CASCADE"))
] + [
    "UPDATE ledger_entry SET kind = 'fee'",
    "UPDATE ledger_posting SET amount_satang = amount_satang * 2",
    "UPDATE ledger_day SET amount_satang = 0",
    "UPDATE ledger_account SET is_spendable = true",
    "UPDATE ledger_fund SET principal_satang = 0",
    "UPDATE ledger_kind SET nature = 'fact'",
    "UPDATE receipts_receipt SET facts = '1'",
    "DELETE FROM ledger_account",
    "INSERT INTO ledger_day_open VALUES ('GEN', '1110.01', 1)",
    "INSERT INTO ledger_day VALUES ('GEN', '1110.01', '2026-11-30', 1, 1)",
    "INSERT INTO ledger_posting (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject)"
    " SELECT entry_id, 3, 3, 1, booked_on, account, fund, 1, '' FROM ledger_posting",
    "ALTER TABLE ledger_entry DISABLE TRIGGER USER",
    "ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_not_zero",
    "DROP TRIGGER ledger_entry_guard ON ledger_entry",
    "CREATE OR REPLACE FUNCTION public.ledger_stamp() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint'",
    "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TABLE public.mine (x int)",
    "CREATE RULE mine AS ON INSERT TO ledger_entry DO INSTEAD NOTHING",
    "SET session_replication_role = replica",
    "LOCK TABLE ledger_entry IN ACCESS EXCLUSIVE MODE",
    "UPDATE alembic_version SET version_num = '0001'",
]


def test_the_application_cannot_touch_what_is_booked(application: Database) -> None:
    posted(application, a_gift(1_000))
    for attack in ATTACKS:
        with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
            run(application, attack)
            pytest.fail(f"done: {attack}")
    with application.read() as session:
        assert balances.balance(session, BANK, "GEN") == 1_000


def test_the_guards_hold_against_the_application(application: Database) -> None:
    for name, lines in MALFORMED.items():
        with pytest.raises((DBAPIError, OverflowError)):
            book_raw(application, lines)
            pytest.fail(f"committed: {name}")


def test_a_reader_reads_the_books_and_no_confidential_part(reader: Database, books: Database) -> None:
    posted(books, a_gift(7))
    with reader.read() as session:
        assert balances.trial_balance(session, on=DAY)
        assert [line.amount_satang for line in history(session, BANK, "GEN").lines] == [7]
    for attack in (
        "INSERT INTO ledger_kind VALUES ('x', 'fact')",
        "SELECT * FROM ledger_private",
        "SELECT * FROM receipts_private",
        "SELECT * FROM donors_contact",
        "SELECT * FROM people_session",
        "SELECT * FROM bank_line_text",
    ):
        with pytest.raises(DBAPIError, match="permission denied"):
            run(reader, attack)


def test_every_table_has_its_grants(books: Database, url: str) -> None:
    books.migrate()
    application, reader = names(books)
    without = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')"
        f" AND NOT has_table_privilege('{application}', oid, 'SELECT')"
    )
    changeable = (
        "SELECT c.relname FROM pg_class c"
        " JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = c.relname || '_no_change'"
        f" WHERE has_any_column_privilege('{application}', c.oid, 'UPDATE')"
        f" OR has_table_privilege('{application}', c.oid, 'DELETE, TRUNCATE, REFERENCES, TRIGGER')"
    )
    written = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        f" AND has_table_privilege('{reader}', oid, 'INSERT, UPDATE, DELETE, TRUNCATE')"
    )
    with books.engine.connect() as connection:
        found = [connection.exec_driver_sql(question).scalars().all() for question in (without, changeable, written)]
        assert found == [["ledger_day_open"], [], []]
        assert roles.missing(connection) == []


def test_an_owner_who_may_not_make_roles_migrates_without_them(url: str, caplog: pytest.LogCaptureFixture) -> None:
    server, name = os.environ["TEST_POSTGRES"], f"{urlsplit(url).path[1:]}_plain"
    with a_login(f"{name}_owner") as who, psycopg.connect(server + "postgres", autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
        admin.execute(f"CREATE DATABASE {name} OWNER {name}_owner")
        parts = urlsplit(server)
        database = Database(f"postgresql://{who}@{parts.hostname}:{parts.port}/{name}")
        try:
            database.migrate()
            with database.engine.connect() as connection:
                assert roles.missing(connection) == [f"{name}_app", f"{name}_read"]
            assert "were not made" in caplog.text
        finally:
            database.close()
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_sqlite_has_no_roles_to_miss(database: Database) -> None:
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has them")
    with database.engine.connect() as connection:
        assert roles.missing(connection) == []
