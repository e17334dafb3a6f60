"""`kill -9` of PostgreSQL under load: what was acknowledged is there, and who was connected goes on by itself."""

import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from fund.db import Database
from ledger.notes import SigningKey
from tests.crash import judge
from tests.crash.conftest import prepare
from tests.crash.nursery import Nursery
from tests.crash.posters import LOAD, Orders
from tests.crash.waiting import silence
from tests.postgres_cluster import Cluster, own_cluster

SEED = 4003
LONGEST_SILENCE_SECONDS = 10
WAYS = ("all", "first", "one")


pytestmark = pytest.mark.usefixtures("database_url")  # so that it runs with PostgreSQL


@pytest.fixture(scope="module")
def cluster(engine_name: str) -> Iterator[Cluster]:
    """A cluster of its own; it need not flush what a killed program wrote."""
    if engine_name == "sqlite":
        pytest.skip("SQLite has no server")
    with own_cluster(recovery_init_sync_method="syncfs") as running:
        yield running


def administer(cluster: Cluster, statement: LiteralString) -> None:
    with psycopg.connect(cluster.url + "postgres", autocommit=True) as connection:
        connection.execute(statement)


def kill(cluster: Cluster, way: str, dice: random.Random) -> None:
    """Kill all of the server, its first process alone, or one of the others, and have it up again."""
    if way == "one":
        cluster.kill_one(dice)
    else:
        cluster.kill(alone=way == "first")
        cluster.start()


def kills(number: int, cluster: Cluster, lives: Nursery, orders: Orders) -> Iterator[float]:
    """Kill the server of one poster that lives through it all; the seconds until it has an answer again."""
    dice, notebook = random.Random(SEED), Path(orders.notebook)
    lives.birth(orders)
    for at in range(number):
        time.sleep(dice.uniform(0.02, 0.8))
        kill(cluster, WAYS[at % len(WAYS)], dice)
        yield silence(notebook)


def a_book(cluster: Cluster, name: LiteralString, key: SigningKey) -> str:
    """The URL of a book of this name."""
    administer(cluster, "DROP DATABASE IF EXISTS " + name)
    administer(cluster, "CREATE DATABASE " + name)
    with closing(Database(cluster.url + name)) as database:
        database.migrate()
    prepare(cluster.url + name, key)
    return cluster.url + name


@pytest.mark.parametrize("number", [3, pytest.param(100, marks=pytest.mark.nightly)])
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(
    cluster: Cluster, lives: Nursery, key: SigningKey, tmp_path: Path, number: int
) -> None:
    url, notebook = a_book(cluster, "books", key), tmp_path / "notebook"
    orders = Orders(url, str(notebook), "life", key.text(), LOAD)
    assert max(kills(number, cluster, lives, orders)) < LONGEST_SILENCE_SECONDS
    lives.kill_all()
    assert judge.findings(url, notebook, key) == []
    assert judge.count(notebook) > 20 * number


def test_a_server_that_answers_before_it_has_written_is_found(
    cluster: Cluster, lives: Nursery, key: SigningKey, tmp_path: Path
) -> None:
    url, notebook = a_book(cluster, "unsafe", key), tmp_path / "notebook"
    administer(cluster, "ALTER DATABASE unsafe SET synchronous_commit = off")
    orders = Orders(url, str(notebook), "life", key.text(), LOAD, "unsafe server")
    assert any(judge.lost(url, notebook) for _ in kills(20, cluster, lives, orders))
