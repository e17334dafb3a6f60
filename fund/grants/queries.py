"""What is asked for, awarded and paid, as frozen views: one request with its tranches, and the queues.

Knows codes, districts, purposes, amounts and states; no name. A page of a queue is found by the state, however many
grants there are.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Text, tuple_
from sqlmodel import Session, col, func, select, text

from fund.grants import states, steps
from fund.grants.errors import GrantNotFoundError
from fund.grants.models import (
    AwardRow,
    PayeeRow,
    PlanRow,
    StandingRow,
    StepRow,
    TrancheRow,
    VersionRow,
    chain_of,
    id_of,
)
from fund.grants.service import PlannedPart
from fund.postings import ADVANCES
from ledger import balances
from ledger.columns import BigInt, Instant

OF_REQUESTS: Final = text("grants_standing.number = 0")  # written out, so that the index of their queue is used
OF_TRANCHES: Final = text("grants_standing.number > 0")


@dataclass(frozen=True, slots=True)
class RequestView:
    """What is asked for in its newest version, and how far it has come."""

    id: UUID
    version: int
    case_code: str
    district: str
    purpose: str
    amount_satang: int
    payee_id: UUID
    payee_kind: str
    term: str
    urgency: int
    plan: tuple[PlannedPart, ...]
    made_by: UUID
    made_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class TrancheView:
    """A part of a grant: what, out of which fund, and how far it has come."""

    request_id: UUID
    number: int
    case_code: str
    district: str
    purpose: str
    fund: str
    amount_satang: int
    due_on: date
    payee_id: UUID
    state: str


@dataclass(frozen=True, slots=True)
class StepView:
    """One act on a request (number 0) or a tranche, with its words where there are any."""

    number: int
    act: str
    state: str
    taken_by: str
    taken_at: datetime
    entry_id: UUID | None
    reason: str


@dataclass(frozen=True, slots=True)
class Queued:
    """A request in a queue, as short as a line of it."""

    id: UUID
    version: int
    case_code: str
    district: str
    purpose: str
    amount_satang: int
    urgency: int
    made_at: datetime
    state: str


def request(session: Session, request_id: UUID) -> RequestView:
    """One request as it stands. Raises GrantNotFoundError."""
    found = requests(session, [request_id])
    if not found:
        raise GrantNotFoundError()
    return found[0]


def requests(session: Session, ids: Collection[UUID]) -> list[RequestView]:
    """These requests in their newest versions, in the order in which those were made."""
    rows = session.exec(
        _newest(VersionRow, StandingRow.state, PayeeRow.kind)
        .join(PayeeRow, col(PayeeRow.id) == col(VersionRow.payee_id))
        .where(col(VersionRow.chain).in_([chain_of(one) for one in ids]))
        .order_by(col(VersionRow.made_at))
    ).all()
    plans = _plans(session, [row for row, _, _ in rows])
    return [
        RequestView(
            id_of(row.chain), row.version, row.case_code, row.district, row.purpose, row.amount_satang, row.payee_id,
            kind, row.term, row.urgency, tuple(plans[row.chain]), row.person, row.made_at, state,
        )
        for row, state, kind in rows
    ]  # fmt: skip


def requests_of_case(session: Session, case_code: str) -> list[RequestView]:
    """Everything that was ever asked for in a case, in the order in which it was."""
    chains = session.exec(select(VersionRow.chain).where(VersionRow.case_code == case_code).distinct()).all()
    return requests(session, [id_of(chain) for chain in chains])


def tranches(session: Session, request_id: UUID) -> list[TrancheView]:
    """The parts of a grant, in order; none while it is not awarded."""
    return _tranches(session, TrancheRow.chain == chain_of(request_id))


def tranches_in(
    session: Session, state: str, districts: Collection[str] | None = None, *, limit: int = 100
) -> list[TrancheView]:
    """The tranches in a state, first due first; of these districts, or of all."""
    of_state: list[Any] = [StandingRow.state == state, OF_TRANCHES]
    if districts is not None:
        of_state.append(col(StandingRow.district).in_(districts))
    return _tranches(session, *of_state, limit=limit)


def history(session: Session, request_id: UUID) -> list[StepView]:
    """Every step of a request and its tranches, in time; whoever shows the words notes the view."""
    chain = chain_of(request_id)
    words = steps.reasons(session, chain)
    rows = select(StepRow).where(StepRow.chain == chain)
    in_time = rows.order_by(col(StepRow.taken_at), col(StepRow.number), col(StepRow.step))
    return [
        StepView(
            row.number, row.act, row.next, row.taken_by, row.taken_at, row.entry_id,
            words.get((row.number, row.step), ""),
        )
        for row in session.exec(in_time)
    ]  # fmt: skip


def waiting(session: Session, *, limit: int = 100, after: Queued | None = None) -> list[Queued]:
    """What is approved and waits for money: the most urgent first, then who asked first."""
    return _queue(session, [states.WAITING], None, limit, after)


def to_review(
    session: Session, districts: Collection[str] | None = None, *, limit: int = 100, after: Queued | None = None
) -> list[Queued]:
    """What waits for the core team to read it, in the same order."""
    return _queue(session, [states.ASKED], districts, limit, after)


def open_requests(
    session: Session, districts: Collection[str] | None, *, limit: int = 100, after: Queued | None = None
) -> list[Queued]:
    """What was asked for in these districts (in all) and is neither awarded nor declined, in the same order."""
    return _queue(session, states.OPEN_REQUESTS, districts, limit, after)


def questioned(session: Session, districts: Collection[str] | None, *, limit: int = 100) -> list[Queued]:
    """What the core team has asked case managers of these districts back about, in the same order."""
    return _queue(session, [states.QUESTIONED], districts, limit, None)


def unmet_satang(session: Session) -> int:
    """The need that was approved and that no fund can pay."""
    waiting = select(func.coalesce(func.sum(StandingRow.amount_satang), 0))
    return int(session.exec(waiting.where(OF_REQUESTS, StandingRow.state == states.WAITING)).one())


def advance_satang(session: Session, request_id: UUID, number: int) -> int:
    """What of an advance is not accounted for yet. Raises GrantNotFoundError."""
    row = session.get(TrancheRow, (chain_of(request_id), number))
    if row is None:
        raise GrantNotFoundError()
    return balances.subject_balance(session, ADVANCES, row.fund, steps.subject_of(row.chain, number))


def awarded_on(session: Session, request_id: UUID) -> date | None:
    """The day on which a request was awarded; None where it was not."""
    row = session.get(AwardRow, chain_of(request_id))
    return row.awarded_on if row else None


def _newest(*columns: Any) -> Any:
    """A question about requests: the newest version of each, and its standing."""
    return (
        select(*columns)
        .select_from(StandingRow)
        .join(
            VersionRow,
            (col(VersionRow.chain) == col(StandingRow.chain)) & (col(VersionRow.version) == col(StandingRow.version)),
        )
        .where(OF_REQUESTS)
    )


def _queue(
    session: Session, of: Sequence[str], districts: Collection[str] | None, limit: int, after: Queued | None
) -> list[Queued]:
    query = _newest(VersionRow, StandingRow.state).where(col(StandingRow.state).in_(of))
    if districts is not None:
        query = query.where(col(StandingRow.district).in_(districts))
    place = tuple_(col(StandingRow.urgency), col(StandingRow.made_at), col(StandingRow.chain))
    if after is not None:
        last = tuple_(after.urgency, after.made_at, chain_of(after.id), types=(BigInt, Instant(), Text()))
        query = query.where(place > last)
    rows = session.exec(query.order_by(*place).limit(limit))
    return [
        Queued(
            id_of(row.chain), row.version, row.case_code, row.district, row.purpose, row.amount_satang, row.urgency,
            row.made_at, state,
        )
        for row, state in rows
    ]  # fmt: skip


def _plans(session: Session, versions: Sequence[VersionRow]) -> dict[str, list[PlannedPart]]:
    plans: dict[str, list[PlannedPart]] = {row.chain: [] for row in versions}
    newest = {row.chain: row.version for row in versions}
    parts = select(PlanRow).where(col(PlanRow.chain).in_(plans)).order_by(col(PlanRow.number))
    for row in session.exec(parts):
        if newest[row.chain] == row.version:
            plans[row.chain].append(PlannedPart(row.amount_satang, row.due_on))
    return plans


def _tranches(session: Session, *conditions: Any, limit: int | None = None) -> list[TrancheView]:
    rows = session.exec(
        select(TrancheRow, StandingRow.state, VersionRow.case_code)
        .join(
            StandingRow,
            (col(StandingRow.chain) == col(TrancheRow.chain)) & (col(StandingRow.number) == col(TrancheRow.number)),
        )
        .join(
            VersionRow,
            (col(VersionRow.chain) == col(TrancheRow.chain)) & (col(VersionRow.version) == col(TrancheRow.version)),
        )
        .where(*conditions)
        .order_by(col(StandingRow.due_on), col(StandingRow.chain), col(StandingRow.number))
        .limit(limit)
    )
    return [
        TrancheView(
            id_of(row.chain), row.number, case_code, row.district, row.purpose, row.fund, row.amount_satang,
            row.due_on, row.payee_id, state,
        )
        for row, state, case_code in rows
    ]  # fmt: skip
