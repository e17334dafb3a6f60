"""Schools and offices, the places besides districts that roles are given for, and every place's name in words.

Knows each by a code that stays; another name or its end is a new version, and nothing is deleted. Refuses a school
outside the districts, a code that is taken, and to close a place for which somebody still has a role; the database
refuses a role for a place that is not here (`people_grant_place_known`).
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.people import turns
from fund.people.errors import (
    NoSuchPlaceError,
    PlaceCodeError,
    PlaceInUseError,
    PlaceNameError,
    PlaceNotFoundError,
    PlaceTakenError,
    ScopeError,
    UnknownRoleError,
)
from fund.people.models import GrantEndedRow, GrantRow, PersonRow, PlaceRow
from fund.people.powers import Grant, Place
from fund.people.roles import ROLES
from ledger import accounts

Kind = Literal["school", "office"]
KINDS: Final[tuple[Kind, ...]] = ("school", "office")
LONGEST_NAME: Final = 150
SEPARATOR: Final = " · "
"""Between a place's name and its code, where somebody chooses it by its name."""

_CODE: Final = re.compile(r"[\w.-]{1,40}", re.ASCII)


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A school or an office as it is today; a school lies in a district."""

    kind: Kind
    code: str
    district: str
    name_th: str
    name_en: str
    is_open: bool
    changed_at: datetime

    @property
    def scope(self) -> str:
        """What a role is given for."""
        return f"{self.kind}:{self.code}"


def register(
    session: Session, kind: Kind, code: str, name_th: str, name_en: str, *, district: str = "", by: Actor
) -> None:
    """Add a school or an office. Raises PlaceCodeError, PlaceNameError, NoSuchPlaceError and PlaceTakenError."""
    if not _CODE.fullmatch(code):
        raise PlaceCodeError()
    if kind == "school" and district not in districts(session):
        raise NoSuchPlaceError()
    whose: dict[str, Any] = {"district": district, "changed_at": clock.now(), "changed_by": by.name}
    _add(session, PlaceRow(kind=kind, code=code, version=1, name_th=name_th, name_en=name_en, is_open=True, **whose))
    audit.record(session, by, "place.registered", f"{kind}:{code}")


def rename(session: Session, kind: Kind, code: str, name_th: str, name_en: str, *, by: Actor) -> None:
    """Call a place otherwise from now on. Raises PlaceNameError and PlaceNotFoundError."""
    _add(session, _next(_locked(session, kind, code), by, name_th=name_th, name_en=name_en))
    audit.record(session, by, "place.renamed", f"{kind}:{code}")


def close(session: Session, kind: Kind, code: str, *, by: Actor) -> None:
    """Give no more roles for a place. Raises PlaceNotFoundError; PlaceInUseError while somebody has one."""
    row = _locked(session, kind, code)
    holders = {name for name, _role in whose(session, f"{kind}:{code}")}
    if holders:
        raise PlaceInUseError(names=", ".join(sorted(holders)))
    _add(session, _next(row, by, is_open=False))
    audit.record(session, by, "place.closed", f"{kind}:{code}")


def reopen(session: Session, kind: Kind, code: str, *, by: Actor) -> None:
    """Let roles be given for a closed place again. Raises PlaceNotFoundError."""
    _add(session, _next(_locked(session, kind, code), by, is_open=True))
    audit.record(session, by, "place.reopened", f"{kind}:{code}")


def every(session: Session) -> list[KnownPlace]:
    """Every school and office that was ever registered, by district and name."""
    newest = {(row.kind, row.code): row for row in session.exec(select(PlaceRow).order_by(col(PlaceRow.version)))}
    return sorted(map(_known, newest.values()), key=lambda one: (one.kind, one.district, one.name_th, one.code))


def one(session: Session, kind: Kind, code: str) -> KnownPlace:
    """One of them. Raises PlaceNotFoundError."""
    return _known(_newest(session, kind, code))


def districts(session: Session) -> dict[str, tuple[str, str]]:
    """The districts that have a fund here: code → (Thai, English) name."""
    funds = [fund for fund in accounts.funds(session) if re.fullmatch(r"D\d+", fund.code)]
    return {fund.code[1:]: (fund.name_th, fund.name_en) for fund in funds}


def names(session: Session) -> dict[str, tuple[str, str]]:
    """What each place is called, by what a role is given for: `district:4001` → (เขตอำเภอ…, … district)."""
    areas = {f"district:{code}": (f"เขต{thai}", english) for code, (thai, english) in districts(session).items()}
    return areas | {one.scope: (one.name_th, one.name_en) for one in every(session)}


def place_of(session: Session, scope: str) -> Place:
    """The place as powers ask for it: a school with its district, so that whoever has the district has the school.

    Raises PlaceNotFoundError for a school or office that is not here.
    """
    kind, _, code = scope.partition(":")
    if kind == "district":
        return Place(district=code)
    found = one(session, "school" if kind == "school" else "office", code)
    return Place(district=found.district, **{found.kind: code})


def whose(session: Session, scope: str) -> list[tuple[str, str]]:
    """Who has a role for this place: name and role, by name."""
    query = (
        select(PersonRow.name, GrantRow.role)
        .join(GrantRow, col(GrantRow.person_id) == col(PersonRow.id))
        .outerjoin(GrantEndedRow, col(GrantEndedRow.grant_id) == col(GrantRow.id))
        .where(col(GrantEndedRow.grant_id).is_(None), GrantRow.scope == scope)
    )
    return sorted((name, role) for name, role in session.exec(query))


def require_scope(session: Session, grant: Grant) -> None:
    """Refuse a role that is not there, or that is not given for such a place; no place closes until this is over.

    Raises UnknownRoleError, ScopeError and NoSuchPlaceError.
    """
    if grant.role not in ROLES:
        raise UnknownRoleError()
    kind, _, code = grant.scope.partition(":")
    if kind != ROLES[grant.role].place or (kind and not _CODE.fullmatch(code)):
        raise ScopeError()
    if kind and not _is_open(session, kind, code):
        raise NoSuchPlaceError()


def _is_open(session: Session, kind: str, code: str) -> bool:
    if kind == "district":
        return code in districts(session)
    try:
        return _locked(session, kind, code).is_open
    except PlaceNotFoundError:
        return False


def _newest(session: Session, kind: str, code: str) -> PlaceRow:
    versions = select(PlaceRow).where(PlaceRow.kind == kind, PlaceRow.code == code)
    row = session.exec(versions.order_by(col(PlaceRow.version).desc()).limit(1)).first()
    if row is None:
        raise PlaceNotFoundError()
    return row


def _locked(session: Session, kind: str, code: str) -> PlaceRow:
    """The newest version; who else changes this place, or gives a role for it, waits."""
    turns.wait_for(session, f"place {kind}:{code}")
    return _newest(session, kind, code)


def _next(row: PlaceRow, by: Actor, **changes: Any) -> PlaceRow:
    stamp = {"version": row.version + 1, "changed_at": clock.now(), "changed_by": by.name}
    return PlaceRow(**row.model_dump() | stamp | changes)


def _add(session: Session, row: PlaceRow) -> None:
    row.name_th, row.name_en = _clean_name(row.name_th), _clean_name(row.name_en)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise PlaceTakenError() from None


def _clean_name(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    is_plain = not any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn") for sign in name)
    if not (0 < len(name) <= LONGEST_NAME and is_plain and SEPARATOR.strip() not in name):
        raise PlaceNameError()
    return name


def _known(row: PlaceRow) -> KnownPlace:
    kind: Kind = "school" if row.kind == "school" else "office"
    return KnownPlace(kind, row.code, row.district, row.name_th, row.name_en, row.is_open, row.changed_at)
