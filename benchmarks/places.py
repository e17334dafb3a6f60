"""Where is measured: databases of our own on both engines, in a folder that goes away.

Knows a fresh SQLite file, a fresh database in a PostgreSQL cluster of this run, and copies of them. Refuses to touch
any other database: there is no way to name one.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path
from typing import Literal

import psycopg

from fund import founding, profile_files
from fund.audit import Actor
from fund.db import Database
from fund.profile import Profile
from fund.settings import Settings
from tests.postgres_cluster import running_cluster

Engine = Literal["sqlite", "postgresql"]
ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
BENCHMARK = Actor("benchmark")
FUND = "GEN"


class Places:
    """The folder and the cluster of one run. The cluster is made when it is first asked for."""

    def __init__(self, folder: Path, cluster: ExitStack) -> None:
        self.folder = folder
        self._cluster = cluster
        self._address = ""
        self._numbers = count(1)

    def empty(self, engine: Engine) -> str:
        """The URL of a new, empty database."""
        return self._file() if engine == "sqlite" else self._make("")

    def copy(self, url: str) -> str:
        """The URL of a copy of a database that nobody has open, with a copy of its keys."""
        if url.startswith("sqlite"):
            copied = self._file()
            shutil.copy(_path(url), _path(copied))
        else:
            copied = self._make(f" TEMPLATE {url.rpartition('/')[2]}")
        if _keys(url).exists():
            shutil.copy(_keys(url), _keys(copied))
        return copied

    def drop(self, url: str) -> None:
        """Remove a database that nobody needs any more."""
        _keys(url).unlink(missing_ok=True)
        if url.startswith("sqlite"):
            for path in (_path(url), *self.folder.glob(f"{_path(url).name}-*")):
                path.unlink()
        else:
            self._administer(f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")

    def _file(self) -> str:
        return f"sqlite:///{self.folder}/{next(self._numbers)}.db"

    def _make(self, of: str) -> str:
        self._address = self._address or self._cluster.enter_context(running_cluster())
        name = f"bench_{next(self._numbers)}"
        self._administer(f"CREATE DATABASE {name}{of}")
        return self._address + name

    def _administer(self, statement: str) -> None:
        with psycopg.connect(self._address + "postgres", autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def places() -> Iterator[Places]:
    """A folder and a cluster for one run; both are removed after it."""
    with tempfile.TemporaryDirectory(prefix="sipbaht-bench-") as folder, ExitStack() as cluster:
        yield Places(Path(folder), cluster)


def found(url: str) -> Profile:
    """Found the made-up fund of Khon Kaen in an empty database."""
    profile = profile_files.from_file(profile_files.PROVINCES / "khonkaen" / "demo.toml", "khonkaen")
    database = Database(url)
    database.migrate()
    with database.write() as session:
        founding.found(session, profile, "khonkaen", as_demo=True, by=BENCHMARK)
    database.close()
    return profile


def _keys(url: str) -> Path:
    return Settings(database_url=url).master_key_path


def _path(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))
