"""An outsider with one file of Python, no network and none of our code: true proofs hold, split views are told.

Each proof is checked by a process of its own in a network namespace without a network, in a folder that holds the
program and the file alone.
"""

import resource
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import Session

from fund.db import Database
from ledger import log, notes, proofs
from ledger.errors import NotLoggedError
from receipts import service
from receipts.leaves import RECEIPTS, VOIDS
from receipts.proofs import receipt_file
from tests.ledger.builders import open_book
from tests.ledger.forger import Forger
from tests.ledger.logbook import KEY, a_full_book, seal_all
from tests.ledger.test_log_tampering import unguarded
from tests.receipts.builders import proof, some_facts

PROGRAM = Path(__file__).parent.parent.parent / "verify_receipt.py"
LARGEST = 7 * 1024
"""Of a receipt with its facts, its donor, its entry and its void; 106 bytes more whenever the log has doubled."""

OFFLINE = ("unshare", "--net")


@dataclass
class Outsider:
    """Somebody's folder and their computer, which is not on the network."""

    folder: Path
    slowest_ms: int = 0

    def run(self, *arguments: str) -> tuple[int, str]:
        """The program's exit status and what it says; computing time is kept."""
        command = [*OFFLINE, sys.executable, "-I", PROGRAM.name, *arguments]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=self.folder, env={}, capture_output=True, check=False, timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.slowest_ms = max(self.slowest_ms, round(spent * 1_000))
        assert done.stderr == b""
        return done.returncode, done.stdout.decode()

    def check(self, file: str, *arguments: str) -> tuple[int, str]:
        (self.folder / "bundle.json").write_text(file, encoding="utf-8")
        return self.run("bundle.json", "--key", KEY.public.text(), *arguments)


@pytest.fixture
def outsider(tmp_path: Path) -> Outsider:
    if shutil.which(OFFLINE[0]) is None or subprocess.run([*OFFLINE, "true"], capture_output=True).returncode != 0:
        pytest.skip("NOT SHOWN HERE: that proofs are checked without a network needs the right to unshare it")
    folder = tmp_path / "outsider"
    folder.mkdir()
    shutil.copy(PROGRAM, folder)
    return Outsider(folder)


def receipts_proved(database: Database, count: int) -> list[str]:
    """The proof files of so many receipts in a sealed book, the donor's part opened, one in ten of them void."""
    issued: list[str] = []
    for start in range(0, count, 500):
        with database.write() as session:
            rows = [(some_facts(), proof(session)) for _ in range(min(500, count - start))]
            issued += [receipt.number for receipt in service.issue_many(session, rows)]
    with database.write() as session:
        for number in issued[::10]:
            service.void(session, number, reason="recalled", by="treasurer")
    seal_all(database, sources=(RECEIPTS, VOIDS))
    with database.read() as session:
        return [receipt_file(session, number, with_donor=True) for number in issued]


def not_true(outsider: Outsider, files: Sequence[str]) -> Iterator[str]:
    """What the outsider's program does not call true, and what is larger or slower than it may be."""
    for number, file in enumerate(files):
        status, said = outsider.check(file)
        if status != 0 or not said.startswith("TRUE") or "สมหญิง" not in said:
            yield f"{number}: {said}"
        if len(file.encode()) > LARGEST:
            yield f"{number}: {len(file.encode())} bytes"
    if outsider.slowest_ms > 1_000:
        yield f"{outsider.slowest_ms} ms"


def test_fifty_receipts_are_proved_without_a_network(books: Database, outsider: Outsider) -> None:
    files = receipts_proved(books, 50)
    assert list(not_true(outsider, files)) == []
    assert len(files) == 50


@pytest.mark.nightly
def test_a_thousand_receipts_are_proved_without_a_network(outsider: Outsider, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'book.db'}")
    database.migrate()
    open_book(database)
    files = receipts_proved(database, 1_000)
    database.close()
    assert list(not_true(outsider, files)) == []
    assert len(files) == 1_000


def test_a_false_receipt_is_told_without_a_network(books: Database, outsider: Outsider) -> None:
    """The control: the same check, of files that somebody changed, of one too large and of an unsealed one."""
    true, other = receipts_proved(books, 2)
    index = '"index": 2'
    assert index in true
    false = [true.replace(index, '"index": 1'), true.replace(true[-120:-60], other[-120:-60]), true[:-40]]
    assert len(list(not_true(outsider, [one for one in false if one != true]))) >= 2
    assert [finding for finding in not_true(outsider, [true + " " * LARGEST]) if "bytes" in finding]
    with books.write() as session:
        fresh = service.issue(session, some_facts(), proves=proof(session)).number
    with books.read() as session, pytest.raises(NotLoggedError):
        receipt_file(session, fresh)


def test_the_outsider_has_no_network_and_none_of_our_code(outsider: Outsider) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        dial = f"import socket; socket.create_connection(('127.0.0.1', {server.getsockname()[1]}), 5)"
        here = subprocess.run([sys.executable, "-I", "-c", dial], capture_output=True, check=False, timeout=30)
        there = subprocess.run(
            [*OFFLINE, sys.executable, "-I", "-c", dial], capture_output=True, check=False, timeout=30
        )
    assert (here.returncode, there.returncode) == (0, 1)
    ours = "{'fund', 'ledger', 'receipts'}"
    look = f"import runpy, sys; runpy.run_path({PROGRAM.name!r}); print({ours} & set(sys.modules))"
    loaded = subprocess.run(
        [*OFFLINE, sys.executable, "-I", "-c", look], cwd=outsider.folder, capture_output=True, text=True, check=False
    )
    assert (loaded.returncode, loaded.stdout) == (0, "set()\n")


def rewritten(database: Database) -> tuple[str, list[log.Head]]:
    """A proof file and the heads of the history that the sealer shows to others: one amount is doubled."""
    with unguarded(database) as connection:
        forger = Forger(connection)
        forger.sql("UPDATE ledger_posting SET amount_satang = amount_satang * 2 WHERE entry_id = '{e3}'")
        forger.resign()
        with Session(connection) as session:
            return proofs.entry_file(session, UUID(forger.entries[5])), log.heads(session)


def test_two_histories_shown_to_two_people_are_told_when_they_compare(books: Database, outsider: Outsider) -> None:
    a_full_book(books)
    with books.read() as session:
        mine, heads = proofs.entry_file(session, last_entry(session)), log.heads(session)
    theirs, their_heads = rewritten(books)
    assert [(one.size, one.root == two.root) for one, two in zip(heads, their_heads, strict=True)] == [
        (head.size, False) for head in heads
    ]
    assert outsider.check(mine)[0] == outsider.check(theirs)[0] == 0  # by itself, each is true
    for other in (theirs, their_heads[-1].note()):
        (outsider.folder / "theirs").write_text(other, encoding="utf-8")
        status, said = outsider.check(mine, "--compare", "theirs")
        assert status == 3
        fraud = said[said.index("{") :]
        assert outsider.check(fraud)[0] == 3  # whoever gets the fraud proof sees it by that alone


def test_one_history_is_no_fraud(books: Database, outsider: Outsider) -> None:
    """The control: the same log compared, a stranger's head of this size, and a fraud proof of two equal heads."""
    a_full_book(books)
    with books.read() as session:
        mine, head = proofs.entry_file(session, last_entry(session)), log.head(session)
    assert head is not None
    stranger = notes.new_key(KEY.origin)
    text = notes.checkpoint(KEY.origin, head.size, bytes(32), follows=0, signed_at=head.signed_at)
    for other, status in ((head.note(), 0), (notes.signed(text, stranger.public, stranger.sign(text)), 1)):
        (outsider.folder / "theirs").write_text(other, encoding="utf-8")
        assert outsider.check(mine, "--compare", "theirs")[0] == status


def last_entry(session: Session) -> UUID:
    last = log.head(session)
    assert last is not None
    return last.last_entry.id
