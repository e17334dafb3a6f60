"""Tables of requests and their answers, proposals to erase and decisions, the list of erasures, the breach register.

All are append-only. Nothing here names anybody but staff: subjects are ids, words lie sealed.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid
from ledger.identifiers import new_id


class RequestRow(SQLModel, table=True):
    __tablename__ = "rights_request"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    kind: str
    received_on: date = Field(sa_type=Day)
    identified_by: str
    words: bytes = Field(sa_type=LargeBinary)
    taken_by: UUID = Field(sa_type=Uid)
    taken_at: datetime = Field(sa_type=Instant)


class RequestSubjectRow(SQLModel, table=True):
    """Something we hold on who asks: a donor's contact, a payer's bank line, a member of staff."""

    __tablename__ = "rights_request_subject"
    request_id: UUID = Field(sa_type=Uid, primary_key=True)
    kind: str = Field(primary_key=True)
    subject: UUID = Field(sa_type=Uid, primary_key=True)


class AnswerRow(SQLModel, table=True):
    __tablename__ = "rights_answer"
    request_id: UUID = Field(sa_type=Uid, primary_key=True)
    outcome: str
    words: bytes = Field(sa_type=LargeBinary)
    answered_by: UUID = Field(sa_type=Uid)
    answered_at: datetime = Field(sa_type=Instant)


class ProposalRow(SQLModel, table=True):
    """Subjects of one kind to be erased; nobody proposed what the clock did."""

    __tablename__ = "rights_proposal"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    kind: str
    chain: str
    proposed_by: UUID | None = Field(default=None, sa_type=Uid)
    side: str = "request"
    request_id: UUID | None = Field(default=None, sa_type=Uid)
    proposed_at: datetime = Field(sa_type=Instant)


class ProposalSubjectRow(SQLModel, table=True):
    __tablename__ = "rights_proposal_subject"
    proposal_id: UUID = Field(sa_type=Uid, primary_key=True)
    subject: UUID = Field(sa_type=Uid, primary_key=True)


class DecisionRow(SQLModel, table=True):
    """What became of a proposal: erased, by its two approvals, or declined until a day."""

    __tablename__ = "rights_decision"
    proposal_id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    is_erased: bool = Field(sa_type=Flag)
    version: int | None = Field(default=None, sa_type=BigInt)
    first: int | None = Field(default=None, sa_type=BigInt)
    second: int | None = Field(default=None, sa_type=BigInt)
    count: int | None = Field(default=None, sa_type=BigInt)
    not_before: date | None = Field(default=None, sa_type=Day)
    decided_by: UUID = Field(sa_type=Uid)
    decided_at: datetime = Field(sa_type=Instant)


class ErasureRow(SQLModel, table=True):
    """What must be gone also after a backup came back, each time it went. The database itself writes those of keys."""

    __tablename__ = "rights_erasure"
    subject: UUID = Field(sa_type=Uid, primary_key=True)
    what: str = Field(primary_key=True)
    erased_at: datetime = Field(sa_type=Instant, primary_key=True)


class BreachRow(SQLModel, table=True):
    __tablename__ = "rights_breach"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    noticed_at: datetime = Field(sa_type=Instant)
    words: bytes = Field(sa_type=LargeBinary)
    risk: str
    people: int = Field(sa_type=BigInt)
    reported_by: UUID = Field(sa_type=Uid)
    reported_at: datetime = Field(sa_type=Instant)


class BreachStepRow(SQLModel, table=True):
    """One step, with risk and number of people as they were known then."""

    __tablename__ = "rights_breach_step"
    breach_id: UUID = Field(sa_type=Uid, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    step: str
    risk: str
    people: int = Field(sa_type=BigInt)
    words: bytes = Field(sa_type=LargeBinary)
    done_at: datetime = Field(sa_type=Instant)
    recorded_by: UUID = Field(sa_type=Uid)
    recorded_at: datetime = Field(sa_type=Instant)
