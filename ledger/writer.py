"""The SQL that writes entries: one statement on PostgreSQL, one short run of two on SQLite.

Knows rows, not rules: the guards in the database say what may be booked. Never commits: the caller's unit of work
does, and on SQLite it has begun with BEGIN IMMEDIATE, so that nobody writes between our look and our insert.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from ledger.journal import Entry, Posting

_ENTRY_COLUMNS = (
    "id, lines, kind, occurred_on, booked_on, recorded_at, recorded_by, key, request_hash, subject, reverses, reason,"
    " details_digest"
)
_POSTING_COLUMNS = "entry_id, lines, line, booked_on, account, fund, amount_satang, subject, purpose, scope"

_POSTGRES_BOOK = f"""
WITH entry AS (
    INSERT INTO public.ledger_entry ({_ENTRY_COLUMNS})
    SELECT e.id, e.lines, e.kind, e.occurred_on, e.booked_on, %(recorded_at)s, %(recorded_by)s, e.key,
           e.request_hash, e.subject, e.reverses, e.reason, e.details_digest
    FROM unnest(%(id)s::uuid[], %(lines)s::bigint[], %(kind)s::text[], %(occurred_on)s::date[],
                %(booked_on)s::date[], %(key)s::text[], %(request_hash)s::bytea[], %(subject)s::text[],
                %(reverses)s::uuid[], %(reason)s::text[], %(details_digest)s::bytea[])
        AS e (id, lines, kind, occurred_on, booked_on, key, request_hash, subject, reverses, reason, details_digest)
    ON CONFLICT (key) DO NOTHING
    RETURNING id
), posting AS (
    INSERT INTO public.ledger_posting ({_POSTING_COLUMNS})
    SELECT p.* FROM unnest(%(p_entry_id)s::uuid[], %(p_lines)s::bigint[], %(p_line)s::bigint[],
                           %(p_booked_on)s::date[], %(p_account)s::text[], %(p_fund)s::text[],
                           %(p_amount_satang)s::bigint[], %(p_subject)s::text[], %(p_purpose)s::text[],
                           %(p_scope)s::text[])
        AS p ({_POSTING_COLUMNS})
    JOIN entry ON entry.id = p.entry_id
)
SELECT id FROM entry
"""
_POSTGRES_BOOKED = (
    "SELECT key, id, request_hash FROM public.ledger_entry WHERE key = ANY (%(keys)s::text[])"  # a fresh snapshot
)

_SQLITE_BOOKED = "SELECT key, id, request_hash FROM ledger_entry WHERE key IN (SELECT value FROM json_each(?))"
_SQLITE_LAST = "SELECT coalesce(max(stamp), 0) FROM ledger_entry"
_SQLITE_DRAFT = f"INSERT INTO ledger_draft (stamp, {_POSTING_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SQLITE_ENTRY = f"INSERT INTO ledger_entry (stamp, {_ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_PRIVATE = "INSERT INTO ledger_private (entry_id, salt, content) VALUES ({})"


@dataclass(frozen=True, slots=True)
class Slip:
    """An entry on its way into the book, with the identity it gets if its key is new."""

    id: UUID
    entry: Entry
    request_hash: bytes
    details_digest: bytes | None = None
    salt: bytes = b""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Booked:
    """What stands in the book under a key."""

    entry_id: UUID
    request_hash: bytes


def write(connection: Connection, slips: Sequence[Slip], by: str, at: datetime | None = None) -> dict[str, Booked]:
    """Write the slips whose keys are new; answer what stands under the keys that were there before.

    The keys of `slips` differ from each other. `at` is when they were first recorded, if that was in another book.
    """
    writing = _write_sqlite if connection.dialect.name == "sqlite" else _write_postgres
    before = writing(connection, slips, by, at or datetime.now(UTC))
    _write_private(connection, [slip for slip in slips if slip.content and slip.entry.key not in before])
    return before


def booked(connection: Connection, keys: Sequence[str]) -> dict[str, Booked]:
    """What stands in the book under these keys."""
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql(_SQLITE_BOOKED, (_json_texts(keys),))
        return {key: Booked(UUID(entry_id), request_hash) for key, entry_id, request_hash in rows}
    rows = connection.exec_driver_sql(_POSTGRES_BOOKED, {"keys": list(keys)})
    return {key: Booked(entry_id, request_hash) for key, entry_id, request_hash in rows}


def _write_postgres(connection: Connection, slips: Sequence[Slip], by: str, at: datetime) -> dict[str, Booked]:
    # Two batches that share keys wait for each other's; in key order they cannot wait in a circle.
    in_key_order = sorted(slips, key=lambda slip: slip.entry.key)
    arrays = _entry_arrays(in_key_order) | _posting_arrays(slips)
    rows = connection.exec_driver_sql(_POSTGRES_BOOK, {**arrays, "recorded_at": at, "recorded_by": by})
    new = {row[0] for row in rows}
    if len(new) == len(slips):
        return {}
    return booked(connection, [slip.entry.key for slip in slips if slip.id not in new])


def _entry_arrays(slips: Sequence[Slip]) -> dict[str, list[Any]]:
    entries = [slip.entry for slip in slips]
    return {
        "id": [slip.id for slip in slips],
        "lines": [len(entry.postings) for entry in entries],
        "kind": [entry.kind for entry in entries],
        "occurred_on": [entry.occurred_on for entry in entries],
        "booked_on": [entry.booked_on for entry in entries],
        "key": [entry.key for entry in entries],
        "request_hash": [slip.request_hash for slip in slips],
        "subject": [entry.subject for entry in entries],
        "reverses": [entry.reverses for entry in entries],
        "reason": [entry.reason for entry in entries],
        "details_digest": [slip.details_digest for slip in slips],
    }


def _posting_arrays(slips: Sequence[Slip]) -> dict[str, list[Any]]:
    lines = [(slip, number, p) for slip in slips for number, p in enumerate(slip.entry.postings, 1)]
    return {
        "p_entry_id": [slip.id for slip, _, _ in lines],
        "p_lines": [len(slip.entry.postings) for slip, _, _ in lines],
        "p_line": [number for _, number, _ in lines],
        "p_booked_on": [slip.entry.booked_on for slip, _, _ in lines],
        "p_account": [p.account for _, _, p in lines],
        "p_fund": [p.fund for _, _, p in lines],
        "p_amount_satang": [p.amount_satang for _, _, p in lines],
        "p_subject": [p.subject for _, _, p in lines],
        "p_purpose": [p.purpose or None for _, _, p in lines],
        "p_scope": [p.scope if p.purpose else None for _, _, p in lines],
    }


def _write_sqlite(connection: Connection, slips: Sequence[Slip], by: str, at: datetime) -> dict[str, Booked]:
    before = booked(connection, [slip.entry.key for slip in slips])
    last = connection.exec_driver_sql(_SQLITE_LAST).scalar_one()
    new = list(enumerate((slip for slip in slips if slip.entry.key not in before), last + 1))
    if new:
        drafts = [_draft(stamp, slip, n, p) for stamp, slip in new for n, p in enumerate(slip.entry.postings, 1)]
        connection.exec_driver_sql(_SQLITE_DRAFT, drafts)
        recorded_at = at.isoformat(timespec="microseconds")
        connection.exec_driver_sql(_SQLITE_ENTRY, [_entry(stamp, slip, by, recorded_at) for stamp, slip in new])
    return before


def _draft(stamp: int, slip: Slip, line: int, p: Posting) -> tuple[Any, ...]:
    booked_on, lines = slip.entry.booked_on.isoformat(), len(slip.entry.postings)
    purpose = (p.purpose, p.scope) if p.purpose else (None, None)
    return (stamp, str(slip.id), lines, line, booked_on, p.account, p.fund, p.amount_satang, p.subject, *purpose)


def _entry(stamp: int, slip: Slip, by: str, recorded_at: str) -> tuple[Any, ...]:
    entry = slip.entry
    return (
        stamp,
        str(slip.id),
        len(entry.postings),
        entry.kind,
        entry.occurred_on.isoformat(),
        entry.booked_on.isoformat(),
        recorded_at,
        by,
        entry.key,
        slip.request_hash,
        entry.subject,
        str(entry.reverses) if entry.reverses else None,
        entry.reason,
        slip.details_digest,
    )


def _write_private(connection: Connection, slips: Sequence[Slip]) -> None:
    if not slips:
        return
    if connection.dialect.name == "sqlite":
        rows: list[tuple[Any, ...]] = [(str(slip.id), slip.salt, slip.content) for slip in slips]
        connection.exec_driver_sql(_PRIVATE.format("?, ?, ?"), rows)
    else:
        rows = [(slip.id, slip.salt, slip.content) for slip in slips]
        connection.exec_driver_sql(_PRIVATE.format("%s, %s, %s"), rows)


def _json_texts(texts: Sequence[str]) -> str:
    return json.dumps(list(texts), ensure_ascii=False)
