"""What the bank room does with files: read one, show it, take it in.

Knows that a file is taken whole or not at all, once, and that overlapping files add only their new lines.
Refuses files of accounts that are not ours, of a day already taken from another format, and of two minds.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import sqlalchemy
from sqlalchemy import insert, text
from sqlmodel import Session, col, select

from fund import audit, clock, files, sealed
from fund.audit import Actor
from fund.bank import identity, texts
from fund.bank.errors import ContradictionError, OtherFormatError, StatementError, WrongAccountError
from fund.bank.importers import registry
from fund.bank.importers.protocol import StatementFile, StatementLine
from fund.bank.models import InboxRow, LineRow, LineTextRow, StatementRow
from fund.bank.texts import Texts
from fund.profile import BankAccount, Profile
from fund.settings import Settings
from ledger.identifiers import new_id

_IMPORT_LOCK = 5_290_005  # any number that no other lock uses
_LONGEST_NAME = 200


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


def read_statement(content: bytes, name: str, bank: str | None = None) -> StatementFile:
    """The statement in a file, proved whole; changes nothing. `bank` names an importer or a bank."""
    return registry.read(content, name, today=clock.today(), bank=bank)


def as_json_lines(statement: StatementFile) -> Iterator[str]:
    """One JSON object a line of the statement, in file order; amounts in satang."""
    for line in statement.lines:
        yield json.dumps(_as_json(line), ensure_ascii=False)


def import_statement(
    session: Session, settings: Settings, profile: Profile, content: bytes, name: str, *, by: Actor
) -> ImportResult:
    """Read a file and take it in: its new lines go to the inbox, to be settled. Raises StatementError."""
    known = _taken_before(session, hashlib.sha256(content).hexdigest())
    return known or take_in(session, settings, profile, read_statement(content, name), content, name, by=by)


def take_in(
    session: Session,
    settings: Settings,
    profile: Profile,
    statement: StatementFile,
    content: bytes,
    name: str,
    *,
    by: Actor,
) -> ImportResult:
    """Take in a file that `read_statement` has read from `content`."""
    account = _our_account(profile, statement.account_number)
    _one_at_a_time(session)
    known = _taken_before(session, hashlib.sha256(content).hexdigest())
    if known:
        return known
    fresh = _new_lines(session, statement, account)
    statement_id = new_id()
    row = StatementRow(
        id=statement_id,
        sha256=files.store(session, settings.files_path, content, statement_id),
        file_name=name[-_LONGEST_NAME:],
        importer=statement.importer,
        account=account.account,
        from_on=statement.from_on,
        to_on=statement.to_on,
        opening_satang=statement.opening_satang,
        closing_satang=statement.closing_satang,
        line_count=len(statement.lines),
        new_count=len(fresh),
        imported_at=clock.now(),
        imported_by=by.name,
    )
    session.add(row)
    session.flush()
    _store_lines(session, row, fresh)
    audit.record(session, by, "statement.imported", row.id)
    session.flush()
    return _result(row, is_repeat=False)


def note_refused(session: Session, refusal: StatementError, *, by: Actor) -> None:
    """Leave a mark of a file that was refused, and why: a forged one would be tried more than once."""
    audit.record(session, by, "statement.refused", type(refusal).__name__)


def _our_account(profile: Profile, number: str) -> BankAccount:
    for account in profile.accounts:
        if re.sub(r"[^0-9]", "", account.number) == number:
            return account
    raise WrongAccountError(last_digits=number[-4:])


def _one_at_a_time(session: Session) -> None:
    """Two files at once could hold the same new line; SQLite's writers wait for each other anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _IMPORT_LOCK})


def _taken_before(session: Session, sha256: str) -> ImportResult | None:
    row = session.exec(select(StatementRow).where(StatementRow.sha256 == sha256)).first()
    return _result(row, is_repeat=True) if row else None


def _result(row: StatementRow, *, is_repeat: bool) -> ImportResult:
    new = 0 if is_repeat else row.new_count
    return ImportResult(row.id, row.file_name, row.line_count - new, new, is_repeat, row.imported_at, row.imported_by)


def _new_lines(session: Session, statement: StatementFile, account: BankAccount) -> list[tuple[str, StatementLine]]:
    """The lines, with their identities, that no earlier file has told us."""
    days = [line.occurred_on for line in statement.lines]
    stored = (
        sqlalchemy.select(
            col(LineRow.identity), col(LineRow.occurred_on), col(LineRow.occurred_at), col(LineRow.amount_satang),
            col(LineRow.balance_satang), col(StatementRow.importer),
        )
        .join(StatementRow, col(StatementRow.id) == col(LineRow.statement_id))
        .where(col(LineRow.account) == account.account, col(LineRow.occurred_on).between(min(days), max(days)))
    )  # fmt: skip
    rows = session.execute(stored).all()
    _refuse_other_formats(statement, {row.occurred_on for row in rows if row.importer != statement.importer})
    known = {row.identity for row in rows}
    found = _identities(session, statement, account, known)
    places = Counter(
        (row.occurred_on.isoformat(), row.occurred_at, row.amount_satang, row.balance_satang) for row in rows
    )
    told = list(zip(found, statement.lines, strict=True))
    _refuse_contradictions(told, known, places)
    return [(one, line) for one, line in told if one not in known]


def _identities(session: Session, statement: StatementFile, account: BankAccount, known: set[str]) -> list[str]:
    """The lines' identities, keyed: a bare digest over what a bank writes could be tried with names.

    Those that were stored before there were keys stay as they are.
    """
    found = identity.identities(
        statement.lines,
        f"{account.bank}:{statement.account_number}",
        ids_are_unique=registry.has_unique_ids(statement.importer),
    )
    blind = sealed.of(session).keyring.blind
    return [one if one in known else blind("bank_line.identity", one).hex() for one in found]


def _refuse_other_formats(statement: StatementFile, days: set[date]) -> None:
    for line in statement.lines:
        if line.occurred_on in days:
            raise OtherFormatError(day=line.occurred_on.isoformat())


def _refuse_contradictions(
    told: Sequence[tuple[str, StatementLine]], known: set[str], places: Counter[tuple[str, str, int, int | None]]
) -> None:
    """A line at a moment and balance we hold, but with another text, is not a new line: one of the files is wrong."""
    confirmed = Counter(identity.place(line) for one, line in told if one in known)
    for one, line in told:
        where = identity.place(line)
        if one not in known and line.balance_satang is not None and places[where] > confirmed[where]:
            raise ContradictionError(line=line.line_number)


def _store_lines(session: Session, statement: StatementRow, lines: Sequence[tuple[str, StatementLine]]) -> None:
    """Lines, texts and inbox, each in one statement. Ids are made first and sorted: their order is the file's."""
    if not lines:
        return
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
