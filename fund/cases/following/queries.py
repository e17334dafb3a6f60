"""Nouns of following: referrals, follow-ups and complaints as lists show them, without a name; how many wait.

Knows whose they are: a role for a district, a school or an office finds those of that place alone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, false, or_, select, true

from fund.cases.following import complaints
from fund.cases.following.errors import MatterNotFoundError
from fund.cases.following.models import ComplaintRow, FollowUpRow, MatterRow, ReferralRow
from fund.cases.models import StandingRow
from fund.cases.places import CasePlace
from fund.people.powers import ACTIONS, Person, Place

MOST: Final = 200
"""Of one list; the oldest that wait come first."""


@dataclass(frozen=True, slots=True)
class ReferralView:
    """A referral without what it says."""

    id: UUID
    code: str
    office: str
    state: str
    moved_at: datetime
    at: CasePlace

    @property
    def place(self) -> Place:
        """Where it belongs: with the office, and with the case."""
        return Place(self.at.district, self.at.school, self.office)


@dataclass(frozen=True, slots=True)
class FollowUpView:
    """A follow-up, and on which day it became due."""

    id: UUID
    code: str
    due_on: date
    state: str
    moved_at: datetime
    at: CasePlace

    @property
    def place(self) -> Place:
        return self.at.place


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """A complaint without what it says; without a case where the family named none."""

    id: UUID
    code: str | None
    district: str
    state: str
    moved_at: datetime


def referrals(session: Session, person: Person, states: Collection[str] = (), *, code: str = "") -> list[ReferralView]:
    """The referrals that this person may see: of a case, or at one of these states."""
    offices = {"office": col(ReferralRow.office)}
    query = _referrals().where(_theirs(person, "referrals.see", offices), *_sought(states, code))
    return [_referral(*row) for row in session.exec(query.order_by(col(MatterRow.moved_at)).limit(MOST))]


def referral(session: Session, referral_id: UUID) -> ReferralView:
    """One referral. Raises MatterNotFoundError."""
    row = session.exec(_referrals().where(MatterRow.id == referral_id)).first()
    if row is None:
        raise MatterNotFoundError()
    return _referral(*row)


def follow_ups(session: Session, person: Person, states: Collection[str] = (), *, code: str = "") -> list[FollowUpView]:
    """The follow-ups that this person may see: of a case, or at one of these states."""
    query = _follow_ups().where(_theirs(person, "follow_ups.see"), *_sought(states, code))
    return [_follow_up(*row) for row in session.exec(query.order_by(col(FollowUpRow.due_on)).limit(MOST))]


def follow_up(session: Session, follow_up_id: UUID) -> FollowUpView:
    """One follow-up. Raises MatterNotFoundError."""
    row = session.exec(_follow_ups().where(MatterRow.id == follow_up_id)).first()
    if row is None:
        raise MatterNotFoundError()
    return _follow_up(*row)


def complaints_for(session: Session, person: Person, states: Collection[str] = ()) -> list[ComplaintView]:
    """The complaints that this person may know of."""
    query = _complaints().where(*_sought(states)).order_by(col(MatterRow.moved_at))
    found = [_complaint(*row) for row in session.exec(query.limit(MOST))]
    return [one for one in found if not complaints.is_kept_from(session, person, one.code, one.district)]


def complaint(session: Session, person: Person, complaint_id: UUID) -> ComplaintView:
    """One complaint. Raises MatterNotFoundError, also for whoever must not know of it."""
    row = session.exec(_complaints().where(MatterRow.id == complaint_id)).first()
    if row is None or complaints.is_kept_from(session, person, row[0].code, row[1].district):
        raise MatterNotFoundError()
    return _complaint(*row)


def matter(session: Session, matter_id: UUID) -> MatterRow:
    """The matter itself, for its steps."""
    row = session.get(MatterRow, matter_id)
    if row is None:
        raise MatterNotFoundError()
    return row


def _referrals() -> Any:
    rows = select(MatterRow, ReferralRow, StandingRow).join(ReferralRow, col(ReferralRow.id) == col(MatterRow.id))
    return rows.join(StandingRow, col(StandingRow.code) == col(MatterRow.code))


def _follow_ups() -> Any:
    rows = select(MatterRow, FollowUpRow, StandingRow).join(FollowUpRow, col(FollowUpRow.id) == col(MatterRow.id))
    return rows.join(StandingRow, col(StandingRow.code) == col(MatterRow.code))


def _complaints() -> Any:
    return select(MatterRow, ComplaintRow).join(ComplaintRow, col(ComplaintRow.id) == col(MatterRow.id))


def _theirs(person: Person, action: str, more: dict[str, Any] | None = None) -> Any:
    """What lies within the places that a person's roles for this act are given for."""
    columns = {"district": col(StandingRow.district), "school": col(StandingRow.school)} | (more or {})
    found: list[Any] = []
    for grant in person.grants:
        kind, _, name = grant.scope.partition(":")
        if grant.role not in ACTIONS[action].roles:
            continue
        if not kind:
            return true()
        if kind in columns:
            found.append(columns[kind] == name)
    return or_(*found) if found else false()


def _sought(states: Collection[str], code: str = "") -> list[Any]:
    found: list[Any] = [col(MatterRow.state).in_(states)] if states else []
    return [*found, MatterRow.code == code] if code else found


def _at(row: StandingRow) -> CasePlace:
    return CasePlace(row.district, row.school, row.grade)


def _referral(matter: MatterRow, row: ReferralRow, at: StandingRow) -> ReferralView:
    return ReferralView(matter.id, at.code, row.office, matter.state, matter.moved_at, _at(at))


def _follow_up(matter: MatterRow, row: FollowUpRow, at: StandingRow) -> FollowUpView:
    return FollowUpView(matter.id, at.code, row.due_on, matter.state, matter.moved_at, _at(at))


def _complaint(matter: MatterRow, row: ComplaintRow) -> ComplaintView:
    return ComplaintView(matter.id, matter.code, row.district, matter.state, matter.moved_at)
