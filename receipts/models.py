"""The tables of receipts: the counter, the receipts, the donors' own parts, the voids.

A receipt is never changed: a void is a row of its own. What is the donor's own lies apart, with its nonce,
and can be erased; the receipt keeps the salted digest of it.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Instant, Uid


class CounterRow(SQLModel, table=True):
    """The last running number taken of a series."""

    __tablename__ = "receipts_counter"
    book: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    fiscal_year: int = Field(sa_type=BigInt, primary_key=True)
    last: int = Field(sa_type=BigInt)


class ReceiptRow(SQLModel, table=True):
    """One receipt. `follows` is the running number before it, so that the database itself refuses a gap.

    `replaces` names the void receipt in whose place it stands: an entry has one receipt that is not void, at most.
    """

    __tablename__ = "receipts_receipt"
    number: str = Field(primary_key=True)
    book: str
    kind: str
    fiscal_year: int = Field(sa_type=BigInt)
    running: int = Field(sa_type=BigInt)
    follows: int | None = Field(sa_type=BigInt)
    proves: UUID = Field(sa_type=Uid)
    replaces: str | None
    facts: str
    private_digest: str | None
    token: str
    check_code: str
    issued_at: datetime = Field(sa_type=Instant)


class PrivateRow(SQLModel, table=True):
    """What is the donor's own on a receipt: the digest's nonce and the part, closed. `owner` is whose it is."""

    __tablename__ = "receipts_private"
    number: str = Field(primary_key=True)
    owner: UUID = Field(sa_type=Uid)
    closed: bytes = Field(sa_type=LargeBinary)


class VoidRow(SQLModel, table=True):
    """A receipt that no longer proves anything, and why."""

    __tablename__ = "receipts_void"
    number: str = Field(primary_key=True)
    reason: str
    voided_by: str
    voided_at: datetime = Field(sa_type=Instant)
