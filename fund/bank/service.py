"""What the bank room does with files: read one, show it, take it in.

Knows that a file is taken whole or not at all, once, and that overlapping files add only their new lines.
Refuses files of accounts that are not ours, of a day already taken from another format, and of two minds.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import insert, text
from sqlmodel import Session, select

from fund import audit, clock, files
from fund.audit import Actor
from fund.bank import ends, identity, mappings, overlaps, texts, undoing
from fund.bank.errors import AccountUnsaidError, StatementError, WrongAccountError
from fund.bank.importers import registry
from fund.bank.importers.protocol import Importer, StatementLine
from fund.bank.importers.proving import StatementFile, Tell
from fund.bank.models import InboxRow, LineRow, LineTextRow, StatementRow
from fund.bank.overlaps import Day
from fund.bank.texts import Texts
from fund.profile import BankAccount, Profile
from fund.settings import Settings
from ledger.identifiers import new_id

_IMPORT_LOCK = 5_290_005  # any number that no other lock uses
_LONGEST_NAME = 200
BATCH: Final = 1_000  # lines in one statement to the database

Progress = Callable[[int, int], None]
"""Told how many lines are done, and of how many."""


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What taking in a file did: how many of its lines were known and how many are new.

    A file that was taken in before (`is_repeat`) adds nothing; `imported_at` and `imported_by` tell of the first time.
    """

    statement_id: UUID
    file_name: str
    known: int
    new: int
    is_repeat: bool
    imported_at: datetime
    imported_by: str


def file_content(path: Path) -> bytes:
    """The content of a statement file; one that is too large is refused before it is read."""
    return registry.load(path)


def read_statement(
    content: bytes,
    name: str,
    bank: str | None = None,
    *,
    password: str | None = None,
    mapped: Sequence[Importer] = (),
    tell: Tell | None = None,
) -> StatementFile:
    """The statement in a file, proved whole; changes nothing. `bank` names an importer or a bank.

    `password` opens a locked PDF; it is kept nowhere. `mapped` are importers for other tables, see `mappings`;
    `tell` hears how many lines are read.
    """
    today = clock.today()
    return registry.read(content, name, today=today, bank=bank, password=password, mapped=mapped, tell=tell)


def as_json_lines(statement: StatementFile) -> Iterator[str]:
    """One JSON object a line of the statement, in file order; amounts in satang."""
    for line in statement.lines:
        yield json.dumps(_as_json(line), ensure_ascii=False)


def import_statement(
    session: Session,
    settings: Settings,
    profile: Profile,
    content: bytes,
    name: str,
    *,
    by: Actor,
    bank: str | None = None,
    account: str | None = None,
    password: str | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Read a file and take it in: its new lines go to the inbox, to be settled. Raises StatementError."""
    known = taken_before(session, content)
    if known:
        return known
    mapped = mappings.importers(session, profile, account)
    statement = read_statement(content, name, bank, password=password, mapped=mapped)
    return take_in(session, settings, profile, statement, content, name, by=by, account=account, progress=progress)


def take_in(
    session: Session,
    settings: Settings,
    profile: Profile,
    statement: StatementFile,
    content: bytes,
    name: str,
    *,
    by: Actor,
    account: str | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Take in a file that `read_statement` has read from `content`. Raises StatementError.

    `account` is the code of the bank account, for files that do not say it.
    """
    ours = _our_account(profile, statement, account)
    _one_at_a_time(session)
    known = taken_before(session, content)
    if known:
        return known
    begins = overlaps.beginning(session, statement, ours)
    overlaps.refuse_other_formats(session, statement, ours)
    statement_id = new_id()
    row = StatementRow(
        id=statement_id,
        sha256=files.store(session, settings.files_path, content, statement_id),
        file_name=name[-_LONGEST_NAME:],
        importer=statement.importer,
        account=ours.account,
        from_on=begins.on,
        to_on=statement.to_on,
        opening_satang=begins.satang,
        closing_satang=statement.closing_satang,
        line_count=statement.line_count,
        imported_at=clock.now(),
        imported_by=by.name,
    )
    session.add(row)
    session.flush()
    watch = ends.Watch(session, statement, ours.account)
    new = _store(session, row, overlaps.new_lines(session, statement, ours), watch, progress)
    watch.conclude(session, row)
    audit.record(session, by, "statement.imported", row.id)
    session.flush()
    return _result(row, new, is_repeat=False)


def note_refused(session: Session, refusal: StatementError, *, by: Actor) -> None:
    """Leave a mark of a file that was refused, and why: a forged one would be tried more than once."""
    audit.record(session, by, "statement.refused", type(refusal).__name__)


def _our_account(profile: Profile, statement: StatementFile, code: str | None) -> BankAccount:
    """The account that the file says or, where it says none, the one with this code, or the only one at its bank."""
    said = statement.account_number
    if said:
        pattern = re.compile(said.replace("x", "[0-9]"))
        fitting = [one for one in profile.accounts if pattern.fullmatch(re.sub(r"[^0-9]", "", one.number))]
    else:
        fitting = [one for one in profile.accounts if code or one.bank == statement.bank]
    chosen = [one for one in fitting if code in (None, one.account)]
    if said and not chosen:
        raise WrongAccountError(last_digits=said[-4:])
    if len(chosen) != 1:
        raise AccountUnsaidError()
    return chosen[0]


def _one_at_a_time(session: Session) -> None:
    """Two files at once could hold the same new line; SQLite's writers wait for each other anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IMPORT_LOCK})


def taken_before(session: Session, content: bytes) -> ImportResult | None:
    """What became of this very file, if it was taken in already."""
    sha256 = hashlib.sha256(content).hexdigest()
    row = session.exec(select(StatementRow).where(StatementRow.sha256 == sha256)).first()
    return _result(row, 0, is_repeat=True) if row else None


def _result(row: StatementRow, new: int, *, is_repeat: bool) -> ImportResult:
    return ImportResult(row.id, row.file_name, row.line_count - new, new, is_repeat, row.imported_at, row.imported_by)


def _store(
    session: Session, statement: StatementRow, days: Iterator[Day], watch: ends.Watch, progress: Progress | None
) -> int:
    """Store the new lines of each day, so many at once; how many there were."""
    done, new = 0, 0
    for day in days:
        watch.see(day.told)
        undoing.tell_again(session, statement.id, statement.account, day.known)
        for start in range(0, len(day.new), BATCH):
            _store_lines(session, statement, day.new[start : start + BATCH])
        done, new = done + len(day.told), new + len(day.new)
        if progress:
            progress(done, statement.line_count)
    return new


def _store_lines(session: Session, statement: StatementRow, lines: Sequence[tuple[str, StatementLine]]) -> None:
    """Lines, texts and inbox, each in one statement. Ids are made first and sorted: their order is the file's."""
    ids = sorted(new_id() for _ in lines)
    told = [(line_id, one, line) for line_id, (one, line) in zip(ids, lines, strict=True)]
    connection = session.connection()
    connection.execute(insert(LineRow), [_line_values(statement, *one) for one in told])
    kept = texts.seal(session, statement.id, [(line_id, _texts(line)) for line_id, _, line in told])
    rows = [{"line_id": line_id, "sealed": one} for line_id, one in zip(ids, kept, strict=True)]
    connection.execute(insert(LineTextRow), rows)
    connection.execute(insert(InboxRow), [_inbox_values(statement, line_id, line) for line_id, _, line in told])


def _line_values(statement: StatementRow, line_id: UUID, identified: str, line: StatementLine) -> dict[str, object]:
    return {
        "id": line_id,
        "statement_id": statement.id,
        "position": line.position,
        "line_number": line.line_number,
        "account": statement.account,
        "identity": identified,
        "occurred_on": line.occurred_on,
        "occurred_at": identity.time_text(line),
        "value_on": line.value_on,
        "amount_satang": line.amount_satang,
        "balance_satang": line.balance_satang,
        "bank_id": line.bank_id,
    }


def _texts(line: StatementLine) -> Texts:
    return Texts(line.text, tuple(line.references), line.payer, line.channel)


def _inbox_values(statement: StatementRow, line_id: UUID, line: StatementLine) -> dict[str, object]:
    return {
        "line_id": line_id,
        "state": "new",
        "is_booked": False,
        "statement_id": statement.id,
        "account": statement.account,
        "amount_satang": line.amount_satang,
        "reasons": "[]",
    }


def _as_json(line: StatementLine) -> dict[str, object]:
    return {
        "date": line.occurred_on.isoformat(),
        "time": line.time.isoformat() if line.time else None,
        "amount_satang": line.amount_satang,
        "balance_satang": line.balance_satang,
        "text": line.text,
        "references": list(line.references),
        "bank_id": line.bank_id or None,
    }
