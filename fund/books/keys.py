"""Access keys: how an auditor's or an accountant's program reads the books without a member of staff's password.

Knows keys by name and by the digest of their token. Refuses a name that was ever given; a token is shown once.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.books.errors import KeyNameError, KeyNameTakenError, KeyRevokedError, NoSuchKeyError
from fund.books.models import KeyRow, RevokedRow

PREFIX: Final = "sipbaht-key-"
"""Every token begins with it, so that one that leaked can be searched for."""

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}", re.ASCII)
_NOBODYS: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class AccessKey:
    """A key as its keeper sees it; `revoked_at` is None while it opens the books."""

    name: str
    made_by: str
    made_at: datetime
    revoked_at: datetime | None


def give(session: Session, name: str, *, by: Actor) -> str:
    """Make a key and return its token, which is kept nowhere. Raises KeyNameError, KeyNameTakenError."""
    if not _NAME.fullmatch(name):
        raise KeyNameError()
    if session.get(KeyRow, name) is not None:
        raise KeyNameTakenError(name=name)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(KeyRow(name=name, token_sha256=_digest(token), made_by=by.name, made_at=clock.now()))
    audit.record(session, by, "key.given", name)
    session.flush()
    return token


def revoke(session: Session, name: str, *, by: Actor) -> None:
    """Let a key open nothing any more, from the next request on. Raises NoSuchKeyError, KeyRevokedError."""
    if session.get(KeyRow, name) is None:
        raise NoSuchKeyError(name=name)
    if session.get(RevokedRow, name) is not None:
        raise KeyRevokedError(name=name)
    session.add(RevokedRow(name=name, revoked_by=by.name, revoked_at=clock.now()))
    audit.record(session, by, "key.revoked", name)
    session.flush()


def keys(session: Session) -> list[AccessKey]:
    """Every key that was ever given, by name."""
    query = select(KeyRow, RevokedRow.revoked_at).outerjoin(RevokedRow, col(RevokedRow.name) == col(KeyRow.name))
    rows = session.exec(query.order_by(col(KeyRow.name)))
    return [AccessKey(row.name, row.made_by, row.made_at, revoked_at) for row, revoked_at in rows]


def opens(session: Session, token: str) -> bool:
    """Whether a key with this token was given and not revoked; a near miss takes as long as a far one."""
    digest = _digest(token)
    row = session.exec(select(KeyRow).where(col(KeyRow.token_sha256) == digest)).first()
    is_given = secrets.compare_digest(row.token_sha256 if row else _NOBODYS, digest)
    return row is not None and is_given and session.get(RevokedRow, row.name) is None


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
