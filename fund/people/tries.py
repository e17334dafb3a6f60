"""Tries to come in, counted before they are looked at: ten in fifteen minutes for an account, and for an address.

Refuses the eleventh, also where many are sent at once. Keeps digests, never what was typed.
"""

import hashlib
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, func, text
from sqlmodel import Session, col, select

from fund import clock
from fund.people.errors import TooManyTriesError
from fund.people.models import Attempt

WINDOW: Final = timedelta(minutes=15)
MOST: Final = 10
_LOCK: Final = 5_290_006  # any number that no other lock uses


def count(session: Session, account: str, address: str) -> None:
    """Count one try for an account (an id, or a name that nobody has) and an address. Raises TooManyTriesError."""
    _one_at_a_time(session)
    session.execute(delete(Attempt).where(col(Attempt.tried_at) < clock.now() - WINDOW))
    for counted_for in _counted_for(account, address):
        _refuse_too_many(session, counted_for)
        session.add(Attempt(counted_for=counted_for, tried_at=clock.now()))
    session.flush()


def forgive(session: Session, account: str, address: str) -> None:
    """Forget the tries of whoever came in."""
    session.execute(delete(Attempt).where(col(Attempt.counted_for).in_(_counted_for(account, address))))


def _one_at_a_time(session: Session) -> None:
    """Tries sent at once are counted one after the other; SQLite's writers wait for each other anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def _refuse_too_many(session: Session, counted_for: str) -> None:
    query = select(func.count(), func.min(Attempt.tried_at)).where(Attempt.counted_for == counted_for)
    made, oldest = session.exec(query).one()
    if made >= MOST:
        wait = int((oldest + WINDOW - clock.now()).total_seconds()) + 1
        raise TooManyTriesError(retry_seconds=wait, retry_minutes=-(-wait // 60))


def _counted_for(account: str, address: str) -> tuple[str, str]:
    return _digest(f"name:{account}"), _digest(f"address:{address}")


def _digest(counted: str) -> str:
    return hashlib.sha256(counted.encode()).hexdigest()
