"""Who was erased stays erased: the list of erasures, yesterday's backup, and everything that can be opened, searched.

Everything is opened with all keys that there are, as by somebody who stole the machine whole.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import psycopg
import pysqlite3.dbapi2 as sqlite
import pytest
from click.testing import CliRunner
from sqlmodel import Session, col, select

from fund import checks, clock, files, jobs, papers, sealing
from fund.audit import DONOR, Actor
from fund.bank import texts
from fund.bank.models import LineRow, LineTextRow, StatementRow
from fund.cli import main
from fund.db import Database
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors import queries as donors
from fund.donors.models import ContactRow
from fund.errors import NotFoundError
from fund.keyring import Keyring
from fund.people import staff
from fund.people.powers import Grant
from fund.rights import effects, erasing, erasures, holdings, requests
from fund.rights.errors import ListForgedError
from fund.rights.holdings import Subject
from fund.rights.models import ErasureRow
from fund.sealed import KeyRow
from fund.settings import Settings
from ledger import balances, jsonl, log, notes
from receipts import queries as receipts
from receipts.models import ReceiptRow
from tests.fund.bank import builders as bank
from tests.fund.browsing import a_person
from tests.fund.canaries import Canary, seen
from tests.fund.rights.builders import details

GIVERS: Final = (Canary(1), Canary(2))
ROOT: Final = Path(__file__).parents[3]
FAKETIME: Final = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
IN_2035: Final = datetime(2035, 1, 2, 3, tzinfo=UTC)
PROPOSE: Final = (
    "import sys; from pathlib import Path; from fund.db import Database; from fund.keyring import Keyring;"
    "from fund.rights import erasing; from fund.settings import Settings;"
    "database = Database(sys.argv[1], Keyring(Path(sys.argv[2])));"
    "erasing.propose_overdue(database, Settings()); database.close()"
)


@dataclass(frozen=True)
class Books:
    """A fund with names everywhere, its settings, and yesterday's backup of it."""

    database: Database
    settings: Settings
    backup: Database


@pytest.fixture
def books(database: Database, database_url: str, tmp_path: Path) -> Iterator[Books]:
    """Two donors gave by a statement that names them, have their papers, and stand in the log."""
    settings = Settings(
        database_url=database_url, files_dir=str(tmp_path / "files"), log_key_file=str(tmp_path / "log-key")
    )
    with clock.at(bank.NOON):
        fill(database, settings)
    with copy_of(database, settings, tmp_path) as backup:
        yield Books(database, settings, backup)


def fill(database: Database, settings: Settings) -> None:
    fund = bank.Fund(database, settings.files_path)
    with database.write() as session:
        sealing.begin(session, settings)
        pledges = [
            donations.pledge(session, PledgeRequest(fund.campaign().id, 1000, one.email, details(one), True), by=DONOR)
            for one in GIVERS
        ]
    told = zip(pledges, GIVERS, strict=True)
    lines = [bank.a_gift(1000, f"{one.pledge.reference} จาก {who.name} {who.phone}") for one, who in told]
    assert fund.take_and_settle(bank.a_csv(lines)).matched == len(GIVERS)
    while jobs.work_once(database, settings):
        pass
    sealing.seal_news(database, settings)


def url_of_backup(settings: Settings, folder: Path) -> str:
    is_file = settings.database_url.startswith("sqlite")
    return f"sqlite:///{folder / 'backup.db'}" if is_file else f"{settings.database_url}_backup"


@contextmanager
def copy_of(database: Database, settings: Settings, folder: Path) -> Iterator[Database]:
    """A backup that was made now, brought back as a database of its own under the same master keys."""
    keyring = Keyring(settings.master_key_path)
    if database.is_sqlite:
        run_alone(settings, f"VACUUM INTO '{folder / 'backup.db'}'")
        copied = Database(url_of_backup(settings, folder), keyring)
        yield copied
        copied.close()
        return
    server, _, name = settings.database_url.rpartition("/")
    database.close()
    administer(server, f"DROP DATABASE IF EXISTS {name}_backup WITH (FORCE)")
    administer(server, f"CREATE DATABASE {name}_backup TEMPLATE {name}")
    copied = Database(url_of_backup(settings, folder), keyring)
    yield copied
    copied.close()
    administer(server, f"DROP DATABASE {name}_backup WITH (FORCE)")


def run_alone(settings: Settings, statement: str) -> None:
    """A statement of SQLite that stands in no unit of work."""
    with closing(sqlite.connect(settings.database_url.removeprefix("sqlite:///"))) as connection:
        connection.execute(statement)


def administer(server: str, statement: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(statement)


def names_in(database: Database, settings: Settings) -> list[str]:
    """Where a name is read by whoever opens all that opens."""
    with database.read() as session:
        told: dict[str, bytes | Path] = dict(everything(session, settings))
    return seen(told)


def everything(session: Session, settings: Settings) -> Iterator[tuple[str, bytes]]:
    """What each room says, opened: contacts, receipts, bank lines, papers, the bank's files, exports."""
    contacts = list(session.exec(select(ContactRow.id)))
    yield "contacts", repr(donors.contacts(session, contacts)).encode()
    numbers = list(session.exec(select(ReceiptRow.number)))
    yield "receipts", repr([receipts.by_number(session, number) for number in numbers]).encode()
    columns = select(LineRow.statement_id, LineRow.id, LineTextRow.sealed)
    lines = session.exec(columns.join(LineTextRow, col(LineTextRow.line_id) == col(LineRow.id)))
    yield "bank lines", repr(texts.unseal(session, list(lines))).encode()
    papers_of = [(papers.of(session, number), receipts.by_number(session, number).owner) for number in numbers]
    stored = [*papers_of, *session.exec(select(StatementRow.sha256, StatementRow.id))]
    yield "files", b"".join(content(session, settings, sha256, whose) for sha256, whose in stored)
    yield "book", "".join(jsonl.lines(session, with_details=True)).encode()
    held = holdings.of(session, [Subject("donor", one) for one in contacts], by=bank.OFFICER)
    yield "export", holdings.as_file(session, held)


def content(session: Session, settings: Settings, sha256: str | None, whose: UUID | None) -> bytes:
    """A stored file, its text with it where it is a paper."""
    try:
        found = files.load(session, settings.files_path, sha256 or "", whose or files.NOBODY)
    except NotFoundError:
        return b""
    if found.startswith(b"%PDF"):
        return subprocess.run(["pdftotext", "-", "-"], input=found, capture_output=True, check=True).stdout
    return found.decode("cp874", "replace").encode()


def by(session: Session, name: str) -> Actor:
    row = staff.named(session, name)
    return Actor(name, row.id if row else a_person(session, name, Grant("core_team")).id)


def erase_all(database: Database, database_url: str, settings: Settings) -> int:
    """The worker on a machine whose clock says 2035, and two people; how many were erased."""
    environment = {"LD_PRELOAD": str(FAKETIME[0]), "FAKETIME": f"@{IN_2035:%Y-%m-%d %H:%M:%S}", "TZ": "UTC"}
    subprocess.run(
        [sys.executable, "-W", "error", "-c", PROPOSE, database_url, str(settings.master_key_path)],
        cwd=ROOT, env=os.environ | environment, check=True, timeout=60,
    )  # fmt: skip
    with clock.at(IN_2035), database.write() as session:
        waiting = erasing.proposed(session)
        for one in waiting:
            erasing.confirm(session, one.id, by=by(session, "one"))
            assert erasing.confirm(session, one.id, by=by(session, "two"))
    return sum(len(one.subjects) for one in waiting)


def log_of(database: Database, size: int) -> tuple[bytes, list[str], list[object]]:
    """The root at a size as it is computed anew, what is wrong with the log, and every balance."""
    with database.read() as session:
        found = [one for one in checks.run(session) if one.check == "who_was_erased_stays_erased"]
        head = log.head(session, size)
        assert head is not None and not found
        return head.root, list(sealing.verify(session, held=[head.note()])), list(balances.trial_balance(session))


def handed_out(database: Database, settings: Settings) -> str:
    with database.write() as session:
        return erasures.export(session, sealing.signing_key(settings.log_key_path), by=bank.OFFICER)


def test_who_was_erased_stays_erased_after_yesterdays_backup_came_back(books: Books, database_url: str) -> None:
    live, settings, restored = books.database, books.settings, books.backup
    readable = names_in(live, settings)
    rooms = {one.partition(":")[0] for one in readable}
    assert rooms == {"contacts", "receipts", "bank lines", "files", "export"}
    with live.read() as session:
        size = log.head(session).size  # type: ignore[union-attr]
    before = log_of(live, size)
    assert erase_all(live, database_url, settings) == 5  # contacts and receipts of two donors, and the statement
    note = handed_out(live, settings)
    sealing.seal_news(live, settings)
    assert names_in(live, settings) == []
    assert log_of(live, size) == before and before[1] == []

    assert names_in(restored, settings) == readable  # the control: without the list everybody is back
    with restored.write() as session:
        assert erasures.replay(session, note, by=bank.OFFICER) == (3, 3)  # a key of each donor, and the statement's
    assert names_in(restored, settings) == []
    assert log_of(restored, size) == before
    with restored.write() as session:
        assert erasures.replay(session, note, by=bank.OFFICER) == (3, 0)
    assert handed_out(restored, settings).splitlines()[3:-2] == note.splitlines()[3:-2]


def test_a_list_that_is_not_ours_erases_nothing(books: Books) -> None:
    with books.database.write() as session:
        contact_id = session.exec(select(ContactRow.id)).first()
        assert contact_id is not None
        effects.apply(session, contact_id, "withdrawn", by=bank.OFFICER)
    note = handed_out(books.database, books.settings)
    head, body = note.split("\n", 1)
    another = notes.new_key("sipbaht")
    text = note.rpartition("\n— ")[0]
    forged = [
        "", "x", text, note.replace("withdrawn", "key"), note.replace(" at ", " on ", 1), f"x{head}\n{body}",
        note[:-6] + "AAAA=\n", note + note, notes.signed(text, another.public, another.sign(text)),
        note.rpartition("— ")[0] + "— sipbaht ไทย\n",
    ]  # fmt: skip
    for wrong in forged:
        with pytest.raises(ListForgedError), books.backup.write() as session:
            erasures.replay(session, wrong, by=bank.OFFICER)
    with books.backup.read() as session:
        assert session.exec(select(ErasureRow)).all() == []


def test_a_signed_list_of_another_kind_erases_nothing(books: Books) -> None:
    key = sealing.signing_key(books.settings.log_key_path)
    nobody = "00000000-0000-7000-8000-000000000000"
    unknown = f"1 at now\n{nobody} everything 2026-11-23T00:00:00+00:00\n"
    for title, rest in (("erasures 1", "1 at now\nx\n"), ("erasures 1", unknown), ("heads 1", "0 at now\n")):
        text = f"{key.origin}\nsipbaht {title}\n{rest}"
        with pytest.raises(ListForgedError), books.backup.write() as session:
            erasures.replay(session, notes.signed(text, key.public, key.sign(text)), by=bank.OFFICER)


def test_consent_that_was_taken_back_stays_so_after_a_restore(books: Books) -> None:
    with books.database.write() as session:
        number = session.exec(select(ReceiptRow.number).order_by(ReceiptRow.number)).first() or ""
        asked = requests.take(session, "withdrawal", number, identified_by="known", received_on=clock.today(), words="",
                              by=by(session, "one"))  # fmt: skip
        requests.withdraw(session, asked, by=by(session, "one"))
    note = handed_out(books.database, books.settings)
    with books.backup.write() as session:
        assert erasures.replay(session, note, by=bank.OFFICER) == (1, 1)
        (contact_id,) = holdings.find(session, number)
        told = donors.contact(session, contact_id.id)
    wanted = next(one for one in GIVERS if one.name == told.name)
    assert told == replace(details(wanted), public_name="", email="")


def test_who_came_back_and_was_forgotten_again_is_forgotten_after_a_restore_too(books: Books) -> None:
    class Restored(Exception):
        """What came after the backup is undone; the list that was handed out is not."""

    def address(session: Session) -> str:
        return staff.one(session, nok.id).email

    with books.database.write() as session:
        nok = a_person(session, "nok", Grant("valuer"))
        staff.end(session, staff.grants_of(session, nok.id)[0].id or nok.id, by=bank.OFFICER)
        effects.apply(session, nok.id, "staff", by=bank.OFFICER)
        staff.change_email(session, nok.id, "again@fund.example", by=bank.OFFICER)
    first = handed_out(books.database, books.settings)
    with suppress(Restored), books.database.write() as session:
        effects.apply(session, nok.id, "staff", by=bank.OFFICER)
        last = erasures.export(session, sealing.signing_key(books.settings.log_key_path), by=bank.OFFICER)
        raise Restored
    with books.database.write() as session:
        assert (erasures.replay(session, first, by=bank.OFFICER), address(session)) == ((1, 0), "again@fund.example")
        assert (erasures.replay(session, last, by=bank.OFFICER), address(session)) == ((2, 1), "")
        assert erasures.replay(session, last, by=bank.OFFICER) == (2, 0)


def test_the_database_notes_a_key_that_goes_and_gives_none_back(books: Books) -> None:
    with books.database.write() as session:
        subject = session.exec(select(StatementRow.id)).one()
        session.delete(session.get_one(KeyRow, subject))
        session.flush()
        assert [(one.subject, one.what) for one in session.exec(select(ErasureRow))] == [(subject, "key")]
    with books.database.read() as session:
        standing = erasures.standing(session)
    assert (standing.count, standing.missing) == (1, 1)
    handed_out(books.database, books.settings)
    with books.database.read() as session:
        assert erasures.standing(session).missing == 0


def test_a_destroyed_key_leaves_no_byte_in_the_file(books: Books) -> None:
    if not books.database.is_sqlite:
        return  # a server's dead rows go with its next vacuum
    with books.database.read() as session:
        row = session.exec(select(KeyRow)).first()
        assert row is not None
    with books.database.write() as session:
        effects.apply(session, row.subject, "key", by=bank.OFFICER)
    run_alone(books.settings, "PRAGMA wal_checkpoint(TRUNCATE)")
    assert row.wrapped not in Path(books.settings.database_url.removeprefix("sqlite:///")).read_bytes()


def test_the_commands_hand_it_out_and_play_it_again(
    books: Books, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with books.database.write() as session:
        subject = session.exec(select(StatementRow.id)).one()
        effects.apply(session, subject, "key", by=bank.OFFICER)
    books.database.close()
    for name, value in (
        ("LOG_KEY_FILE", tmp_path / "log-key"),
        ("FILES_DIR", tmp_path / "files"),
        ("MASTER_KEY_FILE", books.settings.master_key_path),
    ):
        monkeypatch.setenv(name, str(value))
    monkeypatch.setenv("DATABASE_URL", books.settings.database_url)
    listed = tmp_path / "erasures.txt"
    assert CliRunner().invoke(main, ["erasures", "export", "--to", str(listed)]).exit_code == 0
    assert CliRunner().invoke(main, ["erasures", "export"]).output.splitlines()[1] == "sipbaht erasures 1"
    monkeypatch.setenv(
        "DATABASE_URL", books.backup.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    )
    played = [CliRunner().invoke(main, ["erasures", "replay", str(listed)]).output for _ in range(2)]
    assert played == [f"1 erasures on the list, {again} of them done again.\n" for again in (1, 0)]
    listed.write_text(listed.read_text(encoding="utf-8").replace("key", "staff"), encoding="utf-8")
    refused = CliRunner().invoke(main, ["erasures", "replay", str(listed)])
    assert (refused.exit_code, "Nothing was changed" in refused.output) == (1, True)
