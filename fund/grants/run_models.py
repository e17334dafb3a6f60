"""Tables of payment runs, all append-only: what was prepared, what of it was authorised; papers of advances.

No name lies here: a payee is an id, a file is known by its SHA-256.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Instant, Uid


class RunRow(SQLModel, table=True):
    """So many payments out of one account of ours, prepared together; the bank gets `reference`."""

    __tablename__ = "grants_run"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    reference: str
    account: str
    layout: str
    pay_on: date = Field(sa_type=Day)
    count: int = Field(sa_type=BigInt)
    amount_satang: int = Field(sa_type=BigInt)
    person: UUID = Field(sa_type=Uid)
    prepared_at: datetime = Field(sa_type=Instant)
    prepared_by: str


class RunLineRow(SQLModel, table=True):
    """A tranche in a run, by the step that prepared it."""

    __tablename__ = "grants_run_line"
    run_id: UUID = Field(sa_type=Uid, primary_key=True)
    position: int = Field(sa_type=BigInt, primary_key=True)
    chain: str
    number: int = Field(sa_type=BigInt)
    step: int = Field(sa_type=BigInt)
    state: str
    amount_satang: int = Field(sa_type=BigInt)
    payee_id: UUID = Field(sa_type=Uid)


class OrderRow(SQLModel, table=True):
    """A line that was authorised, by the step that did so; lines without one were taken out."""

    __tablename__ = "grants_order"
    run_id: UUID = Field(sa_type=Uid, primary_key=True)
    position: int = Field(sa_type=BigInt, primary_key=True)
    chain: str
    number: int = Field(sa_type=BigInt)
    step: int = Field(sa_type=BigInt)
    before: int = Field(sa_type=BigInt)
    state: str = "authorised"


class AuthorisedRow(SQLModel, table=True):
    """A run that was authorised: by whom, what it comes to, and the digests of its lines and its file."""

    __tablename__ = "grants_run_authorised"
    run_id: UUID = Field(sa_type=Uid, primary_key=True)
    preparer: UUID = Field(sa_type=Uid)
    person: UUID = Field(sa_type=Uid)
    count: int = Field(sa_type=BigInt)
    amount_satang: int = Field(sa_type=BigInt)
    lines_sha256: str
    file_sha256: str
    authorised_at: datetime = Field(sa_type=Instant)
    authorised_by: str


class PaperRow(SQLModel, table=True):
    """A paper that shows what an advance was spent on, sealed under the request's key."""

    __tablename__ = "grants_paper"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    step: int = Field(sa_type=BigInt, primary_key=True)
    sha256: str = Field(primary_key=True)
    kept_at: datetime = Field(sa_type=Instant)
    kept_by: str
