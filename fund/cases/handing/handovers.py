"""Verbs on handovers: opened for what has left, answered by the family, looked at by the core team, counted anew.

Knows that everything which acts on one handover waits for its turn. Refuses what the table of states does not have,
acts of whoever is tied to the child, and decisions of whoever asked for the money. A bad answer holds the case's money.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import audit, clock, notices, outbox, profile, spelling
from fund.audit import WORKER, Actor
from fund.cases import queries as cases
from fund.cases import service as case_verbs
from fund.cases.children import RELATIONS, parse_words, require_choice
from fund.cases.errors import ReasonMissingError
from fund.cases.following import follow_ups, telling
from fund.cases.handing import holding, queries, sealing, states
from fund.cases.handing.errors import (
    AnswerMissingError,
    HandoverNotFoundError,
    NotOutError,
    OwnEvidenceError,
    OwnHandoverError,
    ProblemMissingError,
    SignerMissingError,
)
from fund.cases.handing.models import EvidenceRow, HandoverRow, JoinedRow, StepRow, VerdictRow
from fund.cases.models import CaseRow
from fund.grants import paying, steps
from fund.grants.models import PayeeRow, StandingRow, TrancheRow, VersionRow
from fund.grants.models import StepRow as GrantStepRow
from fund.grants.payees import CASH
from fund.grants.states import CLEARED, ISSUED, LEFT
from fund.people import duties, turns
from fund.people.duties import Side
from fund.people.powers import Place

JOB: Final = steps.PROOF_JOB
"""What is asked for once everything of a handover is there; its subject is the chain and the number."""

OUT: Final = (LEFT, ISSUED, CLEARED)
_WENT: Final = ("leave", "issue", "undo_come_back")
SIGNERS: Final = {key: word for key, word in RELATIONS.items() if key} | {
    "school": "Teacher or school",
    "shop": "The shop",
}
"""How who signs belongs to the child."""


@dataclass(frozen=True, slots=True)
class Said:
    """A family's answer: what they say, who says so, how they belong to the child, and what is wrong."""

    answer: str
    who: str = ""
    relation: str = ""
    words: str = ""

    def check(self) -> None:
        """Refuse what says nothing. Raises AnswerMissingError, SignerMissingError and ProblemMissingError."""
        if self.answer not in states.ANSWERS:
            raise AnswerMissingError()
        if not self.who or self.relation not in SIGNERS:
            raise SignerMissingError()
        if self.answer == "complain" and not self.words:
            raise ProblemMissingError()


def open_new(session: Session) -> int:
    """Open a handover for every tranche of a known case that went out since; lapse those whose money came back."""
    newest = (
        select(HandoverRow.chain, HandoverRow.number, func.max(HandoverRow.went).label("went"))
        .group_by(col(HandoverRow.chain), col(HandoverRow.number))
        .subquery()
    )
    gone = (
        select(StandingRow.chain, StandingRow.number)
        .join(VersionRow, (col(VersionRow.chain) == col(StandingRow.chain)) & (col(VersionRow.version) == 1))
        .join(CaseRow, col(CaseRow.code) == col(VersionRow.case_code))
        .outerjoin(newest, (newest.c.chain == StandingRow.chain) & (newest.c.number == StandingRow.number))
        .outerjoin(
            HandoverRow,
            (col(HandoverRow.chain) == newest.c.chain)
            & (col(HandoverRow.number) == newest.c.number)
            & (col(HandoverRow.went) == newest.c.went),
        )
        .where(col(StandingRow.number) > steps.REQUEST, col(StandingRow.state).in_(OUT))
        .where(
            newest.c.chain.is_(None)
            | (col(HandoverRow.state) == states.OVER)
            | _went_after(StandingRow.chain, StandingRow.number, newest.c.went).exists()
        )
    )
    opened = 0
    for chain, number in session.exec(gone).all():
        with suppress(NotOutError):  # cash that was returned whole: nothing went since
            current(session, chain, number)
            opened += 1
    return opened


def follow_money(session: Session) -> None:
    """Lapse what came back, and look again at advances that were cleared since."""
    rows = (
        select(HandoverRow, StandingRow.state)
        .join(
            StandingRow,
            (col(StandingRow.chain) == col(HandoverRow.chain)) & (col(StandingRow.number) == col(HandoverRow.number)),
        )
        .where(col(HandoverRow.state) != states.OVER, col(HandoverRow.is_complete).is_(False))
    )
    is_back = col(StandingRow.state).not_in(OUT)
    is_cleared = (col(HandoverRow.payee_kind) == CASH) & (col(StandingRow.state) == CLEARED)
    in_order = rows.order_by(col(HandoverRow.chain), col(HandoverRow.number))
    for row, _ in session.exec(in_order.where(is_back | is_cleared)).all():
        turns.wait_for(session, f"handing {row.chain} {row.number}")
        session.refresh(row)
        if row.state == states.OVER:
            continue
        state = session.get_one(StandingRow, (row.chain, row.number), populate_existing=True).state
        if state in OUT and _is_accounted(session, row):
            refresh(session, row)
        else:
            _write(session, row, "lapse", by=WORKER)


def current(session: Session, chain: str, number: int) -> HandoverRow:
    """The handover of a tranche that is out, opened if it is not yet; the next who acts on it waits.

    Raises HandoverNotFoundError where there is none, NotOutError where the money is not out.
    """
    turns.wait_for(session, f"handing {chain} {number}")
    standing, tranche = session.get(StandingRow, (chain, number)), session.get(TrancheRow, (chain, number))
    if standing is None or tranche is None:
        raise HandoverNotFoundError()
    if standing.state not in OUT:
        raise NotOutError()
    row = queries.newest(session, chain, number)
    if row is not None:
        session.refresh(row)
    if row is not None and row.state != states.OVER and session.exec(_went_after(chain, number, row.went)).first():
        _write(session, row, "lapse", by=WORKER)  # it came back, and went once more
    if row is None or row.state == states.OVER:
        row = _open(session, tranche, row)
    return row


def _went_after(chain: Any, number: Any, went: Any) -> Any:
    """The steps by which a tranche left or was issued once more after this one."""
    again = select(GrantStepRow.step).where(col(GrantStepRow.act).in_(("leave", "issue")))
    return again.where(GrantStepRow.chain == chain, GrantStepRow.number == number, col(GrantStepRow.step) > went)


def _open(session: Session, tranche: TrancheRow, former: HandoverRow | None) -> HandoverRow:
    went = session.exec(
        select(GrantStepRow)
        .where(GrantStepRow.chain == tranche.chain, GrantStepRow.number == tranche.number)
        .where(col(GrantStepRow.act).in_(_WENT))
        .order_by(col(GrantStepRow.step).desc())
        .limit(1)
    ).one()
    if former is not None and former.went == went.step:
        raise NotOutError()
    version = session.get_one(VersionRow, (tranche.chain, tranche.version))
    if session.get(CaseRow, version.case_code) is None:
        raise HandoverNotFoundError()
    kind, day = session.get_one(PayeeRow, tranche.payee_id).kind, clock.bangkok_day(went.taken_at)
    fund = profile.current(session, day)
    row = HandoverRow(
        chain=tranche.chain,
        number=tranche.number,
        went=went.step,
        went_to=went.next,
        case_code=version.case_code,
        requester=version.person,
        payee_kind=kind,
        went_on=day,
        due_on=day + timedelta(days=fund.advance_days if kind == CASH else fund.evidence_days),
        state=states.WAITING,
        lacks=len(states.NEEDED[kind]),
        pending=0,
        is_complete=False,
        moved_at=clock.now(),
    )
    session.add(row)
    session.flush()
    audit.record(session, WORKER, "handover.opened", steps.subject_of(row.chain, row.number))
    return row


def answer(session: Session, row: HandoverRow, said: Said, way: str, *, link_id: UUID | None = None, by: Actor) -> None:
    """Note what the family says, and do what follows from it. Raises what `Said.check` does and OwnHandoverError."""
    said.check()
    require_other(session, row, said.who, by)
    step = _write(session, row, said.answer, way=way, link_id=link_id, said=said, by=by)
    if row.state in states.BAD:
        holding.hold(session, row, step, follow_ups.waited_for(session, row.case_code))
        team = [one.id for one in telling.able(session, "core_team", Place())]
        notices.tell(session, notices.HANDOVER, team, f"{row.chain}:{row.number}:{row.went}:{step.step}")
    refresh(session, row)


def state_received(session: Session, row: HandoverRow, *, by: Actor) -> None:
    """Note that it arrived, by the statement of two people."""
    _write(session, row, "receive", way=states.STATED, by=by)


def look(session: Session, chain: str, number: int, act: str, words: str, *, by: Actor) -> int:
    """Decide on a bad answer, and let the money go on that waits for nothing else; how many parts.

    Raises ReasonMissingError, OwnEvidenceError, ConflictError and what a release does.
    """
    row = current(session, chain, number)
    case_verbs.require_untied(session, row.case_code, by.person_id)
    require_unbiased(session, row, by.person_id)
    reason = parse_words(words)
    require_choice(act, states.LOOKS)
    if not reason:
        raise ReasonMissingError()
    _write(session, row, act, said=Said(act, words=reason), by=by)
    refresh(session, row)
    if not cases.has_consent(session, row.case_code, "help"):
        return 0
    still = holding.waited_for(session, row.case_code) | follow_ups.waited_for(session, row.case_code)
    free = holding.held_for(session, row) & holding.held(session, row.case_code) - still
    for request_id, part in sorted(free):
        paying.release(session, request_id, part, " ".join(reason.split())[:200], by=by)
    return len(free)


def require_unbiased(session: Session, row: HandoverRow, person_id: UUID | None) -> None:
    """Refuse who asked for the money, or is in charge of the case. Raises OwnEvidenceError."""
    asked = {part.person_id for part in duties.parts(session, row.chain) if part.side is Side.REQUEST}
    if person_id in asked | {cases.case(session, row.case_code).person_id}:
        raise OwnEvidenceError()


def refresh(session: Session, row: HandoverRow) -> None:
    """Count the papers of a handover anew; what has just become complete asks for its audit receipt."""
    papers = _papers(session, row)
    needed = states.NEEDED[row.payee_kind]
    handed = {kind for kind, is_accepted in papers if is_accepted is not False}
    accepted = {kind for kind, is_accepted in papers if is_accepted}
    was_complete = row.is_complete
    row.lacks = sum(not one & handed for one in needed)
    row.pending = sum(is_accepted is None for _, is_accepted in papers)
    is_cleared = row.payee_kind != CASH or session.get_one(StandingRow, (row.chain, row.number)).state == CLEARED
    row.is_complete = row.state in states.ARRIVED and all(one & accepted for one in needed) and is_cleared
    session.add(row)
    session.flush()
    if row.is_complete and not was_complete:
        outbox.add(session, JOB, f"{row.chain} {row.number}", key=f"{JOB}:{row.chain} {row.number} {row.went}")


def _papers(session: Session, row: HandoverRow) -> list[tuple[str, bool | None]]:
    """What was handed in, as what it counts for, and whether it was accepted; a statement of one alone is nothing."""
    rows = (
        select(EvidenceRow, JoinedRow.person, VerdictRow.is_accepted)
        .outerjoin(JoinedRow, col(JoinedRow.evidence_id) == col(EvidenceRow.id))
        .outerjoin(VerdictRow, col(VerdictRow.evidence_id) == col(EvidenceRow.id))
        .where(EvidenceRow.chain == row.chain, EvidenceRow.number == row.number, EvidenceRow.went == row.went)
    )
    known: list[tuple[EvidenceRow, UUID | None, bool | None]] = list(session.exec(rows))
    return [
        (one.replaces or one.kind, is_accepted)
        for one, second, is_accepted in known
        if one.kind != states.STATEMENT or second is not None
    ]


def _write(
    session: Session,
    row: HandoverRow,
    act: str,
    *,
    way: str = "",
    link_id: UUID | None = None,
    said: Said | None = None,
    by: Actor,
) -> StepRow:
    transition, now = states.after(row.state, act), clock.now()
    last = len(queries.steps_of(session, row))
    step = StepRow(
        chain=row.chain,
        number=row.number,
        went=row.went,
        step=last + 1,
        after=last or None,
        came_from=row.state,
        act=act,
        state=transition.next,
        way=way,
        link_id=link_id,
        person=by.person_id,
        sealed=sealing.close(session, row.chain, sealing.STEP, sealing.step_id(row, last + 1), said) if said else None,
        done_at=now,
        done_by=by.name,
    )
    session.add(step)
    row.state, row.moved_at = transition.next, now
    if row.state == states.OVER:
        row.is_complete = False
    session.add(row)
    audit.record(session, by, f"handover.{_PAST[act]}", steps.subject_of(row.chain, row.number))
    session.flush()
    return step


def require_other(session: Session, row: HandoverRow, who: str, by: Actor) -> None:
    """Who signs is neither who hands over nor who asked for the money. Raises OwnHandoverError."""
    theirs = {by.name, *(part.name for part in duties.parts(session, row.chain) if part.side is Side.REQUEST)}
    if any(spelling.is_one_name(who, name) for name in theirs):
        raise OwnHandoverError()


def _is_accounted(session: Session, row: HandoverRow) -> bool:
    """Whether any of an advance was handed over: what was returned whole was not."""
    taken = select(GrantStepRow.step).where(GrantStepRow.chain == row.chain, GrantStepRow.number == row.number)
    accounts = taken.where(GrantStepRow.act == "account_for", col(GrantStepRow.step) > row.went)
    return session.exec(accounts).first() is not None


_PAST: Final = {
    "receive": "received",
    "deny": "not_received",
    "complain": "with_problem",
    "again": "looked_at",
    "settle": "settled",
    "lapse": "lapsed",
}
"""How the trail says each act."""
