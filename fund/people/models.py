"""Tables of people: who they are, what they were given and for which place, how they come in, who did which part.

Grants are append-only: one that is over has a row that ended it. No token, code or secret lies here as it is.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid
from ledger.identifiers import new_id


class PersonRow(SQLModel, table=True):
    """A member of staff. The keys are name and e-mail as they are looked up; no hash: no password was chosen yet."""

    __tablename__ = "people_person"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    name: str
    name_key: str
    email: str = ""
    email_key: str | None = None
    password_hash: str = ""
    is_suspended: bool = Field(default=False, sa_type=Flag)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class GrantRow(SQLModel, table=True):
    __tablename__ = "people_grant"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    person_id: UUID = Field(sa_type=Uid)
    role: str
    scope: str
    given_at: datetime = Field(sa_type=Instant)
    given_by: str


class GrantEndedRow(SQLModel, table=True):
    __tablename__ = "people_grant_ended"
    grant_id: UUID = Field(sa_type=Uid, primary_key=True)
    ended_at: datetime = Field(sa_type=Instant)
    ended_by: str


class PlaceRow(SQLModel, table=True):
    """A school or an office as it is called since a moment; the newest version counts."""

    __tablename__ = "people_place"
    kind: str = Field(primary_key=True)
    code: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    district: str
    name_th: str
    name_en: str
    is_open: bool = Field(sa_type=Flag)
    changed_at: datetime = Field(sa_type=Instant)
    changed_by: str


class FormerEmailRow(SQLModel, table=True):
    """Where a person was written to before: so that the one who had this address hears of the change."""

    __tablename__ = "people_former_email"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    person_id: UUID = Field(sa_type=Uid)
    email: str
    left_at: datetime = Field(sa_type=Instant)


class InvitationRow(SQLModel, table=True):
    """A link that opens once; gone when it was used, or when another one took its place."""

    __tablename__ = "people_invitation"
    token_sha256: str = Field(primary_key=True)
    person_id: UUID = Field(sa_type=Uid)
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class FactorRow(SQLModel, table=True):
    """An authenticator app: the one that counts, and one that is being set up. A step that was used is never taken
    again."""

    __tablename__ = "people_factor"
    person_id: UUID = Field(sa_type=Uid, primary_key=True)
    is_confirmed: bool = Field(sa_type=Flag, primary_key=True)
    secret: bytes
    last_step: int = Field(default=0, sa_type=BigInt)


class RecoveryRow(SQLModel, table=True):
    """A code for whoever lost the second factor; gone when it was used."""

    __tablename__ = "people_recovery"
    person_id: UUID = Field(sa_type=Uid, primary_key=True)
    code_sha256: str = Field(primary_key=True)


class PasskeyRow(SQLModel, table=True):
    __tablename__ = "people_passkey"
    credential_id: str = Field(primary_key=True)
    person_id: UUID = Field(sa_type=Uid)
    public_key: bytes
    sign_count: int = Field(sa_type=BigInt)
    name: str
    made_at: datetime = Field(sa_type=Instant)


class StaffSession(SQLModel, table=True):
    """One signed-in browser. Only the SHA-256 of its token is kept: who reads the table cannot sign in with it."""

    __tablename__ = "people_session"
    token_sha256: str = Field(primary_key=True)
    id: UUID = Field(default_factory=new_id, sa_type=Uid)
    person_id: UUID = Field(sa_type=Uid)
    account_sha256: str  # of the person's password as it was at sign-in: with another one the session is over
    is_strong: bool = Field(default=False, sa_type=Flag)  # the second factor was given
    made_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    fresh_at: datetime = Field(sa_type=Instant)  # when password or second factor were given last
    came_from: str  # a part of the address only
    browser: str
    challenge: str = ""  # of the passkey that is asked for now
    challenge_at: datetime | None = Field(default=None, sa_type=Instant)


class StandInRow(SQLModel, table=True):
    __tablename__ = "duties_stand_in"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    person: UUID = Field(sa_type=Uid)
    for_person: UUID = Field(sa_type=Uid)
    sides: str  # apart by spaces
    since: date = Field(sa_type=Day)
    until: date = Field(sa_type=Day)
    paper_sha256: str
    appointed_by: UUID = Field(sa_type=Uid)
    appointed_at: datetime = Field(sa_type=Instant)


class StandInEndedRow(SQLModel, table=True):
    __tablename__ = "duties_stand_in_ended"
    stand_in_id: UUID = Field(sa_type=Uid, primary_key=True)
    ended_by: UUID = Field(sa_type=Uid)
    ended_at: datetime = Field(sa_type=Instant)


class ChainRow(SQLModel, table=True):
    __tablename__ = "duties_chain"
    chain: str = Field(primary_key=True)
    case_code: str = ""


class ParticipantRow(SQLModel, table=True):
    """One human on one side; `through` whom, where a stand-in acted."""

    __tablename__ = "duties_participant"
    chain: str = Field(primary_key=True)
    person: UUID = Field(sa_type=Uid, primary_key=True)
    side: str
    taken_on: date = Field(sa_type=Day)
    taken_at: datetime = Field(sa_type=Instant)
    through: UUID | None = Field(default=None, sa_type=Uid)
    stand_in_id: UUID | None = Field(default=None, sa_type=Uid)
    since: date | None = Field(default=None, sa_type=Day)
    until: date | None = Field(default=None, sa_type=Day)


class ApprovalRow(SQLModel, table=True):
    __tablename__ = "duties_approval"
    chain: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    slot: int = Field(sa_type=BigInt, primary_key=True)
    person: UUID = Field(sa_type=Uid)
    side: str = "approve"
    approved_at: datetime = Field(sa_type=Instant)


class ConflictRow(SQLModel, table=True):
    __tablename__ = "duties_conflict"
    person: UUID = Field(sa_type=Uid, primary_key=True)
    case_code: str = Field(primary_key=True)
    relation: str
    declared_by: str
    declared_at: datetime = Field(sa_type=Instant)
