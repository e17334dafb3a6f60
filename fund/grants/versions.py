"""What a request asked for in each of its versions, what differs between two, and which of them a decision was on.

Knows nothing by name: a payee is an id. Changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund.grants.models import PlanRow, VersionRow, chain_of
from fund.grants.queries import StepView
from fund.grants.service import PlannedPart
from fund.grants.steps import REQUEST
from fund.people import duties

_COMPARED: Final = ("purpose", "amount_satang", "plan", "term", "urgency", "payee_id")
_WRITES: Final = ("request", "edit")
_DECIDES: Final = ("approve", "ask_back", "queue")


@dataclass(frozen=True, slots=True)
class Version:
    """What was asked for, as it stood since an edit."""

    version: int
    purpose: str
    amount_satang: int
    plan: tuple[PlannedPart, ...]
    term: str
    urgency: int
    payee_id: UUID
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was asked for otherwise before."""

    field: str
    before: Any
    after: Any


def versions(session: Session, request_id: UUID) -> list[Version]:
    """Every version of a request, first to last."""
    chain = chain_of(request_id)
    parts = session.exec(select(PlanRow).where(PlanRow.chain == chain).order_by(col(PlanRow.number))).all()
    rows = session.exec(select(VersionRow).where(VersionRow.chain == chain).order_by(col(VersionRow.version)))
    return [
        Version(
            row.version, row.purpose, row.amount_satang,
            tuple(PlannedPart(one.amount_satang, one.due_on) for one in parts if one.version == row.version),
            row.term, row.urgency, row.payee_id, row.made_at,
        )
        for row in rows
    ]  # fmt: skip


def changes(before: Version, after: Version) -> list[Change]:
    """What the later one asks for otherwise."""
    both = [(name, getattr(before, name), getattr(after, name)) for name in _COMPARED]
    return [Change(*one) for one in both if one[1] != one[2]]


def decided_on(history: Sequence[StepView]) -> int:
    """The version on which the core team acted last (approved, asked back); 0 where it has not yet."""
    version = decided = 0
    for step in (one for one in history if one.number == REQUEST):
        version += step.act in _WRITES
        decided = version if step.act in _DECIDES else decided
    return decided


def approved_by(session: Session, request_id: UUID, version: int) -> list[duties.Part]:
    """Who approved this version, first to last, with whom they stood in for."""
    chain = chain_of(request_id)
    given = duties.approvals(session, chain, version)
    parts = {part.person_id: part for part in duties.parts(session, chain)}
    return [parts[person_id] for person_id in given]
