"""`kill -9` of the whole service while donors pledge, files come in and papers are made: no gift is lost or doubled."""

import os
import random
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fund.db import Database
from fund.donations import queries
from ledger import log
from ledger.notes import SigningKey
from tests.builders import a_founded_fund
from tests.crash import judge, service
from tests.crash.acknowledged import Notebook
from tests.crash.clients import Clients
from tests.crash.service import Service
from tests.stories import people

SEED = 4004
AT_NIGHT = int(os.environ.get("KILLS", "50"))
"""Before a release: KILLS=500."""


@pytest.fixture
def code(database_url: str, key: SigningKey, tmp_path: Path) -> str:
    """A founded demonstration whose log has its key; the code of the campaign that everybody gives to."""
    (tmp_path / service.KEY_FILE).write_text(key.text())
    with closing(Database(database_url)) as database:
        a_founded_fund(database, as_demo=True)
        with database.write() as session:
            log.add_key(session, key)
        with database.read() as session:
            return queries.campaign_by_slug(session, people.DISTRICT).code


def kills(number: int, running: Service) -> Iterator[float]:
    """Again and again: the service is killed at work and started anew; the seconds until it is ready."""
    dice = random.Random(SEED)
    for _ in range(number):
        time.sleep(dice.uniform(0.02, 0.8))
        running.kill()
        yield running.start()


@pytest.mark.parametrize("number", [3, pytest.param(AT_NIGHT, marks=pytest.mark.nightly)])
def test_no_acknowledged_gift_is_lost_or_doubled_when_the_service_is_killed(
    database_url: str, code: str, key: SigningKey, tmp_path: Path, number: int
) -> None:
    notebook = tmp_path / "notebook"
    with service.over(database_url, tmp_path) as running:
        running.start()
        clients = Clients(running.address, code, Notebook(notebook))
        with clients.busy():
            clients.wait_for_a_file()
            print(f"slowest restart: {max(kills(number, running)):.1f} s")  # noqa: T201
            clients.wait_for_a_file()
        running.kill()
        assert judge.gift_findings(database_url, notebook, key, tmp_path / "files") == []
        assert judge.gift_count(notebook) > 2
        assert wait_for_none(running) == []


def wait_for_none(running: Service) -> list[int]:
    """Children that a killed service left behind and that do not end by themselves."""
    for _ in range(100):
        if not running.orphans():
            break
        time.sleep(0.1)
    return running.orphans()


def test_a_service_that_answers_before_the_commit_is_found(database_url: str, code: str, tmp_path: Path) -> None:
    notebook = tmp_path / "notebook"
    with service.over(database_url, tmp_path, service.ANSWERS_TOO_EARLY) as running:
        running.start()
        with Clients(running.address, code, Notebook(notebook)).busy(officer=False):
            assert any(judge.lost_pledges(database_url, notebook) for _ in kills(10, running))
