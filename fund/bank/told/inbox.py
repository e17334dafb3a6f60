"""Callbacks on their way to the disk: those that come at the same time are stored together, each answered when durable.

Knows a payment by the bank's own number, so that the same callback is one row however often it is sent. Refuses, to be
sent again by the bank, what there is no room for now.
"""

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from litestar.concurrency import sync_to_thread
from sqlalchemy import insert
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, select

from fund import audit, clock, sealed
from fund.among import among
from fund.audit import WORKER
from fund.bank.told import moving, states
from fund.bank.told.bodies import Payment
from fund.bank.told.models import CallbackRow, StandingRow
from fund.db import Database
from fund.errors import TooManyError
from ledger.identifiers import new_ids
from ledger.private import Part

PLACE: Final = "bank_callback.sealed"
TOGETHER: Final = 500
MOST_WAITING: Final = 5_000
_RETRY_SECONDS: Final = 12
_STORE_ON_POSTGRESQL: Final = f"""
WITH stored AS (
    INSERT INTO bank_callback (id, bank, identity, digest, amount_satang, occurred_at, told_at, subject, sealed)
    SELECT * FROM unnest(%(id)b::uuid[], %(bank)b::text[], %(identity)b::text[], %(digest)b::text[],
                         %(amount_satang)b::bigint[], %(occurred_at)b::timestamptz[], %(told_at)b::timestamptz[],
                         %(subject)b::uuid[], %(sealed)b::bytea[])
    ON CONFLICT DO NOTHING
    RETURNING id, identity
), standing AS (
    INSERT INTO bank_callback_standing (callback_id, state, changed_at) SELECT id, '{states.NEW}', %(now)s FROM stored
)
SELECT id, identity FROM stored
"""


@dataclass(frozen=True, slots=True)
class Arrived:
    """A callback as it came: from which bank, what it says, its body to be sealed, when it came."""

    bank: str
    payment: Payment
    body: bytes
    told_at: datetime


@dataclass(frozen=True, slots=True)
class _Named:
    """A callback with its identity and the digest of its words."""

    identity: str
    digest: str
    arrived: Arrived


@dataclass(frozen=True, slots=True)
class _Waiting:
    arrived: Arrived
    stored: "asyncio.Future[None]" = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Inbox:
    """One process's way into the inbox; while one batch is being stored, the next one gathers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[_Waiting] = []
        self._task: asyncio.Task[None] | None = None

    async def take(self, arrived: Arrived) -> None:
        """Store one callback; returns when it is durable. Raises TooManyError when too many wait already."""
        if len(self._waiting) >= MOST_WAITING:
            raise TooManyError(retry_seconds=_RETRY_SECONDS, retry_minutes=1)
        waiting = _Waiting(arrived)
        self._waiting.append(waiting)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._store_all())
        await waiting.stored

    async def _store_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:TOGETHER], self._waiting[TOGETHER:]
            await self._store(batch)

    async def _store(self, batch: Sequence[_Waiting]) -> None:
        """Store a batch; if something in it is refused, each alone, so that only the culprit is told."""
        try:
            await sync_to_thread(self._write, [one.arrived for one in batch])
        except (IntegrityError, DataError) as refusal:
            if len(batch) == 1:
                _answer(batch, refusal)
            for one in batch if len(batch) > 1 else ():
                await self._store([one])
        except Exception as error:  # whatever it is, nobody is left waiting: the bank sends it again
            _answer(batch, error)
        else:
            _answer(batch, None)

    def _write(self, batch: Sequence[Arrived]) -> None:
        with self._database.write() as session:
            store(session, batch)


def _answer(batch: Sequence[_Waiting], error: Exception | None) -> None:
    for one in batch:
        if one.stored.cancelled():
            continue
        if error is None:
            one.stored.set_result(None)
        else:
            one.stored.set_exception(error)


def store(session: Session, batch: Sequence[Arrived]) -> int:
    """Put callbacks into the inbox, each payment once; how many are new. What contradicts an earlier one is noted."""
    blind = sealed.of(session).keyring.blind
    named = [
        _Named(_hex(blind, f"{one.bank}:{one.payment.number}"), _hex(blind, one.payment.words), one) for one in batch
    ]
    known = _known(session, {one.identity for one in named})
    fresh = {one.identity: one for one in reversed(named) if one.identity not in known}  # the first of each
    stored = _add(session, list(fresh.values())) if fresh else {}
    known |= {identity: (fresh[identity].digest, row_id) for identity, row_id in stored.items()}
    if lost := fresh.keys() - stored.keys():  # another process was quicker: what it stored may contradict ours
        known |= _known(session, lost)
    told = [(known[one.identity], one.digest) for one in named if one.identity in known]
    _note_contradictions(session, {row_id for (kept, row_id), digest in told if kept != digest})
    return len(stored)


def _hex(blind: Callable[[str, str], bytes], text: str) -> str:
    return blind(PLACE, text).hex()


def _known(session: Session, identities: Collection[str]) -> dict[str, tuple[str, UUID]]:
    """Digest and id of what was stored before, by identity."""
    columns = select(CallbackRow.identity, CallbackRow.digest, CallbackRow.id)
    rows = session.exec(columns.where(among(session, CallbackRow.identity, identities)))
    return {identity: (digest, row_id) for identity, digest, row_id in rows}


def _add(session: Session, fresh: Sequence[_Named]) -> dict[str, UUID]:
    """All of them at once; the ids by identity. Who was quicker in another process keeps their row."""
    ids = new_ids(len(fresh))
    subjects = [_subject(one.arrived) for one in fresh]
    parts = zip(subjects, ids, fresh, strict=True)
    bodies = sealed.seal_many(session, [Part(of, PLACE, str(row_id), one.arrived.body) for of, row_id, one in parts])
    rows = [_values(*of) for of in zip(ids, subjects, bodies, fresh, strict=True)]
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        arrays = {name: [row[name] for row in rows] for name in rows[0]}
        written = connection.exec_driver_sql(_STORE_ON_POSTGRESQL, {**arrays, "now": clock.now()})
        return {row.identity: row.id for row in written}
    connection.execute(insert(CallbackRow), rows)  # SQLite's writers wait for each other: what was not known is not now
    new = {"state": states.NEW, "changed_at": clock.now()}
    connection.execute(insert(StandingRow), [{"callback_id": row["id"], **new} for row in rows])
    return {row["identity"]: row["id"] for row in rows}


def _values(row_id: UUID, subject: UUID, body: bytes, one: _Named) -> dict[str, Any]:
    payment = one.arrived.payment
    return {
        "id": row_id,
        "bank": one.arrived.bank,
        "identity": one.identity,
        "digest": one.digest,
        "amount_satang": payment.amount_satang,
        "occurred_at": payment.occurred_at or one.arrived.told_at,
        "told_at": one.arrived.told_at,
        "subject": subject,
        "sealed": body,
    }


def _subject(arrived: Arrived) -> UUID:
    """All callbacks of one bank and day are sealed under one key, so that many are stored and opened at once."""
    return UUID(bytes=sha256(f"callbacks:{arrived.bank}:{clock.bangkok_day(arrived.told_at)}".encode()).digest()[:16])


def _note_contradictions(session: Session, callback_ids: Collection[UUID]) -> None:
    """The same number of the bank with other words: nothing is booked by itself, and staff see it."""
    moving.move_all(session, "contradict", callback_ids)
    for callback_id in sorted(callback_ids):
        audit.record(session, WORKER, "callback.contradicted", callback_id)
