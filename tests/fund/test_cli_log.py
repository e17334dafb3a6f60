"""The log on the command line: sealed, read again, and proven to an outsider who has nothing but a file."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from fund import cli, postings
from fund.db import Database
from fund.postings import Gift, Money
from ledger import book
from receipts import service as receipts
from tests.builders import a_founded_fund
from tests.ledger.builders import DAY
from tests.receipts.builders import some_facts

VERIFIER = Path(__file__).parent.parent.parent / "verify_receipt.py"


class Run:
    """Runs `sipbaht` on the test's database."""

    def __init__(self, database_url: str) -> None:
        self._environment = {"DATABASE_URL": database_url, "SIPBAHT_ENV": "/nonexistent"}

    def __call__(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli.main, arguments, env=self._environment, catch_exceptions=False)


@pytest.fixture
def run(database_url: str) -> Run:
    return Run(database_url)


def test_a_sealed_book_is_whole_and_an_outsider_checks_an_entry_offline(
    run: Run, database: Database, tmp_path: Path
) -> None:
    a_founded_fund(database)
    key = tmp_path / "log.key"
    head = run("seal", "--key", str(key)).output
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    (tmp_path / "head").write_text(head, encoding="utf-8")
    assert "Nothing is wrong" in run("verify", "--head", str(tmp_path / "head")).output
    assert run("seal", "--key", str(key)).output == head
    with database.read() as session:
        entry = book.entries(session)[0]
    proof = tmp_path / "proof.json"
    proof.write_text(run("proof", str(entry.id)).output, encoding="utf-8")
    checked = subprocess.run([sys.executable, "-I", VERIFIER, proof], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_receipt_is_proved_by_its_number(run: Run, database: Database, tmp_path: Path) -> None:
    a_founded_fund(database)
    with database.write() as session:
        gift = postings.donation_received(Gift("1", "GEN", "4110"), Money("m", "1110.01", 1000, DAY, DAY))
        entry = book.post(session, gift, by="officer")
        receipts.issue(session, some_facts(), proves=entry.entry_id)
    run("seal", "--key", str(tmp_path / "log.key"))
    assert "Nothing is wrong" in run("verify").output
    proof = tmp_path / "proof.json"
    proof.write_text(run("proof", "kk 2570 000001").output, encoding="utf-8")
    checked = subprocess.run([sys.executable, "-I", VERIFIER, proof], capture_output=True, text=True, check=False)
    assert "receipt: KK-2570-000001" in checked.stdout
    for unknown in ("KK-2570-000002", "nonsense"):
        assert run("proof", unknown).exit_code == 1


def test_a_changed_entry_is_named(run: Run, database: Database, tmp_path: Path) -> None:
    a_founded_fund(database)
    run("seal", "--key", str(tmp_path / "log.key"))
    with database.write() as session:
        connection = session.connection()
        if database.is_sqlite:
            connection.execute(text("DROP TRIGGER ledger_entry_no_update"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("UPDATE ledger_entry SET subject = 'other'"))
    result = run("verify")
    assert result.exit_code == 1
    assert "entry" in result.output


def test_a_log_is_not_sealed_with_a_key_it_does_not_know(run: Run, database: Database, tmp_path: Path) -> None:
    a_founded_fund(database)
    run("seal", "--key", str(tmp_path / "log.key"))
    assert run("seal", "--key", str(tmp_path / "other.key")).exit_code == 1


def test_an_entry_that_is_not_in_the_log_has_no_proof(run: Run) -> None:
    assert run("proof", "0190a000-0000-7000-8000-000000000000").exit_code == 1


def test_an_empty_book_has_nothing_to_seal(run: Run, tmp_path: Path) -> None:
    assert "nothing to seal" in run("seal", "--key", str(tmp_path / "log.key")).output
