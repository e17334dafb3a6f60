"""A case opened: the child, needs, notes, help of others, papers and consents, for whoever says why they look.

One look is one row in the trail, however much the page shows. An erased child's parts are None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund.audit import Actor
from fund.cases import queries, sealing
from fund.cases.models import ConsentRow, ConsentWithdrawnRow, NeedRow, NoteRow, PaperRow, StepRow
from fund.cases.queries import ChildView, ConsentOf
from fund.cases.records import HelpSaid, NeedSaid, PaperSaid
from ledger.private import Part

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Need:
    """A need as it was seen last."""

    said: NeedSaid
    urgency: int
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Note:
    words: str
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Help:
    """Help in one history, whoever gave it."""

    said: HelpSaid
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class CasePaper:
    """A paper; `is_elsewhere` where the very same file lies in another case too."""

    id: UUID
    sha256: str
    said: PaperSaid
    kept_at: datetime
    kept_by: str
    is_elsewhere: bool


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent, and the day on which it was taken back."""

    id: UUID
    sha256: str
    of: ConsentOf
    scopes: tuple[str, ...]
    way: str
    given_on: date
    noted_by: str
    withdrawn_on: date | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything of a case; `reasons` by the number of the step."""

    who: ChildView
    needs: tuple[Need, ...]
    notes: tuple[Note, ...]
    helps: tuple[Help, ...]
    papers: tuple[CasePaper, ...]
    consents: tuple[Consent, ...]
    reasons: dict[int, str]


def opened(session: Session, code: str, *, purpose: str, by: Actor) -> History:
    """Everything of a case, the look noted with its purpose. Raises PurposeMissingError and CaseNotFoundError."""
    who = queries.child_of(session, code, purpose=purpose, by=by)
    child_id = queries.case(session, code).child_id
    return History(
        who,
        _needs(session, code, child_id),
        tuple(Note(words, row.noted_at, row.noted_by) for row, words in _notes(session, code, child_id, "note", str)),
        _helps(session, code, child_id),
        _papers(session, code, child_id),
        _consents(session, code, child_id),
        _reasons(session, code, child_id),
    )


def _needs(session: Session, code: str, child_id: UUID) -> tuple[Need, ...]:
    rows = session.exec(select(NeedRow).where(NeedRow.code == code).order_by(col(NeedRow.noted_at))).all()
    read = _read(session, child_id, sealing.NEED, rows, NeedSaid)
    newest = {said.need: Need(said, row.urgency, row.noted_at, row.noted_by) for row, said in read}
    return tuple(sorted(newest.values(), key=lambda one: -one.urgency))


def _notes(session: Session, code: str, child_id: UUID, kind: str, of: type[T]) -> list[tuple[Any, T]]:
    rows = select(NoteRow).where(NoteRow.code == code, NoteRow.kind == kind).order_by(col(NoteRow.noted_at).desc())
    return _read(session, child_id, sealing.NOTE, session.exec(rows).all(), of)


def _helps(session: Session, code: str, child_id: UUID) -> tuple[Help, ...]:
    read = _notes(session, code, child_id, "help", HelpSaid)
    return tuple(
        sorted(
            (Help(said, row.noted_at, row.noted_by) for row, said in read),
            key=lambda one: one.said.given_on,
            reverse=True,
        )
    )


def _papers(session: Session, code: str, child_id: UUID) -> tuple[CasePaper, ...]:
    rows = session.exec(select(PaperRow).where(PaperRow.code == code).order_by(col(PaperRow.kept_at).desc())).all()
    same = select(PaperRow.sha256, func.count()).where(col(PaperRow.sha256).in_([row.sha256 for row in rows]))
    times = dict(session.exec(same.group_by(PaperRow.sha256)).all())
    read = _read(session, child_id, sealing.PAPER, rows, PaperSaid)
    return tuple(
        CasePaper(row.id, row.sha256, said, row.kept_at, row.kept_by, times[row.sha256] > 1) for row, said in read
    )


def _consents(session: Session, code: str, child_id: UUID) -> tuple[Consent, ...]:
    rows = session.exec(select(ConsentRow).where(ConsentRow.code == code).order_by(col(ConsentRow.noted_at).desc()))
    read = _read(session, child_id, sealing.CONSENT, rows.all(), ConsentOf)
    over = select(ConsentWithdrawnRow).where(col(ConsentWithdrawnRow.consent_id).in_([row.id for row, _ in read]))
    ended = {row.consent_id: row.withdrawn_on for row in session.exec(over)}
    return tuple(
        Consent(
            row.id, row.sha256, of, tuple(row.scopes.split()), row.way, row.given_on, row.noted_by, ended.get(row.id)
        )
        for row, of in read
    )


def _reasons(session: Session, code: str, child_id: UUID) -> dict[int, str]:
    steps = select(StepRow).where(StepRow.code == code, col(StepRow.sealed).is_not(None))
    rows = session.exec(steps).all()
    parts = [Part(child_id, sealing.STEP, f"{code}:{row.number}", row.sealed or b"") for row in rows]
    said = sealing.opened(session, parts, str)
    return {row.number: words for row, words in zip(rows, said, strict=True) if words is not None}


def _read(session: Session, child_id: UUID, place: str, rows: Sequence[Any], of: type[T]) -> list[tuple[Any, T]]:
    """The rows that can still be read, each with what it says."""
    parts = [Part(child_id, place, str(row.id), row.sealed) for row in rows]
    said = sealing.opened(session, parts, of)
    return [(row, one) for row, one in zip(rows, said, strict=True) if one is not None]
