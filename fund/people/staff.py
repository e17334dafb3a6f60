"""Verbs on people: invite, give a role, end one, suspend, reset; their own password and address; people as others see
them.

Knows that an invitation opens once and for three days, and that a reset is a new one. Refuses names that could be
taken for another's, an administrator with any other role, acts on oneself, and to end the last administrator.
"""

import hashlib
import secrets
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from fund import audit, clock, outbox, post
from fund.audit import Actor
from fund.people import passwords, places, turns
from fund.people.errors import (
    DemonstrationError,
    EmailError,
    InvitationError,
    LastAdministratorError,
    OwnPowerError,
    PersonNameError,
    PersonNotFoundError,
    PersonTakenError,
    RoleGivenError,
    RolesConflictError,
    SignInNeededError,
)
from fund.people.models import (
    FactorRow,
    FormerEmailRow,
    GrantEndedRow,
    GrantRow,
    InvitationRow,
    PasskeyRow,
    PersonRow,
    RecoveryRow,
    StaffSession,
)
from fund.people.powers import Grant, Person
from fund.people.roles import ALONE, ROLES
from ledger.identifiers import new_id

INVITED_FOR: Final = timedelta(days=3)
_RESERVED: Final = frozenset({"operator", "worker", "donor", "nobody"})  # who acts without a person
_LOOK_ALIKE: Final = frozenset({"LATIN", "CYRILLIC", "GREEK"})  # scripts with the same letters: a name is of one
INVITATION: Final = "notice.invitation"  # the letters about a person: which, and whose id
CHANGED: Final = "notice.changed"
WATCHED: Final = "notice.watched"
WATCHERS: Final = ("treasurer", "auditor")  # hear of each new way to where money or people are at stake


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person as administrators see them."""

    id: UUID
    name: str
    email: str
    grants: tuple[Grant, ...]
    is_suspended: bool
    has_password: bool
    invited_until: datetime | None
    made_at: datetime

    @property
    def is_invited(self) -> bool:
        """Whether a link for them still opens."""
        return self.invited_until is not None and self.invited_until > clock.now()


def name_key(name: str) -> str:
    """A name or e-mail address as it is looked up: whoever looks alike in it is the same."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split()).replace("เเ", "แ")


def invite(session: Session, name: str, grants: Sequence[Grant], *, email: str = "", by: Actor) -> tuple[UUID, str]:
    """Make a person with these roles; their id and the token of the link by which they choose a password.

    Raises PersonNameError, EmailError, PersonTakenError, and what `give` raises.
    """
    name, email = _clean_name(name), _clean_email(email)
    row = PersonRow(name=name, name_key=name_key(name), email=email, made_at=clock.now(), made_by=by.name)
    row.email_key = name_key(email) if email else None
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:
        raise PersonTakenError() from None
    audit.record(session, by, "person.invited", row.id)
    for grant in grants:
        give(session, row.id, grant, by=by)
    _write_to(session, row)
    return row.id, _new_invitation(session, row.id)


def give(session: Session, person_id: UUID, grant: Grant, *, by: Actor) -> None:
    """Give a role, from the next request on.

    Raises UnknownRoleError, ScopeError, NoSuchPlaceError, RolesConflictError, RoleGivenError, OwnPowerError.
    """
    places.require_scope(session, grant)
    row = _changed(session, person_id, by)
    known = grants_of(session, row.id)
    if any((one.role, one.scope) == (grant.role, grant.scope) for one in known):
        raise RoleGivenError()
    roles = {one.role for one in known} | {grant.role}
    if ALONE in roles and len(roles) > 1:
        raise RolesConflictError()
    given = GrantRow(person_id=row.id, role=grant.role, scope=grant.scope, given_at=clock.now(), given_by=by.name)
    session.add(given)
    audit.record(session, by, "role.given", f"{row.id} {grant.role} {grant.scope}".strip())
    session.flush()
    _tell_watchers(session, "role", row.id)


def end(session: Session, grant_id: UUID, *, by: Actor) -> UUID:
    """Take a role away, from the next request on; whose it was.

    Raises PersonNotFoundError for one that is over, LastAdministratorError.
    """
    row = session.get(GrantRow, grant_id)
    if row is None:
        raise PersonNotFoundError()
    if row.role == ALONE:
        _require_another_administrator(session, row.person_id)
    _changed(session, row.person_id, by)
    if session.get(GrantEndedRow, grant_id) is not None:
        raise PersonNotFoundError()
    session.add(GrantEndedRow(grant_id=grant_id, ended_at=clock.now(), ended_by=by.name))
    audit.record(session, by, "role.ended", f"{row.person_id} {row.role} {row.scope}".strip())
    session.flush()
    return row.person_id


def suspend(session: Session, person_id: UUID, *, by: Actor) -> None:
    """Let a person in no more, and end where they are in. Raises LastAdministratorError."""
    _require_another_administrator(session, person_id)
    _changed(session, person_id, by).is_suspended = True
    _end_sessions(session, person_id)
    audit.record(session, by, "person.suspended", person_id)
    session.flush()


def resume(session: Session, person_id: UUID, *, by: Actor) -> None:
    """Let a suspended person in again."""
    _changed(session, person_id, by).is_suspended = False
    audit.record(session, by, "person.resumed", person_id)
    session.flush()


def reset(session: Session, person_id: UUID, *, by: Actor) -> str:
    """Void a person's password, second factors and sessions, and invite them anew; the token of the link.

    Raises LastAdministratorError, but to whoever runs commands on the machine, and can make another.
    """
    if by.person_id is not None:
        _require_another_administrator(session, person_id)
    _changed(session, person_id, by).password_hash = ""
    _void_invitations(session, person_id)
    for table in (FactorRow, RecoveryRow, PasskeyRow):
        session.execute(delete(table).where(col(table.person_id) == person_id))
    _end_sessions(session, person_id)
    audit.record(session, by, "person.reset", person_id)
    _tell_watchers(session, "reset", person_id)
    _write_to(session, _locked(session, person_id))
    return _new_invitation(session, person_id)


def change_password(session: Session, person_id: UUID, password_hash: str, *, by: Actor) -> None:
    """Give somebody the password that they chose anew: every session and every link of theirs is over.

    Raises SignInNeededError for who was reset or suspended meanwhile.
    """
    row = _own(session, person_id)
    if not row.password_hash or row.is_suspended:
        raise SignInNeededError()
    row.password_hash = password_hash
    _void_invitations(session, person_id)
    _end_sessions(session, person_id)
    audit.record(session, by, "password.changed", person_id)
    if row.email:
        outbox.add(session, CHANGED, str(person_id), key=f"{CHANGED}:{new_id()}")
    session.flush()


def change_email(session: Session, person_id: UUID, email: str, *, by: Actor) -> None:
    """Write to somebody at another address from now on (none: no more), and tell the former one of it.

    Raises EmailError, PersonTakenError.
    """
    row, email = _own(session, person_id), _clean_email(email)
    if email == row.email:
        return
    former = FormerEmailRow(person_id=person_id, email=row.email, left_at=clock.now())
    if former.email:
        session.add(former)
        outbox.add(session, CHANGED, f"{person_id} {former.id}")
    row.email, row.email_key = email, name_key(email) if email else None
    try:
        with session.begin_nested():
            session.flush()
    except IntegrityError:
        raise PersonTakenError() from None
    audit.record(session, by, "email.changed", person_id)
    if by.person_id != person_id:
        _tell_watchers(session, "email", person_id)


def former_email(session: Session, former_id: UUID) -> str:
    """The address that somebody left; empty where it was forgotten since."""
    row = session.get(FormerEmailRow, former_id)
    return row.email if row else ""


def open_invitation(session: Session, person_id: UUID) -> str:
    """The token of one more link for somebody who was invited and has not come yet; empty for everybody else."""
    row = _locked(session, person_id)
    is_waiting = not row.password_hash and not row.is_suspended and one(session, person_id).is_invited
    return _new_invitation(session, person_id) if is_waiting else ""


def invited(session: Session, token: str) -> Person:
    """Whom this link invites. Raises InvitationError for one that is wrong, used or too old."""
    row = session.get(InvitationRow, _digest(token))
    if row is None or row.expires_at <= clock.now():
        raise InvitationError()
    return person(session, row.person_id)


def accept(session: Session, token: str, password_hash: str) -> Person:
    """Take an invitation with the password that was chosen; the link is used. Raises InvitationError."""
    found = invited(session, token)
    row = _locked(session, found.id)
    if session.get(InvitationRow, _digest(token), populate_existing=True) is None:  # somebody was quicker
        raise InvitationError()
    _void_invitations(session, found.id)
    row.password_hash = password_hash
    audit.record(session, Actor(found.name, found.id), "invitation.accepted", found.id)
    session.flush()
    return found


def person(session: Session, person_id: UUID) -> Person:
    """One person and what they were given. Raises PersonNotFoundError."""
    row = session.get(PersonRow, person_id)
    if row is None:
        raise PersonNotFoundError()
    return Person(row.id, row.name, tuple(grants_of(session, row.id)))


def named(session: Session, name: str) -> PersonRow | None:
    """The person with this name or e-mail address."""
    key = name_key(name.replace("\0", ""))
    return session.exec(select(PersonRow).where((PersonRow.name_key == key) | (PersonRow.email_key == key))).first()


def grants_of(session: Session, person_id: UUID) -> list[Grant]:
    """The roles of a person that are not over."""
    return _grants(session, [person_id])[person_id]


def people(session: Session) -> list[PersonView]:
    """Everybody who was ever made, by name."""
    rows = session.exec(select(PersonRow).order_by(PersonRow.name_key)).all()
    given = _grants(session, [row.id for row in rows])
    links = session.exec(select(InvitationRow).order_by(col(InvitationRow.expires_at)))
    until = {row.person_id: row.expires_at for row in links}
    return [_view(row, given[row.id], until.get(row.id)) for row in rows]


def one(session: Session, person_id: UUID) -> PersonView:
    """One person as administrators see them. Raises PersonNotFoundError."""
    found = [view for view in people(session) if view.id == person_id]
    if not found:
        raise PersonNotFoundError()
    return found[0]


def _view(row: PersonRow, grants: list[Grant], until: datetime | None) -> PersonView:
    return PersonView(
        row.id, row.name, row.email, tuple(grants), row.is_suspended, bool(row.password_hash), until, row.made_at
    )


def _grants(session: Session, person_ids: Iterable[UUID]) -> dict[UUID, list[Grant]]:
    query = (
        select(GrantRow)
        .outerjoin(GrantEndedRow, col(GrantEndedRow.grant_id) == col(GrantRow.id))
        .where(col(GrantEndedRow.grant_id).is_(None), col(GrantRow.person_id).in_(list(person_ids)))
        .order_by(col(GrantRow.given_at))
    )
    found: dict[UUID, list[Grant]] = defaultdict(list)
    for row in session.exec(query):
        found[row.person_id].append(Grant(row.role, row.scope, row.id))
    return found


def _locked(session: Session, person_id: UUID) -> PersonRow:
    """The person's row; who else changes this person waits."""
    found = select(PersonRow).where(PersonRow.id == person_id).with_for_update()
    row = session.exec(found.execution_options(populate_existing=True)).first()
    if row is None:
        raise PersonNotFoundError()
    return row


def _own(session: Session, person_id: UUID) -> PersonRow:
    """The row of a person who is none of the demonstration's own: those are everybody's."""
    row = _locked(session, person_id)
    if row.password_hash == passwords.DEMO_HASH:
        raise DemonstrationError()
    return row


def _changed(session: Session, person_id: UUID, by: Actor) -> PersonRow:
    """The row of somebody else."""
    if by.person_id == person_id:
        raise OwnPowerError()
    return _own(session, person_id)


def _tell_watchers(session: Session, act: str, person_id: UUID) -> None:
    """A way in was made or moved by who makes people: those who watch over the money hear of it, not from them."""
    if not any(ROLES[grant.role].needs_second_factor for grant in grants_of(session, person_id)):
        return
    for watcher in people(session):
        if watcher.email and watcher.id != person_id and any(grant.role in WATCHERS for grant in watcher.grants):
            outbox.add(session, WATCHED, f"{watcher.id} {act} {person_id}", key=f"{WATCHED}:{new_id()}")


def _require_another_administrator(session: Session, person_id: UUID) -> None:
    """Refuse to end whoever is the last administrator who can come in; of two who end each other one waits."""
    turns.wait_for(session, "administrators")
    known = [one for one in people(session) if any(grant.role == ALONE for grant in one.grants)]
    others = [one for one in known if one.id != person_id and one.has_password and not one.is_suspended]
    if any(one.id == person_id for one in known) and not others:
        raise LastAdministratorError()


def _new_invitation(session: Session, person_id: UUID) -> str:
    """One more link; the first that is used voids the others."""
    token, now = secrets.token_urlsafe(32), clock.now()
    session.add(
        InvitationRow(token_sha256=_digest(token), person_id=person_id, made_at=now, expires_at=now + INVITED_FOR)
    )
    session.flush()
    return token


def _void_invitations(session: Session, person_id: UUID) -> None:
    session.execute(delete(InvitationRow).where(col(InvitationRow.person_id) == person_id))


def _write_to(session: Session, row: PersonRow) -> None:
    """Have an invitation go by letter too, where there is an address."""
    if row.email:
        outbox.add(session, INVITATION, str(row.id), key=f"{INVITATION}:{new_id()}")


def _end_sessions(session: Session, person_id: UUID) -> None:
    session.execute(delete(StaffSession).where(col(StaffSession.person_id) == person_id))


def _clean_name(text: str) -> str:
    name = " ".join(unicodedata.normalize("NFC", text).split())
    is_plain = not any(unicodedata.category(sign) in ("Cc", "Cf", "Co", "Cs", "Cn") for sign in name)
    is_one_script = len({unicodedata.name(sign, "").partition(" ")[0] for sign in name} & _LOOK_ALIKE) < 2
    is_free = "@" not in name and name_key(name) not in _RESERVED
    if not (0 < len(name) <= 100 and is_plain and is_one_script and is_free):
        raise PersonNameError()
    return name


def _clean_email(text: str) -> str:
    email = text.strip()
    if email and not post.is_address(email):
        raise EmailError()
    return email


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
