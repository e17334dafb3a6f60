"""What is written in a case as time goes on: needs, notes, help that others gave, papers. Nothing of it is changed.

Knows each need by its newest row. All words lie sealed under the child's key; how urgent a case is stands open, for
lists. Refuses a photo without consent to it, and the same paper twice.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, files
from fund.audit import Actor
from fund.cases import queries, sealing, service
from fund.cases.children import NEEDS, parse_words, require_choice
from fund.cases.errors import CaseNotFoundError, ConsentMissingError, PaperKnownError, WordsMissingError
from fund.cases.models import CaseRow, ConsentRow, NeedRow, NoteRow, PaperRow
from fund.people import stand_in_papers
from fund.people.stand_in_papers import Paper
from ledger.identifiers import new_id
from ledger.private import Part

URGENCIES: Final = {"3": "Urgent: within a week", "2": "Soon: this term", "1": "Some day", "0": "Met, or not there"}
KINDS: Final = {
    "photo": "Photo",
    "id": "ID card or birth certificate",
    "household": "House registration",
    "income": "About the family's income",
    "school": "From the school",
    "other": "Something else",
}
"""What a paper may be."""

PHOTOS: Final = "photos"


@dataclass(frozen=True, slots=True)
class NeedSaid:
    """Which need it is, and what was seen."""

    need: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class HelpSaid:
    """Help that another body has given: when, against which need, who, and what."""

    given_on: date
    need: str
    giver: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class PaperSaid:
    """What a paper is, and what was written beside it."""

    kind: str
    words: str = ""


def note_need(
    session: Session, code: str, said: NeedSaid, urgency: int, *, row_id: UUID | None = None, by: Actor
) -> None:
    """Note that the child needs something, how urgently, or (0) no more. The same `row_id` again changes nothing."""
    require_choice(said.need, NEEDS)
    require_choice(str(urgency), URGENCIES)
    row = service.take(session, code)
    if (new := _new(session, NeedRow, row_id, code)) is None:
        return
    content = sealing.close(session, row.child_id, sealing.NEED, new, said)
    session.add(NeedRow(id=new, urgency=urgency, **_noted(code, content, by)))
    session.flush()
    service.stand(session, code, rank=service.NO_NEED - max(_urgencies(session, row).values()))
    audit.record(session, by, "need.noted", code)


def note(session: Session, code: str, words: str, *, row_id: UUID | None = None, by: Actor) -> None:
    """Write a note into the case. Raises WordsMissingError."""
    said = parse_words(words)
    if not said:
        raise WordsMissingError()
    _add_note(session, code, "note", said, row_id, by)


def note_help(session: Session, code: str, said: HelpSaid, *, row_id: UUID | None = None, by: Actor) -> None:
    """Note help that another body has given, so that nobody gives the same again unknowing."""
    require_choice(said.need, NEEDS)
    _add_note(session, code, "help", said, row_id, by)


def add_paper(
    session: Session,
    folder: Path,
    code: str,
    paper: Paper,
    said: PaperSaid,
    *,
    row_id: UUID | None = None,
    by: Actor,
) -> None:
    """Keep a paper or photo, sealed under the child's key.

    Raises ConsentMissingError for a photo that nobody agreed to, and PaperKnownError.
    """
    require_choice(said.kind, KINDS)
    row = service.take(session, code)
    if said.kind == "photo" and not queries.has_consent(session, code, PHOTOS):
        raise ConsentMissingError()
    if (new := _new(session, PaperRow, row_id, code)) is None:
        return
    content = sealing.close(session, row.child_id, sealing.PAPER, new, said)
    sha256 = hashlib.sha256(paper.content).hexdigest()
    if session.exec(select(PaperRow.id).where(PaperRow.code == code, PaperRow.sha256 == sha256)).first():
        raise PaperKnownError()
    files.store(session, folder, paper.content, row.child_id)
    stamp: dict[str, Any] = {"kept_at": clock.now(), "kept_by": by.name}
    session.add(PaperRow(id=new, code=code, sha256=sha256, sealed=content, **stamp))
    audit.record(session, by, "paper.kept", code)
    session.flush()


def opened_paper(session: Session, folder: Path, code: str, paper_id: UUID, *, purpose: str, by: Actor) -> Paper:
    """A paper of a case, or the signature of a consent, the look noted with its purpose.

    Raises PurposeMissingError, CaseNotFoundError, NotFoundError and FileChangedError.
    """
    queries.require_purpose(purpose)
    row = session.get(PaperRow, paper_id) or session.get(ConsentRow, paper_id)
    if row is None or row.code != code:
        raise CaseNotFoundError()
    kept = stand_in_papers.read(files.load(session, folder, row.sha256, queries.case(session, code).child_id))
    queries.note_look(session, code, purpose, by)
    return kept


def _add_note(session: Session, code: str, kind: str, said: Any, row_id: UUID | None, by: Actor) -> None:
    row = service.take(session, code)
    if (new := _new(session, NoteRow, row_id, code)) is None:
        return
    content = sealing.close(session, row.child_id, sealing.NOTE, new, said)
    session.add(NoteRow(id=new, kind=kind, **_noted(code, content, by)))
    audit.record(session, by, f"{kind}.noted", code)
    session.flush()


def _new(
    session: Session, table: type[NeedRow] | type[NoteRow] | type[PaperRow], row_id: UUID | None, code: str
) -> UUID | None:
    """The id of a new row; None where the form that has this one was taken before. Raises CaseNotFoundError."""
    known: Any = None if row_id is None else session.get(table, row_id)
    if known is not None and known.code != code:
        raise CaseNotFoundError()
    return None if known is not None else row_id or new_id()


def _noted(code: str, content: bytes, by: Actor) -> dict[str, Any]:
    return {"code": code, "sealed": content, "noted_at": clock.now(), "noted_by": by.name}


def _urgencies(session: Session, row: CaseRow) -> dict[str, int]:
    """How urgent each need was when it was seen last."""
    rows = session.exec(select(NeedRow).where(NeedRow.code == row.code).order_by(col(NeedRow.noted_at))).all()
    parts = [Part(row.child_id, sealing.NEED, str(one.id), one.sealed) for one in rows]
    said = sealing.opened(session, parts, NeedSaid)
    return {told.need: one.urgency for one, told in zip(rows, said, strict=True) if told is not None}
