"""Tables of the case's side of requests: words sealed under the child's key, papers, reasons to ask a second time.

Rows are only ever added. What is asked for itself (amount, payee, plan) lies in `fund.grants`, without a name.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Instant, Uid


class PurposeRow(SQLModel, table=True):
    """That a request asks for a purpose in a school term; why, where another did before (the database asks for it)."""

    __tablename__ = "requests_purpose"
    chain: str = Field(primary_key=True)
    case_code: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    term: str = Field(primary_key=True)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)


class VersionRow(SQLModel, table=True):
    """What was written beside a version of a request, and the key of the form that brought it."""

    __tablename__ = "requests_version"
    chain: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    case_code: str
    purpose: str
    term: str
    form_key: UUID = Field(sa_type=Uid)
    sealed: bytes = Field(sa_type=LargeBinary)
    written_at: datetime = Field(sa_type=Instant)
    written_by: str


class PaperRow(SQLModel, table=True):
    """A paper of the case that belongs to a request."""

    __tablename__ = "requests_paper"
    chain: str = Field(primary_key=True)
    paper_id: UUID = Field(sa_type=Uid, primary_key=True)
