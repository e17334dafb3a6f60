"""Verbs on cases: open one, correct what is known of the child, move it to its next stage, put somebody in charge.

Everything that says who a child is goes under the child's own key. Refuses a second case for the same child, a step
that the table of stages does not have, and acts of whoever declared a tie to the child.
"""

from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, delete, func, select

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.cases import places, queries, sealing, stages
from fund.cases.children import Child, parse_words
from fund.cases.codes import new_code
from fund.cases.errors import CaseNotFoundError, ConsentMissingError, KnownChildError, ReasonMissingError
from fund.cases.models import AssignmentRow, CaseRow, ChildRow, IdentityRow, PlaceRow, StandingRow, StepRow
from fund.cases.places import CasePlace
from fund.people import duties, turns
from fund.people.errors import ConflictError
from ledger.identifiers import new_id

NO_NEED: int = 3
"""The rank of a case of which no need is known that is still there."""


def open_case(session: Session, child: Child, place: CasePlace, *, child_id: UUID | None = None, by: Actor) -> str:
    """Open a child's case at the stage `found`, and return its code.

    The same `child_id` (a form's own key) again returns the code it got. Raises KnownChildError where the national ID
    is of a case, PlaceOfCaseError.
    """
    child_id = child_id or new_id()
    turns.wait_for(session, f"child {child_id}")
    known = session.exec(select(CaseRow.code).where(CaseRow.child_id == child_id)).first()
    if known is not None:
        return known
    places.require_known(session, place)
    _require_new(session, child.national_id)
    code, now = new_code(), clock.now()
    session.add(CaseRow(code=code, child_id=child_id, opened_at=now, opened_by=by.name))
    session.flush()
    content = sealing.begin(session, child_id, sealing.CHILD, f"{child_id}:1", child)
    session.add(ChildRow(child_id=child_id, version=1, sealed=content, changed_at=now, changed_by=by.name))
    session.add(PlaceRow(code=code, version=1, **_columns(place), changed_at=now, changed_by=by.name))
    session.add(
        StepRow(code=code, number=1, came_from="", act=stages.OPEN, stage=stages.FOUND, done_at=now, done_by=by.name)
    )
    session.add(StandingRow(code=code, **_columns(place), stage=stages.FOUND, rank=NO_NEED, moved_at=now))
    _index(session, child_id, child.national_id)
    audit.record(session, by, "case.opened", code)
    session.flush()
    return code


def change_child(session: Session, code: str, child: Child, *, by: Actor) -> None:
    """Let the case say this of the child from now on; what it said before stays beneath.

    Raises CaseNotFoundError, KnownChildError and ErasedChildError.
    """
    row = take(session, code)
    version = session.exec(select(func.max(ChildRow.version)).where(ChildRow.child_id == row.child_id)).one() + 1
    content = sealing.close(session, row.child_id, sealing.CHILD, f"{row.child_id}:{version}", child)
    stamp: dict[str, Any] = {"changed_at": clock.now(), "changed_by": by.name}
    session.add(ChildRow(child_id=row.child_id, version=version, sealed=content, **stamp))
    _index(session, row.child_id, child.national_id)
    audit.record(session, by, "child.changed", code)
    session.flush()


def move_place(session: Session, code: str, place: CasePlace, *, by: Actor) -> None:
    """Let the case belong to another district, school or grade. Raises CaseNotFoundError and PlaceOfCaseError."""
    take(session, code)
    places.require_known(session, place)
    version = session.exec(select(func.max(PlaceRow.version)).where(PlaceRow.code == code)).one() + 1
    session.add(PlaceRow(code=code, version=version, **_columns(place), changed_at=clock.now(), changed_by=by.name))
    stand(session, code, **_columns(place))
    audit.record(session, by, "case.placed", code)
    session.flush()


def move(session: Session, code: str, act: str, *, reason: str = "", by: Actor) -> str:
    """Take the case to the stage that an act leads to, and return that.

    Raises CaseNotFoundError, NotInThisStageError, ConflictError for whoever is tied to the child, ReasonMissingError
    and ConsentMissingError.
    """
    row = take(session, code)
    require_untied(session, code, by.person_id)
    last = session.exec(select(StepRow).where(StepRow.code == code).order_by(col(StepRow.number).desc()).limit(1)).one()
    stage = stages.after(last.stage, act)
    words = parse_words(reason)
    if stages.ACTS[act].asks_why and not words:
        raise ReasonMissingError()
    needed = stages.ACTS[act].needs
    if needed and not queries.has_consent(session, code, needed):
        raise ConsentMissingError()
    number, now = last.number + 1, clock.now()
    content = sealing.close(session, row.child_id, sealing.STEP, f"{code}:{number}", words) if words else None
    follows: dict[str, Any] = {"after": last.number, "came_from": last.stage}
    session.add(
        StepRow(code=code, number=number, act=act, stage=stage, sealed=content, done_at=now, done_by=by.name, **follows)
    )
    stand(session, code, stage=stage, moved_at=now)
    audit.record(session, by, f"case.{act}", code)
    session.flush()
    return stage


def assign(session: Session, code: str, person_id: UUID, *, by: Actor) -> None:
    """Put a member of staff in charge of a case. Raises CaseNotFoundError, and ConflictError where they are tied."""
    take(session, code)
    require_untied(session, code, person_id)
    version = (session.exec(select(func.max(AssignmentRow.version)).where(AssignmentRow.code == code)).one() or 0) + 1
    stamp: dict[str, Any] = {"assigned_at": clock.now(), "assigned_by": by.name}
    session.add(AssignmentRow(code=code, version=version, person=person_id, **stamp))
    stand(session, code, person=person_id)
    audit.record(session, by, "case.assigned", code)
    session.flush()


def take(session: Session, code: str) -> CaseRow:
    """A case, for whoever writes in it: the next one who does waits until this is over. Raises CaseNotFoundError."""
    turns.wait_for(session, f"case {code}")
    row = session.get(CaseRow, code)
    if row is None:
        raise CaseNotFoundError()
    return row


def require_untied(session: Session, code: str, person_id: UUID | None) -> None:
    """Raises ConflictError where this member of staff declared a tie to the child."""
    if person_id is not None and duties.is_tied(session, person_id, code):
        raise ConflictError()


def stand(session: Session, code: str, **changed: Any) -> None:
    """Let the lists say where a case stands now; whoever decides it notes it."""
    session.execute(update(StandingRow).where(col(StandingRow.code) == code).values(changed))


def _require_new(session: Session, national_id: str) -> None:
    known = queries.case_by_national_id(session, national_id) if national_id else None
    if known is not None:
        raise KnownChildError(code=known)


def _index(session: Session, child_id: UUID, national_id: str) -> None:
    """Let the child be found by this number, and by no other any more."""
    session.execute(delete(IdentityRow).where(col(IdentityRow.child_id) == child_id))
    if not national_id:
        return
    _require_new(session, national_id)
    index = sealed.blind(session, sealing.NATIONAL_ID, national_id)
    try:
        with session.begin_nested():
            session.add(IdentityRow(child_id=child_id, national_id_index=index))
            session.flush()
    except IntegrityError:  # somebody opens a case for the same child at this moment
        raise KnownChildError(code=queries.case_by_national_id(session, national_id) or "") from None


def _columns(place: CasePlace) -> dict[str, Any]:
    return {"district": place.district, "school": place.school, "grade": place.grade}
