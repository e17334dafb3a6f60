"""Attacks by plain SQL on what the ledger promises: each is refused, and nothing of it stays."""

import math
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import accounts, balances, book
from ledger.identifiers import new_id
from ledger.models import AccountRow
from tests.ledger.builders import (
    BANK,
    COMMITMENTS,
    DAY,
    GIFTS,
    RESERVE,
    UNIDENTIFIED,
    a_gift,
    posted,
)
from tests.ledger.raw import (
    POSTING,
    Line,
    book_raw,
    posting_values,
    put_entry,
    put_lines,
    raw,
    run,
    unguarded_references,
)

GOOD: list[Line] = [(BANK, "GEN", 1_000), (GIFTS, "GEN", -1_000)]
ENTRY_COLUMNS = {
    "id": "'0190a0b0-0000-7000-8000-000000000000'",
    "stamp": "stamp + 1",
    "lines": "3",
    "kind": "'fee'",
    "occurred_on": "'2026-01-01'",
    "booked_on": "'2026-01-01'",
    "recorded_at": "'2026-01-01T00:00:00.000000+00:00'",
    "recorded_by": "'other'",
    "key": "'other'",
    "request_hash": "request_hash",
    "subject": "'other'",
    "reverses": "id",
    "reason": "'other'",
    "details_digest": "request_hash",
}
POSTING_COLUMNS = {
    "entry_id": "'0190a0b0-0000-7000-8000-000000000000'",
    "lines": "3",
    "line": "line + 2",
    "stamp": "stamp + 1",
    "booked_on": "'2026-01-01'",
    "account": "'5300'",
    "fund": "'D4001'",
    "amount_satang": "amount_satang * 2",
    "subject": "'other'",
    "purpose": "'other'",
    "scope": "'other'",
}

MALFORMED: dict[str, list[Line]] = {
    "off by one": [(BANK, "GEN", 1_000), (GIFTS, "GEN", -999)],
    "both debit": [(BANK, "GEN", 1_000), (GIFTS, "GEN", 1_000)],
    "balanced overall, not per fund": [(BANK, "GEN", 1_000), (GIFTS, "D4001", -1_000)],
    "balanced across memorandum accounts": [(BANK, "GEN", 1_000), (RESERVE, "GEN", -1_000)],
    "memorandum not per fund": [(COMMITMENTS, "GEN", 5), (RESERVE, "D4001", -5)],
    "one posting": [(BANK, "GEN", 1_000)],
    "none": [],
    "zero": [(BANK, "GEN", 0), (GIFTS, "GEN", 0)],
    "a zero among others": [*GOOD, (BANK, "GEN", 0)],
    "too large": [(BANK, "GEN", 10**15 + 1), (GIFTS, "GEN", -(10**15) - 1)],
    "beyond 64 bits": [(BANK, "GEN", 2**63), (GIFTS, "GEN", -(2**63))],
    "NaN": [(BANK, "GEN", math.nan), (GIFTS, "GEN", math.nan)],
    "infinite": [(BANK, "GEN", math.inf), (GIFTS, "GEN", -math.inf)],
    "text": [(BANK, "GEN", "ten"), (GIFTS, "GEN", "-ten")],
    "null": [(BANK, "GEN", None), (GIFTS, "GEN", None)],
    "a fraction": [(BANK, "GEN", 0.4), (GIFTS, "GEN", -0.4)],
    "unknown account": [("9999", "GEN", 5), (GIFTS, "GEN", -5)],
    "unknown fund": [(BANK, "NONE", 5), (GIFTS, "NONE", -5)],
    "a fund that has ended": [(BANK, "OLD", 5), (GIFTS, "OLD", -5)],
    "no subject where one is needed": [(BANK, "GEN", 5), (UNIDENTIFIED, "GEN", -5)],
}


@pytest.fixture
def untouched(books: Database) -> Iterator[Database]:
    """A book with one gift, which still is all there is when the attack is over."""
    posted(books, a_gift(1_000, key="the gift"))
    before = contents(books)
    yield books
    assert contents(books) == before


def contents(database: Database) -> list[Any]:
    with database.read() as session:
        rows: list[Any] = [*book.entries(session), *balances.trial_balance(session)]
        counted = [session.connection().exec_driver_sql(f"SELECT count(*) FROM ledger_{table}").scalar()
                   for table in ("entry", "posting", "account", "fund", "kind", "period")]  # fmt: skip
        return rows + counted


def test_a_good_entry_by_plain_sql_is_booked(books: Database) -> None:
    entry_id = book_raw(books, GOOD)
    with books.read() as session:
        assert len(book.entry(session, entry_id).postings) == 2


def test_a_malformed_entry_cannot_be_committed(untouched: Database) -> None:
    for name, lines in MALFORMED.items():
        with pytest.raises((DBAPIError, OverflowError)):
            book_raw(untouched, lines)
            pytest.fail(f"committed: {name}")


def test_an_entry_has_the_postings_it_says(untouched: Database) -> None:
    for said in (1, 3, 1001):
        with pytest.raises(DBAPIError):
            book_raw(untouched, GOOD, said=said)


def test_a_malformed_head_cannot_be_committed(untouched: Database) -> None:
    malformed: list[dict[str, Any]] = [
        {"kind": "unknown"},
        {"booked_on": date(2569, 11, 2)},  # the Buddhist era's year
        {"number" if untouched.is_sqlite else "stamp": 7},
        {"key": "the gift"},
        {"key": ""},
        {"request_hash": b"short"},
        {"recorded_by": ""},
        {"reason": "a reason without a reversal"},
        {"details_digest": b"short"},
    ]
    for changes in malformed:
        with pytest.raises(DBAPIError):
            book_raw(untouched, GOOD, **changes)


def test_a_sealed_entry_takes_no_late_posting(untouched: Database) -> None:
    with untouched.read() as session:
        gift = book.entries(session)[0]
    for lines, line in [(2, 1), (2, 3), (3, 3), (4, 3), (2, 0), (2, -1)]:
        with pytest.raises(DBAPIError), raw(untouched) as connection:
            late = posting_values(connection, gift.id, lines, line, BANK, "GEN", 5)
            connection.execute(insert(POSTING).values(late | ({"stamp": 1} if untouched.is_sqlite else {})))


def test_a_posting_without_an_entry_cannot_be_committed(untouched: Database) -> None:
    with pytest.raises(DBAPIError), raw(untouched) as connection:
        lone = posting_values(connection, new_id(), 2, 1, BANK, "GEN", 5)
        connection.execute(insert(POSTING).values(lone))


def test_on_sqlite_nothing_depends_on_foreign_keys_being_on(untouched: Database, database_url: str) -> None:
    if not untouched.is_sqlite:
        pytest.skip("PostgreSQL always enforces them")
    columns = "(entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject)"
    with untouched.read() as session:
        gift = str(book.entries(session)[0].id)
    attacks = [
        f"INSERT INTO ledger_posting {columns} VALUES ('{new_id()}', 2, 1, 2, '2026-11-02', '{BANK}', 'GEN', 5, '')",
        f"INSERT INTO ledger_posting {columns} VALUES ('{gift}', 3, 3, 1, '2026-11-02', '{BANK}', 'GEN', 5, '')",
        f"INSERT INTO ledger_posting {columns} VALUES ('{gift}', 2, 3, 1, '2026-11-02', '{BANK}', 'GEN', 5, '')",
        f"INSERT OR REPLACE INTO ledger_posting {columns}"
        f" VALUES ('{gift}', 2, 1, 1, '2026-11-02', '{BANK}', 'GEN', 5, '')",
        "INSERT INTO ledger_entry SELECT stamp + 1, 'b' || substr(id, 2), lines, kind, occurred_on, booked_on,"
        " recorded_at, recorded_by, 'new', request_hash, subject, reverses, reason, details_digest FROM ledger_entry",
        "INSERT OR REPLACE INTO ledger_entry SELECT * FROM ledger_entry",
        "INSERT OR IGNORE INTO ledger_entry SELECT stamp + 1, 'b' || substr(id, 2), lines, kind, occurred_on,"
        " booked_on, recorded_at, recorded_by, 'new', request_hash, subject, reverses, reason, details_digest"
        " FROM ledger_entry",
        "REPLACE INTO ledger_account SELECT code, name_th, name_en, type, side, 'no', 1, 1 FROM ledger_account",
        "REPLACE INTO ledger_fund SELECT code, name_th, name_en, restriction, 0, NULL, NULL FROM ledger_fund",
        "REPLACE INTO ledger_kind SELECT code, 'fact' FROM ledger_kind",
        "UPDATE OR REPLACE ledger_posting SET amount_satang = 5",
        "UPDATE OR IGNORE ledger_entry SET kind = 'fee'",
        "DELETE FROM ledger_posting",
        "DELETE FROM ledger_entry",
        "DELETE FROM ledger_account",
        "DELETE FROM ledger_fund",
    ]
    with unguarded_references(database_url) as connection:
        for attack in attacks:
            with pytest.raises(Exception, match=r"ledger:|append-only|ledger_posting_slot"):
                connection.execute(attack)


def test_lines_that_wait_in_the_draft_are_checked_when_they_are_booked(untouched: Database) -> None:
    if not untouched.is_sqlite:
        pytest.skip("only SQLite has drafts")
    for number, line in ((1, 3), (2, 1), (0, 1)):  # one too many, of no entry
        with pytest.raises(DBAPIError, match="ledger:refused"), raw(untouched) as connection:
            entry_id = new_id()
            put_lines(connection, entry_id, GOOD)
            put_lines(connection, entry_id, [(BANK, "GEN", 5)], line=line, number=number)
            put_entry(connection, entry_id, 2)


@pytest.mark.parametrize("key", ["the gift", "another"])
@pytest.mark.parametrize("conflict", ["REPLACE", "IGNORE", "FAIL", "ABORT", "ROLLBACK"])
def test_the_door_opens_for_no_statement_that_would_replace_or_ignore(
    untouched: Database, database_url: str, conflict: str, key: str
) -> None:
    if not untouched.is_sqlite:
        pytest.skip("only SQLite has the door")
    if (conflict, key) == ("IGNORE", "another"):
        pytest.skip("there is nothing to ignore")
    with unguarded_references(database_url) as connection:
        connection.execute(
            "INSERT INTO ledger_draft_entry SELECT 1, 'b' || substr(id, 2), lines, kind, occurred_on, booked_on,"
            f" recorded_at, recorded_by, '{key}', request_hash, subject, reverses, reason, details_digest"
            " FROM ledger_entry"
        )
        connection.execute(
            "INSERT INTO ledger_draft_posting SELECT 1, line, account, fund, amount_satang, subject, purpose, scope"
            " FROM ledger_posting"
        )
        with pytest.raises(Exception, match=r"nobody|ledger:lines"):
            connection.execute(f"INSERT OR {conflict} INTO ledger_door DEFAULT VALUES")
        with pytest.raises(Exception, match="ledger:sealed"):
            connection.execute("INSERT INTO ledger_entry SELECT * FROM ledger_entry")


def test_the_door_is_shut_when_the_drafts_are_booked(books: Database) -> None:
    if not books.is_sqlite:
        pytest.skip("only SQLite has the door")
    book_raw(books, GOOD)
    with raw(books) as connection:
        for table in ("door", "door_sill", "draft_entry", "draft_posting"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM ledger_{table}").scalar() == 0


@pytest.mark.parametrize("table", ["entry", "posting"])
def test_every_column_stays_as_it_was_written(untouched: Database, table: str) -> None:
    columns = ENTRY_COLUMNS if table == "entry" else POSTING_COLUMNS
    with untouched.read() as session:
        found = session.connection().exec_driver_sql(f"SELECT * FROM ledger_{table}")
        assert set(found.keys()) == set(columns)
    for column, value in columns.items():
        with pytest.raises(DBAPIError, match="append-only"):
            run(untouched, f"UPDATE ledger_{table} SET {column} = {value}")


def test_nothing_is_deleted(untouched: Database) -> None:
    tables = [f"ledger_{name}" for name in ("entry", "posting", "account", "fund", "kind")]
    statements = [f"DELETE FROM {table}" for table in tables]
    if not untouched.is_sqlite:
        statements += [f"TRUNCATE {table}{how}" for table in tables for how in ("", " CASCADE")]
    for statement in statements:
        with pytest.raises(DBAPIError, match=r"append-only|frozen|foreign key"):
            run(untouched, statement)


@pytest.mark.parametrize("conflict", ["DO UPDATE SET amount_satang = 5", "DO NOTHING"])
def test_an_upsert_changes_nothing(untouched: Database, conflict: str) -> None:
    same = "INSERT INTO ledger_posting SELECT * FROM ledger_posting WHERE true ON CONFLICT (entry_id, line)"
    if untouched.is_sqlite or "UPDATE" in conflict:
        with pytest.raises(DBAPIError, match=r"append-only|ledger:sealed"):
            run(untouched, f"{same} {conflict}")
    else:
        run(untouched, f"{same} {conflict}")


def test_what_an_account_a_fund_or_a_kind_means_is_frozen(untouched: Database) -> None:
    for change in (
        "ledger_account SET is_spendable = NOT is_spendable",
        "ledger_account SET guarded = 'no' WHERE guarded <> 'no'",
        "ledger_account SET type = 'expense' WHERE type <> 'expense'",
        "ledger_account SET side = 'credit' WHERE side = 'debit'",
        "ledger_account SET code = code || '1'",
        "ledger_fund SET principal_satang = principal_satang + 1",
        "ledger_fund SET code = code || '1'",
        "ledger_fund SET restriction = 'time'",
        "ledger_fund SET valid_from = '2020-01-01'",
        "ledger_kind SET nature = 'fact' WHERE nature = 'choice'",
    ):
        with pytest.raises(DBAPIError, match="ledger:frozen"):
            run(untouched, f"UPDATE {change}")


def test_names_may_be_written_better(books: Database) -> None:
    run(books, "UPDATE ledger_account SET name_en = 'Bank of the province' WHERE code = :code", code=BANK)
    run(books, "UPDATE ledger_fund SET name_th = 'กองทุนสิบบาท'")
    with books.read() as session:
        assert accounts.accounts(session)[0].name_en == "Bank of the province"


def test_a_code_is_plain_capitals_and_figures(untouched: Database) -> None:
    for code in ("", "1110-01", "a", "1110 01", "ก", "A:B", "É"):
        with pytest.raises(DBAPIError), raw(untouched) as connection:
            row = {"code": code, "name_th": "", "name_en": "", "type": "asset", "side": "debit", "guarded": "no"}
            table = AccountRow.__table__  # type: ignore[attr-defined]
            connection.execute(insert(table).values(**row, is_spendable=False, is_open=True))


@pytest.mark.parametrize("level", ["REPEATABLE READ", "SERIALIZABLE"])
def test_postgresql_refuses_other_isolation_levels(untouched: Database, level: str) -> None:
    if untouched.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    entry_id = new_id()
    connection = untouched.engine.connect().execution_options(isolation_level=level)
    with connection, pytest.raises(DBAPIError, match="ledger:isolation"):
        put_lines(connection, entry_id, GOOD)
        put_entry(connection, entry_id, 2)


def test_a_temporary_table_cannot_stand_in_for_ours(untouched: Database) -> None:
    if untouched.is_sqlite:
        pytest.skip("triggers of the main schema never see temporary tables")
    with pytest.raises(DBAPIError, match="ledger:unknown-account"), raw(untouched) as connection:
        connection.execute(text("CREATE TEMP TABLE ledger_account AS SELECT * FROM public.ledger_account"))
        connection.execute(text("UPDATE pg_temp.ledger_account SET code = '9999' WHERE code = '1110.01'"))
        entry_id = new_id()
        put_lines(connection, entry_id, [("9999", "GEN", 5), (GIFTS, "GEN", -5)])
        put_entry(connection, entry_id, 2)


def test_an_uncommitted_late_posting_cannot_join_an_entry(books: Database) -> None:
    """It is written before the entry is sealed by another session, and would be committed after it."""
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    entry_id = new_id()
    with pytest.raises(DBAPIError, match="ledger_posting_entry"), books.engine.connect() as late:
        late.execute(insert(POSTING).values(posting_values(late, entry_id, 3, 3, BANK, "GEN", 5)))
        with raw(books) as connection:
            put_lines(connection, entry_id, GOOD)
            put_entry(connection, entry_id, 2)
        late.commit()
    with books.read() as session:
        assert len(book.entry(session, entry_id).postings) == 2
        assert balances.balance(session, BANK, "GEN") == 1_000


def test_the_day_of_a_posting_is_its_entrys(untouched: Database) -> None:
    if untouched.is_sqlite:
        pytest.skip("a draft's line has no day to say")
    entry_id = new_id()
    with pytest.raises(DBAPIError), raw(untouched) as connection:
        put_lines(connection, entry_id, GOOD, booked_on=date(2026, 12, 1))
        put_entry(connection, entry_id, 2, booked_on=DAY)
