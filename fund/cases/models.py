"""Tables of cases. Whatever says who a child is lies sealed under the key of `child_id`; rows are only ever added.

Of two rows the one with the higher version, number or the later moment counts. `StandingRow` alone changes: it says
where a case stands now, for lists, and follows from the others.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Instant, Uid


class CaseRow(SQLModel, table=True):
    __tablename__ = "cases_case"
    code: str = Field(primary_key=True)
    child_id: UUID = Field(sa_type=Uid)
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: str


class ChildRow(SQLModel, table=True):
    __tablename__ = "cases_child"
    child_id: UUID = Field(sa_type=Uid, primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)
    changed_at: datetime = Field(sa_type=Instant)
    changed_by: str


class IdentityRow(SQLModel, table=True):
    """The blind index of a child's national ID; gone when the child's key is."""

    __tablename__ = "cases_identity"
    child_id: UUID = Field(sa_type=Uid, primary_key=True)
    national_id_index: bytes = Field(sa_type=LargeBinary)


class PlaceRow(SQLModel, table=True):
    __tablename__ = "cases_place"
    code: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    district: str
    school: str
    grade: str
    changed_at: datetime = Field(sa_type=Instant)
    changed_by: str


class StandingRow(SQLModel, table=True):
    """Where a case stands now. The most urgent have rank 0, those without a need that is still there 3."""

    __tablename__ = "cases_standing"
    code: str = Field(primary_key=True)
    district: str
    school: str
    grade: str
    stage: str
    rank: int = Field(sa_type=BigInt)
    person: UUID | None = Field(default=None, sa_type=Uid)
    moved_at: datetime = Field(sa_type=Instant)


class StepRow(SQLModel, table=True):
    """A step from one stage to another; `after` is the number of the step it follows."""

    __tablename__ = "cases_step"
    code: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    after: int | None = Field(default=None, sa_type=BigInt)
    came_from: str
    act: str
    stage: str
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    done_at: datetime = Field(sa_type=Instant)
    done_by: str


class AssignmentRow(SQLModel, table=True):
    __tablename__ = "cases_assignment"
    code: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    person: UUID = Field(sa_type=Uid)
    assigned_at: datetime = Field(sa_type=Instant)
    assigned_by: str


class NeedRow(SQLModel, table=True):
    """A need as somebody saw it: 3 urgent, 2 soon, 1 some day, 0 met or never there. Which need it is lies sealed."""

    __tablename__ = "cases_need"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    code: str
    urgency: int = Field(sa_type=BigInt)
    sealed: bytes = Field(sa_type=LargeBinary)
    noted_at: datetime = Field(sa_type=Instant)
    noted_by: str


class NoteRow(SQLModel, table=True):
    """A note, or help that another body has given."""

    __tablename__ = "cases_note"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    code: str
    kind: str
    sealed: bytes = Field(sa_type=LargeBinary)
    noted_at: datetime = Field(sa_type=Instant)
    noted_by: str


class PaperRow(SQLModel, table=True):
    __tablename__ = "cases_paper"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    code: str
    sha256: str
    sealed: bytes = Field(sa_type=LargeBinary)
    kept_at: datetime = Field(sa_type=Instant)
    kept_by: str


class ConsentRow(SQLModel, table=True):
    """What a family agreed to (`scopes`, apart by spaces), by a signed paper or a signature on the screen."""

    __tablename__ = "cases_consent"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    code: str
    scopes: str
    way: str
    sha256: str
    given_on: date = Field(sa_type=Day)
    sealed: bytes = Field(sa_type=LargeBinary)
    noted_at: datetime = Field(sa_type=Instant)
    noted_by: str


class ConsentWithdrawnRow(SQLModel, table=True):
    __tablename__ = "cases_consent_withdrawn"
    consent_id: UUID = Field(sa_type=Uid, primary_key=True)
    withdrawn_on: date = Field(sa_type=Day)
    noted_at: datetime = Field(sa_type=Instant)
    noted_by: str
