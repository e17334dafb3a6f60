"""Erasure in two steps: proposed by the clock or for who asked, then confirmed by two people, neither of whom proposed.

Knows the proposals and what became of them. Refuses a second side to anybody (`fund/people/duties.py`; the database
refuses the same), and to erase what came into use again, or what the law wants kept, since it was proposed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock, notices
from fund.audit import WORKER, Actor
from fund.db import Database
from fund.people import duties, powers, staff, turns
from fund.people.duties import Part, Side
from fund.people.models import ChainRow
from fund.profile import Installation
from fund.rights import desk, periods, requests
from fund.rights.errors import ChoiceError, DecidedError, NotTheirsError, ProposalNotFoundError
from fund.rights.kinds.kind import Kind
from fund.rights.kinds.table import KINDS
from fund.rights.models import DecisionRow, ProposalRow, ProposalSubjectRow
from fund.settings import Settings
from ledger.identifiers import new_id

CONFIRM: Final = "erasures.confirm"
AT_ONCE: Final = 500
"""So many subjects stand on one proposal at most; the next turn proposes the rest."""

LONGEST_REST: Final = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class Decision:
    """What became of a proposal: so many erased, or declined until a day."""

    count: int | None
    not_before: date | None
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Proposal:
    """Subjects of one kind that are to be erased; `parts` are the people who proposed and confirmed."""

    id: UUID
    kind: Kind
    request_id: UUID | None
    proposed_at: datetime
    subjects: tuple[UUID, ...]
    parts: tuple[Part, ...]
    decision: Decision | None

    @property
    def confirmed_by(self) -> list[str]:
        """Who said yes so far."""
        return [part.name for part in self.parts if part.side is Side.APPROVE]


def propose_overdue(database: Database, _settings: Settings) -> None:
    """The worker's turn: propose whatever is kept for longer than it should be, a proposal for each kind."""
    with database.write() as session:
        if session.exec(select(Installation).with_for_update()).first() is None:  # one worker at a time
            return
        for kind in KINDS.values():
            subjects = periods.overdue(session, kind, limit=AT_ONCE) if kind.overdue else []
            if subjects:
                _propose(session, kind, subjects, by=WORKER)


def propose(session: Session, request_id: UUID, *, by: Actor) -> UUID:
    """Propose to erase the donor or the child's case, once: what waits is the proposal. Raises NobodyError,
    AnsweredError, NotTheirsError."""
    desk.person_of(by)
    turns.wait_for(session, f"request {request_id}")
    asked = requests.require_open(session, request_id)
    donor_ids, child_ids = requests.donor_ids(asked), requests.child_ids(asked)
    if not donor_ids and not child_ids:
        raise NotTheirsError()
    waiting_too = [one.id for one in of_request(session, request_id) if one.decision is None]
    if waiting_too:
        return waiting_too[0]
    audit.record(session, by, "request.erasure_proposed", request_id, reason=requests.REASON)
    kind = KINDS["contact" if donor_ids else "case"]
    return _propose(session, kind, donor_ids or child_ids, request_id=request_id, by=by)


def confirm(session: Session, proposal_id: UUID, *, by: Actor) -> bool:
    """Say yes; whether that was the second one, and it is erased. Raises DecidedError, and what duties refuse."""
    row = _open(session, proposal_id)
    if not duties.approve(session, row.chain, 1, of=2, by=by):
        return False
    kind, subjects = KINDS[row.kind], _subjects(session, proposal_id)
    erased = _still_due(session, row, subjects)
    for subject in erased:
        kind.erase(session, subject, by)
    approvals = {"version": 1, "first": 1, "second": 2}
    _decide(session, _decision(row, by, is_erased=True, count=len(erased), **approvals))
    audit.record(session, by, "erasure.done", proposal_id)
    return True


def decline(session: Session, proposal_id: UUID, not_before: date, *, by: Actor) -> None:
    """Keep what was proposed until a day, e.g. for a dispute. Raises ChoiceError, DecidedError, OtherSideError."""
    if not clock.today() < not_before <= clock.today() + LONGEST_REST:
        raise ChoiceError()
    row = _open(session, proposal_id)
    duties.take_part(session, row.chain, Side.APPROVE, by=by)
    _decide(session, _decision(row, by, is_erased=False, not_before=not_before))
    audit.record(session, by, "erasure.declined", proposal_id)


def one(session: Session, proposal_id: UUID) -> Proposal:
    """One proposal. Raises ProposalNotFoundError."""
    row = session.get(ProposalRow, proposal_id)
    if row is None:
        raise ProposalNotFoundError()
    return _view(session, row)


def proposed(session: Session) -> list[Proposal]:
    """What waits to be confirmed, the oldest first."""
    rows = select(ProposalRow).where(col(ProposalRow.id).not_in(select(DecisionRow.proposal_id)))
    return [_view(session, row) for row in session.exec(rows.order_by(col(ProposalRow.proposed_at)))]


def of_request(session: Session, request_id: UUID) -> list[Proposal]:
    """What was proposed for a request."""
    rows = select(ProposalRow).where(ProposalRow.request_id == request_id).order_by(col(ProposalRow.proposed_at))
    return [_view(session, row) for row in session.exec(rows)]


def waiting(session: Session) -> tuple[int, datetime | None]:
    """How many proposals wait, and since when the oldest does."""
    since = [one.proposed_at for one in proposed(session)]
    return len(since), min(since, default=None)


def _propose(
    session: Session, kind: Kind, subjects: Collection[UUID], *, request_id: UUID | None = None, by: Actor
) -> UUID:
    proposal_id = new_id()
    chain = f"erasure:{proposal_id}"
    if by.person_id is None:
        session.add(ChainRow(chain=chain))
        session.flush()
    else:
        duties.take_part(session, chain, Side.REQUEST, by=by)
    session.add(ProposalRow(id=proposal_id, kind=kind.name, chain=chain, proposed_by=by.person_id,
                            request_id=request_id, proposed_at=clock.now()))  # fmt: skip
    session.flush()
    session.add_all(ProposalSubjectRow(proposal_id=proposal_id, subject=subject) for subject in subjects)
    audit.record(session, by, "erasure.proposed", proposal_id)
    asked = [one.id for one in staff.people(session) if one.id != by.person_id and _may_confirm(one)]
    notices.tell(session, notices.APPROVAL, asked, str(proposal_id))
    session.flush()
    return proposal_id


def _may_confirm(person: staff.PersonView) -> bool:
    roles = powers.ACTIONS[CONFIRM].roles
    return not person.is_suspended and any(grant.role in roles for grant in person.grants)


def _still_due(session: Session, row: ProposalRow, subjects: Sequence[UUID]) -> list[UUID]:
    """Of a proposal of the clock what is overdue still: somebody may have given again, or come back to work."""
    if row.request_id is not None:
        return list(subjects)
    return periods.still_overdue(session, KINDS[row.kind], subjects)


def _open(session: Session, proposal_id: UUID) -> ProposalRow:
    row = session.get(ProposalRow, proposal_id)
    if row is None:
        raise ProposalNotFoundError()
    if session.get(DecisionRow, proposal_id) is not None:
        raise DecidedError()
    return row


def _decision(row: ProposalRow, by: Actor, **what: Any) -> DecisionRow:
    return DecisionRow(
        proposal_id=row.id, chain=row.chain, decided_by=desk.person_of(by), decided_at=clock.now(), **what
    )


def _decide(session: Session, decision: DecisionRow) -> None:
    try:
        with session.begin_nested():
            session.add(decision)
            session.flush()
    except IntegrityError:  # declined and confirmed at one moment
        raise DecidedError() from None


def _subjects(session: Session, proposal_id: UUID) -> list[UUID]:
    rows = select(ProposalSubjectRow.subject).where(ProposalSubjectRow.proposal_id == proposal_id)
    return list(session.exec(rows.order_by(col(ProposalSubjectRow.subject))))


def _view(session: Session, row: ProposalRow) -> Proposal:
    decided = session.get(DecisionRow, row.id)
    decision = Decision(decided.count, decided.not_before, decided.decided_at) if decided else None
    parts = tuple(duties.parts(session, row.chain))
    return Proposal(row.id, KINDS[row.kind], row.request_id, row.proposed_at,
                    tuple(_subjects(session, row.id)), parts, decision)  # fmt: skip
