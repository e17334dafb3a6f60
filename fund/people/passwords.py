"""Passwords: how they are kept (Argon2id), and whether one is right.

Knows that each look takes 64 MiB: two at once, the others wait a little; and how often one may try. Takes the same time
where there is no hash.
"""

from datetime import timedelta
from threading import BoundedSemaphore
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fund.limits import Limit
from fund.people.errors import PasswordTooShortError, TooManyTriesError

TRIES: Final = Limit("sign-in", 10, timedelta(minutes=15), TooManyTriesError)
"""For an account and for an address, whether password or second factor; counted before they are looked at."""

SHORTEST: Final = 12
PATIENCE_SECONDS: Final = 5
DEMO: Final = "ten-baht-demo"  # printed for everyone to read; opens only databases made as a demo
DEMO_HASH: Final = "$argon2id$v=19$m=65536,t=3,p=4$c2lwYmFodC10ZW4tYmFodA$q5P4JSnJNbVdwpeZ5V0OhpLSuLSENLacYzRpsWFLJ4I"
"""Of `DEMO`; also what is looked at where there is no hash, so that it takes as long."""

_hasher = PasswordHasher()
_at_once = BoundedSemaphore(2)


def hashed(password: str) -> str:
    """What is kept of a password. Raises PasswordTooShortError."""
    if len(password) < SHORTEST:
        raise PasswordTooShortError(shortest=SHORTEST)
    return _hasher.hash(password)


def is_right(password_hash: str, password: str) -> bool:
    """Whether the password is the one that was hashed; never for an empty hash. Raises TooManyTriesError in a crowd."""
    if not _at_once.acquire(timeout=PATIENCE_SECONDS):
        raise TooManyTriesError(retry_seconds=60, retry_minutes=1)  # a crowd at the door holds up nobody else
    try:
        _hasher.verify(password_hash or DEMO_HASH, password)
        return bool(password_hash)
    except (VerificationError, InvalidHashError):
        return False
    finally:
        _at_once.release()
