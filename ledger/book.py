"""The journal's one write door: entries go in whole, once, and never change.

Knows requests, replays and reversals. What may be booked is decided by the guards in the database; after a refusal
the caller's unit of work is over and must be rolled back.
"""

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlmodel import Session, col, or_, select

from ledger import details, leaves, refusals, writer
from ledger.details import Details
from ledger.errors import AlreadyReversedError, KeyReusedError, NotAMirrorError, UnknownEntryError
from ledger.identifiers import new_ids
from ledger.journal import Entry, Posting
from ledger.models import EntryRow, PostingRow
from ledger.writer import Booked, Slip


@dataclass(frozen=True, slots=True)
class Posted:
    """Where an entry stands in the book; `is_replay` when it stood there before."""

    entry_id: UUID
    is_replay: bool


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry as it stands in the book. `details` are None where there were none or they were erased."""

    id: UUID
    kind: str
    occurred_on: date
    booked_on: date
    recorded_at: datetime
    recorded_by: str
    key: str
    subject: str
    reverses: UUID | None
    reason: str
    reversed_by: UUID | None
    postings: tuple[Posting, ...]
    details: Mapping[str, str] | None


def post(session: Session, entry: Entry, *, by: str) -> Posted:
    """Book one entry. The same key with the same request answers the entry that stands there already.

    Raises KeyReusedError for the same key with another request, NotEnoughError, PeriodClosedError,
    UnbalancedError and the other refusals of `ledger.errors`.
    """
    return post_many(session, [entry], by=by)[0]


def post_many(session: Session, entries: Sequence[Entry], *, by: str) -> list[Posted]:
    """Book entries in one statement, in their order, all or none; one answer for each.

    A choice's floor is looked at when all are booked: what comes in may stand behind what goes out.
    """
    ids = new_ids(len(entries))
    slips: dict[str, Slip] = {}
    for entry_id, entry in zip(ids, entries, strict=True):
        if entry.key not in slips:
            slips[entry.key] = _slip(entry_id, entry)
    if not slips:
        return []
    session.flush()
    connection = session.connection()
    with refusals.told(connection):
        before = writer.write(connection, details.closed(session, list(slips.values())), by)
    return [_answer(entry, slips[entry.key], before, entry_id) for entry_id, entry in zip(ids, entries, strict=True)]


def reverse(
    session: Session, entry_id: UUID, *, reason: str, booked_on: date, by: str, key: str | None = None
) -> Posted:
    """Undo an entry by its mirror image, booked on an open day; the two together change nothing.

    The reversal is of the same kind: undoing a fact is a fact. Raises UnknownEntryError, AlreadyReversedError,
    NotAMirrorError (for a reversal, or a day before the entry's own).
    """
    wrong = entry(session, entry_id)
    mirror = _mirror(wrong, reason, booked_on, key)
    if wrong.reversed_by is not None and entry(session, wrong.reversed_by).key != mirror.key:
        raise AlreadyReversedError()  # before anything else that the guards may find wrong with a second one
    try:
        return post(session, mirror, by=by)
    except KeyReusedError:
        if key is None:
            raise AlreadyReversedError() from None
        raise


def reverse_many(session: Session, on: Mapping[UUID, date], *, reason: str, by: str) -> dict[UUID, UUID]:
    """Undo entries, each booked on its day, in this order and all or none; the reversals by what they undo.

    Raises what `reverse` does.
    """
    rows = {row.id: row for row in session.exec(select(EntryRow).where(col(EntryRow.id).in_(on)))}
    if missing := on.keys() - rows.keys():
        raise UnknownEntryError(entry=min(missing))
    wrong = _booked_entries(session, [rows[entry_id] for entry_id in on])
    if any(one.reversed_by is not None for one in wrong):
        raise AlreadyReversedError()
    try:
        posted = post_many(session, [_mirror(one, reason, on[one.id], None) for one in wrong], by=by)
    except KeyReusedError:  # somebody else undid one of them since we looked
        raise AlreadyReversedError() from None
    return {one.id: undone.entry_id for one, undone in zip(wrong, posted, strict=True)}


def _mirror(wrong: BookedEntry, reason: str, booked_on: date, key: str | None) -> Entry:
    if wrong.reverses is not None or booked_on < wrong.booked_on or not reason.strip():
        raise NotAMirrorError()
    return Entry(
        kind=wrong.kind,
        occurred_on=wrong.occurred_on,
        booked_on=booked_on,
        postings=tuple(replace(p, amount_satang=-p.amount_satang) for p in wrong.postings),
        key=key or f"reversal:{wrong.id}",
        subject=wrong.subject,
        reverses=wrong.id,
        reason=reason.strip(),
    )


def entry(session: Session, entry_id: UUID) -> BookedEntry:
    """One entry with its postings. Raises UnknownEntryError."""
    row = session.get(EntryRow, entry_id)
    if row is None:
        raise UnknownEntryError(entry=entry_id)
    return _booked_entries(session, [row])[0]


def days(session: Session, entry_ids: Collection[UUID]) -> dict[UUID, date]:
    """In which day's books each of these entries counts."""
    rows = session.exec(select(EntryRow).where(col(EntryRow.id).in_(entry_ids)))
    return {row.id: row.booked_on for row in rows}


def entries(
    session: Session, *, after: UUID | None = None, limit: int = 100, only_settled: bool = False
) -> list[BookedEntry]:
    """A page of the journal in log order, from behind the entry `after`. Raises UnknownEntryError.

    On PostgreSQL an entry whose transaction began earlier and ends later may still come before the newest ones;
    `only_settled` ends the page before them, so that who turns pages meets every entry once.
    """
    query = select(EntryRow).order_by(col(EntryRow.stamp), col(EntryRow.id)).limit(limit)
    if only_settled:
        query = query.where(col(EntryRow.stamp) < leaves.settled(session.connection()))
    if after is not None:
        last = session.get(EntryRow, after)
        if last is None:
            raise UnknownEntryError(entry=after)
        is_behind = or_(col(EntryRow.stamp) > last.stamp, col(EntryRow.id) > last.id)
        query = query.where(col(EntryRow.stamp) >= last.stamp, is_behind)  # in this form an index finds the beginning
    return _booked_entries(session, session.exec(query).all())


def last_settled(session: Session) -> UUID | None:
    """The newest entry before which nothing can be booked any more; None in an empty book."""
    settled = select(EntryRow.id).where(col(EntryRow.stamp) < leaves.settled(session.connection()))
    return session.exec(settled.order_by(col(EntryRow.stamp).desc(), col(EntryRow.id).desc()).limit(1)).first()


def entries_by_day(session: Session) -> Iterator[BookedEntry]:
    """Every entry by the day it is booked on, then in log order; read bit by bit, however long the book is."""
    by_day = select(EntryRow).order_by(col(EntryRow.booked_on), col(EntryRow.stamp), col(EntryRow.id))
    for some in session.exec(by_day, execution_options={"yield_per": 1_000}).partitions():
        yield from _booked_entries(session, some)


def erase_details(session: Session, entry_id: UUID) -> None:
    """Erase the private details of an entry; what is booked, and its digest, stay."""
    details.erase(session, entry_id)


def _slip(entry_id: UUID, entry: Entry) -> Slip:
    if not entry.details:
        return Slip(entry_id, entry, entry.request_hash())
    told = Details(secrets.token_bytes(16), _canonical(entry.details))
    return Slip(entry_id, entry, entry.request_hash(), told.digest(), *told)


def _canonical(details: Mapping[str, str]) -> bytes:
    return json.dumps(dict(details), sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


def _answer(entry: Entry, slip: Slip, before: Mapping[str, Booked], entry_id: UUID) -> Posted:
    standing, is_first = before.get(entry.key), slip.id is entry_id
    if standing is None and is_first:
        return Posted(entry_id, is_replay=False)
    standing = standing or Booked(slip.id, slip.request_hash)
    if (slip.request_hash if is_first else entry.request_hash()) != standing.request_hash:
        raise KeyReusedError()
    return Posted(standing.entry_id, is_replay=True)


def _booked_entries(session: Session, rows: Sequence[EntryRow]) -> list[BookedEntry]:
    ids = [row.id for row in rows]
    postings: dict[UUID, list[Posting]] = {entry_id: [] for entry_id in ids}
    lines = select(PostingRow).where(col(PostingRow.entry_id).in_(ids)).order_by(col(PostingRow.line))
    for p in session.exec(lines):
        posting = Posting(p.account, p.fund, p.amount_satang, p.subject, p.purpose or "", p.scope or "*")
        postings[p.entry_id].append(posting)
    undone = select(EntryRow.reverses, EntryRow.id).where(col(EntryRow.reverses).in_(ids))
    reversed_by = dict(session.exec(undone).all())
    promised = {row.id: row.details_digest for row in rows}
    told = {
        entry_id: json.loads(one.content)
        for entry_id, one in details.of(session, ids).items()
        if one.digest() == promised[entry_id]
    }
    return [
        BookedEntry(
            **row.model_dump(exclude={"stamp", "lines", "request_hash", "details_digest"}),
            reversed_by=reversed_by.get(row.id),
            postings=tuple(postings[row.id]),
            details=told.get(row.id),
        )
        for row in rows
    ]
