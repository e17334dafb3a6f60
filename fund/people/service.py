"""Signing in and out, and whose browser this is.

Knows sessions (idle 60 minutes, 12 hours in all, over with their account or its password) and counts tries. Refuses
the eleventh try in fifteen minutes for an account or an address; takes the same time whether the name exists or not.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, text
from sqlmodel import Session, col, select

from fund import audit, clock, profile
from fund.audit import Actor
from fund.people.errors import SignInRefusedError, TooManyTriesError
from fund.people.models import Attempt, StaffSession
from fund.settings import Settings

DEMO_NAME: Final = "demo"
DEMO_PASSWORD: Final = "ten-baht-demo"  # printed for everyone to read; opens only databases made as a demo

IDLE: Final = timedelta(minutes=60)
LONGEST: Final = timedelta(hours=12)
SEEN_STEP: Final = timedelta(minutes=1)
WINDOW: Final = timedelta(minutes=15)
TRIES: Final = 10
PATIENCE_SECONDS: Final = 5
NOBODY: Final = Actor("nobody")
_THROTTLE_LOCK: Final = 5_290_006  # any number that no other lock uses

_hasher = PasswordHasher()
_at_once = BoundedSemaphore(2)  # each check takes 64 MiB


@dataclass(frozen=True, slots=True)
class Account:
    """A name that may sign in, and the Argon2id hash of its password."""

    name: str
    password_hash: str

    @property
    def digest(self) -> str:
        """What a session keeps of its account; a new password is a new digest."""
        return _digest(f"account:{self.name}:{self.password_hash}")


def password_hash(password: str) -> str:
    """The Argon2id hash to put into STAFF_PASSWORD_HASH."""
    return _hasher.hash(password)


@cache
def _demo_account() -> Account:
    # A fixed salt, as the password is public: every process knows the same account, and sessions outlive a restart.
    return Account(DEMO_NAME, _hasher.hash(DEMO_PASSWORD, salt=b"sipbaht-ten-baht"))


def accounts(session: Session, settings: Settings) -> list[Account]:
    """Who may sign in here: the one from settings, and `demo` in a demonstration."""
    known = [_demo_account()] if profile.is_demo(session) else []
    if settings.staff_name and settings.staff_password_hash:
        known.append(Account(settings.staff_name, settings.staff_password_hash))
    return known


def count_try(session: Session, name: str, address: str) -> None:
    """Count one try to sign in, before the password is looked at; refuses the eleventh (TooManyTriesError)."""
    _one_at_a_time(session)
    since = clock.now() - WINDOW
    session.execute(delete(Attempt).where(col(Attempt.tried_at) < since))
    for counted_for in _counted_for(name, address):
        _refuse_too_many(session, counted_for)
        session.add(Attempt(counted_for=counted_for, tried_at=clock.now()))
    session.flush()


def _one_at_a_time(session: Session) -> None:
    """Tries sent at once are counted one after the other; SQLite's writers wait for each other anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _THROTTLE_LOCK})


def _refuse_too_many(session: Session, counted_for: str) -> None:
    query = select(func.count(), func.min(Attempt.tried_at)).where(Attempt.counted_for == counted_for)
    tries, oldest = session.exec(query).one()
    if tries >= TRIES:
        wait = int((oldest + WINDOW - clock.now()).total_seconds()) + 1
        raise TooManyTriesError(retry_seconds=wait, retry_minutes=-(-wait // 60))


def _counted_for(name: str, address: str) -> tuple[str, str]:
    return _digest(f"name:{name.strip().lower()}"), _digest(f"address:{address}")


def check(known: Sequence[Account], name: str, password: str) -> Account:
    """The account that name and password belong to (SignInRefusedError), in the same time for every name."""
    account = next((one for one in known if secrets.compare_digest(one.name.encode(), name.encode())), None)
    is_right = _matches((account or _stand_in(known)).password_hash, password)
    if account is None or not is_right:
        raise SignInRefusedError()
    return account


def _stand_in(known: Sequence[Account]) -> Account:
    """Whose hash is checked for a name nobody has, so that it takes as long."""
    return known[-1] if known else _demo_account()


def _matches(password_hash: str, password: str) -> bool:
    if not _at_once.acquire(timeout=PATIENCE_SECONDS):
        raise TooManyTriesError(retry_seconds=60, retry_minutes=1)  # a crowd at the door holds up nobody else
    try:
        return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _at_once.release()


def sign_in(session: Session, account: Account, former_token: str, address: str, *, by: Actor) -> str:
    """Begin a session under a new token (returned, never kept) and end the one of `former_token`."""
    end_session(session, former_token)
    now = clock.now()
    session.execute(delete(StaffSession).where(col(StaffSession.made_at) < now - LONGEST))
    session.execute(delete(Attempt).where(col(Attempt.counted_for).in_(_counted_for(account.name, address))))
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_sha256=_digest(token), actor=by.name, account_sha256=account.digest, made_at=now, seen_at=now
        )
    )
    audit.record(session, by, "staff.signed_in", by.name)
    session.flush()
    return token


def note_refused(session: Session) -> None:
    """Leave a mark of a refused sign-in: not what was typed, which is often a password in the wrong field."""
    audit.record(session, NOBODY, "staff.sign_in_refused", "")


def sign_out(session: Session, token: str, *, by: Actor) -> None:
    """End the session of this token, as its owner asked."""
    end_session(session, token)
    audit.record(session, by, "staff.signed_out", by.name)


def end_session(session: Session, token: str) -> None:
    """Forget the session of this token; none is no error."""
    session.execute(delete(StaffSession).where(col(StaffSession.token_sha256) == _digest(token)))


def whose(session: Session, settings: Settings, token: str) -> Actor | None:
    """Who is signed in with this token; nobody once it is idle or old, or its account is gone or has a new password."""
    row = session.get(StaffSession, _digest(token))
    if row is None or not _is_alive(row, clock.now()):
        return None
    is_known = any(account.digest == row.account_sha256 for account in accounts(session, settings))
    return Actor(row.actor) if is_known else None


def is_worth_noting(session: Session, token: str) -> bool:
    """Whether it is a minute or more since this session was last seen."""
    row = session.get(StaffSession, _digest(token))
    return row is not None and clock.now() - row.seen_at >= SEEN_STEP


def note_seen(session: Session, token: str) -> None:
    """Keep the session of this token from becoming idle."""
    row = session.get(StaffSession, _digest(token))
    if row is not None:
        row.seen_at = clock.now()
        session.add(row)


def _is_alive(row: StaffSession, now: datetime) -> bool:
    return now - row.seen_at < IDLE and now - row.made_at < LONGEST


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
