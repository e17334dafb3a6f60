"""Complaints of families: sent without an account, read and answered by the core team, never by the case manager.

Knows the key that stands on a family's papers, in which nothing tells whose it is. A complaint lies sealed under a key
of its own, not the child's. Kept from everybody who is a case manager where the case is, or is in charge of it,
whatever else they are; and from who declared a tie to the child.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from fund import audit, clock, codes, notices
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing
from fund.cases.following import states, steps, telling
from fund.cases.following.errors import ComplaintDistrictError, ComplaintMissingError, MatterNotFoundError
from fund.cases.following.models import ComplaintRow, LinkRow
from fund.cases.following.states import COMPLAINT
from fund.people import duties, places, turns
from fund.people.powers import Person, Place
from ledger.identifiers import new_id
from ledger.private import Part

FAMILY: Final = Actor("family")
"""Who complains, without an account."""

PUBLIC: Final = "/complaint"
SEALED: Final = "following_complaint.sealed"
KEY_LENGTH: Final = 14
TOPICS: Final = {
    "not_received": "The help did not arrive",
    "less": "Less came than was promised",
    "asked": "Somebody asked us for money or a favour",
    "treated": "How we were treated",
    "told": "Somebody talked about us",
    "other": "Something else",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What a family says: what it is about, in their words, and, if they like, how to reach them."""

    topic: str = ""
    words: str = ""
    name: str = ""
    phone: str = ""

    def check(self) -> None:
        """Refuse what nobody could look into. Raises ComplaintMissingError."""
        if not (self.words or (self.topic in TOPICS and self.topic != "other")):
            raise ComplaintMissingError()


def address_of(site: str, key: str) -> str:
    """Where the family with this key complains, on the site at `site`."""
    return f"{site}{PUBLIC}/{key}"


def link_of(session: Session, code: str, *, by: Actor) -> str:
    """The key by which the family of this case complains; made when it is first asked for. Raises CaseNotFoundError."""
    turns.wait_for(session, f"complaint link {code}")
    cases.case(session, code)
    known = session.exec(select(LinkRow.key).where(LinkRow.code == code)).first()
    if known is not None:
        return known
    key = codes.new("Y", KEY_LENGTH)
    session.add(LinkRow(key=key, code=code, made_at=clock.now(), made_by=by.name))
    audit.record(session, by, "complaint_link.made", code)
    session.flush()
    return key


def is_link(session: Session, key: str) -> bool:
    """Whether somebody may complain by this key."""
    return session.get(LinkRow, key) is not None


def complain(session: Session, said: Said, *, key: str = "", district: str = "", form_key: str) -> UUID:
    """Keep a complaint, by a family's key or of a district, and write to the core team; the same form again is one.

    Raises ComplaintMissingError, MatterNotFoundError for a key that is none, and ComplaintDistrictError.
    """
    said.check()
    turns.wait_for(session, f"complaint {form_key}")
    known = session.exec(select(ComplaintRow.id).where(ComplaintRow.form_key == form_key)).first()
    if known is not None:
        return known
    code = _code_of(session, key) if key else None
    if code:
        district = cases.case(session, code).at.district
    if district not in places.districts(session):
        raise ComplaintDistrictError()
    new = new_id()
    steps.begin(session, COMPLAINT, new, "complain", code, by=FAMILY)
    content = sealing.begin(session, new, SEALED, new, said)
    session.add(ComplaintRow(id=new, form_key=form_key, district=district, sealed=content))
    session.flush()
    _tell(session, new, code, district)
    return new


def act(session: Session, complaint_id: UUID, doing: str, words: str, *, by: Actor) -> None:
    """Note what was answered, or close it with a reason. Raises what a step does."""
    steps.take(session, COMPLAINT, complaint_id, doing, words, by=by)


def opened(session: Session, complaint_id: UUID, *, by: Actor) -> Said | None:
    """What a complaint says, the look noted; None once it was erased. Raises MatterNotFoundError."""
    row = session.get(ComplaintRow, complaint_id)
    if row is None:
        raise MatterNotFoundError()
    audit.viewed(session, by, "complaint", complaint_id, reason="complaint")
    return sealing.opened(session, [Part(complaint_id, SEALED, str(complaint_id), row.sealed)], Said)[0]


def is_kept_from(session: Session, person: Person, code: str | None, district: str) -> bool:
    """Whether this person must not know of a complaint, whatever their roles: it may be about them."""
    place, in_charge = Place(district), None
    if code:
        found = cases.case(session, code)
        place, in_charge = found.place, found.person_id
    is_manager = any(grant.role == "case_manager" and grant.covers(place) for grant in person.grants)
    return is_manager or person.id == in_charge or bool(code and duties.is_tied(session, person.id, code))


def _code_of(session: Session, key: str) -> str:
    row = session.get(LinkRow, key)
    if row is None:
        raise MatterNotFoundError()
    return row.code


def _tell(session: Session, complaint_id: UUID, code: str | None, district: str) -> None:
    """A letter to the core team; where each of them is kept from it, to the auditors."""
    for role in ("core_team", "auditor"):
        able = telling.able(session, role, Place())
        told = [
            one.id for one in able if not is_kept_from(session, Person(one.id, one.name, one.grants), code, district)
        ]
        if told:
            telling.tell(session, notices.COMPLAINT, told, complaint_id, states.OPEN)
            return
