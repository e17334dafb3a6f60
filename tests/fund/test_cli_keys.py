"""The master keys on the command line: made, turned over, dropped; what was sealed stays readable."""

import stat
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from fund import sealed
from fund.cli import main
from fund.db import Database
from fund.keyring import Keyring

SOMYING = UUID(int=1)
WHERE = (SOMYING, "donors_contact.sealed", "row 1")


@pytest.fixture
def keys(database: Database, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with something sealed; the file of its keys."""
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("FILES_DIR", str(tmp_path / "files"))
    with database.write() as session:
        return sealed.of(session).keyring.path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", *arguments])


def test_keys_are_made_turned_over_and_dropped(database: Database, database_url: str, keys: Path) -> None:
    with database.write() as session:
        content = sealed.seal(session, *WHERE, "สมหญิง")
    assert "Master key 2 is in" in run("new").output
    assert run("drop", "1").output == "Error: Master key 1 is still needed for 1 keys. Run: sipbaht keys rotate\n"
    assert run("rotate").output == "1 keys were put under master key 2.\n"
    assert [line.split("\t")[0::3] for line in run("list").output.splitlines()[:2]] == [
        ["1", "0 keys"],
        ["2", "1 keys"],
    ]
    assert "Master key 1 is gone" in run("drop", "1").output
    assert Keyring(keys).versions() == [2] and stat.S_IMODE(keys.stat().st_mode) == 0o600
    assert run("rotate").output == "0 keys were put under master key 2.\n"
    later = Database(database_url)
    with later.read() as session:
        assert sealed.unseal(session, *WHERE, content) == "สมหญิง"
    later.close()


def test_without_its_file_no_command_runs(database: Database, keys: Path) -> None:
    keys.rename(keys.with_suffix(".away"))
    refused = run("list")
    keys.with_suffix(".away").rename(keys)
    assert refused.exit_code == 1
    assert refused.output.startswith("Error: This database needs master key 1 in ")
