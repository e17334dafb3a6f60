"""The people of a demonstration: one for each role, and `demo`, who may look around nearly everywhere.

Knows the password that everyone may read. Opens only databases made as a demonstration.
"""

from typing import Final

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.people import passwords, staff
from fund.people.models import GrantRow, PersonRow
from fund.people.powers import ROLES, Grant

NAME: Final = "demo"
PASSWORD: Final = passwords.DEMO
ROLES_OF_DEMO: Final = ("core_team", "finance", "treasurer", "auditor")
_PLACES: Final = {"district": "district:4001", "school": "school:KK4001001V", "office": "office:education", "": ""}


def name_of(role: str) -> str:
    """Who has this role alone in a demonstration."""
    return f"{NAME}-{role.replace('_', '-')}"


def move_in(session: Session, *, by: Actor) -> None:
    """Make everybody, with the printed password."""
    _make(session, NAME, [Grant(role) for role in ROLES_OF_DEMO], by=by)
    for role, kind in ROLES.items():
        _make(session, name_of(role), [Grant(role, _PLACES[kind.place])], by=by)


def _make(session: Session, name: str, grants: list[Grant], *, by: Actor) -> None:
    row = PersonRow(name=name, name_key=staff.name_key(name), made_at=clock.now(), made_by=by.name)
    row.password_hash = passwords.DEMO_HASH
    session.add(row)
    session.flush()
    for grant in grants:
        given = GrantRow(person_id=row.id, role=grant.role, scope=grant.scope, given_at=row.made_at, given_by=by.name)
        session.add(given)
