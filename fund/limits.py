"""How often one may write, guess and hand in: acts counted for the address and the account they come from.

Counted in the database, so that all processes on all machines count together; as digests that are forgotten within the
hour. Behind a carrier's NAT thousands of phones share an address, so the public limits are wide: they stop machines,
not crowds. Refuses the one act too many, also where many come at once, with the seconds to wait.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, func, text
from sqlmodel import Field, Session, SQLModel, col, select

from fund import clock
from fund.db import Database
from fund.errors import TooManyError
from ledger.columns import Instant, Uid
from ledger.identifiers import new_id

FORGOTTEN_AFTER: Final = timedelta(minutes=30)


class Act(SQLModel, table=True):
    """One act, counted for a digest of the address or the account it came from."""

    __tablename__ = "fund_act"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    counted_for: str
    done_at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True, slots=True)
class Limit:
    """So many acts of one kind within a while, for each address or account; `refusal` tells of the one too many."""

    act: str
    most: int
    window: timedelta = timedelta(minutes=10)
    refusal: type[TooManyError] = TooManyError


PLEDGES: Final = Limit("pledge", 300)
GUESSES: Final = Limit("guess", 30)
UPLOADS: Final = Limit("upload", 60)


def count(session: Session, limit: Limit, *whom: str) -> None:
    """Count one act for each of `whom`, before it is done. Raises TooManyError for the one too many."""
    for digest in sorted(_digest(limit, one) for one in whom):  # in one order: locks must not cross
        _one_at_a_time(session, digest)
        _require_room(session, limit, digest)
        session.add(Act(counted_for=digest, done_at=clock.now()))
        session.flush()


def require_room(session: Session, limit: Limit, *whom: str) -> None:
    """Raises TooManyError if the next act would be one too many; counts nothing."""
    for one in whom:
        _require_room(session, limit, _digest(limit, one))


def forgive(session: Session, limit: Limit, *whom: str) -> None:
    """Forget the acts of whoever turned out to be no machine."""
    session.execute(delete(Act).where(col(Act.counted_for).in_([_digest(limit, one) for one in whom])))


@contextmanager
def guessing(database: Database, whom: str, miss: type[Exception] | tuple[type[Exception], ...]) -> Iterator[Session]:
    """A look at what only who knows of it should find: a `miss` is counted, and too many of them end all looking."""
    try:
        with database.read() as session:
            require_room(session, GUESSES, whom)
            yield session
    except miss:
        note_miss(database, whom)
        raise


def note_miss(database: Database, whom: str) -> None:
    """Count a guess that missed. Raises TooManyError for the one too many."""
    with database.write() as session:
        count(session, GUESSES, whom)


def forget_old(session: Session) -> None:
    """Forget acts that count no more."""
    session.execute(delete(Act).where(col(Act.done_at) < clock.now() - FORGOTTEN_AFTER))


def _require_room(session: Session, limit: Limit, digest: str) -> None:
    now = clock.now()
    counted = select(func.count(), func.min(Act.done_at)).where(Act.counted_for == digest)
    made, oldest = session.exec(counted.where(col(Act.done_at) > now - limit.window)).one()
    if made >= limit.most:
        raise limit.refusal(**_wait(oldest + limit.window - now))


def _wait(left: timedelta) -> dict[str, Any]:
    seconds = int(left.total_seconds()) + 1
    return {"retry_seconds": seconds, "retry_minutes": -(-seconds // 60)}


def _one_at_a_time(session: Session, digest: str) -> None:
    """Acts of one address or account are counted one after the other; SQLite's writers wait for each other anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(bytes.fromhex(digest)[:8], signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": key})


def _digest(limit: Limit, one: str) -> str:
    return hashlib.sha256(f"{limit.act}:{one}".encode(errors="surrogatepass")).hexdigest()
