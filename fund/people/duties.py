"""Separation of duties: in a chain of acts each human stands on one side, whatever roles they hold.

A chain is one matter that several people must handle (`month:2026-10`, a request, a payment), named by whoever begins
it. Refuses a second side to anybody, to whom somebody stood in for, and to who declared a tie to the case that the
chain is about; the database refuses the same (`docs/decisions/0013-duties.md`). None of this is a setting.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock
from fund import language as words
from fund.audit import Actor
from fund.errors import ForbiddenError
from fund.language import Language
from fund.people import turns
from fund.people.errors import (
    AppointmentError,
    ApprovedError,
    ConflictError,
    NobodyError,
    NoSlotError,
    OtherSideError,
    StandInError,
    StandInNotFoundError,
    StandInOverError,
    StandInPartError,
)
from fund.people.models import (
    ApprovalRow,
    ChainRow,
    ConflictRow,
    ParticipantRow,
    PersonRow,
    StandInEndedRow,
    StandInRow,
)


class Side(StrEnum):
    """What somebody does in a chain."""

    REQUEST = "request"
    APPROVE = "approve"
    PREPARE = "prepare"
    AUTHORISE = "authorise"
    RECONCILE = "reconcile"
    RECEIVE = "receive"
    VALUE = "value"


SAYS: Final = {
    Side.REQUEST: "Request",
    Side.APPROVE: "Approve",
    Side.PREPARE: "Prepare a payment",
    Side.AUTHORISE: "Authorise a payment",
    Side.RECONCILE: "Reconcile with the bank",
    Side.RECEIVE: "Receive goods",
    Side.VALUE: "Value goods",
}
"""Each side as people call it."""

RELATIONS: Final = ("relative", "teacher", "other")


@dataclass(frozen=True, slots=True)
class StandIn:
    """An appointment, as every document that a stand-in signed shows it; with `ended_by` it was ended early."""

    id: UUID
    person_id: UUID
    name: str
    for_name: str
    sides: tuple[Side, ...]
    since: date
    until: date
    paper_sha256: str
    appointed_by: str
    appointed_at: datetime
    ended_by: str = ""
    ended_at: datetime | None = None

    def is_over(self, on: date) -> bool:
        """Whether its last day has passed, or it was ended."""
        return self.ended_at is not None or self.until < on

    def is_in_force(self, on: date) -> bool:
        """Whether it counts on this day."""
        return self.since <= on and not self.is_over(on)


@dataclass(frozen=True, slots=True)
class Part:
    """Who stands on which side of a chain, and for whom where they stood in."""

    person_id: UUID
    name: str
    side: Side
    taken_at: datetime
    standing_in: StandIn | None = None


def take_part(
    session: Session, chain: str, side: Side, *, case_code: str = "", stand_in: UUID | None = None, by: Actor
) -> None:
    """Let `by` stand on this side of the chain, in their own name or by an appointment; again on the same is no error.

    Whoever stands in takes the side for both. Raises NobodyError, OtherSideError, StandInPartError, ConflictError and
    StandInError.
    """
    person_id = _person_of(by)
    _begin(session, chain, case_code)
    own = _row(chain, person_id, side)
    known = _sides(session, chain)
    _require_side(session, known, own, OtherSideError)
    _add(session, known, own)
    if stand_in is not None:
        appointed = _in_force(session, stand_in, person_id, side)
        others = _row(chain, appointed.for_person, side)
        others.through, others.stand_in_id = person_id, stand_in
        others.since, others.until = appointed.since, appointed.until
        _require_side(session, known, others, StandInPartError)
        _add(session, known, others)
    audit.record(session, by, "duty.taken", chain)


def approve(
    session: Session,
    chain: str,
    version: int,
    *,
    of: int,
    case_code: str = "",
    stand_in: UUID | None = None,
    by: Actor,
) -> bool:
    """Approve this version of a chain, in the first free of one or two places; whether that was the last one needed.

    An edit is a new version: what was approved before counts for nothing. Raises what `take_part` does, ApprovedError
    and NoSlotError.
    """
    take_part(session, chain, Side.APPROVE, case_code=case_code, stand_in=stand_in, by=by)
    person_id, given = _person_of(by), approvals(session, chain, version)
    if person_id in given:
        raise ApprovedError()
    if len(given) >= of:
        raise NoSlotError()
    row = ApprovalRow(chain=chain, version=version, slot=len(given) + 1, person=person_id, approved_at=clock.now())
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # the one they stand in for, or who stood in for them, has approved
        raise ApprovedError() from None
    return row.slot == of


def approvals(session: Session, chain: str, version: int) -> list[UUID]:
    """Who approved this version, in order."""
    rows = select(ApprovalRow).where(ApprovalRow.chain == chain, ApprovalRow.version == version)
    return [row.person for row in session.exec(rows.order_by(col(ApprovalRow.slot)))]


def parts(session: Session, chain: str) -> list[Part]:
    """Who did what in a chain, first to last, as its documents show it: a stand-in with the appointment."""
    rows = session.exec(select(ParticipantRow).where(ParticipantRow.chain == chain)).all()
    acting = {(row.through, row.side): row for row in rows if row.through}
    names = _names(session)
    own = sorted((row for row in rows if row.through is None), key=lambda row: (row.taken_at, row.person))
    return [
        Part(
            row.person,
            names[row.person],
            Side(row.side),
            row.taken_at,
            _standing(session, acting.get((row.person, row.side))),
        )
        for row in own
    ]


def appoint(
    session: Session,
    person_id: UUID,
    for_person: UUID,
    since: date,
    until: date,
    paper_sha256: str,
    *,
    sides: Collection[Side] = tuple(Side),
    by: Actor,
) -> UUID:
    """Let a person stand in for another on these sides from one day to another, by a paper that is kept.

    Raises AppointmentError.
    """
    appointed_by = _person_of(by)
    is_paper = len(paper_sha256) == 64 and all(sign in "0123456789abcdef" for sign in paper_sha256)
    is_time = since <= until and clock.today() <= until
    if len({person_id, for_person, appointed_by}) < 3 or not (is_time and is_paper and sides):
        raise AppointmentError()
    _require_people(session, person_id, for_person)
    row = StandInRow(
        person=person_id,
        for_person=for_person,
        sides=" ".join(side for side in Side if side in sides),
        since=since,
        until=until,
        paper_sha256=paper_sha256,
        appointed_by=appointed_by,
        appointed_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "stand_in.appointed", row.id)
    session.flush()
    return row.id


def dismiss(session: Session, stand_in: UUID, *, by: Actor) -> None:
    """End an appointment before its time. Raises StandInNotFoundError, and StandInOverError for one that is over."""
    turns.wait_for(session, f"stand-in {stand_in}")
    if appointment(session, stand_in).is_over(clock.today()):
        raise StandInOverError()
    session.add(StandInEndedRow(stand_in_id=stand_in, ended_by=_person_of(by), ended_at=clock.now()))
    audit.record(session, by, "stand_in.ended", stand_in)
    session.flush()


def appointment(session: Session, stand_in: UUID) -> StandIn:
    """One appointment. Raises StandInNotFoundError."""
    found = _appointments(session, StandInRow.id == stand_in)
    if not found:
        raise StandInNotFoundError()
    return found[0]


def appointments(session: Session) -> list[StandIn]:
    """Every appointment there ever was, first to last by the day from which it counts."""
    return _appointments(session)


def stand_ins(session: Session, on: date) -> list[StandIn]:
    """The appointments in force on a day."""
    return [one for one in _appointments(session) if one.is_in_force(on)]


def in_whose_place(
    session: Session, person_id: UUID, sides: Collection[Side], language: Language
) -> dict[Side, list[tuple[str, str]]]:
    """For each side, the appointments by which somebody may act today in another's place: id and what is read."""
    theirs = [one for one in stand_ins(session, clock.today()) if one.person_id == person_id]
    return {
        side: [(str(one.id), standing_in_words(one, language)) for one in theirs if side in one.sides] for side in sides
    }


def chosen_stand_in(text: str) -> UUID | None:
    """The appointment that a form names; None: in their own name. Raises StandInError."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise StandInError() from None


def standing_in_words(stand_in: StandIn, language: Language) -> str:
    """What a document says beside the name of whoever stood in: for whom, and from which day to which."""
    since, until = (words.day(language, day) for day in (stand_in.since, stand_in.until))
    said = "standing in for {name}, from {since} to {until}"
    return words.translate(language, said, name=stand_in.for_name, since=since, until=until)


def declare(session: Session, person_id: UUID, case_code: str, relation: str, *, by: Actor) -> None:
    """Note that a person is a relative or teacher of the child of a case, or tied to it otherwise; again is no error.

    From then on they decide nothing in it. It is not taken back.
    """
    whose: dict[str, Any] = {"person": person_id, "case_code": case_code, "declared_by": by.name}
    if _insert_new(session, ConflictRow(**whose, relation=relation, declared_at=clock.now())):
        audit.record(session, by, "conflict.declared", f"{person_id} {case_code}")


def is_tied(session: Session, person_id: UUID, case_code: str) -> bool:
    """Whether this person declared a tie to this case."""
    return bool(case_code) and session.get(ConflictRow, (person_id, case_code)) is not None


def _person_of(by: Actor) -> UUID:
    if by.person_id is None:
        raise NobodyError()
    return by.person_id


def _begin(session: Session, chain: str, case_code: str) -> None:
    """Make the chain if it is new; who else acts in it waits until this unit of work ends."""
    turns.wait_for(session, f"chain {chain}")
    _insert_new(session, ChainRow(chain=chain, case_code=case_code))


def _insert_new(session: Session, row: ChainRow | ConflictRow) -> bool:
    """Insert the row if it is new, also where somebody else does so at this moment; whether it was."""
    key = inspect(type(row)).primary_key_from_instance(row)
    if session.get(type(row), tuple(key)) is not None:
        return False
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(type(row)).values(row.model_dump()).on_conflict_do_nothing()
    return bool(session.connection().execute(statement).rowcount)


def _row(chain: str, person: UUID, side: Side) -> ParticipantRow:
    now = clock.now()
    return ParticipantRow(chain=chain, person=person, side=side.value, taken_on=clock.bangkok_day(now), taken_at=now)


def _sides(session: Session, chain: str) -> dict[UUID, str]:
    rows = session.exec(select(ParticipantRow).where(ParticipantRow.chain == chain))
    return {row.person: row.side for row in rows}


def _require_side(
    session: Session, known: dict[UUID, str], wanted: ParticipantRow, refusal: type[ForbiddenError]
) -> None:
    if known.get(wanted.person, wanted.side) != wanted.side:
        names = _names(session)
        raise refusal(names=", ".join(sorted(names[one] for one in known)))
    about = session.get_one(ChainRow, wanted.chain).case_code
    if wanted.side != Side.REQUEST and is_tied(session, wanted.person, about):
        raise ConflictError()


def _add(session: Session, known: dict[UUID, str], row: ParticipantRow) -> None:
    if row.person not in known:
        session.add(row)
        session.flush()


def _in_force(session: Session, stand_in: UUID, person_id: UUID, side: Side) -> StandInRow:
    turns.wait_for(session, f"stand-in {stand_in}")
    theirs = _appointments(session, StandInRow.id == stand_in, StandInRow.person == person_id)
    if not any(one.is_in_force(clock.today()) and side in one.sides for one in theirs):
        raise StandInError()
    return session.get_one(StandInRow, stand_in)


def _standing(session: Session, row: ParticipantRow | None) -> StandIn | None:
    return appointment(session, row.stand_in_id) if row and row.stand_in_id else None


def _appointments(session: Session, *conditions: Any) -> list[StandIn]:
    """The appointments that meet all conditions, with who ended them."""
    joined = select(StandInRow, StandInEndedRow).join(
        StandInEndedRow, col(StandInEndedRow.stand_in_id) == col(StandInRow.id), isouter=True
    )
    rows = session.exec(joined.where(*conditions).order_by(col(StandInRow.since), col(StandInRow.id)))
    names = _names(session)
    return [_stand_in(row, ended, names) for row, ended in rows]


def _stand_in(row: StandInRow, ended: StandInEndedRow | None, names: dict[UUID, str]) -> StandIn:
    return StandIn(
        row.id,
        row.person,
        names[row.person],
        names[row.for_person],
        tuple(Side(side) for side in row.sides.split()),
        row.since,
        row.until,
        row.paper_sha256,
        names[row.appointed_by],
        row.appointed_at,
        *((names[ended.ended_by], ended.ended_at) if ended else ()),
    )


def _require_people(session: Session, person_id: UUID, for_person: UUID) -> None:
    """Both are here, and who stands in may come in."""
    person = session.get(PersonRow, person_id)
    if person is None or person.is_suspended or session.get(PersonRow, for_person) is None:
        raise AppointmentError()


def _names(session: Session) -> dict[UUID, str]:
    """What the people here are called; there are tens of them."""
    return {row.id: row.name for row in session.exec(select(PersonRow))}
