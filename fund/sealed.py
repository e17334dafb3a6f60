"""Personal data as it lies in the database: AES-256-GCM under a key of its subject, that key under a master key.

Knows a key per subject (a donor, a child, a member of staff, a statement), wrapped, in a row of its own: destroying it
erases everything that was sealed under it, wherever copies lie. Refuses what was sealed for another place, row or
subject, and to let go of a master key that is still needed.
"""

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, delete, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Field, Session, SQLModel, col, select

from fund import clock
from fund.errors import FundError
from fund.keyring import KEY_BYTES, NONCE_BYTES, KeyMissingError, Keyring, fingerprint
from ledger.columns import BigInt, Instant, Uid
from ledger.private import Part

_FORM: Final = b"\1"
_HEAD: Final = len(_FORM) + NONCE_BYTES


class SealBrokenError(FundError):
    """It was changed, or it was sealed for another place: what it says is not told."""

    message = "Something sealed is not what was sealed here. Tell the auditor: {place}"


class KeyInUseError(FundError):
    message = "Master key {version} is still needed for {count} keys. Run: sipbaht keys rotate"


class MasterRow(SQLModel, table=True):
    """A version of the master key, which itself is not here."""

    __tablename__ = "sealed_master"
    version: int = Field(sa_type=BigInt, primary_key=True)
    fingerprint: str
    made_at: datetime = Field(sa_type=Instant)


class KeyRow(SQLModel, table=True):
    """A subject's key, wrapped by a master key."""

    __tablename__ = "sealed_key"
    subject: UUID = Field(sa_type=Uid, primary_key=True)
    version: int = Field(sa_type=BigInt)
    wrapped: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=Instant)


@dataclass(frozen=True, slots=True)
class Master:
    """A version of the master key, and how many subjects' keys lie under it."""

    version: int
    fingerprint: str
    made_at: datetime
    count: int


class Sealer:
    """Closes and opens private parts; one stands beside every connection of a `Database`."""

    def __init__(self, keyring: Keyring) -> None:
        self.keyring = keyring

    def close(self, session: Session, parts: Sequence[Part]) -> list[bytes]:
        """Each part sealed for its owner, row and place; an owner without a key gets one."""
        owners = {part.owner for part in parts}
        keys = _keys(session, self.keyring, owners)
        keys |= _new_keys(session, self.keyring, owners - keys.keys()) if len(keys) < len(owners) else {}
        return [_closed(keys[part.owner], part) for part in parts]

    def open(self, session: Session, parts: Sequence[Part]) -> list[bytes | None]:
        """What each part says; None where the owner's key was destroyed, nothing (b"") where the seal is broken."""
        keys = _keys(session, self.keyring, {part.owner for part in parts})
        return [_opened_or_nothing(keys.get(part.owner), part) for part in parts]

    def forget(self, session: Session, owner: UUID) -> None:
        """Destroy the owner's key: nothing that was sealed under it is ever read again."""
        session.execute(delete(KeyRow).where(col(KeyRow.subject) == owner))


def seal(session: Session, subject: UUID, place: str, row_id: object, text: str) -> bytes:
    """`text` sealed for the row `row_id` of `place` (`table.column`) under the subject's key, made if there is none."""
    return seal_many(session, [Part(subject, place, str(row_id), text.encode())])[0]


def unseal(session: Session, subject: UUID, place: str, row_id: object, sealed: bytes) -> str | None:
    """What `seal` was given; None once the subject is erased. Raises SealBrokenError for any other place."""
    content = unseal_many(session, [Part(subject, place, str(row_id), sealed)])[0]
    return None if content is None else content.decode()


def seal_many(session: Session, parts: Sequence[Part]) -> list[bytes]:
    """Many parts sealed, with one question for all their keys."""
    return of(session).close(session, parts) if parts else []


def unseal_many(session: Session, parts: Sequence[Part]) -> list[bytes | None]:
    """Many parts opened, with one question for all their keys; None where the subject is erased.

    Raises SealBrokenError.
    """
    keys = _keys(session, of(session).keyring, {part.owner for part in parts}) if parts else {}
    return [_opened(keys.get(part.owner), part) for part in parts]


def destroy(session: Session, subject: UUID) -> None:
    """Erase a subject: its key goes, and with it everything sealed under it, here and in every copy."""
    of(session).forget(session, subject)


def blind(session: Session, kind: str, value: str) -> bytes:
    """What to look up `value` by, exactly, where it lies sealed. Only for 13-digit IDs and what is as long."""
    return of(session).keyring.blind(kind, value)


def of(session: Session) -> Sealer:
    """The sealer that stands beside the session's connection."""
    sealer = session.connection().info["sealer"]
    assert isinstance(sealer, Sealer)
    return sealer


def begin(session: Session) -> None:
    """Let an empty database know its master key; the file is made if it is not there."""
    if _newest(session) is None:
        add_master(session)


def add_master(session: Session) -> int:
    """A new master key, under which all new keys go; its version. The others stay until they are dropped."""
    require_keys(session)
    keyring, version = of(session).keyring, (_newest(session) or 0) + 1
    key = keyring.key(version) if version in keyring.versions() else secrets.token_bytes(KEY_BYTES)
    session.add(MasterRow(version=version, fingerprint=fingerprint(key), made_at=clock.now()))
    session.flush()  # who does the same at this moment waits here, and is refused
    keyring.keep(version, key)
    return version


def rewrap(session: Session, most: int) -> int:
    """Put up to `most` keys that lie under an older master key under the newest; how many there were."""
    keyring, newest = of(session).keyring, _newest(session)
    old = select(KeyRow).where(col(KeyRow.version) != newest).order_by(col(KeyRow.version)).limit(most)
    rows = list(session.exec(old.with_for_update(skip_locked=True)))
    for row in rows:
        assert newest is not None
        key = keyring.unwrap(row.version, row.subject, row.wrapped)
        row.wrapped, row.version = keyring.wrap(newest, row.subject, key), newest
    session.flush()
    return len(rows)


def masters(session: Session) -> list[Master]:
    """Each master key that the database knows, oldest first."""
    counts = dict(session.exec(select(KeyRow.version, func.count()).group_by(col(KeyRow.version))).all())
    rows = session.exec(select(MasterRow).order_by(col(MasterRow.version)))
    return [Master(row.version, row.fingerprint, row.made_at, counts.get(row.version, 0)) for row in rows]


def drop_master(session: Session, version: int) -> None:
    """Forget a master key under which nothing lies any more. Raises KeyInUseError, also for the newest.

    The database itself refuses while anything refers to it. Take it out of the file only after the commit.
    """
    count = session.exec(select(func.count()).where(col(KeyRow.version) == version)).one()
    if count or version == _newest(session):
        raise KeyInUseError(version=version, count=count)
    try:
        session.execute(delete(MasterRow).where(col(MasterRow.version) == version))
    except IntegrityError:  # a key that was made under it while we looked
        raise KeyInUseError(version=version, count=1) from None


def require_keys(session: Session) -> None:
    """The file has every master key that the database knows, the very same. Raises KeyMissingError."""
    keyring = of(session).keyring
    there = keyring.versions()
    for row in session.exec(select(MasterRow)):
        if row.version not in there or keyring.fingerprint(row.version) != row.fingerprint:
            raise KeyMissingError(version=row.version, path=keyring.path)


def _newest(session: Session) -> int | None:
    return session.exec(select(func.max(MasterRow.version))).one()


def _keys(session: Session, keyring: Keyring, owners: Collection[UUID]) -> dict[UUID, AESGCM]:
    """The keys of these owners; who has none is left out."""
    columns = select(KeyRow.subject, KeyRow.version, KeyRow.wrapped)
    rows = session.exec(columns.where(col(KeyRow.subject).in_(owners)))
    return {subject: AESGCM(keyring.unwrap(version, subject, wrapped)) for subject, version, wrapped in rows}


def _new_keys(session: Session, keyring: Keyring, owners: Iterable[UUID]) -> dict[UUID, AESGCM]:
    version = _newest(session) or add_master(session)
    made = {owner: secrets.token_bytes(KEY_BYTES) for owner in owners}
    now = clock.now()
    rows = [
        {"subject": owner, "version": version, "wrapped": keyring.wrap(version, owner, key), "made_at": now}
        for owner, key in made.items()
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    if session.connection().execute(dialect.insert(KeyRow).on_conflict_do_nothing(), rows).rowcount < len(rows):
        return _keys(session, keyring, made)  # somebody else was quicker with one of them
    return {owner: AESGCM(key) for owner, key in made.items()}


def _closed(key: AESGCM, part: Part) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return _FORM + nonce + key.encrypt(nonce, part.content, _where(part))


def _opened(key: AESGCM | None, part: Part) -> bytes | None:
    if key is None:
        return None
    sealed = part.content
    try:
        return key.decrypt(sealed[len(_FORM) : _HEAD], sealed[_HEAD:], _where(part))
    except (InvalidTag, ValueError):
        raise SealBrokenError(place=part.place) from None


def _opened_or_nothing(key: AESGCM | None, part: Part) -> bytes | None:
    try:
        return _opened(key, part)
    except SealBrokenError:
        return b""


def _where(part: Part) -> bytes:
    """What a sealed text is bound to: it opens nowhere else."""
    return _FORM + f"{part.place}\0{part.row_id}\0{part.owner}".encode()
