"""The database: engines set up so that money is safe, one unit of work, the only commit.

Knows SQLite's and PostgreSQL's settings that keep acknowledged gifts (`docs/decisions/0003-two-databases.md`).
Refuses a SQLite library with the WAL-reset bug, and a PostgreSQL that does not flush.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pysqlite3.dbapi2 as sqlite
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlmodel import Session

from fund import sealed
from fund.keyring import Keyring
from fund.sealed import Sealer
from fund.settings import Settings

OLDEST_SQLITE = (3, 51, 3)
_PRAGMAS = (
    "foreign_keys=ON",
    "journal_mode=WAL",
    "synchronous=FULL",
    "recursive_triggers=ON",
    "trusted_schema=OFF",
    "busy_timeout=10000",
    "secure_delete=ON",  # else what was erased lies in the file until its bytes are needed
    "cache_size=-16000",  # 16 MB: in 2 MB the pages of one trial balance of a large book push each other out
)
_POSTGRES_MUST_BE_ON = ("fsync", "synchronous_commit", "full_page_writes")


class UnsafeDatabaseError(Exception):
    """The database would lose acknowledged gifts; the message says which setting."""


class Database:
    """Two ways in: `read()` for looking, `write()` for one unit of work that commits at its end.

    What is sealed needs the master keys: those of `keyring`, or of the file that is the database's own by default.
    """

    def __init__(self, url: str, keyring: Keyring | None = None) -> None:
        self.is_sqlite = url.startswith("sqlite")
        if self.is_sqlite:
            self._reader, self._writer = _sqlite_engine(url, "BEGIN"), _sqlite_engine(url, "BEGIN IMMEDIATE")
        else:
            self._reader = self._writer = _postgres_engine(url)
        sealer = Sealer(keyring or Keyring(Settings(database_url=url).master_key_path))
        for engine in {self._reader, self._writer}:
            event.listen(engine, "connect", lambda _connection, record: record.info.update(sealer=sealer))

    @property
    def engine(self) -> Engine:
        """The writing engine, for migrations and for tests that speak raw SQL."""
        return self._writer

    @contextmanager
    def read(self) -> Iterator[Session]:
        """One consistent look; nothing done in it is kept."""
        with self._reader.connect() as connection:
            if not self.is_sqlite:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with Session(connection, expire_on_commit=False) as session:
                yield session
                if not self.is_sqlite:
                    session.commit()  # nothing, but after a ROLLBACK psycopg forgets the statements it has prepared

    @contextmanager
    def write(self) -> Iterator[Session]:
        """One unit of work: everything in it is committed together at the end, or nothing is."""
        with Session(self._writer, expire_on_commit=False) as session:
            yield session
            session.commit()

    def migrate(self) -> None:
        """Bring the schema to the newest revision."""
        with self._writer.connect() as connection:
            if self.is_sqlite:  # batch migrations must not fire cascades
                connection.exec_driver_sql("COMMIT")
                connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            config = Config()
            config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            if self.is_sqlite:
                _refuse_broken_references(connection)
            connection.commit()
            connection.invalidate()

    def require_safe(self) -> None:
        """Refuse to start on a database that would lose what it acknowledged, or whose keys are not here."""
        with self.read() as session:
            if inspect(session.connection()).has_table(sealed.MasterRow.__tablename__):
                sealed.require_keys(session)
        if self.is_sqlite:
            return
        with self._reader.connect() as connection:
            for name in _POSTGRES_MUST_BE_ON:
                if connection.execute(text(f"SHOW {name}")).scalar() == "off":
                    raise UnsafeDatabaseError(f"PostgreSQL runs with {name}=off: acknowledged gifts could be lost")

    def close(self) -> None:
        self._reader.dispose()
        self._writer.dispose()


def _sqlite_engine(url: str, begin: str) -> Engine:
    if sqlite.sqlite_version_info < OLDEST_SQLITE:
        raise UnsafeDatabaseError(f"SQLite {sqlite.sqlite_version} may corrupt WAL files; 3.51.3 or newer is needed")
    engine = create_engine(url, module=sqlite, pool_size=8, max_overflow=32, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver must not open transactions of its own
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")

    def begin_transaction(connection: Any) -> None:
        connection.execute(begin)

    engine.dialect.do_begin = begin_transaction  # type: ignore[method-assign,assignment]
    return engine


def _postgres_engine(url: str) -> Engine:
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    options = (
        "-c timezone=UTC -c idle_in_transaction_session_timeout=60s -c jit=off"  # compiling costs more than it saves
    )
    return create_engine(
        url,
        pool_size=8,
        max_overflow=32,
        isolation_level="READ COMMITTED",
        connect_args={"options": options},
        hide_parameters=True,  # an error's text must not carry a donor's name
    )


def _refuse_broken_references(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        raise UnsafeDatabaseError(f"the migration left broken references: {broken[:3]}")
