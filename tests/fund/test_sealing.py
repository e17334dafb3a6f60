"""What the fund seals beside its entries: receipts, voids and the audit trail, by the worker, and read again whole."""

import json
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Table, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

import verify_receipt
from fund import audit, jobs, sealing
from fund.audit import Actor, AuditRow
from fund.db import Database
from fund.settings import Settings
from ledger import guards, leaves, log
from ledger.errors import LogKeyError, NotLoggedError
from ledger.identifiers import new_id
from receipts import proofs, service
from receipts.leaves import RECEIPTS, VOIDS
from receipts.models import PrivateRow, ReceiptRow, VoidRow
from tests.ledger.builders import a_gift, open_book, post_in
from tests.ledger.plans import asked
from tests.ledger.test_log_tampering import another, change, rows_of, unguarded
from tests.ledger.test_roles import names, signed_in
from tests.receipts.builders import proof, some_facts

ROWS: list[Any] = [ReceiptRow, VoidRow, AuditRow, PrivateRow]
TABLES: list[Table] = [row.__table__ for row in ROWS]
OFFICER = Actor("officer")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, files_dir=str(tmp_path), log_key_file=str(tmp_path / "log.key"))


@pytest.fixture
def books(database: Database, settings: Settings) -> Database:
    """A small book whose log knows its key."""
    open_book(database)
    with database.write() as session:
        sealing.begin(session, settings)
    return database


@pytest.fixture
def sealed(books: Database, settings: Settings) -> Database:
    """Receipts with and without a donor, one void, one replaced, audit rows; all of it sealed, in two heads."""
    for _ in range(2):
        with books.write() as session:
            first, second, _third = (service.issue(session, some_facts(), proves=proof(session)) for _ in range(3))
            service.issue(session, some_facts(donor_name=""), proves=proof(session))
            service.void(session, first.number, reason="recalled", by="treasurer")
            service.replace(session, second.number, some_facts(), reason="wrong place", by="treasurer")
            for subject in "abc":
                audit.record(session, OFFICER, "test.done", subject)
        sealing.seal_news(books, settings)
    return books


def findings(connection: Connection) -> list[str]:
    with Session(connection) as session:
        return [one for one in sealing.verify(session) if not one.startswith("the guard ")]


def whole(database: Database) -> list[str]:
    with database.read() as session:
        return list(sealing.verify(session))


def logged(database: Database, kind: str) -> list[str]:
    query = text("SELECT subject FROM ledger_leaf WHERE kind = :kind ORDER BY position")
    with database.read() as session:
        return list(session.connection().execute(query, {"kind": kind}).scalars())


def a_receipt(database: Database) -> str:
    with database.write() as session:
        return service.issue(session, some_facts(), proves=proof(session)).number


def note(session: Session, subject: str) -> None:
    audit.record(session, OFFICER, "test.done", subject)
    session.flush()


@pytest.mark.golden
def test_the_guards_are_those_that_are_written_down(
    database: Database, engine_name: str, pytestconfig: pytest.Config
) -> None:
    """After a change of a trigger, function or table: `make golden`."""
    with database.engine.connect() as connection:
        standing = guards.standing(connection)
    if pytestconfig.getoption("--update-golden"):
        written = json.dumps(standing, indent=1, sort_keys=True) + "\n"
        sealing.guards_file(engine_name).write_text(written, encoding="utf-8")
    assert standing == sealing.laid_guards(engine_name)
    assert len(standing) > 80


def test_everything_is_sealed_and_reads_whole(sealed: Database) -> None:
    assert whole(sealed) == []
    with sealed.read() as session:
        for kind, table in (("receipt", "receipts_receipt"), ("void", "receipts_void"), ("audit", "fund_audit")):
            rows = session.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            assert len(logged(sealed, kind)) == rows > 0
        assert not log.has_news(session, sealing.SOURCES)


def test_any_column_of_a_receipt_a_void_or_an_audit_row_that_is_changed_is_found(sealed: Database) -> None:
    assert changes_missed(sealed) == []


MADE_UP = {"follows": 7, "person_id": new_id()}
"""Where there was nothing."""


def changes_missed(database: Database) -> list[str]:
    missed = []
    with unguarded(database) as connection:
        for table in TABLES:
            # a part that is said to be somebody's without a key is an erased one
            for column in (one.name for one in table.columns if one.name != "owner"):
                for row in rows_of(connection, table, column):
                    with connection.begin_nested() as drill:
                        value = getattr(row, column)
                        made_up = MADE_UP.get(column, "KK-2570-000003")
                        new = another(value, column) if value is not None else made_up
                        change(connection, table, column, row, new)
                        missed += [] if findings(connection) else [f"{table.name}.{column}"]
                        drill.rollback()
        assert findings(connection) == []
    return missed


def test_a_leaf_that_leaves_a_column_out_misses_its_change(
    books: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    blind = replace(
        RECEIPTS, columns=tuple(name for name in RECEIPTS.columns if name != "issued_at"), hashed=("facts",)
    )
    monkeypatch.setattr(sealing, "SOURCES", (*log.CHART, log.PERIODS, blind, VOIDS, audit.TRAIL))
    a_receipt(books)
    sealing.seal_news(books, settings)
    assert set(changes_missed(books)) == {f"receipts_receipt.{name}" for name in ("issued_at", "token", "check_code")}


def test_any_row_that_is_deleted_or_slipped_in_is_found(sealed: Database) -> None:
    drills = {
        "DELETE FROM receipts_void": "is gone",
        "DELETE FROM fund_audit WHERE subject = 'b'": "is gone",
        "UPDATE receipts_receipt SET number = 'KK-2570-000099' WHERE running = 3": "is gone",
        "UPDATE receipts_counter SET last = last + 1": "not numbered without a gap",
        "UPDATE receipts_private SET closed = (SELECT root FROM ledger_head LIMIT 1)": "not the one that was promised",
    }
    key = next(iter(logged(sealed, "audit")))
    slipped = "'01234567-89ab-7def-8123-456789abcdef'"
    if sealed.is_sqlite:
        names, values = "rowid, id", f"-1, {slipped}"
    else:
        names, values = "stamp, id", f"stamp, {slipped}"
    copy = f"INSERT INTO fund_audit ({names}, recorded_at, actor, action, subject) SELECT {values}, recorded_at, actor,"
    drills[f"{copy} action, 'slipped in' FROM fund_audit WHERE id = '{key}'"] = "is not in the log"
    for drill, finding in drills.items():
        with unguarded(sealed) as connection:
            assert connection.exec_driver_sql(drill).rowcount > 0
            assert any(finding in one for one in findings(connection)), drill


def test_a_guard_that_was_changed_dropped_or_added_is_named(sealed: Database) -> None:
    """By what it does, not by its name."""
    if sealed.is_sqlite:
        trigger = "CREATE TRIGGER {} BEFORE DELETE ON ledger_entry BEGIN SELECT 1; END"
        drills = {
            ("DROP TRIGGER ledger_entry_no_delete",): "trigger ledger_entry_no_delete is missing",
            ("DROP TRIGGER ledger_entry_no_delete", trigger.format("ledger_entry_no_delete")): "is not the one",
            (trigger.format("mine"),): "trigger mine is none of ours",
            ("DROP INDEX receipts_receipt_first",): "index receipts_receipt_first is missing",
        }
    else:
        empty = "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'"
        drills = {
            ("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_no_change",): "ledger_entry_no_change is missing",
            (f"CREATE OR REPLACE FUNCTION public.refuse_change() {empty}",): "refuse_change() is not the one",
            (f"CREATE FUNCTION public.mine() {empty}",): "function mine() is none of ours",
            ("DROP INDEX receipts_receipt_first",): "index receipts_receipt_first is missing",
            ("ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_not_zero",): "not_zero is missing",
            ("CREATE RULE mine AS ON INSERT TO fund_audit DO INSTEAD NOTHING",): "rule mine is none of ours",
        }
    for drill, finding in drills.items():
        with sealed.engine.connect() as connection:
            for statement in drill:
                connection.exec_driver_sql(statement)
            with Session(connection) as session:
                assert [one for one in sealing.verify(session) if finding in one], drill
            connection.rollback()


def test_raising_the_stamps_constant_after_a_restore_is_no_changed_guard(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite numbers its entries itself")
    with books.write() as session:
        body = "' SELECT pg_catalog.pg_current_xact_id()::text::bigint + 5000000 '"
        stamp = "CREATE OR REPLACE FUNCTION public.ledger_stamp() RETURNS bigint LANGUAGE sql STABLE AS"
        session.connection().exec_driver_sql(f"{stamp} {body}")
    assert whole(books) == []
    with books.write() as session:
        session.connection().exec_driver_sql(f"{stamp} {body.replace('+', '-')}")
    assert "ledger_stamp() is not the one" in whole(books)[0]


def test_who_writes_first_and_commits_late_is_not_overtaken(books: Database, settings: Settings) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    entries = [a_receipt(books) for _ in range(2)]
    sealing.seal_news(books, settings)
    with books.write() as late:
        note(late, "early")
        first = service.issue(late, some_facts(fiscal_year=2026), proves=proof(late)).number
        with books.write() as quick:
            note(quick, "quick")
        second = a_receipt(books)
        sealing.seal_news(books, settings)
        assert (logged(books, "audit"), logged(books, "receipt")) == ([], entries)
    sealing.seal_news(books, settings)
    assert logged(books, "receipt") == [*entries, first, second]
    assert len(logged(books, "audit")) == 2
    assert whole(books) == []


def write_all_at_once(database: Database, seal: Callable[[], object]) -> None:
    """Writers that commit at once, late, or never, while somebody seals."""
    done = threading.Event()

    def write(thread: int) -> None:
        for turn in range(12):
            with suppress(RuntimeError), database.write() as session:
                note(session, f"{thread}/{turn}")
                service.issue(session, some_facts(fiscal_year=2026 + thread % 2), proves=proof(session))
                if not database.is_sqlite:
                    time.sleep((thread * turn % 4) / 100)  # not money
                if (thread + turn) % 5 == 0:
                    raise RuntimeError

    writers = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]

    def seal_on() -> None:
        while not done.is_set():
            seal()

    sealer = threading.Thread(target=seal_on)
    for thread in (*writers, sealer):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    sealer.join()
    seal()


def test_no_row_is_missed_however_its_writers_commit(books: Database, settings: Settings) -> None:
    write_all_at_once(books, lambda: sealing.seal_news(books, settings))
    kept = sum((thread + turn) % 5 != 0 for thread in range(4) for turn in range(12))
    assert (len(logged(books, "audit")), len(logged(books, "receipt"))) == (kept, kept)
    assert whole(books) == []


def test_a_sealer_that_does_not_wait_for_late_writers_misses_rows(
    books: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control, which is found by reading everything."""
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    monkeypatch.setattr(leaves, "settled", lambda _connection: 2**62)
    with books.write() as late:
        note(late, "early")
        with books.write() as quick:
            note(quick, "quick")
        sealing.seal_news(books, settings)
    sealing.seal_news(books, settings)
    assert len(logged(books, "audit")) == 1
    monkeypatch.undo()
    assert any(one.startswith("audit ") and one.endswith("is not in the log") for one in whole(books))


def test_rows_of_a_restored_dump_are_not_written_below_those_sealed(books: Database) -> None:
    """Where transaction numbers start anew, rows are refused until the constant in the stamp is raised."""
    if books.is_sqlite:
        pytest.skip("SQLite numbers its rows itself")
    stamp = "CREATE OR REPLACE FUNCTION public.ledger_stamp() RETURNS bigint LANGUAGE sql STABLE AS"
    body = "'SELECT pg_catalog.pg_current_xact_id()::text::bigint + {}'"
    with books.write() as session:
        session.connection().exec_driver_sql(f"{stamp} {body.format(1_000_000)}")
        note(session, "before")
    with books.write() as session:
        session.connection().exec_driver_sql(f"{stamp} {body.format(0)}")
    with pytest.raises(Exception, match="ledger:stamp"), books.write() as session:
        note(session, "after")
    with pytest.raises(Exception, match="ledger:stamp"), books.write() as session:
        columns = "(stamp, id, recorded_at, actor, action, subject)"
        own = "(2000001, '01234567-89ab-7def-8123-456789abcdef', now(), 'a', 'b.c', 'd')"
        session.connection().exec_driver_sql(f"INSERT INTO fund_audit {columns} VALUES {own}")


def test_a_sealer_that_dies_between_batches_leaves_a_log_that_goes_on(books: Database, settings: Settings) -> None:
    for _ in range(4):
        a_receipt(books)
    with books.write() as session:
        note(session, "a")
    key = sealing.signing_key(settings.log_key_path)
    for _ in range(4):
        with books.write() as session:
            assert log.seal(session, key, sources=sealing.SOURCES, limit=3)
        with suppress(RuntimeError), books.write() as session:
            log.seal(session, key, sources=sealing.SOURCES, limit=3)
            raise RuntimeError
    assert whole(books) == []
    sealing.seal_news(books, settings)
    assert (len(logged(books, "receipt")), len(logged(books, "audit"))) == (4, 1)
    assert whole(books) == []


def test_a_book_sealed_in_one_go_has_one_root_whatever_the_batches(books: Database, settings: Settings) -> None:
    a_receipt(books)
    with books.write() as session:
        note(session, "a")
    key, roots = sealing.signing_key(settings.log_key_path), set()
    for limit in (1, 5, 1_000):
        with books.write() as session:
            while head := log.seal(session, key, sources=sealing.SOURCES, limit=limit):
                last = head.root
            roots.add(last)
            session.rollback()
    assert len(roots) == 1


def test_looking_for_news_reads_no_more_as_the_log_grows(sealed: Database) -> None:
    """Every look goes along an index from where the log ends."""
    with asked(sealed) as statements, sealed.read() as session:
        for source in (RECEIPTS, VOIDS, audit.TRAIL):
            assert source.waiting(session, 10) == []
    plans = [plan(sealed, statement, parameters) for statement, parameters in statements if " FROM " in statement]
    assert len(plans) == 9
    for steps in plans:
        assert "SEARCH" in steps or "Index Cond" in steps, steps
        assert "SCAN" not in steps and "Seq Scan" not in steps


def plan(database: Database, statement: str, parameters: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    with database.engine.connect() as connection:
        if not database.is_sqlite:  # a table of three rows would be read whole
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        rows = connection.exec_driver_sql(f"{explain} {statement}", parameters).all()
        return "\n".join(str(row[-1]) for row in rows)


def checked(file: str) -> list[str]:
    """What the outsider's program says to a proof file that is true."""
    status, lines = verify_receipt.verdict(file.encode(), None, None)
    assert status == verify_receipt.TRUE
    return lines


def test_a_receipt_is_proved_with_its_entry(sealed: Database) -> None:
    with sealed.read() as session:
        said = checked(proofs.receipt_file(session, "KK-2570-000003"))
        assert "จำนวนเงิน (บาท) · amount in baht: 10.00" in said
        assert not any("สมหญิง" in line for line in said)
        assert any("shows no void" in line for line in said)
        assert any("VOID since" in line for line in checked(proofs.receipt_file(session, "KK-2570-000001")))
        replacing = proofs.receipt_file(session, "KK-2570-000005")
        assert "ออกแทนใบเสร็จ · replaces: KK-2570-000002" in checked(replacing)
        file = proofs.receipt_file(session, "KK-2570-000003", with_donor=True)
    assert "ผู้บริจาค · donor: คุณสมหญิง ใจดี" in checked(file)
    assert len(file.encode()) <= 8 * 1024
    for secret in ("token", "check_code"):
        assert all(len(row.get(secret, "0" * 64)) == 64 for row in leaves_of(file))


def leaves_of(file: str) -> list[dict[str, Any]]:
    return [verify_receipt.read_leaf(verify_receipt.unpack(leaf["leaf"])) for leaf in json.loads(file)["leaves"]]


def test_a_receipt_of_another_amount_than_its_entry_is_not_proved(books: Database, settings: Settings) -> None:
    with books.write() as session:
        wrong = service.issue(session, some_facts(amount_satang=999), proves=post_in(session, a_gift(1_000)).entry_id)
    sealing.seal_news(books, settings)
    with books.read() as session, pytest.raises(verify_receipt.Untrue, match="another amount"):
        checked(proofs.receipt_file(session, wrong.number))


def test_a_receipt_is_proved_once_it_is_sealed(books: Database, settings: Settings) -> None:
    number = a_receipt(books)
    with books.read() as session, pytest.raises(NotLoggedError):
        proofs.receipt_file(session, number)
    sealing.seal_news(books, settings)
    with books.write() as session:
        checked(proofs.receipt_file(session, number))
        service.void(session, number, reason="recalled", by="treasurer")
        with pytest.raises(NotLoggedError):  # it could not be told that it is void
            proofs.receipt_file(session, number)


def test_erasing_a_donors_part_leaves_every_proof_valid(sealed: Database) -> None:
    with sealed.read() as session:
        before = proofs.receipt_file(session, "KK-2570-000003")
        donors_own = proofs.receipt_file(session, "KK-2570-000003", with_donor=True)
    with sealed.write() as session:
        session.connection().execute(text("DELETE FROM receipts_private"))
    with sealed.read() as session:
        assert proofs.receipt_file(session, "KK-2570-000003", with_donor=True) == before
    checked(before)
    checked(donors_own)
    assert whole(sealed) == []


def test_the_worker_seals_by_itself(books: Database, settings: Settings) -> None:
    number, stop = a_receipt(books), threading.Event()
    workers = [threading.Thread(target=jobs.work, args=(books, settings, stop)) for _ in range(3)]
    for worker in workers:
        worker.start()
    for _ in range(200):
        if logged(books, "receipt") == [number]:
            break
        time.sleep(0.05)  # not money
    stop.set()
    for worker in workers:
        worker.join()
    assert logged(books, "receipt") == [number]
    assert whole(books) == []


def test_a_service_without_the_key_seals_nothing(books: Database, settings: Settings) -> None:
    a_receipt(books)
    settings.log_key_path.unlink()
    assert sealing.seal_news(books, settings) == 0
    with books.read() as session:
        assert log.has_news(session, sealing.SOURCES)


def test_the_services_own_role_issues_voids_seals_and_stamps_nothing(books: Database, settings: Settings) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has no roles")
    books.migrate()
    with signed_in(settings.database_url, names(books)[0]) as application:
        with application.write() as session:
            number = service.issue(session, some_facts(), proves=proof(session)).number
            service.replace(session, number, some_facts(), reason="wrong place", by="treasurer")
            note(session, "a")
        sealing.seal_news(application, settings)
        assert whole(application) == []
        for attack in (
            "UPDATE receipts_receipt SET number = number",
            "SELECT * FROM receipts_receipt FOR UPDATE",
            "INSERT INTO fund_audit (stamp, id, recorded_at, actor, action, subject)"
            " SELECT 1, gen_random_uuid(), recorded_at, actor, action, subject FROM fund_audit",
        ):
            with pytest.raises(DBAPIError, match="permission denied"), application.write() as session:
                session.connection().execute(text(attack))


def test_the_key_is_made_once_and_is_its_owners_alone(books: Database, settings: Settings) -> None:
    assert stat.S_IMODE(settings.log_key_path.stat().st_mode) == 0o600
    key = settings.log_key_path.read_text(encoding="ascii")
    with books.write() as session:
        sealing.begin(session, settings)
        stored = session.connection().execute(text("SELECT * FROM ledger_log_key")).all()
    assert settings.log_key_path.read_text(encoding="ascii") == key
    assert len(stored) == 1
    assert sealing.signing_key(settings.log_key_path).seed not in stored[0]
    a_receipt(books)
    settings.log_key_path.write_text("nonsense", encoding="ascii")
    with pytest.raises(LogKeyError):
        sealing.seal_news(books, settings)
