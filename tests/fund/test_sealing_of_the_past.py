"""A database from before there were keys: what stood open in it is sealed, says the same, and stands open nowhere."""

import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import text
from sqlmodel import Session

from fund import files, migrations, old_files
from fund.bank import texts
from fund.bank.texts import Texts
from fund.db import Database
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.keyring import Keyring
from fund.settings import Settings
from ledger import book, verification, writer
from ledger.details import Details
from ledger.identifiers import new_id
from receipts import queries as receipts
from receipts.donors import DonorPart
from tests.fund.canaries import Canary, left_by, left_in, seen
from tests.ledger.builders import a_gift, open_book
from tests.ledger.logbook import seal_all
from tests.receipts.builders import some_facts

SOMYING, BLANK = Canary(1), Canary(2)
CONTACT, EMPTY, STATEMENT, LINE, PLEDGE, CAMPAIGN = (UUID(int=number) for number in range(1, 7))
NUMBER, LOOSE = "KK-2570-000001", "KK-2570-000002"
CODE = {NUMBER: "A" * 28, LOOSE: "C" * 28}
NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def old(engine_name: str, tmp_path: Path, worker_id: str) -> Iterator[Database]:
    """A database of the schema before keys, with something private of every kind; the log knows all of it."""
    url = f"sqlite:///{tmp_path / 'old.db'}"
    if engine_name == "postgresql":
        url = os.environ["TEST_POSTGRES"] + f"old_{worker_id}"
        with psycopg.connect(os.environ["TEST_POSTGRES"] + "postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS old_{worker_id} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE old_{worker_id}")
    database = Database(url, Keyring(tmp_path / "keys"))
    _migrate_to(database, "0014")
    open_book(database)
    with database.write() as session:
        _fill(session)
    seal_all(database)
    yield database
    database.close()


def _migrate_to(database: Database, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def _fill(session: Session) -> None:
    told = Details(b"s" * 16, f'{{"account":"{SOMYING.phone}"}}'.encode())
    entries = [new_id(), new_id(), new_id()]
    slips = [
        writer.Slip(one, entry, entry.request_hash(), told.digest(), *told)
        for one, entry in zip(entries, (a_gift(), a_gift(), a_gift()), strict=True)
    ]
    writer.write(session.connection(), slips, "officer")
    for number, entry_id in zip(CODE, entries, strict=False):
        _receipt(session, number, entry_id)
    _put(session, "donors_contact", id=CONTACT, public_name="", name=SOMYING.name, tax_id=SOMYING.tax_id,
         email=SOMYING.email, made_at=NOW)  # fmt: skip
    _put(session, "donors_contact", id=EMPTY, public_name="", name="", tax_id="", email="", made_at=NOW)
    _put(session, "donations_campaign", id=CAMPAIGN, code="KK", slug="kk", name_th="x", name_en="x", purpose_th="x",
         purpose_en="x", district="", fund="GEN", income="4110", opens_on="2026-01-01")  # fmt: skip
    _put(session, "donations_pledge", id=PLEDGE, reference="D1", token_sha256="x", form_key_sha256="x",
         campaign_id=CAMPAIGN, amount_satang=1_000, contact_id=CONTACT, wants_receipt=True, language="th",
         made_at=NOW, expires_at=NOW)  # fmt: skip
    _put(session, "donations_donation", id=new_id(), campaign_id=CAMPAIGN, pledge_id=PLEDGE, amount_satang=1_000,
         entry_id=entries[0], money_identity="x", occurred_on="2026-11-02", booked_on="2026-11-02",
         is_second_payment=False, receipt_number=NUMBER, received_at=NOW)  # fmt: skip
    _put(session, "bank_statement", id=STATEMENT, sha256="0" * 64, file_name="x", importer="x", account="1110.01",
         from_on="2026-11-02", to_on="2026-11-02", opening_satang=0, closing_satang=1_000, line_count=1, new_count=1,
         imported_at=NOW, imported_by="officer")  # fmt: skip
    _put(session, "bank_line", id=LINE, statement_id=STATEMENT, position=1, line_number=1, account="1110.01",
         identity="1" * 64, occurred_on="2026-11-02", occurred_at="", amount_satang=1_000, bank_id="")  # fmt: skip
    _put(session, "bank_line_text", line_id=LINE, text=f"จาก {SOMYING.name}", reference_texts='["D1"]',
         payer=SOMYING.public_name, channel="K PLUS")  # fmt: skip


def _receipt(session: Session, number: str, entry_id: UUID) -> None:
    facts, running = some_facts(donor_name=SOMYING.name, donor_tax_id=SOMYING.tax_id), int(number[-6:])
    part = DonorPart(bytes([running]) * 16, facts.private_part())
    _put(session, "receipts_receipt", number=number, book="KK", kind="donation", fiscal_year=2027, running=running,
         follows=running - 1 or None, proves=entry_id, facts=facts.canonical().decode(), private_digest=part.digest(),
         token=CODE[number], check_code=CODE[number], issued_at=NOW)  # fmt: skip
    _put(session, "receipts_private", number=number, nonce=part.nonce.hex(), content=part.content.decode())


def _put(session: Session, table: str, **values: object) -> None:
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        values = {name: _as_sqlite_has_it(value) for name, value in values.items()}
    names = ", ".join(values)
    connection.execute(
        text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in values)})"), values
    )


def _as_sqlite_has_it(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return int(value) if isinstance(value, bool) else str(value) if isinstance(value, UUID) else value


def test_what_lay_open_is_sealed_and_says_the_same(old: Database) -> None:
    assert seen(left_by(old)) != []  # the control: it does lie open before
    old.migrate()
    with old.read() as session:
        told = ContactDetails("", SOMYING.name, SOMYING.tax_id, SOMYING.email)
        assert donors.contacts(session, [CONTACT, EMPTY]) == {CONTACT: told}
        assert donors.with_tax_id(session, SOMYING.tax_id) == [CONTACT]
        found = receipts.by_number(session, NUMBER)
        assert (found.facts.donor_name, found.owner) == (SOMYING.name, CONTACT)
        assert receipts.by_number(session, LOOSE).facts.donor_tax_id == SOMYING.tax_id
        assert receipts.altered_donor_parts(session) == []
        assert [one.details for one in book.entries(session)] == [{"account": SOMYING.phone}] * 3
        stored = session.connection().execute(text("SELECT sealed FROM bank_line_text")).scalar_one()
        (line,) = texts.unseal(session, [(STATEMENT, LINE, stored)])
        assert line == Texts(f"จาก {SOMYING.name}", ("D1",), SOMYING.public_name, "K PLUS")
        assert list(verification.verify(session)) == []


def test_nothing_of_it_lies_open_any_more(old: Database, tmp_path: Path) -> None:
    """On PostgreSQL the log of writes still has it until it is written over: only the tables' files are looked at."""
    old.migrate()
    if old.is_sqlite:
        old.close()
        assert seen(left_by(old)) == []
        return
    with old.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("CHECKPOINT"))
        place = Path(connection.execute(text("SHOW data_directory")).scalar_one())
        oid = connection.execute(text("SELECT oid FROM pg_database WHERE datname = current_database()")).scalar_one()
    assert seen({str(path): path for path in (place / "base" / str(oid)).iterdir()}) == []


def test_a_fresh_database_needs_no_key_to_be_migrated(old: Database, tmp_path: Path) -> None:
    """A key is made by who first has something to seal."""
    keys = Settings(database_url=f"sqlite:///{tmp_path / 'fresh.db'}").master_key_path
    fresh = Database(f"sqlite:///{tmp_path / 'fresh.db'}")
    fresh.migrate()
    fresh.close()
    assert not keys.exists()
    old.migrate()
    assert (tmp_path / "keys").exists()


def test_files_that_lay_open_are_sealed_for_their_subjects(database: Database, tmp_path: Path) -> None:
    """Cut short in the middle, it goes on; what no row names is sealed too."""
    folder, content = tmp_path / "files", f"จาก {SOMYING.name}".encode()
    with database.write() as session:
        sha256 = files.store(session, tmp_path / "elsewhere", content, STATEMENT)
        if not database.is_sqlite:
            session.connection().execute(text("SET LOCAL session_replication_role = replica"))
        _put(session, "bank_statement", id=STATEMENT, sha256=sha256, file_name="x", importer="x", account="1110.01",
             from_on="2026-11-02", to_on="2026-11-02", opening_satang=0, closing_satang=1_000, line_count=1,
             imported_at=NOW, imported_by="officer")  # fmt: skip
    shutil.rmtree(tmp_path / "elsewhere")
    for name in (sha256, "f" * 64):
        (folder / name[:2]).mkdir(parents=True)
        (folder / name[:2] / name).write_bytes(content)
    assert len(seen(dict(left_in(folder)))) == 2
    old_files.seal_all(database, folder)
    old_files.seal_all(database, folder)
    with database.read() as session:
        assert files.load(session, folder, sha256, STATEMENT) == content
    assert seen(dict(left_in(folder))) == []
    assert [path.name for path in folder.iterdir()] == ["sealed"] and len(list(left_in(folder))) == 2
