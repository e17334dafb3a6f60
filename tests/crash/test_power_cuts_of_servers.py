"""The power goes under a PostgreSQL whose every file lies on a disk that forgets."""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from fund.db import Database
from ledger.notes import SigningKey
from tests.crash import forgetful, judge, power
from tests.crash.conftest import prepare
from tests.crash.nursery import Nursery
from tests.crash.posters import LOAD, Orders
from tests.crash.power import Disk
from tests.crash.waiting import silence
from tests.postgres_cluster import Cluster, own_cluster, server_user

SEED = 4005
pytestmark = [pytest.mark.nightly, pytest.mark.usefixtures("database_url")]


@pytest.fixture
def disk(engine_name: str) -> Iterator[Disk]:
    """A disk that forgets, which the server's user may use."""
    if engine_name == "sqlite":
        pytest.skip("SQLite's are in test_power_cuts")
    path = Path(tempfile.mkdtemp(prefix="sipbaht-disk-"))
    user = server_user()
    try:
        with power.disk(path, *(["allow_other"] if user else [])) as mounted:
            if user:
                os.chown(path, user.pw_uid, user.pw_gid)
            yield mounted
    finally:
        path.rmdir()


@contextmanager
def a_book(disk: Disk, key: SigningKey, **settings: str) -> Iterator[tuple[Cluster, str]]:
    """A cluster on the disk with a book in it, all of it flushed; and the book's URL."""
    with own_cluster(disk.path / "db", checkpoint_timeout="30s", max_wal_size="32MB", **settings) as cluster:
        with psycopg.connect(cluster.url + "postgres", autocommit=True) as connection:
            connection.execute("CREATE DATABASE books")
        url = cluster.url + "books"
        database = Database(url)
        database.migrate()
        database.close()
        prepare(url, key)
        disk.flush()
        yield cluster, url


def cuts(number: int, disk: Disk, cluster: Cluster, lives: Nursery, orders: Orders) -> Iterator[None]:
    """Again and again: the power goes under one poster that lives through it all, and comes back."""
    dice = random.Random(SEED)
    lives.birth(orders)
    for at in range(number):
        time.sleep(dice.uniform(0.02, 0.8))
        disk.cut()
        cluster.kill()
        disk.back(forgetful.LOSSES[at % len(forgetful.LOSSES)], str(dice.random()))
        cluster.start()
        silence(Path(orders.notebook))
        yield


def test_nothing_acknowledged_is_lost_when_the_servers_power_goes(
    disk: Disk, lives: Nursery, key: SigningKey, tmp_path: Path
) -> None:
    notebook = tmp_path / "notebook"
    with a_book(disk, key) as (cluster, url):
        orders = Orders(url, str(notebook), "life", key.text(), LOAD)
        for _ in cuts(30, disk, cluster, lives, orders):
            pass
        lives.kill_all()
        assert judge.findings(url, notebook, key) == []
    assert judge.count(notebook) > 200


def test_a_server_that_does_not_flush_is_found(disk: Disk, lives: Nursery, key: SigningKey, tmp_path: Path) -> None:
    notebook = tmp_path / "notebook"
    with a_book(disk, key, synchronous_commit="off", wal_writer_delay="10s") as (cluster, url):
        orders = Orders(url, str(notebook), "life", key.text(), LOAD, "unsafe server")
        assert any(judge.lost(url, notebook) for _ in cuts(10, disk, cluster, lives, orders))
        lives.kill_all()
