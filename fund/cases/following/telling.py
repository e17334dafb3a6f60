"""Who is told of a matter by letter: the case managers of a case, the core team, the people of an office.

Knows roles and places. A letter has ids alone, never a name.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import Session

from fund import notices
from fund.cases.queries import CaseView
from fund.people import staff
from fund.people.powers import Place
from fund.people.staff import PersonView


def able(session: Session, role: str, place: Place) -> list[PersonView]:
    """Who has this role for this place, and may come in."""
    known = (one for one in staff.people(session) if not one.is_suspended)
    return [one for one in known if any(grant.role == role and grant.covers(place) for grant in one.grants)]


def in_charge(session: Session, found: CaseView) -> list[UUID]:
    """Who is in charge of a case; while nobody is, all case managers of its place."""
    managers = [one.id for one in able(session, "case_manager", found.place)]
    return [found.person_id] if found.person_id in managers else managers


def tell(session: Session, kind: str, people: Iterable[UUID], matter_id: UUID, state: str) -> None:
    """Write to each of them once that the matter has come to this state."""
    notices.tell(session, kind, dict.fromkeys(people), f"{matter_id} {state}")
