"""The ledger's tables as Python sees them, for reading and for the calm edges (accounts, funds, months).

Entries and postings are written by `writer` alone; the guards are laid by the migrations.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class AccountRow(SQLModel, table=True):
    __tablename__ = "ledger_account"
    code: str = Field(primary_key=True)
    name_th: str
    name_en: str
    type: str
    side: str
    guarded: str
    is_spendable: bool = Field(sa_type=Flag)
    is_open: bool = Field(default=True, sa_type=Flag)


class FundRow(SQLModel, table=True):
    __tablename__ = "ledger_fund"
    code: str = Field(primary_key=True)
    name_th: str
    name_en: str
    restriction: str
    principal_satang: int = Field(sa_type=BigInt)
    valid_from: date | None = Field(sa_type=Day)
    valid_to: date | None = Field(sa_type=Day)


class FundPurposeRow(SQLModel, table=True):
    __tablename__ = "ledger_fund_purpose"
    fund: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)


class KindRow(SQLModel, table=True):
    __tablename__ = "ledger_kind"
    code: str = Field(primary_key=True)
    nature: str


class PeriodRow(SQLModel, table=True):
    """One act on a month: the first closes it, the second opens it again, and so on."""

    __tablename__ = "ledger_period"
    starts_on: date = Field(sa_type=Day, primary_key=True)
    revision: int = Field(sa_type=BigInt, primary_key=True)
    ends_on: date = Field(sa_type=Day)
    is_closed: bool = Field(sa_type=Flag)
    reason: str
    recorded_by: str
    approved_by: str
    recorded_at: datetime = Field(sa_type=Instant)


class EntryRow(SQLModel, table=True):
    __tablename__ = "ledger_entry"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    stamp: int = Field(sa_type=BigInt)
    lines: int = Field(sa_type=BigInt)
    kind: str
    occurred_on: date = Field(sa_type=Day)
    booked_on: date = Field(sa_type=Day)
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str
    key: str
    request_hash: bytes = Field(sa_type=LargeBinary)
    subject: str
    reverses: UUID | None = Field(sa_type=Uid)
    reason: str
    details_digest: bytes | None = Field(sa_type=LargeBinary)


class PostingRow(SQLModel, table=True):
    __tablename__ = "ledger_posting"
    entry_id: UUID = Field(sa_type=Uid, primary_key=True)
    line: int = Field(sa_type=BigInt, primary_key=True)
    lines: int = Field(sa_type=BigInt)
    stamp: int = Field(sa_type=BigInt)
    booked_on: date = Field(sa_type=Day)
    account: str
    fund: str
    amount_satang: int = Field(sa_type=BigInt)
    subject: str
    purpose: str | None
    scope: str | None


class PrivateRow(SQLModel, table=True):
    """The private details of an entry, salted; erased by deleting the row."""

    __tablename__ = "ledger_private"
    entry_id: UUID = Field(sa_type=Uid, primary_key=True)
    salt: bytes = Field(sa_type=LargeBinary)
    content: bytes = Field(sa_type=LargeBinary)


class LogKeyRow(SQLModel, table=True):
    """A public key of the log; `endorsement` is the signature by which the key before it hands over."""

    __tablename__ = "ledger_log_key"
    number: int = Field(sa_type=BigInt, primary_key=True)
    id: str
    origin: str
    public_key: bytes = Field(sa_type=LargeBinary)
    endorsement: bytes | None = Field(sa_type=LargeBinary)


class LeafRow(SQLModel, table=True):
    """What stands at one position of the log, as the bytes that were hashed."""

    __tablename__ = "ledger_leaf"
    position: int = Field(sa_type=BigInt, primary_key=True)
    kind: str
    subject: str
    content: bytes = Field(sa_type=LargeBinary)
    hash: bytes = Field(sa_type=LargeBinary)


class SubtreeRow(SQLModel, table=True):
    """The hash of a full subtree: the leaves from `number << level` up to `(number + 1) << level`."""

    __tablename__ = "ledger_subtree"
    level: int = Field(sa_type=BigInt, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    hash: bytes = Field(sa_type=LargeBinary)


class HeadRow(SQLModel, table=True):
    """The signed root of the first `size` leaves, and the last entry among them in the order of stamps."""

    __tablename__ = "ledger_head"
    size: int = Field(sa_type=BigInt, primary_key=True)
    follows: int = Field(sa_type=BigInt)
    root: bytes = Field(sa_type=LargeBinary)
    signed_at: datetime = Field(sa_type=Instant)
    key_id: str
    signature: bytes = Field(sa_type=LargeBinary)
    entry_stamp: int = Field(sa_type=BigInt)
    entry_id: UUID = Field(sa_type=Uid)
