"""Tables of reports, what became of them, the links that schools report by, and class lists. All are append-only.

What a report says lies sealed under its own id, which is the child's once it is taken into a case of its own; merged
into another one it lies sealed anew under that child's, and its own key is gone. Who reported has a key of their own.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Flag, Instant, Uid


class LinkRow(SQLModel, table=True):
    """A school's link: it hangs on walls, so there is nothing secret in it."""

    __tablename__ = "finding_link"
    key: str = Field(primary_key=True)
    district: str
    school: str
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class LinkEndRow(SQLModel, table=True):
    __tablename__ = "finding_link_end"
    key: str = Field(primary_key=True)
    ended_at: datetime = Field(sa_type=Instant)
    ended_by: str


class ClassListRow(SQLModel, table=True):
    """One class list that was screened: how many children were on it, and how many of them were reported."""

    __tablename__ = "finding_class_list"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    school: str
    row_count: int = Field(sa_type=BigInt)
    report_count: int = Field(sa_type=BigInt)
    content_index: bytes = Field(sa_type=LargeBinary)  # blind: to know the same list and marks again
    taken_at: datetime = Field(sa_type=Instant)
    taken_by: str


class ReportRow(SQLModel, table=True):
    __tablename__ = "finding_report"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    form_key: str
    channel: str
    district: str
    school: str
    link_key: str | None = None
    class_list_id: UUID | None = Field(default=None, sa_type=Uid)
    is_urgent: bool = Field(sa_type=Flag)
    sealed: bytes = Field(sa_type=LargeBinary)
    reporter_id: UUID | None = Field(default=None, sa_type=Uid)
    reporter: bytes | None = Field(default=None, sa_type=LargeBinary)
    reported_at: datetime = Field(sa_type=Instant)
    reported_by: str


class IdentityRow(SQLModel, table=True):
    """The blind index of the national ID that a report told; gone when the report's key is."""

    __tablename__ = "finding_identity"
    report_id: UUID = Field(sa_type=Uid, primary_key=True)
    national_id_index: bytes = Field(sa_type=LargeBinary)


class EndRow(SQLModel, table=True):
    """What became of a report: `taken` into a new case, `merged` into one, or `closed`.

    `sealed` holds, of a merged one, what it said, under the child's key; of a closed one the words that explain it.
    """

    __tablename__ = "finding_report_end"
    report_id: UUID = Field(sa_type=Uid, primary_key=True)
    outcome: str
    reason: str
    case_code: str | None = None
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    ended_at: datetime = Field(sa_type=Instant)
    ended_by: str
