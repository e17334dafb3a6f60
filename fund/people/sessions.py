"""Who is in: one row for each browser in which somebody signed in.

Knows how long a session lasts (idle 60 minutes, 12 hours in all, 10 minutes without the second factor that is needed)
and how long a password counts as just given. A session is over with the person's password, or when they are suspended.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, or_, select

from fund import audit, clock
from fund.audit import Actor
from fund.people import factors, staff
from fund.people.errors import PersonNotFoundError
from fund.people.models import PersonRow, StaffSession
from fund.people.powers import Person, Stage

IDLE: Final = timedelta(minutes=60)
LONGEST: Final = timedelta(hours=12)
LONGEST_HALF: Final = timedelta(minutes=10)
FRESH_FOR: Final = timedelta(minutes=10)
SEEN_STEP: Final = timedelta(minutes=1)
CHALLENGE_FOR: Final = timedelta(minutes=5)

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Mac OS", "Mac"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Origin:
    """From where and with what somebody came: kept only so far that they recognise it."""

    address: str = ""
    browser: str = ""

    @property
    def place(self) -> str:
        """The network of the address: no more than a person needs to recognise theirs."""
        try:
            found = ip_address(self.address)
        except ValueError:
            return ""
        return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))

    @property
    def kind(self) -> str:
        """`Chrome, Android`: what a browser calls itself, in two words."""
        named = [next((name for sign, name in names if sign in self.browser), "") for names in (_BROWSERS, _SYSTEMS)]
        return ", ".join(filter(None, named))


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Whose browser this is, how far they have come, and when they last proved it."""

    session_id: UUID
    person: Person
    stage: Stage
    is_fresh: bool
    is_worth_noting: bool


@dataclass(frozen=True, slots=True)
class SessionView:
    """A session as its owner sees it."""

    id: UUID
    person_id: UUID
    name: str
    made_at: datetime
    seen_at: datetime
    came_from: str
    browser: str


def begin(
    session: Session, person_id: UUID, former_token: str, origin: Origin, *, is_strong: bool = False, by: Actor
) -> str:
    """Begin a session under a new token (returned, never kept) and end the one of `former_token`."""
    end(session, former_token)
    row, now = session.get_one(PersonRow, person_id), clock.now()
    over = or_(col(StaffSession.made_at) < now - LONGEST, col(StaffSession.seen_at) < now - IDLE)
    session.execute(delete(StaffSession).where(over))  # a clock put back must not let them in again
    token = secrets.token_urlsafe(32)
    session.add(
        StaffSession(
            token_sha256=_digest(token),
            person_id=row.id,
            account_sha256=_account(row),
            is_strong=is_strong,
            made_at=now,
            seen_at=now,
            fresh_at=now,
            came_from=origin.place,
            browser=origin.kind,
        )
    )
    audit.record(session, by, "staff.signed_in" if is_strong else "staff.password_given", row.id)
    session.flush()
    return token


def signed_in(session: Session, token: str, *, is_demo: bool) -> SignedIn | None:
    """Who is signed in with this token; nobody once it is idle or old, or they are suspended or have a new password."""
    found = _alive(session, token)
    if found is None:
        return None
    row, person, now = found, staff.person(session, found.person_id), clock.now()
    stage = _stage(session, row, person, is_demo=is_demo)
    if stage is not Stage.IN and now - row.made_at >= LONGEST_HALF:
        return None
    return SignedIn(row.id, person, stage, now - row.fresh_at < FRESH_FOR, now - row.seen_at >= SEEN_STEP)


def _alive(session: Session, token: str) -> StaffSession | None:
    row = session.get(StaffSession, _digest(token))
    if row is None or not _is_alive(row, clock.now()):
        return None
    account = session.get_one(PersonRow, row.person_id)
    return None if account.is_suspended or _account(account) != row.account_sha256 else row


def _stage(session: Session, row: StaffSession, person: Person, *, is_demo: bool) -> Stage:
    if is_demo or row.is_strong:
        return Stage.IN
    if factors.has_any(session, person.id):
        return Stage.ASKED
    return Stage.ENROLLING if person.needs_second_factor else Stage.IN


def freshen(session: Session, token: str) -> None:
    """Note that password or second factor were given again just now."""
    row = _row(session, token)
    row.fresh_at = clock.now()
    session.flush()


def note_seen(session: Session, token: str) -> None:
    """Keep the session of this token from becoming idle."""
    row = session.get(StaffSession, _digest(token))
    if row is not None:
        row.seen_at = clock.now()


def set_challenge(session: Session, token: str, challenge: str) -> None:
    """Keep what a passkey of this browser must sign next."""
    row = _row(session, token)
    row.challenge, row.challenge_at = challenge, clock.now()
    session.flush()


def take_challenge(session: Session, token: str) -> str:
    """What was to be signed, once and for five minutes; empty where nothing was asked."""
    row = _row(session, token)
    is_valid = row.challenge_at is not None and clock.now() - row.challenge_at < CHALLENGE_FOR
    taken = row.challenge if is_valid else ""
    row.challenge, row.challenge_at = "", None
    session.flush()
    return taken


def of_person(session: Session, person_id: UUID | None = None) -> list[SessionView]:
    """The sessions of a person (of everybody) that still open something, last seen first."""
    query = select(StaffSession, PersonRow).join(PersonRow, col(PersonRow.id) == col(StaffSession.person_id))
    if person_id is not None:
        query = query.where(StaffSession.person_id == person_id)
    rows = session.exec(query.order_by(col(StaffSession.seen_at).desc())).all()
    return [
        SessionView(row.id, person.id, person.name, row.made_at, row.seen_at, row.came_from, row.browser)
        for row, person in rows
        if _is_alive(row, clock.now())
    ]


def revoke(session: Session, session_id: UUID, person_id: UUID | None = None, *, by: Actor) -> None:
    """End a session by its id; with `person_id` only one of theirs. Raises PersonNotFoundError."""
    row = session.exec(select(StaffSession).where(StaffSession.id == session_id)).first()
    if row is None or person_id not in (None, row.person_id):
        raise PersonNotFoundError()
    session.delete(row)
    audit.record(session, by, "session.ended", row.person_id)
    session.flush()


def sign_out(session: Session, token: str, *, by: Actor) -> None:
    """End the session of this token, as its owner asked."""
    end(session, token)
    audit.record(session, by, "staff.signed_out", by.person_id)


def end(session: Session, token: str) -> None:
    """Forget the session of this token; none is no error."""
    session.execute(delete(StaffSession).where(col(StaffSession.token_sha256) == _digest(token)))


def _row(session: Session, token: str) -> StaffSession:
    return session.exec(select(StaffSession).where(StaffSession.token_sha256 == _digest(token)).with_for_update()).one()


def _is_alive(row: StaffSession, now: datetime) -> bool:
    return now - row.seen_at < IDLE and now - row.made_at < LONGEST


def _account(row: PersonRow) -> str:
    """What a session keeps of its person; a new password is a new digest."""
    return _digest(f"account:{row.id}:{row.password_hash}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
