"""Whose cases these are: the queue of whoever may see cases, most urgent first, then what has waited longest.

Knows the districts that a person's roles are given for, and pages by the last case seen, never by number. Says no
names.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, tuple_
from sqlmodel import Session, col, func, select, text

from fund.cases import stages
from fund.cases.errors import ChoiceError
from fund.cases.models import StandingRow
from fund.cases.places import CasePlace
from fund.people.powers import ACTIONS, Person
from ledger.columns import BigInt, Instant

SEE: Final = "cases.see"
AT_ONCE: Final = 50
_OPEN: Final = text("stage <> 'closed'")  # written out, so that the index of open cases is used


@dataclass(frozen=True, slots=True)
class Sought:
    """Which cases: of a stage (all open ones where it is empty), of a school, only one's own; after which one."""

    stage: str = ""
    school: str = ""
    is_mine: bool = False
    after: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """A case in a list."""

    code: str
    at: CasePlace
    stage: str
    rank: int
    moved_at: datetime


def cases_of(session: Session, person: Person, sought: Sought, *, limit: int = AT_ONCE) -> list[Listed]:
    """The cases that this person may see, in the order in which they need somebody. Raises ChoiceError."""
    query = select(StandingRow).where(*_theirs(person), *_wanted(person, sought))
    order = (col(StandingRow.rank), col(StandingRow.moved_at), col(StandingRow.code))
    last = session.get(StandingRow, sought.after) if sought.after else None
    if last is not None:
        seen = (last.rank, last.moved_at, last.code)
        query = query.where(tuple_(*order) > tuple_(*seen, types=(BigInt, Instant(), Text())))
    return [_listed(row) for row in session.exec(query.order_by(*order).limit(limit))]


def counts(session: Session, person: Person) -> dict[str, int]:
    """How many of them are at each stage."""
    grouped = select(StandingRow.stage, func.count()).where(*_theirs(person)).group_by(StandingRow.stage)
    found = dict(session.exec(grouped).all())
    return {stage: found.get(stage, 0) for stage in stages.STAGES}


def urgent(session: Session, person: Person) -> tuple[int, datetime | None]:
    """How many of their cases have an urgent need that nobody has met, and since when the first has."""
    unhelped = col(StandingRow.stage).in_((stages.FOUND, stages.ASSESSED, stages.PLANNED, stages.REOPENED))
    return _waiting(session, person, StandingRow.rank == 0, unhelped)


def unassigned(session: Session, person: Person) -> tuple[int, datetime | None]:
    """How many of their open cases nobody is in charge of, and since when the first is not."""
    return _waiting(session, person, col(StandingRow.person).is_(None), _OPEN)


def _waiting(session: Session, person: Person, *conditions: Any) -> tuple[int, datetime | None]:
    counted = select(func.count(), func.min(StandingRow.moved_at)).where(*_theirs(person), *conditions)
    return session.exec(counted).one()


def districts_of(person: Person, action: str = SEE) -> list[str] | None:
    """The districts in whose cases this person does an act; None where it is all of them."""
    scopes = [grant.scope for grant in person.grants if grant.role in ACTIONS[action].roles]
    return None if "" in scopes else [scope.removeprefix("district:") for scope in scopes]


def _theirs(person: Person) -> Sequence[Any]:
    districts = districts_of(person)
    if districts is None:
        return []
    return [StandingRow.district == districts[0]] if len(districts) == 1 else [col(StandingRow.district).in_(districts)]


def _wanted(person: Person, sought: Sought) -> list[Any]:
    if sought.stage and sought.stage not in stages.STAGES:
        raise ChoiceError()
    found: list[Any] = [StandingRow.stage == sought.stage if sought.stage else _OPEN]
    if sought.school:
        found.append(StandingRow.school == sought.school)
    if sought.is_mine:
        found.append(StandingRow.person == person.id)
    return found


def _listed(row: StandingRow) -> Listed:
    return Listed(row.code, CasePlace(row.district, row.school, row.grade), row.stage, row.rank, row.moved_at)
