"""Requests of people about what we hold on them: taken by staff who know who asks, acted on, answered within 30 days.

Knows four kinds and how somebody was identified; the acts themselves stand in the trail under the request. Refuses acts
on what the request is not about, a second answer, and acts after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.donors import service as donors
from fund.donors.details import ContactDetails
from fund.people import powers, staff, turns
from fund.rights import desk, effects, holdings
from fund.rights.errors import (
    AnsweredError,
    ChoiceError,
    NobodyFoundError,
    NotTheirsError,
    ReceivedError,
    RequestNotFoundError,
    StillProposedError,
)
from fund.rights.holdings import Holding, Subject
from fund.rights.models import AnswerRow, DecisionRow, ProposalRow, RequestRow, RequestSubjectRow
from ledger.identifiers import new_id

ANSWERED_WITHIN: Final = timedelta(days=30)
"""From the day a request came (PDPA section 30 says so of access; the others are held to the same)."""

_ASKED, _TOLD = "rights_request.words", "rights_answer.words"
KINDS: Final = {
    "access": "To see what we hold",
    "correction": "To have something corrected",
    "withdrawal": "To take consent back",
    "erasure": "To have everything erased",
}
WAYS: Final = {
    "receipt_link": "Showed the receipt's or the gift's own link",
    "identity_card": "Showed an identity card",
    "called_back": "Called back on the number or address that we had",
    "known": "Known to us in person",
}
OUTCOMES: Final = {
    "done": "Done",
    "partly": "Partly done: the law wants the rest kept",
    "refused": "Refused",
}
REASON: Final = "asked_by_the_person"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request was answered with; words are None once they were erased."""

    outcome: str
    words: str | None
    answered_by: str
    answered_at: datetime


@dataclass(frozen=True, slots=True)
class Request:
    """A request as the desk sees it."""

    id: UUID
    kind: str
    received_on: date
    identified_by: str
    words: str | None
    taken_by: str
    subjects: tuple[Subject, ...]
    answer: Answer | None

    @property
    def due_on(self) -> date:
        """The last day for its answer."""
        return self.received_on + ANSWERED_WITHIN

    @property
    def days_left(self) -> int:
        """How many days are left; below zero when it is late."""
        return (self.due_on - clock.today()).days

    @property
    def is_late(self) -> bool:
        """Whether its answer should have been given by now."""
        return self.answer is None and self.days_left < 0


def take(
    session: Session, kind: str, shown: str, *, identified_by: str, received_on: date, words: str, by: Actor
) -> UUID:
    """Take a request of whoever showed this to a member of staff, who knows who they are; sent twice it is one.

    Raises ChoiceError, ReceivedError, WordsError, NobodyFoundError.
    """
    if kind not in KINDS or identified_by not in WAYS:
        raise ChoiceError()
    if not clock.today() - timedelta(days=366) <= received_on <= clock.today():
        raise ReceivedError()
    subjects = holdings.find(session, shown)
    if not subjects:
        raise NobodyFoundError()
    sent_before = _sent_before(session, kind, received_on, words, subjects, by)
    if sent_before is not None:
        return sent_before
    request_id = new_id()
    row = RequestRow(id=request_id, kind=kind, received_on=received_on, identified_by=identified_by,
                     words=desk.close(session, request_id, _ASKED, words, may_be_empty=True),
                     taken_by=desk.person_of(by), taken_at=clock.now())  # fmt: skip
    session.add(row)
    session.flush()
    session.add_all(RequestSubjectRow(request_id=request_id, kind=one.kind, subject=one.id) for one in subjects)
    audit.record(session, by, "request.taken", request_id)
    session.flush()
    return request_id


def _sent_before(
    session: Session, kind: str, received_on: date, words: str, subjects: Sequence[Subject], by: Actor
) -> UUID | None:
    """The request that the same form made a moment ago."""
    who = desk.person_of(by)
    mine = select(RequestRow).where(RequestRow.taken_by == who, RequestRow.kind == kind)
    mine = mine.where(RequestRow.received_on == received_on, RequestRow.taken_at >= desk.since_for_twice(session, who))
    told = words.strip(), set(subjects)
    found = _views(session, session.exec(mine).all())
    return next((one.id for one in found if (one.words, set(one.subjects)) == told), None)


def held(session: Session, request_id: UUID, *, by: Actor) -> list[Holding]:
    """Everything that we hold on who asks, opened: each subject is a look at it.

    A child's is opened by whoever may see cases. Raises NoPowerError.
    """
    asked = one(session, request_id)
    if child_ids(asked):
        powers.require(staff.person(session, desk.person_of(by)), "cases.see")
    for subject in asked.subjects:
        if subject.kind != holdings.CHILD:  # that look is noted where the case is opened
            audit.viewed(session, by, subject.kind, subject.id, reason=REASON)
    return holdings.of(session, list(asked.subjects), by=by)


def hand_over(session: Session, request_id: UUID, *, by: Actor) -> bytes:
    """The same as a file for who asks."""
    told = held(session, request_id, by=by)
    audit.record(session, by, "request.handed_over", request_id, reason=REASON)
    return holdings.as_file(session, told)


def correct(session: Session, request_id: UUID, contact_id: UUID, details: ContactDetails, *, by: Actor) -> None:
    """Let a contact say this; a receipt that was issued keeps what it says. Raises NotTheirsError, AnsweredError."""
    require_open(session, request_id, contact_id)
    donors.correct(session, contact_id, details, by=by, reason=REASON)
    audit.record(session, by, "request.corrected", request_id, reason=REASON)


def withdraw(session: Session, request_id: UUID, *, by: Actor) -> None:
    """Stop at once what rests on consent: thanks by name, letters, word to the tax office.

    Raises AnsweredError, NotTheirsError.
    """
    donors_of = donor_ids(require_open(session, request_id))
    if not donors_of:
        raise NotTheirsError()
    for contact_id in donors_of:
        effects.apply(session, contact_id, "withdrawn", by=by)
    audit.record(session, by, "request.withdrawn", request_id, reason=REASON)


def answer(session: Session, request_id: UUID, outcome: str, words: str, *, by: Actor) -> None:
    """Say what became of it, and close it. Raises ChoiceError, WordsError, AnsweredError, StillProposedError."""
    if outcome not in OUTCOMES:
        raise ChoiceError()
    turns.wait_for(session, f"request {request_id}")
    require_open(session, request_id)
    _require_nothing_proposed(session, request_id)
    row = AnswerRow(request_id=request_id, outcome=outcome, words=desk.close(session, request_id, _TOLD, words),
                    answered_by=desk.person_of(by), answered_at=clock.now())  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # somebody else answered at this moment
        raise AnsweredError() from None
    audit.record(session, by, "request.answered", request_id)


def one(session: Session, request_id: UUID) -> Request:
    """One request. Raises RequestNotFoundError."""
    row = session.get(RequestRow, request_id)
    if row is None:
        raise RequestNotFoundError()
    return _views(session, [row])[0]


def unanswered(session: Session) -> list[Request]:
    """What waits for an answer, the first due first."""
    rows = select(RequestRow).where(col(RequestRow.id).not_in(select(AnswerRow.request_id)))
    return _views(session, session.exec(rows.order_by(col(RequestRow.received_on), col(RequestRow.id))).all())


def answered(session: Session, *, limit: int = 50) -> list[Request]:
    """What was answered, the last first."""
    rows = select(RequestRow).join(AnswerRow, col(AnswerRow.request_id) == col(RequestRow.id))
    return _views(session, session.exec(rows.order_by(col(AnswerRow.answered_at).desc()).limit(limit)).all())


def late(session: Session) -> tuple[int, date | None]:
    """How many answers are late, and the day on which the oldest was due."""
    overdue = [one.due_on for one in unanswered(session) if one.is_late]
    return len(overdue), min(overdue, default=None)


def donor_ids(asked: Request) -> list[UUID]:
    """The donors' contacts that a request is about."""
    return [one.id for one in asked.subjects if one.kind == "donor"]


def child_ids(asked: Request) -> list[UUID]:
    """The children that a request is about."""
    return [one.id for one in asked.subjects if one.kind == holdings.CHILD]


def require_open(session: Session, request_id: UUID, contact_id: UUID | None = None) -> Request:
    """The request, to be acted on, with this donor's contact. Raises RequestNotFoundError, AnsweredError,
    NotTheirsError."""
    asked = one(session, request_id)
    if asked.answer is not None:
        raise AnsweredError()
    if contact_id is not None and contact_id not in donor_ids(asked):
        raise NotTheirsError()
    return asked


def _require_nothing_proposed(session: Session, request_id: UUID) -> None:
    """What waits to be erased for a request would go on after "no" was the answer."""
    decided = select(DecisionRow.proposal_id)
    waiting = select(ProposalRow.id).where(ProposalRow.request_id == request_id, col(ProposalRow.id).not_in(decided))
    if session.exec(waiting).first() is not None:
        raise StillProposedError()


def _views(session: Session, rows: Sequence[RequestRow]) -> list[Request]:
    ids = [row.id for row in rows]
    names = desk.names(session)
    answers = {row.request_id: row for row in session.exec(select(AnswerRow).where(col(AnswerRow.request_id).in_(ids)))}
    chosen = select(RequestSubjectRow).where(col(RequestSubjectRow.request_id).in_(ids))
    subjects = session.exec(chosen.order_by(col(RequestSubjectRow.subject))).all()
    return [
        Request(
            row.id, row.kind, row.received_on, row.identified_by, desk.opened(session, row.id, _ASKED, row.words),
            names[row.taken_by], tuple(Subject(one.kind, one.subject) for one in subjects if one.request_id == row.id),
            _answer(session, answers[row.id], names) if row.id in answers else None,
        )
        for row in rows
    ]  # fmt: skip


def _answer(session: Session, row: AnswerRow, names: dict[UUID, str]) -> Answer:
    words = desk.opened(session, row.request_id, _TOLD, row.words)
    return Answer(row.outcome, words, names[row.answered_by], row.answered_at)
