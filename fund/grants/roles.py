"""Whether somebody's roles let them do an act on grants, asked by every verb and not only at the door.

Knows `states.ROLES`. Refuses nobody in particular (NobodyError) and who has no such role in the district.
"""

from collections.abc import Collection

from sqlmodel import Session

from fund.audit import Actor
from fund.grants.errors import GrantRoleError
from fund.people import staff
from fund.people.errors import NobodyError
from fund.people.powers import Place


def require(session: Session, roles: Collection[str], *, who: Actor, district: str = "") -> None:
    """`who` is a person with one of these roles in this district. Raises NobodyError and GrantRoleError."""
    if who.person_id is None:
        raise NobodyError()
    place = Place(district=district)
    given = staff.grants_of(session, who.person_id)
    if not any(grant.role in roles and (not district or grant.covers(place)) for grant in given):
        raise GrantRoleError()
