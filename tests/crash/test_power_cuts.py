"""The power goes under load: what was acknowledged is on the disk, whatever the disk forgets.

Here with SQLite; `test_power_cuts_of_servers` has PostgreSQL.
"""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from fund import cli
from fund.db import Database
from fund.settings import Settings
from ledger.notes import SigningKey
from tests.crash import forgetful, judge, power
from tests.crash.conftest import prepare
from tests.crash.nursery import Nursery, is_alive
from tests.crash.posters import LOAD, Orders
from tests.crash.power import Disk
from tests.ledger.builders import open_book

SEED = 4002


@pytest.fixture
def disk(tmp_path: Path, database_url: str, key: SigningKey) -> Iterator[Disk]:
    """A disk that forgets, with an SQLite book on it."""
    if not database_url.startswith("sqlite"):
        pytest.skip("PostgreSQL's are in test_power_cuts_of_servers")
    with power.disk(tmp_path / "disk") as mounted:
        lay(database_url, mounted.path / "fund.db")
        prepare(url_on(mounted), key)
        mounted.flush()
        yield mounted


def lay(url: str, path: Path) -> None:
    """Copy an SQLite book with its keys."""
    shutil.copy(url.removeprefix("sqlite:///"), path)
    shutil.copy(Settings(database_url=url).master_key_path, path.with_suffix(".master-keys"))


def url_on(disk: Disk) -> str:
    return f"sqlite:///{disk.path}/fund.db"


def cuts(number: int, disk: Disk, lives: Nursery, notebook: Path, key: SigningKey, defect: str = "") -> Iterator[None]:
    """Again and again: a process posts and stores papers, the power goes, and what was not flushed is gone in part."""
    dice, load = random.Random(SEED), LOAD | {"papers": 1}
    for at in range(number):
        name, files = f"life{at}", f"{disk.path}/files"
        pid = lives.birth(Orders(url_on(disk), str(notebook), name, key.text(), load, defect, files))
        time.sleep(dice.uniform(0.02, 0.6))
        assert is_alive(pid)
        disk.cut(pid)
        lives.bury(pid)
        disk.back(forgetful.LOSSES[at % len(forgetful.LOSSES)], str(dice.random()))
        yield


@pytest.mark.parametrize("number", [6, pytest.param(100, marks=pytest.mark.nightly)])
def test_nothing_acknowledged_is_lost_when_the_power_goes(
    disk: Disk, lives: Nursery, key: SigningKey, tmp_path: Path, number: int
) -> None:
    notebook = tmp_path / "notebook"
    for _ in cuts(number, disk, lives, notebook, key):
        pass
    assert judge.findings(url_on(disk), notebook, key, disk.path / "files") == []
    assert judge.count(notebook) > 10 * number


def test_a_database_that_does_not_flush_every_commit_is_found(
    disk: Disk, lives: Nursery, key: SigningKey, tmp_path: Path
) -> None:
    notebook = tmp_path / "notebook"
    unsafe = cuts(10, disk, lives, notebook, key, "PRAGMA synchronous=NORMAL")
    assert any(judge.lost(url_on(disk), notebook) for _ in unsafe)


def test_the_logs_key_is_on_the_disk_before_the_log_knows_it(disk: Disk, database_url: str) -> None:
    books, key = disk.path / "new.db", disk.path / "keys" / "log.key"
    lay(database_url, books)
    with closing(Database(f"sqlite:///{books}")) as database:
        open_book(database)
    disk.flush()
    seal(books, key)
    disk.cut()
    disk.back("all", "1")
    assert "sipbaht" in seal(books, key)


def seal(books: Path, key: Path) -> str:
    environment = {"DATABASE_URL": f"sqlite:///{books}", "SIPBAHT_ENV": "/nonexistent"}
    done = CliRunner().invoke(cli.main, ["seal", "--key", str(key)], env=environment, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output
