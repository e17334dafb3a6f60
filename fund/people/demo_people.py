"""The people of a demonstration: one for each role, and `demo`, who may look around nearly everywhere; their places.

Knows the password that everyone may read, and schools that do not exist. Opens only databases made as a demonstration.
"""

from typing import Final

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.people import passwords, places, staff
from fund.people.models import GrantRow, PersonRow
from fund.people.places import KINDS
from fund.people.powers import Grant
from fund.people.roles import ROLES

NAME: Final = "demo"
PASSWORD: Final = passwords.DEMO
ROLES_OF_DEMO: Final = ("core_team", "finance", "treasurer", "auditor")
_PLACES: Final = {"district": "district:4001", "school": "school:KK4001001V", "office": "office:education", "": ""}
_KNOWN: Final = {
    "school": (
        ("KK4001001V", "4001", "โรงเรียนบ้านตัวอย่าง", "Ban Tuayang School"),
        ("KK4002001N", "4002", "โรงเรียนชุมชนสมมติ", "Chumchon Sommut School"),
        ("KK4003001G", "4003", "วัดป่าตัวอย่าง", "Wat Pa Tuayang"),
    ),
    "office": (
        ("interior", "", "ที่ทำการปกครองจังหวัด", "Provincial administration office"),
        ("education", "", "สำนักงานศึกษาธิการจังหวัด", "Provincial education office"),
        ("health", "", "สำนักงานสาธารณสุขจังหวัด", "Provincial public health office"),
        ("welfare", "", "สำนักงานพัฒนาสังคมและความมั่นคงของมนุษย์จังหวัด", "Provincial social development office"),
        ("red-cross", "", "เหล่ากาชาดจังหวัด", "Provincial Red Cross chapter"),
        ("foundation", "", "มูลนิธิบ้านตัวอย่าง", "Ban Tuayang Foundation"),
        ("temple-school", "", "โรงเรียนพระปริยัติธรรมสมมติ", "Sommut temple school"),
    ),
}
"""Code, district and names; a school's code is that of its campaign here."""


def name_of(role: str) -> str:
    """Who has this role alone in a demonstration."""
    return f"{NAME}-{role.replace('_', '-')}"


def move_in(session: Session, *, by: Actor) -> None:
    """Make everybody, with the printed password, and the places that they work for."""
    for kind in KINDS:
        for code, district, name_th, name_en in _KNOWN[kind]:
            places.register(session, kind, code, name_th, name_en, district=district, by=by)
    _make(session, NAME, [Grant(role) for role in ROLES_OF_DEMO], by=by)
    for name, role in ROLES.items():
        _make(session, name_of(name), [Grant(name, _PLACES[role.place])], by=by)


def _make(session: Session, name: str, grants: list[Grant], *, by: Actor) -> None:
    row = PersonRow(name=name, name_key=staff.name_key(name), made_at=clock.now(), made_by=by.name)
    row.password_hash = passwords.DEMO_HASH
    session.add(row)
    session.flush()
    for grant in grants:
        given = GrantRow(person_id=row.id, role=grant.role, scope=grant.scope, given_at=row.made_at, given_by=by.name)
        session.add(given)
