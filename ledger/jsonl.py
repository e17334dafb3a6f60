"""The whole book as JSON Lines, and back: through the write door into an empty book, to the same entries.

Knows one line for each account, fund, purpose, kind, entry (in log order, with its postings and digests) and act on a
month; the last line is the digest of all others. Refuses a file that was cut short or changed, an entry that is not
what its request hash says, and a book that holds anything but the beginning of this one. Private details go along only
if asked for.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice, zip_longest
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import asdict
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, SQLModel, and_, col, or_, select

from ledger import accounts, details, refusals, writer, written
from ledger.accounts import Account, Fund, Kind
from ledger.details import Details
from ledger.errors import (
    BookNotEmptyError,
    KeyReusedError,
    LedgerError,
    NotABookError,
    OtherBookError,
    PeriodTurnError,
)
from ledger.journal import Entry, Posting
from ledger.models import AccountRow, EntryRow, FundPurposeRow, FundRow, KindRow, PeriodRow, PostingRow
from ledger.writer import Slip

Record = dict[str, Any]

_PAGE: Final = 1_000


def lines(session: Session, *, with_details: bool = False) -> Iterator[str]:
    """The book, line by line; the same book gives the same bytes on either database.

    `with_details` adds the entries' private details: such a file is as confidential as the book itself.
    """
    seen, count = hashlib.sha256(), 0
    for record in _records(session, with_details=with_details):
        line = _line(record)
        seen.update(line.encode())
        count += 1
        yield line
    yield _line({"what": "end", "lines": count, "sha256": seen.hexdigest()})


def require_whole(text: Iterable[str]) -> int:
    """Read the file once before taking it in; how many lines it has.

    Raises NotABookError if it is no export, cut short or changed.
    """
    seen, count, last = hashlib.sha256(), 0, ""
    for line in text:
        seen.update(last.encode())
        count, last = count + 1, line.rstrip("\n") + "\n"
    if last != _line({"what": "end", "lines": count - 1, "sha256": seen.hexdigest()}):
        raise NotABookError(line=count)
    return count


def require_begun(session: Session, text: Iterable[str]) -> None:
    """The book is empty, or holds the beginning of this one and goes on there. Raises BookNotEmptyError."""
    told, chart = iter(text), [_line(record) for record in _chart(session)]
    if chart and chart != list(islice(told, 1, 1 + len(chart))):
        raise BookNotEmptyError()
    ids = (json.loads(line)["id"] for line in told if '"what":"entry"' in line)
    for record in _entries(session, with_details=False):
        if str(record["id"]) != next(ids, None):
            raise BookNotEmptyError()


def require_same(session: Session, text: Iterable[str]) -> None:
    """The book is the one of this file, line by line. Raises OtherBookError."""
    ours = lines(session, with_details=True)  # where the file has none, none were taken in
    for number, (one, other) in enumerate(zip_longest(text, ours), 1):
        if one != other:
            raise OtherBookError(line=number)


def parts(text: Iterable[str]) -> Iterator[list[Record]]:
    """The file in parts to be taken in one after the other, each in a unit of work of its own.

    On PostgreSQL the entries of one unit of work stand in the log by their ids: where the ids stop rising, the next
    part begins. Raises NotABookError.
    """
    part: list[Record] = []
    for number, line in enumerate(text, 1):
        record = _record(number, line)
        if part and part[-1]["what"] == "end":
            raise NotABookError(line=number)
        if part and not _goes_on(part, record):
            yield part
            part = []
        part.append(record)
    yield part


def take_in(session: Session, part: Sequence[Record]) -> int:
    """Write one part of another book, unless it is there already; answer how many entries it has.

    Raises CodeTakenError where the chart says something else, and what the write door refuses: a choice that was
    booked beside others is refused if in log order it came before what it spent.
    """
    entries = [record for record in part if record["what"] == "entry"]
    if entries and session.get(EntryRow, entries[0]["id"]) is not None:
        return len(entries)  # parts are written whole or not at all
    for record in part:
        if record["what"] != "entry":
            _take_in_one(session, record)
    session.flush()
    for (by, at), run in groupby(entries, lambda record: (record["recorded_by"], record["recorded_at"])):
        _write(session, [record["slip"] for record in run], by, at)
    return len(entries)


def _records(session: Session, *, with_details: bool) -> Iterator[Record]:
    yield {"what": "book", "format": written.FORMAT}
    yield from _chart(session)
    yield from _entries(session, with_details=with_details)
    acts = sorted(_rows(session, PeriodRow), key=lambda act: act.recorded_at)  # the only order in which all pass again
    yield from (_of("period", act) for act in acts)
    closed = (row for row in _rows(session, AccountRow) if not row.is_open)
    yield from ({"what": "account_closed", "code": row.code} for row in closed)
    ended = (row for row in _rows(session, FundRow) if row.valid_to)
    yield from ({"what": "fund_ends", "code": row.code, "on": row.valid_to} for row in ended)


def _chart(session: Session) -> Iterator[Record]:
    yield from (_of("account", row, "is_open") for row in _rows(session, AccountRow))
    yield from (_of("fund", row, "valid_to") for row in _rows(session, FundRow))
    yield from (_of("purpose", row) for row in _rows(session, FundPurposeRow))
    yield from (_of("kind", row) for row in _rows(session, KindRow))


def _rows(session: Session, model: type[Any]) -> list[Any]:
    """All rows by their key, in an order that is no database's own."""
    names = [column.name for column in model.__table__.primary_key]
    return sorted(session.exec(select(model)), key=lambda row: [getattr(row, name) for name in names])


def _of(what: str, row: SQLModel, *without: str) -> Record:
    return {"what": what} | row.model_dump(exclude=set(without))


def _entries(session: Session, *, with_details: bool) -> Iterator[Record]:
    page = session.exec(_page(None)).all()
    while page:
        ids = [row.id for row in page]
        postings: dict[UUID, list[Any]] = {entry_id: [] for entry_id in ids}
        of_page = select(PostingRow).where(col(PostingRow.entry_id).in_(ids)).order_by(col(PostingRow.line))
        for p in session.exec(of_page):
            postings[p.entry_id].append([p.account, p.fund, p.amount_satang, p.subject, p.purpose, p.scope])
        told = details.of(session, ids) if with_details else {}
        for row in page:
            private = told[row.id]._asdict() if row.id in told else {}
            yield _of("entry", row, "stamp", "lines") | {"postings": postings[row.id]} | private
        page = session.exec(_page(page[-1])).all()


def _page(last: EntryRow | None) -> Any:
    stamp, entry_id = col(EntryRow.stamp), col(EntryRow.id)
    query = select(EntryRow).order_by(stamp, entry_id).limit(_PAGE)
    if last is None:
        return query
    return query.where(stamp >= last.stamp, or_(stamp > last.stamp, and_(stamp == last.stamp, entry_id > last.id)))


def _line(record: Record) -> str:
    return json.dumps(record, default=_plain, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else str(value)


def _record(number: int, line: str) -> Record:
    try:
        told = written.read(line)
        record = asdict(told) | {"what": told.what}
        if isinstance(told, written.EntryLine):
            record |= {"slip": _slip(told)}
    except (LedgerError, ValueError, msgspec.DecodeError, RecursionError) as fault:
        raise NotABookError(line=number) from fault
    if (number == 1) != (record["what"] == "book"):
        raise NotABookError(line=number)
    return record


def _goes_on(part: Sequence[Record], record: Record) -> bool:
    before, is_entry = part[-1], record["what"] == "entry"
    if not is_entry or before["what"] != "entry":
        return not is_entry and before["what"] != "entry"
    return bool(before["id"] < record["id"]) and len(part) < _PAGE


def _slip(told: written.EntryLine) -> Slip:
    """The entry as a value; its request hash and its details' digest must be what they say."""
    postings = tuple(
        Posting(account, fund, amount, subject, purpose or "", scope or "*")
        for account, fund, amount, subject, purpose, scope in told.postings
    )
    entry = Entry(
        kind=told.kind,
        occurred_on=told.occurred_on,
        booked_on=told.booked_on,
        postings=postings,
        key=told.key,
        subject=told.subject,
        reverses=told.reverses,
        reason=told.reason,
    )
    digest = bytes.fromhex(told.details_digest) if told.details_digest else None
    private = Details(bytes.fromhex(told.salt), bytes.fromhex(told.content))
    if entry.request_hash().hex() != told.request_hash or (private.salt and private.digest() != digest):
        raise ValueError(told.id)
    return Slip(told.id, entry, entry.request_hash(), digest, *private)


def _take_in_one(session: Session, record: Record) -> None:
    facts = {name: value for name, value in record.items() if name != "what"}
    match record["what"]:
        case "account":
            accounts.open_account(session, Account(**facts))
        case "fund":
            accounts.open_fund(session, Fund(**facts))
        case "purpose":
            accounts.allow_purpose(session, **facts)
        case "kind":
            accounts.define_kind(session, Kind(**facts))
        case "period":
            _turn_month(session, PeriodRow(**facts))
        case "account_closed":
            accounts.close_account(session, facts["code"])
        case "fund_ends":
            accounts.end_fund(session, facts["code"], facts["on"])


def _turn_month(session: Session, act: PeriodRow) -> None:
    if session.get(PeriodRow, (act.starts_on, act.revision)) is not None:
        return
    session.add(act)
    try:
        session.flush()
    except DBAPIError as refusal:
        raise PeriodTurnError() from refusal


def _write(session: Session, slips: Sequence[Slip], by: str, at: datetime) -> None:
    connection = session.connection()
    with refusals.told(connection):
        before = writer.write(connection, details.closed(session, slips), by, at)
    if before:
        raise KeyReusedError()
