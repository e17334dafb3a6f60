"""Nouns of cases: where one stands, who the child is, whose cases these are, what a family agreed to.

Knows cases by code alone. Refuses to say who a child is without a purpose, and leaves one row in the trail for each
time that it does.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.cases import sealing
from fund.cases.children import Child
from fund.cases.errors import CaseNotFoundError, PurposeMissingError
from fund.cases.models import (
    CaseRow,
    ChildRow,
    ConsentRow,
    ConsentWithdrawnRow,
    IdentityRow,
    StandingRow,
    StepRow,
)
from fund.cases.places import CasePlace
from fund.people.powers import Place
from ledger.private import Part

AT_ONCE: Final = 500
"""How many children are opened with one question."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a case: who did what, when, and the stage it led to."""

    number: int
    act: str
    stage: str
    done_at: datetime
    done_by: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case without anything that says who the child is. The most urgent have rank 0."""

    code: str
    child_id: UUID
    at: CasePlace
    stage: str
    rank: int
    person_id: UUID | None
    opened_at: datetime
    opened_by: str
    moved_at: datetime
    steps: tuple[Step, ...] = ()

    @property
    def place(self) -> Place:
        """Where it belongs, as powers ask."""
        return self.at.place


@dataclass(frozen=True, slots=True)
class ChildView:
    """Who the child of a case is; None once they were erased."""

    code: str
    child: Child | None
    version: int
    changed_at: datetime
    changed_by: str


@dataclass(frozen=True, slots=True)
class ConsentOf:
    """Who consented, and as what to the child."""

    who: str
    relation: str

    @property
    def is_own(self) -> bool:
        """Whether it is the young person's own."""
        return self.relation == "self"


def case(session: Session, code: str) -> CaseView:
    """One case, without names. Raises CaseNotFoundError."""
    found = session.exec(_cases().where(col(CaseRow.code) == code)).first()
    if found is None:
        raise CaseNotFoundError()
    rows = session.exec(select(StepRow).where(StepRow.code == code).order_by(col(StepRow.number)))
    steps = tuple(Step(row.number, row.act, row.stage, row.done_at, row.done_by) for row in rows)
    return _view(found[0], found[1], steps)


def child_of(session: Session, code: str, *, purpose: str, by: Actor) -> ChildView:
    """Who the child of a case is, the look noted with its purpose. Raises PurposeMissingError and CaseNotFoundError."""
    require_purpose(purpose)
    rows = session.exec(_newest().where(col(CaseRow.code) == code)).all()
    if not rows:
        raise CaseNotFoundError()
    note_look(session, code, purpose, by)
    return _children(session, rows)[0]


def children_near(session: Session, scope: str, *, purpose: str, by: Actor) -> Iterator[ChildView]:
    """The children of a district (`district:4001`) or a school (`school:…`), noted once, as a search.

    Those who were erased are left out. Raises PurposeMissingError.
    """
    audit.viewed(session, by, "children", scope, reason=require_purpose(purpose))
    kind, _, name = scope.partition(":")
    column = col(StandingRow.school) if kind == "school" else col(StandingRow.district)
    there = _newest().join(StandingRow, col(StandingRow.code) == col(CaseRow.code)).where(column == name)
    rows = session.exec(there).all()
    for start in range(0, len(rows), AT_ONCE):
        yield from (one for one in _children(session, rows[start : start + AT_ONCE]) if one.child is not None)


def children(session: Session, codes: Sequence[str], *, purpose: str, by: Actor) -> dict[str, ChildView]:
    """The children of these cases, a look noted for each. Raises PurposeMissingError."""
    audit.viewed_each(session, by, "case", codes, reason=require_purpose(purpose))
    rows = session.exec(_newest().where(col(CaseRow.code).in_(codes))).all()
    return {one.code: one for one in _children(session, rows)}


def case_by_national_id(session: Session, national_id: str) -> str | None:
    """The case of the child with exactly this ID, found without opening anything."""
    index = sealed.blind(session, sealing.NATIONAL_ID, national_id)
    known = select(CaseRow.code).join(IdentityRow, col(IdentityRow.child_id) == col(CaseRow.child_id))
    return session.exec(known.where(IdentityRow.national_id_index == index)).first()


def has_consent(session: Session, code: str, scope: str) -> bool:
    """Whether somebody who may has agreed to this, and it counts today.

    Withdrawn it counts no more; nor does a guardian's from the day on which the child is 20. Shown to nobody.
    """
    over = select(ConsentWithdrawnRow.consent_id).where(col(ConsentWithdrawnRow.consent_id) == col(ConsentRow.id))
    rows = session.exec(select(ConsentRow).where(ConsentRow.code == code, ~over.exists())).all()
    given = [row for row in rows if scope in row.scopes.split()]
    if not given:
        return False
    child_id = case(session, code).child_id
    parts = [Part(child_id, sealing.CONSENT, str(row.id), row.sealed) for row in given]
    counts = is_of_age(session, code)
    return any(one and one.is_own == counts for one in sealing.opened(session, parts, ConsentOf))


def is_of_age(session: Session, code: str) -> bool:
    """Whether the child is known to be 20 or older today. Shown to nobody. Raises CaseNotFoundError."""
    child = for_the_machine(session, code)
    return child is not None and child.is_of_age(clock.today())


def for_the_machine(session: Session, code: str) -> Child | None:
    """Who the child is, for a rule that asks; shown to nobody. None once erased. Raises CaseNotFoundError."""
    rows = session.exec(_newest().where(col(CaseRow.code) == code)).all()
    if not rows:
        raise CaseNotFoundError()
    return _children(session, rows)[0].child


def require_purpose(purpose: str) -> str:
    """A purpose that is one of those offered. Raises PurposeMissingError."""
    if purpose not in audit.REASONS:
        raise PurposeMissingError()
    return purpose


def note_look(session: Session, code: str, purpose: str, by: Actor) -> None:
    """Leave the row of one look at who the child is. Raises PurposeMissingError."""
    audit.viewed(session, by, "case", code, reason=require_purpose(purpose))


def _cases() -> Any:
    return select(CaseRow, StandingRow).join(StandingRow, col(StandingRow.code) == col(CaseRow.code))


def _newest() -> Any:
    """Cases with what is known of their children now."""
    later = aliased(ChildRow)
    is_over = select(later.version).where(
        col(later.child_id) == col(ChildRow.child_id), col(later.version) > col(ChildRow.version)
    )
    joined = select(CaseRow.code, ChildRow).join(ChildRow, col(ChildRow.child_id) == col(CaseRow.child_id))
    return joined.where(~is_over.exists())


def _children(session: Session, rows: Sequence[tuple[str, ChildRow]]) -> list[ChildView]:
    parts = [Part(row.child_id, sealing.CHILD, f"{row.child_id}:{row.version}", row.sealed) for _, row in rows]
    known = zip(rows, sealing.opened(session, parts, Child), strict=True)
    return [ChildView(code, child, row.version, row.changed_at, row.changed_by) for (code, row), child in known]


def _view(row: CaseRow, standing: StandingRow, steps: tuple[Step, ...] = ()) -> CaseView:
    return CaseView(
        row.code,
        row.child_id,
        CasePlace(standing.district, standing.school, standing.grade),
        standing.stage,
        standing.rank,
        standing.person,
        row.opened_at,
        row.opened_by,
        standing.moved_at,
        steps,
    )
