"""The SQL that writes entries: one statement on PostgreSQL; on SQLite drafts, and one statement that books them.

Knows rows, not rules: the guards in the database say what may be booked. Speaks to the driver itself, for each step
between us and it costs as much as a guard. Never commits: the caller's unit of work does, and on SQLite it has begun
with BEGIN IMMEDIATE, so that nobody writes between our look and our insert.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from ledger.journal import Entry

_HEAD = "kind, occurred_on, booked_on, recorded_at, recorded_by, key, request_hash, subject, reverses, reason"
_ENTRY_COLUMNS = f"id, lines, {_HEAD}, details_digest"
_BODY = "line, account, fund, amount_satang, subject, purpose, scope"

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
    RETURNING id, lines, booked_on
), posting AS (
    INSERT INTO public.ledger_posting (entry_id, lines, booked_on, {_BODY})
    SELECT e.id, e.lines, e.booked_on, p.line, p.account, p.fund, p.amount_satang, p.subject, p.purpose, p.scope
    FROM unnest(%(p_entry_id)s::uuid[], %(p_line)s::bigint[], %(p_account)s::text[], %(p_fund)s::text[],
                %(p_amount_satang)s::bigint[], %(p_subject)s::text[], %(p_purpose)s::text[], %(p_scope)s::text[])
        AS p (entry_id, {_BODY})
    JOIN entry e ON e.id = p.entry_id
)
SELECT id FROM entry
"""
_POSTGRES_BOOKED = (
    "SELECT key, id, request_hash FROM public.ledger_entry WHERE key = ANY (%(keys)s::text[])"  # a fresh snapshot
)

_SQLITE_BOOKED = "SELECT key, id, request_hash FROM ledger_entry WHERE key IN (SELECT value FROM json_each(?))"
_SQLITE_ENTRY = f"INSERT INTO ledger_draft_entry ({_ENTRY_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_SQLITE_POSTING = f"INSERT INTO ledger_draft_posting (number, {_BODY}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
_SQLITE_CLEAR = ("DELETE FROM ledger_draft_posting", "DELETE FROM ledger_draft_entry")  # what a refusal left behind
_SQLITE_BOOK = "INSERT INTO ledger_door DEFAULT VALUES"
_PRIVATE = "INSERT INTO ledger_private (entry_id, salt, content) VALUES ({})"


class Slip(NamedTuple):
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
    Raises the driver's own errors.
    """
    writing = _write_sqlite if connection.dialect.name == "sqlite" else _write_postgres
    return writing(connection.connection.dbapi_connection, slips, by, at or datetime.now(UTC))


def _write_postgres(driver: Any, slips: Sequence[Slip], by: str, at: datetime) -> dict[str, Booked]:
    # Two batches that share keys wait for each other's; in key order they cannot wait in a circle.
    in_key_order = sorted(slips, key=lambda slip: slip.entry.key)
    arrays = _entry_arrays(in_key_order) | _posting_arrays(slips)
    written = driver.execute(_POSTGRES_BOOK, {**arrays, "recorded_at": at, "recorded_by": by})
    before: dict[str, Booked] = {}
    if written.rowcount < len(slips):
        new = {row[0] for row in written}
        keys = [slip.entry.key for slip in slips if slip.id not in new]
        found = driver.execute(_POSTGRES_BOOKED, {"keys": keys})
        before = {key: Booked(entry_id, request_hash) for key, entry_id, request_hash in found}
    private = [(slip.id, slip.salt, slip.content) for slip in slips if slip.content and slip.entry.key not in before]
    if private:
        driver.cursor().executemany(_PRIVATE.format("%s, %s, %s"), private)
    return before


def _entry_arrays(slips: Sequence[Slip]) -> dict[str, str]:
    entries = [slip.entry for slip in slips]
    return {
        "id": _array(slip.id for slip in slips),
        "lines": _array(len(entry.postings) for entry in entries),
        "kind": _texts(entry.kind for entry in entries),
        "occurred_on": _array(entry.occurred_on for entry in entries),
        "booked_on": _array(entry.booked_on for entry in entries),
        "key": _texts(entry.key for entry in entries),
        "request_hash": _bytes(slip.request_hash for slip in slips),
        "subject": _texts(entry.subject for entry in entries),
        "reverses": _array(entry.reverses or "NULL" for entry in entries),
        "reason": _texts(entry.reason for entry in entries),
        "details_digest": _bytes(slip.details_digest for slip in slips),
    }


def _posting_arrays(slips: Sequence[Slip]) -> dict[str, str]:
    lines = [p for slip in slips for p in slip.entry.postings]
    return {
        "p_entry_id": _array(entry_id for slip in slips for entry_id in [str(slip.id)] * len(slip.entry.postings)),
        "p_line": _array(number for slip in slips for number in range(1, 1 + len(slip.entry.postings))),
        "p_account": _texts(p.account for p in lines),
        "p_fund": _texts(p.fund for p in lines),
        "p_amount_satang": _array(p.amount_satang for p in lines),
        "p_subject": _texts(p.subject for p in lines),
        "p_purpose": _texts(p.purpose or None for p in lines),
        "p_scope": _texts(p.scope if p.purpose else None for p in lines),
    }


def _array(values: Iterable[object]) -> str:
    """PostgreSQL's way to write an array; the driver's own takes three times as long as the statement's guard."""
    return "{" + ",".join(map(str, values)) + "}"


def _texts(texts: Iterable[str | None]) -> str:
    return _array("NULL" if text is None else _quoted(text) for text in texts)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _bytes(contents: Iterable[bytes | None]) -> str:
    return _array("NULL" if content is None else f'"\\\\x{content.hex()}"' for content in contents)


def _write_sqlite(driver: Any, slips: Sequence[Slip], by: str, at: datetime) -> dict[str, Booked]:
    keys = json.dumps([slip.entry.key for slip in slips], ensure_ascii=False)
    found = driver.execute(_SQLITE_BOOKED, (keys,))
    before = {key: Booked(UUID(entry_id), request_hash) for key, entry_id, request_hash in found}
    new = [(str(slip.id), slip) for slip in slips if slip.entry.key not in before]
    if new:
        for statement in _SQLITE_CLEAR:
            driver.execute(statement)
        recorded_at = at.isoformat(timespec="microseconds")
        driver.executemany(_SQLITE_ENTRY, [_entry_row(entry_id, slip, by, recorded_at) for entry_id, slip in new])
        driver.executemany(_SQLITE_POSTING, _posting_rows([slip.entry for _, slip in new]))
        driver.execute(_SQLITE_BOOK)
    private = [(entry_id, slip.salt, slip.content) for entry_id, slip in new if slip.content]
    if private:
        driver.executemany(_PRIVATE.format("?, ?, ?"), private)
    return before


def _entry_row(entry_id: str, slip: Slip, by: str, recorded_at: str) -> tuple[Any, ...]:
    entry = slip.entry
    return (
        entry_id,
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


def _posting_rows(entries: Sequence[Entry]) -> list[tuple[Any, ...]]:
    return [
        (number, line, p.account, p.fund, p.amount_satang, p.subject, p.purpose or None, p.scope if p.purpose else None)
        for number, entry in enumerate(entries, 1)
        for line, p in enumerate(entry.postings, 1)
    ]
