"""What the pages of handing over show: lists of those places that somebody may see, and all that was said of one.

Knows codes, amounts and states; what a family said and the reasons are opened for one handover, and the look is noted.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, false, or_, select, true

from fund import audit, clock
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases.handing import evidence, lateness, queries, sealing, states
from fund.cases.handing.handovers import OUT, Said
from fund.cases.handing.models import EvidenceRow, HandoverRow, JoinedRow, VerdictRow
from fund.cases.models import StandingRow as CaseStandingRow
from fund.cases.places import CasePlace
from fund.grants.models import StandingRow, TrancheRow, id_of
from fund.people.powers import ACTIONS, Person, Place

MOST: Final = 200
"""Of one list; what is due first comes first."""

DO: Final = "handovers.work"


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A handover as short as a line of a list."""

    request_id: UUID
    number: int
    case_code: str
    at: CasePlace
    amount_satang: int
    purpose: str
    payee_kind: str
    state: str
    went_on: date
    due_on: date
    lacks: int
    pending: int
    is_complete: bool
    is_late: bool

    @property
    def place(self) -> Place:
        return self.at.place

    @property
    def href(self) -> str:
        return f"/staff/handovers/{self.request_id}/{self.number}"


@dataclass(frozen=True, slots=True)
class Told:
    """One step: what was said or decided, by whom and how; `said` is None once it was erased."""

    act: str
    state: str
    way: str
    said: Said | None
    done_at: datetime
    done_by: str


@dataclass(frozen=True, slots=True)
class Filed:
    """One piece of evidence, what was decided on it, and the codes of cases with a picture that looks the same."""

    id: UUID
    kind: str
    replaces: str
    words: str
    sha256: str | None
    filed_by: str
    filed_at: datetime
    second: str
    verdict: bool | None
    reason: str
    decided_by: str
    alike: tuple[str, ...]


def waiting(session: Session, person: Person, action: str, *conditions: Any) -> list[HandoverView]:
    """The handovers of this person's places for an act, those that are due first."""
    query = _joined().where(_theirs(person, action), *conditions).order_by(col(HandoverRow.due_on)).limit(MOST)
    return [_view(*row) for row in session.exec(query)]


def to_hand_over() -> tuple[Any, ...]:
    """Of these nobody has said yet whether help arrived."""
    return *_open(), col(HandoverRow.state) == states.WAITING


def to_file() -> tuple[Any, ...]:
    """Help arrived, and papers are missing."""
    return *_open(), col(HandoverRow.state).in_(states.ARRIVED), col(HandoverRow.lacks) > 0


def late() -> tuple[Any, ...]:
    """Their evidence should be here by now."""
    return *lateness.owed(), col(HandoverRow.due_on) < clock.today()


def bad() -> tuple[Any, ...]:
    """The core team must look at these."""
    return *_open(), col(HandoverRow.state).in_(states.BAD)


def to_decide() -> tuple[Any, ...]:
    """Evidence of these waits to be looked at."""
    return (col(HandoverRow.pending) > 0,)


def of_case(session: Session, code: str) -> list[HandoverView]:
    """Every handover of a case, the newest first; what came back too."""
    rows = session.exec(_joined(is_out=False).where(HandoverRow.case_code == code)).all()
    return sorted((_view(*row) for row in rows), key=lambda one: one.went_on, reverse=True)


def one(session: Session, chain: str, number: int) -> HandoverView | None:
    """The newest handover of a tranche."""
    row = queries.newest(session, chain, number)
    if row is None:
        return None
    found = _joined(is_out=False).where(
        HandoverRow.chain == chain, HandoverRow.number == number, HandoverRow.went == row.went
    )
    return _view(*session.exec(found).one())


def opened(session: Session, chain: str, number: int, *, purpose: str, by: Actor) -> tuple[list[Told], list[Filed]]:
    """What was said of a handover and handed in, the look noted with its purpose. Raises PurposeMissingError."""
    cases.require_purpose(purpose)
    row = queries.newest(session, chain, number)
    if row is None:
        return [], []
    audit.viewed(session, by, "handover", f"{chain}:{number}", reason=purpose)
    return _told(session, row), _filed(session, row)


def _told(session: Session, row: HandoverRow) -> list[Told]:
    steps = queries.steps_of(session, row)
    parts = {sealing.step_id(row, one.step): one.sealed for one in steps if one.sealed}
    said = sealing.opened(session, row.chain, sealing.STEP, parts, Said)
    return [
        Told(one.act, one.state, one.way, said.get(sealing.step_id(row, one.step)), one.done_at, one.done_by)
        for one in steps
    ]


def _filed(session: Session, row: HandoverRow) -> list[Filed]:
    query = (
        select(EvidenceRow, JoinedRow, VerdictRow)
        .outerjoin(JoinedRow, col(JoinedRow.evidence_id) == col(EvidenceRow.id))
        .outerjoin(VerdictRow, col(VerdictRow.evidence_id) == col(EvidenceRow.id))
        .where(EvidenceRow.chain == row.chain, EvidenceRow.number == row.number, EvidenceRow.went == row.went)
    )
    rows: Sequence[tuple[EvidenceRow, JoinedRow | None, VerdictRow | None]] = session.exec(
        query.order_by(col(EvidenceRow.filed_at), col(EvidenceRow.id))
    ).all()
    beside = {str(one.id): one.sealed for one, _, _ in rows}
    reasons = {str(one.id): verdict.sealed for one, _, verdict in rows if verdict and verdict.sealed}
    words = sealing.opened(session, row.chain, sealing.EVIDENCE, beside, str)
    why = sealing.opened(session, row.chain, sealing.VERDICT, reasons, str)
    return [
        Filed(
            one.id, one.kind, one.replaces, words[str(one.id)] or "", one.sha256, one.filed_by, one.filed_at,
            joined.joined_by if joined else "", verdict.is_accepted if verdict else None,
            why.get(str(one.id)) or "", verdict.decided_by if verdict else "", _alike(session, one),
        )
        for one, joined, verdict in rows
    ]  # fmt: skip


def _alike(session: Session, one: EvidenceRow) -> tuple[str, ...]:
    """The codes of the cases in which a picture looks the same."""
    rows = [
        session.get_one(HandoverRow, (other.chain, other.number, other.went))
        for other in evidence.alike(session, one.id)
    ]
    return tuple(dict.fromkeys(row.case_code for row in rows))


def _open() -> tuple[Any, ...]:
    return col(HandoverRow.is_complete).is_(False), col(HandoverRow.state) != states.OVER


def _joined(*, is_out: bool = True) -> Any:
    query = (
        select(HandoverRow, TrancheRow, CaseStandingRow)
        .join(
            TrancheRow,
            (col(TrancheRow.chain) == col(HandoverRow.chain)) & (col(TrancheRow.number) == col(HandoverRow.number)),
        )
        .join(CaseStandingRow, col(CaseStandingRow.code) == col(HandoverRow.case_code))
    )
    if not is_out:
        return query
    of_tranche = (col(StandingRow.chain) == col(HandoverRow.chain)) & (
        col(StandingRow.number) == col(HandoverRow.number)
    )
    return query.join(StandingRow, of_tranche).where(col(StandingRow.state).in_(OUT))


def _theirs(person: Person, action: str) -> Any:
    found: list[Any] = []
    for grant in person.grants:
        kind, _, name = grant.scope.partition(":")
        if grant.role not in ACTIONS[action].roles:
            continue
        if not kind:
            return true()
        if kind == "district":
            found.append(col(CaseStandingRow.district) == name)
    return or_(*found) if found else false()


def _view(row: HandoverRow, tranche: TrancheRow, standing: CaseStandingRow) -> HandoverView:
    return HandoverView(
        id_of(row.chain), row.number, row.case_code, CasePlace(standing.district, standing.school, standing.grade),
        tranche.amount_satang, tranche.purpose, row.payee_kind, row.state, row.went_on, row.due_on, row.lacks,
        row.pending, row.is_complete, lateness.is_late(row, clock.today()),
    )  # fmt: skip
