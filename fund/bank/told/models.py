"""Tables of what banks told us before their statements did: callbacks as they came, and how far each has come.

Callbacks are append-only; a callback's standing moves on (see `states`). Who paid stands only in what is sealed.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Instant, Uid


class CallbackRow(SQLModel, table=True):
    """What a bank told us of one payment, once for ever by the bank's own number (its keyed digest)."""

    __tablename__ = "bank_callback"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    bank: str
    identity: str
    digest: str  # keyed, of what it says: the same number with other words contradicts it
    amount_satang: int = Field(sa_type=BigInt)
    occurred_at: datetime = Field(sa_type=Instant)
    told_at: datetime = Field(sa_type=Instant)
    subject: UUID = Field(sa_type=Uid)  # whose key it is sealed under: all of one bank and day
    sealed: bytes = Field(sa_type=LargeBinary)


class StandingRow(SQLModel, table=True):
    """How far a callback has come, and what it was found to be."""

    __tablename__ = "bank_callback_standing"
    callback_id: UUID = Field(sa_type=Uid, primary_key=True)
    state: str
    batch: UUID | None = Field(default=None, sa_type=Uid)  # those that one job asks the bank about
    pledge_id: UUID | None = Field(default=None, sa_type=Uid)
    campaign_id: UUID | None = Field(default=None, sa_type=Uid)
    donation_id: UUID | None = Field(default=None, sa_type=Uid)
    line_id: UUID | None = Field(default=None, sa_type=Uid)
    changed_at: datetime = Field(sa_type=Instant)
