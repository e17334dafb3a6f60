"""Referrals: what an office is told of a child, with consent; its answer; the end of the sharing.

Knows what a family may have told about a child, each field by itself, as it was on that day. Refuses a referral without
consent to tell partner offices; with the consent, or the referral, over, the office reads nothing any more, at once.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, notices
from fund.audit import WORKER, Actor
from fund.cases import queries as cases
from fund.cases import sealing, stages
from fund.cases import service as case_verbs
from fund.cases.errors import ConsentMissingError, NotInThisStageError
from fund.cases.following import states, steps, telling
from fund.cases.following.errors import MatterNotFoundError, NothingSharedError, OfficeError, StillReferredError
from fund.cases.following.models import MatterRow, ReferralRow
from fund.cases.following.states import LAPSED, REFERRAL, SHARED
from fund.cases.models import ConsentRow, ConsentWithdrawnRow
from fund.people import places, staff, turns
from fund.people.errors import PlaceNotFoundError
from ledger.identifiers import new_id
from ledger.private import Part

SCOPE: Final = "share_with_partners"
SEALED: Final = "following_referral.sealed"
FIELDS: Final = {
    "name": "Name",
    "nickname": "Nickname",
    "birth_on": "Birth date",
    "school": "School and grade",
    "address": "Where the child lives",
    "guardian": "Who answers for the child, and their phone",
    "needs": "Needs",
}
"""What an office may be told; an ID number, money and the household are not among it."""


@dataclass(frozen=True, slots=True)
class HandedOver:
    """What an office is told: the chosen fields as they were, and what it is asked for."""

    fields: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    words: str = ""


def send(session: Session, code: str, office: str, told: HandedOver, *, row_id: UUID | None = None, by: Actor) -> UUID:
    """Refer the child to an office, and write to its people. The same `row_id` again changes nothing.

    Raises CaseNotFoundError, ConflictError, OfficeError, NothingSharedError, ConsentMissingError, StillReferredError,
    and the cases' NotInThisStageError where a child is not referred at this stage.
    """
    child_id = case_verbs.take(session, code).child_id
    case_verbs.require_untied(session, code, by.person_id)
    if row_id is not None and session.get(ReferralRow, row_id) is not None:
        return row_id
    _require_office(session, office)
    if not (told.fields or told.needs):
        raise NothingSharedError()
    stage = cases.case(session, code).stage
    if stage != stages.REFERRED:
        stages.after(stage, "refer")
    _require_first(session, code, office)
    new, consent_id = row_id or new_id(), _consent(session, code)
    content = sealing.close(session, child_id, SEALED, new, told)
    steps.begin(session, REFERRAL, new, "send", code, by=by)
    session.add(ReferralRow(id=new, office=office, consent_id=consent_id, sealed=content))
    people = [one.id for one in staff.people(session) if _is_of(one, office)]
    telling.tell(session, notices.REFERRAL, people, new, states.OPEN)
    session.flush()
    return new


def act(session: Session, referral_id: UUID, doing: str, words: str = "", *, by: Actor) -> str:
    """What an office answers, or the case manager does with the answer; the state it leads to.

    An accepted referral takes the case to its stage. Raises what a step does, and ConsentMissingError where the office
    would answer what it may not read any more.
    """
    row = _row(session, referral_id)
    is_office = states.after(REFERRAL, _matter(session, referral_id).state, doing).power == "referrals.answer"
    if is_office and not is_agreed(session, row):
        raise ConsentMissingError()
    matter = steps.take(session, REFERRAL, referral_id, doing, words, by=by)
    if is_office and matter.code:
        found = cases.case(session, matter.code)
        telling.tell(session, notices.REFERRAL, telling.in_charge(session, found), referral_id, matter.state)
        if matter.state == states.ACCEPTED:
            _refer(session, matter.code, by)
    return matter.state


def is_agreed(session: Session, row: ReferralRow) -> bool:
    """Whether the consent by which it was sent is in force still."""
    if session.get(ConsentWithdrawnRow, row.consent_id) is not None:
        return False
    matter = _matter(session, row.id)
    return bool(matter.code) and cases.has_consent(session, matter.code or "", SCOPE)


def is_shared(session: Session, referral_id: UUID) -> bool:
    """Whether its office may read it now."""
    return _matter(session, referral_id).state in SHARED and is_agreed(session, _row(session, referral_id))


def opened(session: Session, referral_id: UUID, *, by: Actor) -> HandedOver | None:
    """What the office is told, the look noted; None once the child was erased. Raises MatterNotFoundError."""
    row, matter = _row(session, referral_id), _matter(session, referral_id)
    audit.viewed(session, by, "referral", referral_id, reason="case_work")
    child_id = cases.case(session, matter.code or "").child_id
    return sealing.opened(session, [Part(child_id, SEALED, str(referral_id), row.sealed)], HandedOver)[0]


def lapse_without_consent(session: Session) -> int:
    """End every referral whose consent is over, and write to who is in charge; how many."""
    standing = select(MatterRow.id).where(MatterRow.machine == REFERRAL, col(MatterRow.state).in_(SHARED))
    over = [one for one in session.exec(standing).all() if not is_agreed(session, _row(session, one))]
    for referral_id in over:
        matter = steps.take(session, REFERRAL, referral_id, "lapse", by=WORKER)
        found = cases.case(session, matter.code or "")
        telling.tell(session, notices.REFERRAL, telling.in_charge(session, found), referral_id, LAPSED)
    return len(over)


def _row(session: Session, referral_id: UUID) -> ReferralRow:
    row = session.get(ReferralRow, referral_id)
    if row is None:
        raise MatterNotFoundError()
    return row


def _matter(session: Session, referral_id: UUID) -> MatterRow:
    turns.wait_for(session, f"following {referral_id}")
    matter = session.get(MatterRow, referral_id, populate_existing=True)
    if matter is None:
        raise MatterNotFoundError()
    return matter


def _require_office(session: Session, office: str) -> None:
    try:
        known = places.one(session, "office", office)
    except PlaceNotFoundError:
        raise OfficeError() from None
    if not known.is_open:
        raise OfficeError()


def _require_first(session: Session, code: str, office: str) -> None:
    same = select(MatterRow.id).join(ReferralRow, col(ReferralRow.id) == col(MatterRow.id))
    running = same.where(MatterRow.code == code, col(MatterRow.state).in_(SHARED), ReferralRow.office == office)
    if session.exec(running).first() is not None:
        raise StillReferredError()


def _consent(session: Session, code: str) -> UUID:
    """The newest consent to tell partner offices that was not taken back. Raises ConsentMissingError."""
    if not cases.has_consent(session, code, SCOPE):
        raise ConsentMissingError()
    over = select(ConsentWithdrawnRow.consent_id).where(col(ConsentWithdrawnRow.consent_id) == col(ConsentRow.id))
    given = select(ConsentRow).where(ConsentRow.code == code, ~over.exists())
    newest = session.exec(given.order_by(col(ConsentRow.noted_at).desc())).all()
    return next(row.id for row in newest if SCOPE in row.scopes.split())


def _refer(session: Session, code: str, by: Actor) -> None:
    """Take the case to `referred`, if it can be from where it stands by now."""
    try:
        case_verbs.move(session, code, "refer", by=by)
    except NotInThisStageError:
        return


def _is_of(person: staff.PersonView, office: str) -> bool:
    is_able = any(grant.role == "partner" and grant.scope == f"office:{office}" for grant in person.grants)
    return is_able and not person.is_suspended
