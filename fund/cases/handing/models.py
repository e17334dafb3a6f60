"""Tables of handing over. All are append-only but what is to be done about a `HandoverRow`, and pictures' likenesses.

A handover is one for each time that a tranche left or was issued: `went` is the number of the grant's step that says
so. Words and files lie sealed under the key of the request, as the other papers of a grant do.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class HandoverRow(SQLModel, table=True):
    """Help that is to arrive, and whose evidence is due; `lacks` papers were not handed in, `pending` wait."""

    __tablename__ = "handing_handover"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    went: int = Field(sa_type=BigInt, primary_key=True)
    went_to: str
    case_code: str
    requester: UUID = Field(sa_type=Uid)
    side: str = "request"
    payee_kind: str
    went_on: date = Field(sa_type=Day)
    due_on: date = Field(sa_type=Day)
    state: str
    lacks: int = Field(sa_type=BigInt)
    pending: int = Field(sa_type=BigInt)
    is_complete: bool = Field(sa_type=Flag)
    moved_at: datetime = Field(sa_type=Instant)


class LinkRow(SQLModel, table=True):
    """A one-time link to a handover; of its key only the digest is kept."""

    __tablename__ = "handing_link"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    digest: bytes = Field(sa_type=LargeBinary)
    chain: str
    number: int = Field(sa_type=BigInt)
    went: int = Field(sa_type=BigInt)
    person: UUID = Field(sa_type=Uid)
    ends_at: datetime = Field(sa_type=Instant)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class StepRow(SQLModel, table=True):
    """A family's answer, the core team's decision, or that the money came back; `after` is the step it follows."""

    __tablename__ = "handing_step"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    went: int = Field(sa_type=BigInt, primary_key=True)
    step: int = Field(sa_type=BigInt, primary_key=True)
    after: int | None = Field(default=None, sa_type=BigInt)
    came_from: str
    act: str
    state: str
    way: str = ""
    link_id: UUID | None = Field(default=None, sa_type=Uid)
    person: UUID | None = Field(default=None, sa_type=Uid)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    done_at: datetime = Field(sa_type=Instant)
    done_by: str


class HoldRow(SQLModel, table=True):
    """A tranche that waits until this answer was looked at."""

    __tablename__ = "handing_hold"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    went: int = Field(sa_type=BigInt, primary_key=True)
    step: int = Field(sa_type=BigInt, primary_key=True)
    held_chain: str = Field(primary_key=True)
    held_number: int = Field(sa_type=BigInt, primary_key=True)


class VoucherRow(SQLModel, table=True):
    """The voucher's number; a handover has one."""

    __tablename__ = "handing_voucher"
    voucher: str = Field(primary_key=True)
    chain: str
    number: int = Field(sa_type=BigInt)
    went: int = Field(sa_type=BigInt)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class EvidenceRow(SQLModel, table=True):
    """A paper or picture that help arrived, or the statement that one was lost, which `replaces` that kind."""

    __tablename__ = "handing_evidence"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    number: int = Field(sa_type=BigInt)
    went: int = Field(sa_type=BigInt)
    kind: str
    replaces: str = ""
    sha256: str | None = None
    person: UUID = Field(sa_type=Uid)
    sealed: bytes = Field(sa_type=LargeBinary)
    filed_at: datetime = Field(sa_type=Instant)
    filed_by: str


class PictureRow(SQLModel, table=True):
    """How a file is known again: a keyed digest and, of a picture, four parts of its likeness. Gone with the key."""

    __tablename__ = "handing_picture"
    digest: bytes = Field(sa_type=LargeBinary, primary_key=True)
    evidence_id: UUID = Field(sa_type=Uid)
    owner: UUID = Field(sa_type=Uid)
    band_0: int | None = Field(default=None, sa_type=BigInt)
    band_1: int | None = Field(default=None, sa_type=BigInt)
    band_2: int | None = Field(default=None, sa_type=BigInt)
    band_3: int | None = Field(default=None, sa_type=BigInt)


class JoinedRow(SQLModel, table=True):
    """The second person who states that a paper was lost."""

    __tablename__ = "handing_joined"
    evidence_id: UUID = Field(sa_type=Uid, primary_key=True)
    kind: str = "statement"
    first: UUID = Field(sa_type=Uid)
    person: UUID = Field(sa_type=Uid)
    joined_at: datetime = Field(sa_type=Instant)
    joined_by: str


class VerdictRow(SQLModel, table=True):
    """That evidence was accepted, or sent back with a reason."""

    __tablename__ = "handing_verdict"
    evidence_id: UUID = Field(sa_type=Uid, primary_key=True)
    kind: str
    filer: UUID = Field(sa_type=Uid)
    second: UUID | None = Field(default=None, sa_type=Uid)
    is_accepted: bool = Field(sa_type=Flag)
    person: UUID = Field(sa_type=Uid)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    decided_at: datetime = Field(sa_type=Instant)
    decided_by: str
