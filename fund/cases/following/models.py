"""Tables of referrals, follow-ups and families' complaints. All are append-only but `MatterRow`.

A matter is any one of the three; where it stands follows from its steps. Words of a referral or a follow-up lie sealed
under the child's key, those of a complaint under the complaint's own: who is in charge of the case cannot read them.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Instant, Uid


class MatterRow(SQLModel, table=True):
    """Where a referral, a follow-up or a complaint stands now; without a case where a family named none."""

    __tablename__ = "following_matter"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    machine: str
    code: str | None = None
    state: str
    moved_at: datetime = Field(sa_type=Instant)


class StepRow(SQLModel, table=True):
    """A step of a matter from one state to another; `after` is the number of the step it follows."""

    __tablename__ = "following_step"
    matter_id: UUID = Field(sa_type=Uid, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    machine: str
    after: int | None = Field(default=None, sa_type=BigInt)
    came_from: str
    act: str
    state: str
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    done_at: datetime = Field(sa_type=Instant)
    done_by: str


class ReferralRow(SQLModel, table=True):
    """To which office, by which consent, and, sealed, what it is told."""

    __tablename__ = "following_referral"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    office: str
    consent_id: UUID = Field(sa_type=Uid)
    sealed: bytes = Field(sa_type=LargeBinary)


class FollowUpRow(SQLModel, table=True):
    """On which day to look in after which help (the number of the case's step)."""

    __tablename__ = "following_follow_up"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    code: str
    help_number: int = Field(sa_type=BigInt)
    due_on: date = Field(sa_type=Day)


class HoldRow(SQLModel, table=True):
    """A tranche that waits until this follow-up was looked at."""

    __tablename__ = "following_hold"
    follow_up_id: UUID = Field(sa_type=Uid, primary_key=True)
    request_id: UUID = Field(sa_type=Uid, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)


class LinkRow(SQLModel, table=True):
    """The key by which the family of a case complains; nothing in it tells whose it is."""

    __tablename__ = "following_link"
    key: str = Field(primary_key=True)
    code: str
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class ComplaintRow(SQLModel, table=True):
    __tablename__ = "following_complaint"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    form_key: str
    district: str
    sealed: bytes = Field(sa_type=LargeBinary)
