"""Files that are handed in together, or are large: kept sealed, read by a worker, and shown with what became of each.

Knows three ends: waiting, taken, refused (with the reason). Refuses to keep a file longer than it is needed: once it is
taken or refused, the copy's key is gone, but for a table whose columns somebody must name first.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any, Final, Literal
from uuid import UUID, uuid5

import msgspec
import sqlalchemy
from sqlmodel import Session, col, select

from fund import audit, clock, files, outbox, profile, sealed
from fund.audit import Actor
from fund.bank import mappings, overlaps, service, settling
from fund.bank.errors import StatementError, UnknownFormatError
from fund.bank.importers import mapped, registry
from fund.bank.importers.proving import Tell
from fund.bank.models import HandedInRow, InboxRow, LineRow
from fund.bank.service import ImportResult, Progress
from fund.db import Database
from fund.errors import NotFoundError
from fund.settings import Settings
from ledger.identifiers import new_id

JOB: Final = "statement.take"
Delimiter = Literal[",", ";", "\t", "|"]
DELIMITERS: Final[tuple[Delimiter, ...]] = (",", ";", "\t", "|")
WAITING, TAKEN, REFUSED = "waiting", "taken", "refused"
SHOWN_FOR: Final = timedelta(days=1)
_PLACE: Final = "bank_handed_in.refusal"
_LONGEST_NAME: Final = 200


class Refusal(msgspec.Struct, frozen=True):
    """Why a file was refused, to be said in the reader's language."""

    message: str
    facts: dict[str, Any]
    is_unknown: bool = False  # somebody may say which column is which


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that was handed in, and how many of its lines are settled, wait for a person, or are yet to be matched."""

    id: UUID
    file_name: str
    state: str
    statement_id: UUID | None
    is_repeat: bool
    refusal: Refusal | None
    handed_in_by: str
    settled: int
    waiting: int
    unmatched: int
    read: int  # lines, so far
    closed: int  # of them, told again of a month that is closed

    @property
    def is_moving(self) -> bool:
        """Whether there is something to wait for."""
        return self.state == WAITING or self.unmatched > 0

    @property
    def told(self) -> int:
        """How many lines the file was the first to tell."""
        return self.settled + self.waiting + self.unmatched


def hand_in(session: Session, settings: Settings, content: bytes, name: str, account: str, *, by: Actor) -> UUID:
    """Keep a file and have a worker read it. Raises StatementError for one that is too large or empty."""
    registry.check_size(content)
    row = _keep(session, settings, content, name, account, by)
    outbox.add(session, JOB, str(row.id))
    return row.id


def keep_unknown(
    session: Session,
    settings: Settings,
    content: bytes,
    name: str,
    account: str,
    refusal: UnknownFormatError,
    *,
    by: Actor,
) -> UUID:
    """Keep a table that no importer knows until somebody says which column is which."""
    row = _keep(session, settings, content, name, account, by)
    row.state, row.refusal = REFUSED, _seal(session, row.id, refusal)
    session.flush()
    return row.id


def read_and_take(
    database: Database,
    settings: Settings,
    content: bytes,
    name: str,
    account: str | None,
    *,
    bank: str | None = None,
    password: str | None = None,
    tell: Tell | None = None,
    progress: Progress | None = None,
    by: Actor,
) -> ImportResult:
    """Read a file, which nobody waits for, and then take it in, in one unit of work. Raises StatementError."""
    with database.read() as session:
        fund = profile.current(session)
        taken, mapped_ones = service.taken_before(session, content), mappings.importers(session, fund, account)
    if taken:
        return taken
    statement = service.read_statement(content, name, bank, password=password, mapped=mapped_ones, tell=tell)
    if tell:
        tell(statement.line_count)
    with database.write() as session:
        return service.take_in(
            session, settings, fund, statement, content, name, by=by, account=account, progress=progress
        )


def take(database: Database, settings: Settings, subject: str) -> None:
    """The worker's job: read a file that was handed in, and settle what can be settled."""
    with database.read() as session:
        row = session.get_one(HandedInRow, UUID(subject))
        by = Actor(row.handed_in_by, row.handed_in_person)
        told = files.load(session, settings.files_path, row.sha256, _copy(row.id)) if row.state == WAITING else None
        name, account = row.file_name, row.account
    if told is not None:
        try:
            tell = partial(_tell, database, UUID(subject))
            taken = read_and_take(database, settings, told, name, account or None, tell=tell, by=by)
            with database.write() as session:
                _take(session, UUID(subject), taken)
        except StatementError as refusal:
            with database.write() as session:
                _refuse(session, UUID(subject), refusal, by)
    settling.settle_waiting(database, by=by)


def _tell(database: Database, handed_in: UUID, read: int) -> None:
    """Let the page show how far the reading is; a worker that died and begins anew tells it anew."""
    with database.write() as session:
        session.get_one(HandedInRow, handed_in).read_count = read


def delimiter_of(content: bytes) -> Delimiter | None:
    """What parts the cells of a table: by what most rows have three or more; None where no two rows have."""
    rows = dict.fromkeys(DELIMITERS, 0)
    for delimiter in DELIMITERS:
        with suppress(StatementError):
            rows[delimiter] = sum(len(row.cells) > 2 for row in mapped.preview(content, delimiter))
    likeliest = max(rows, key=lambda one: rows[one])
    return likeliest if rows[likeliest] > 1 else None


def again(session: Session, handed_in: UUID, account: str, *, by: Actor) -> None:
    """Have a table read whose columns are known now."""
    row = _unknown(session, handed_in)
    row.state, row.account, row.refusal = WAITING, account, None
    outbox.add(session, JOB, str(row.id), key=f"{JOB}:{row.id}:{new_id()}")
    audit.record(session, by, "statement.handed_in", row.id)
    session.flush()


def content(session: Session, settings: Settings, handed_in: UUID) -> bytes:
    """A table that waits for somebody to say which column is which. Raises NotFoundError."""
    row = _unknown(session, handed_in)
    return files.load(session, settings.files_path, row.sha256, _copy(row.id))


def recent(session: Session) -> list[HandedIn]:
    """The files of the last day, newest first."""
    since = clock.now() - SHOWN_FOR
    asked = select(HandedInRow).where(col(HandedInRow.handed_in_at) >= since)
    rows = session.exec(asked.order_by(col(HandedInRow.handed_in_at).desc()).limit(50)).all()
    taken = [row.statement_id for row in rows if row.statement_id]
    counts, closed = _counts(session, taken), overlaps.told_of_closed_days(session, taken)
    return [_view(session, row, counts, closed) for row in rows]


def forget_old(session: Session) -> None:
    """After a day a file that was refused is shown no more, and what was kept of it is gone."""
    old = select(HandedInRow).where(
        col(HandedInRow.handed_in_at) < clock.now() - SHOWN_FOR, col(HandedInRow.refusal).is_not(None)
    )
    for row in session.exec(old.limit(100)):
        sealed.destroy(session, row.id)
        sealed.destroy(session, _copy(row.id))
        row.refusal = None
    session.flush()


def _keep(session: Session, settings: Settings, content: bytes, name: str, account: str, by: Actor) -> HandedInRow:
    row_id = new_id()
    row = HandedInRow(
        id=row_id,
        sha256=files.store(session, settings.files_path, content, _copy(row_id)),
        file_name=name[-_LONGEST_NAME:],
        account=account,
        state=WAITING,
        handed_in_by=by.name,
        handed_in_person=by.person_id,
        handed_in_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "statement.handed_in", row_id)
    session.flush()
    return row


def _copy(handed_in: UUID) -> UUID:
    """Whose key the kept file lies under: not the row's, whose refusal outlives it."""
    return uuid5(handed_in, "file")


def _take(session: Session, handed_in: UUID, taken: ImportResult) -> None:
    row = session.get_one(HandedInRow, handed_in)
    row.state, row.statement_id, row.is_repeat = TAKEN, taken.statement_id, taken.is_repeat
    session.flush()
    sealed.destroy(session, _copy(row.id))  # the statement has its own


def _refuse(session: Session, handed_in: UUID, refusal: StatementError, by: Actor) -> None:
    row = session.get_one(HandedInRow, handed_in)
    if not isinstance(refusal, UnknownFormatError):
        sealed.destroy(session, _copy(row.id))
    row.state, row.refusal = REFUSED, _seal(session, row.id, refusal)
    service.note_refused(session, refusal, by=by)
    session.flush()


def _seal(session: Session, handed_in: UUID, refusal: StatementError) -> bytes:
    facts = {name: value if isinstance(value, int) else str(value) for name, value in refusal.facts.items()}
    told = Refusal(refusal.message, facts, isinstance(refusal, UnknownFormatError))
    return sealed.seal(session, handed_in, _PLACE, handed_in, msgspec.json.encode(told).decode())


def _unknown(session: Session, handed_in: UUID) -> HandedInRow:
    row = session.get(HandedInRow, handed_in)
    refusal = _refusal(session, row) if row else None
    if row is None or refusal is None or not refusal.is_unknown:
        raise NotFoundError()
    return row


def _refusal(session: Session, row: HandedInRow) -> Refusal | None:
    if row.refusal is None:
        return None
    told = sealed.unseal(session, row.id, _PLACE, row.id, row.refusal)
    return msgspec.json.decode(told, type=Refusal) if told else None


def _counts(session: Session, statement_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int, int]]:
    """Of each statement: how many lines it was the first to tell, how many of them wait, how many no matcher saw."""
    waits = col(InboxRow.state).in_(("waiting", "refused", "held"))
    count = sqlalchemy.func.count
    rows = session.execute(
        sqlalchemy.select(
            col(LineRow.statement_id), count(),
            count(sqlalchemy.case((waits, 1))), count(sqlalchemy.case((col(InboxRow.state) == "new", 1))),
        )
        .outerjoin(InboxRow, col(InboxRow.line_id) == col(LineRow.id))
        .where(col(LineRow.statement_id).in_(statement_ids))
        .group_by(col(LineRow.statement_id))
    )  # fmt: skip
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _view(
    session: Session, row: HandedInRow, counts: dict[UUID, tuple[int, int, int]], closed: dict[UUID, int]
) -> HandedIn:
    told, waiting, unmatched = counts.get(row.statement_id, (0, 0, 0)) if row.statement_id else (0, 0, 0)
    return HandedIn(
        id=row.id,
        file_name=row.file_name,
        state=row.state,
        statement_id=row.statement_id,
        is_repeat=row.is_repeat,
        refusal=_refusal(session, row),
        handed_in_by=row.handed_in_by,
        settled=told - waiting - unmatched,
        waiting=waiting,
        unmatched=unmatched,
        read=row.read_count,
        closed=closed.get(row.statement_id, 0) if row.statement_id else 0,
    )
