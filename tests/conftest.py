"""What every test may ask for: a migrated database of its own, on the engine of this run.

`pytest` runs on SQLite; `pytest --engine postgresql` runs the tests that touch a database again on PostgreSQL.
Each worker migrates one template per engine; each test gets a copy of it.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings
from xdist.scheduler import LoadGroupScheduling

from fund import sealed
from fund.db import Database
from fund.keyring import Keyring
from fund.settings import Settings
from tests.fund.canaries import BEGUN
from tests.postgres_cluster import running_cluster

_cluster = ExitStack()

settings.register_profile("gate", deadline=None, print_blob=True, derandomize=True)  # the same change, the same answer
settings.register_profile("nightly", deadline=None, print_blob=True, max_examples=2000)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", choices=("sqlite", "postgresql"), default="sqlite", help="database to run on")
    parser.addoption("--nightly", action="store_true", help="run the long forms too, with many more examples")
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew")


def pytest_configure(config: pytest.Config) -> None:
    """Each process that runs tests on PostgreSQL makes a cluster of its own.

    Not one for all: what is settled on PostgreSQL is told by the oldest transaction of the whole cluster, so a test
    of one worker that holds a transaction open would make the other's log and checkpoints wait.
    """
    settings.load_profile("nightly" if config.getoption("--nightly") else "gate")
    runs_tests = hasattr(config, "workerinput") or not config.getoption("numprocesses", None)
    if config.getoption("--engine") == "postgresql" and runs_tests:
        os.environ["TEST_POSTGRES"] = _cluster.enter_context(running_cluster(in_memory=True))


def pytest_unconfigure(config: pytest.Config) -> None:
    _cluster.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On PostgreSQL only what touches a database runs again; the long forms run only at night."""
    again, nightly = config.getoption("--engine") == "postgresql", config.getoption("--nightly")
    kept = [
        item
        for item in items
        if (nightly or item.get_closest_marker("nightly") is None)
        and (not again or "database_url" in getattr(item, "fixturenames", ()))
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


class _BrowserTogether(LoadGroupScheduling):  # type: ignore[misc]
    """Gives all browser tests to one worker, so that one service and one Chromium are enough."""

    def _split_scope(self, nodeid: str) -> str:
        return "browser" if nodeid.startswith("tests/browser/") else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadGroupScheduling:
    """Groups by folder: the group's mark no longer reaches the scheduler (pytest-xdist 3.8 with pytest 9.2)."""
    return _BrowserTogether(config, log)


@pytest.fixture(scope="session")
def engine_name(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`."""
    return str(request.config.getoption("--engine"))


@pytest.fixture(scope="session")
def _master_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of the master keys that the template knows."""
    return tmp_path_factory.mktemp("keys") / "template.master-keys"


@pytest.fixture(scope="session")
def _template(
    engine_name: str, tmp_path_factory: pytest.TempPathFactory, worker_id: str, _master_keys: Path
) -> Iterator[str]:
    if engine_name == "sqlite":
        path = tmp_path_factory.mktemp("template") / "template.db"
        _migrate(f"sqlite:///{path}", _master_keys)
        yield str(path)
        return
    name = f"template_{worker_id}"
    _administer(f"CREATE DATABASE {name}")
    _migrate(os.environ["TEST_POSTGRES"] + name, _master_keys)
    for role in ("app", "read"):  # those of the copies, which are not migrated again
        _administer(f"CREATE ROLE {_name(worker_id)}_{role}")
    yield name


def _name(worker_id: str) -> str:
    """The database of one worker of one run: its keys lie in a file of that name."""
    return f"test_{worker_id}_{os.getpid()}"


def _migrate(url: str, master_keys: Path) -> None:
    database = Database(url, Keyring(master_keys))
    database.migrate()
    with database.write() as session:
        sealed.begin(session)
    database.close()


@pytest.fixture
def database_url(engine_name: str, _template: str, tmp_path: Path, worker_id: str, _master_keys: Path) -> Iterator[str]:
    """The URL of an empty, migrated database that only this test uses, with its keys where they lie by default."""
    if engine_name == "sqlite":
        path = tmp_path / "test.db"
        shutil.copy(_template, path)
        url = f"sqlite:///{path}"
    else:
        name = _name(worker_id)
        _administer(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        _administer(f"CREATE DATABASE {name} TEMPLATE {_template}")
        os.environ[BEGUN] = _log_position()
        url = os.environ["TEST_POSTGRES"] + name
    settings = Settings(database_url=url)
    settings.master_key_path.parent.mkdir(exist_ok=True)
    shutil.copy(_master_keys, settings.master_key_path)
    yield url
    for left in (settings.master_key_path, settings.own_signing_path):  # the next test's database has this one's name
        left.unlink(missing_ok=True)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The same, opened."""
    opened = Database(database_url)
    yield opened
    opened.close()


def _log_position() -> str:
    with psycopg.connect(os.environ["TEST_POSTGRES"] + "postgres", autocommit=True) as connection:
        row = connection.execute("SELECT pg_current_wal_lsn()::text").fetchone()
        assert row is not None
        return str(row[0])


def _administer(statement: str) -> None:
    with psycopg.connect(os.environ["TEST_POSTGRES"] + "postgres", autocommit=True) as connection:
        connection.execute(statement.encode())
