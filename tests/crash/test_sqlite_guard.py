"""SQLite: no library with the WAL-reset bug is let near the books, and ours keeps the file sound under load."""

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from fund.db import OLDEST_SQLITE, Database
from ledger.notes import SigningKey
from tests.crash import judge
from tests.crash.nursery import Nursery
from tests.crash.posters import Orders
from tests.crash.programs import ROOT

WITH_THE_SYSTEMS_SQLITE = """
import sqlite3.dbapi2, sys, pysqlite3
sys.modules["pysqlite3.dbapi2"] = pysqlite3.dbapi2 = sqlite3.dbapi2
from fund.cli import main
main()
"""


@pytest.fixture(autouse=True)
def _only_with_sqlite(engine_name: str) -> None:
    if engine_name != "sqlite":
        pytest.skip("PostgreSQL has no SQLite library")


def test_the_service_does_not_start_on_the_systems_old_sqlite(database_url: str, tmp_path: Path) -> None:
    if sqlite3.sqlite_version_info >= OLDEST_SQLITE:
        pytest.skip(f"this machine's SQLite is new enough: {sqlite3.sqlite_version}")
    books = tmp_path / "new.db"
    environment = os.environ | {"DATABASE_URL": f"sqlite:///{books}", "SIPBAHT_ENV": str(tmp_path / "none")}
    refused = subprocess.run(
        [sys.executable, "-c", WITH_THE_SYSTEMS_SQLITE, "serve"],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert refused.returncode == 1
    assert (
        refused.stderr == f"Error: SQLite {sqlite3.sqlite_version} may corrupt WAL files; 3.51.3 or newer is needed\n"
    )
    assert not books.exists()


@pytest.mark.parametrize("seconds", [5, pytest.param(600, marks=pytest.mark.nightly)])
def test_four_writers_and_forced_checkpoints_leave_the_file_sound(
    book_url: str, lives: Nursery, key: SigningKey, tmp_path: Path, seconds: int
) -> None:
    notebook, end = tmp_path / "notebook", time.monotonic() + seconds
    for number in range(4):
        load = {"gifts": 1, "batches": 1}
        lives.birth(Orders(book_url, str(notebook), f"writer{number}", key.text(), load))
    while time.monotonic() < end:
        force_checkpoints(book_url, seconds=min(seconds / 5, 10))
        assert judge.soundness(book_url) == []
    lives.kill_all()
    assert judge.findings(book_url, notebook, key) == []
    assert judge.count(notebook) > 100


def force_checkpoints(url: str, seconds: float) -> None:
    """Checkpoints of every kind, fifty a second, against whoever writes."""
    end = time.monotonic() + seconds
    with closing(Database(url)) as database, database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        while time.monotonic() < end:
            for kind in ("PASSIVE", "RESTART", "TRUNCATE"):
                connection.exec_driver_sql(f"PRAGMA wal_checkpoint({kind})")
                time.sleep(0.02)


def test_one_spoilt_page_is_found(book_url: str, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.db"
    shutil.copy(book_url.removeprefix("sqlite:///"), spoilt)
    with spoilt.open("r+b") as file:
        file.seek(20 * 4096)
        file.write(b"\xff" * 4096)
    assert judge.soundness(f"sqlite:///{spoilt}") != []
