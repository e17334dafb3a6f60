"""The breach register: what got out, when it was noticed, how bad it is, and who was told in time.

Knows the clock of 72 hours (PDPA section 37(4)) from the moment somebody noticed. Rows are only added. Refuses to close
a breach before the office was told of a risk, and the people of a high one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock, notices
from fund.audit import Actor
from fund.errors import StateError
from fund.people import powers, staff
from fund.rights import desk
from fund.rights.errors import (
    BreachClosedError,
    BreachNotFoundError,
    ChoiceError,
    CountError,
    MomentError,
    StillToTellError,
)
from fund.rights.models import BreachRow, BreachStepRow
from ledger.identifiers import new_id

TOLD_WITHIN: Final = timedelta(hours=72)
MOST_PEOPLE: Final = 100_000_000
NO_RISK, SOME_RISK, HIGH_RISK = "none", "some", "high"
RISKS: Final = {
    NO_RISK: "No risk to anybody's rights and freedoms",
    SOME_RISK: "A risk: the office is told",
    HIGH_RISK: "A high risk: the people are told too",
}
STEPS: Final = {
    "assessed": "Looked at again",
    "contained": "Stopped, or made good",
    "office_told": "The office of the Personal Data Protection Committee was told",
    "people_told": "The people were told",
    "closed": "Closed",
}
ACT: Final = "breaches.act"


@dataclass(frozen=True, slots=True)
class Step:
    """One step, as it was written down."""

    step: str
    risk: str
    people: int
    words: str
    done_at: datetime
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Breach:
    """A breach as it is known now."""

    id: UUID
    noticed_at: datetime
    words: str
    risk: str
    people: int
    reported_by: str
    reported_at: datetime
    steps: tuple[Step, ...]

    @property
    def tell_by(self) -> datetime:
        """Until when the office is to be told."""
        return self.noticed_at + TOLD_WITHIN

    @property
    def hours_left(self) -> int:
        """Whole hours until then; below zero when it is over."""
        return (self.tell_by - clock.now()) // timedelta(hours=1)

    @property
    def must_tell(self) -> bool:
        """Whether the office is still to be told."""
        return self.risk != NO_RISK and self.when("office_told") is None and self.is_running

    @property
    def is_late(self) -> bool:
        """Whether the office was told too late, or should have been by now."""
        told_at = self.when("office_told")
        return told_at > self.tell_by if told_at else self.must_tell and clock.now() > self.tell_by

    @property
    def is_running(self) -> bool:
        """Whether something is still to be done."""
        return self.when("closed") is None

    def when(self, step: str) -> datetime | None:
        """When a step was first done."""
        return min((one.done_at for one in self.steps if one.step == step), default=None)


def report(session: Session, words: str, noticed_at: datetime, *, risk: str, people: int, by: Actor) -> UUID:
    """Put a breach into the register; sent twice it is one. Raises WordsError, MomentError, ChoiceError, CountError."""
    if noticed_at > clock.now():
        raise MomentError()
    _require_known(risk, people)
    who = desk.person_of(by)
    sent_before = _sent_before(session, (noticed_at, words.strip(), risk, people), who)
    if sent_before is not None:
        return sent_before
    breach_id = new_id()
    said = desk.close(session, breach_id, _place(0), words)
    row = BreachRow(id=breach_id, noticed_at=noticed_at, words=said, risk=risk, people=people, reported_by=who,
                    reported_at=clock.now())  # fmt: skip
    session.add(row)
    audit.record(session, by, "breach.reported", breach_id)
    roles = powers.ACTIONS[ACT].roles
    told = [one.id for one in staff.people(session) if any(grant.role in roles for grant in one.grants)]
    notices.tell(session, notices.APPROVAL, told, str(breach_id))
    session.flush()
    return breach_id


def _sent_before(session: Session, told: tuple[datetime, str, str, int], who: UUID) -> UUID | None:
    """The breach that the same form reported a moment ago."""
    since = desk.since_for_twice(session, who)
    mine = select(BreachRow).where(BreachRow.reported_by == who, BreachRow.reported_at >= since)
    found = _views(session, session.exec(mine).all())
    return next((one.id for one in found if (one.noticed_at, one.words, one.risk, one.people) == told), None)


def act(
    session: Session,
    breach_id: UUID,
    step: str,
    words: str,
    done_at: datetime,
    *,
    risk: str = "",
    people: int | None = None,
    by: Actor,
) -> None:
    """Note a step; what is known of risk and people now, where it is known anew.

    Raises ChoiceError, WordsError, MomentError, CountError, BreachClosedError, StillToTellError.
    """
    known = one(session, breach_id)
    if step not in STEPS:
        raise ChoiceError()
    if not known.is_running:
        raise BreachClosedError()
    if not known.noticed_at <= done_at <= clock.now():
        raise MomentError()
    now_risk, now_people = risk or known.risk, known.people if people is None else people
    _require_known(now_risk, now_people)
    if step == "closed":
        _require_told(known, now_risk)
    _add_step(session, known, step, words, done_at, now_risk, now_people, by)
    audit.record(session, by, "breach.step_taken", f"{breach_id} {step}")


def one(session: Session, breach_id: UUID) -> Breach:
    """One breach. Raises BreachNotFoundError."""
    row = session.get(BreachRow, breach_id)
    if row is None:
        raise BreachNotFoundError()
    return _views(session, [row])[0]


def register(session: Session) -> list[Breach]:
    """Every breach, the last noticed first."""
    return _views(session, session.exec(select(BreachRow).order_by(col(BreachRow.noticed_at).desc())).all())


def running(session: Session) -> tuple[int, datetime | None]:
    """How many breaches are not closed, and until when the office must be told of the first."""
    known = [one for one in register(session) if one.is_running]
    return len(known), min((one.tell_by for one in known if one.must_tell), default=None)


def _require_known(risk: str, people: int) -> None:
    if risk not in RISKS:
        raise ChoiceError()
    if not 0 <= people <= MOST_PEOPLE:
        raise CountError()


def _require_told(known: Breach, risk: str) -> None:
    is_office_missing = risk != NO_RISK and known.when("office_told") is None
    if is_office_missing or (risk == HIGH_RISK and known.when("people_told") is None):
        raise StillToTellError()


def _add_step(
    session: Session, known: Breach, step: str, words: str, done_at: datetime, risk: str, people: int, by: Actor
) -> None:
    number = len(known.steps) + 1
    row = BreachStepRow(breach_id=known.id, number=number, step=step, risk=risk, people=people, done_at=done_at,
                        words=desk.close(session, known.id, _place(number), words), recorded_by=desk.person_of(by),
                        recorded_at=clock.now())  # fmt: skip
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # somebody else noted a step at this moment
        raise StateError() from None


def _views(session: Session, rows: Sequence[BreachRow]) -> list[Breach]:
    ids = [row.id for row in rows]
    names = desk.names(session)
    steps = session.exec(
        select(BreachStepRow).where(col(BreachStepRow.breach_id).in_(ids)).order_by(col(BreachStepRow.number))
    ).all()
    return [_view(session, row, [one for one in steps if one.breach_id == row.id], names) for row in rows]


def _view(session: Session, row: BreachRow, rows: Sequence[BreachStepRow], names: dict[UUID, str]) -> Breach:
    steps = tuple(
        Step(one.step, one.risk, one.people, desk.opened(session, row.id, _place(one.number), one.words) or "",
             one.done_at, names[one.recorded_by], one.recorded_at)
        for one in rows
    )  # fmt: skip
    risk, people = (rows[-1].risk, rows[-1].people) if rows else (row.risk, row.people)
    said = desk.opened(session, row.id, _place(0), row.words) or ""
    return Breach(row.id, row.noticed_at, said, risk, people, names[row.reported_by], row.reported_at, steps)


def _place(number: int) -> str:
    """Where words are sealed for: the report's are number 0."""
    return f"rights_breach.words.{number}"
