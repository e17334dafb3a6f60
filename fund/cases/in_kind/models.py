"""Table of help in goods: who signed for what was handed out, sealed under the child's key. Append-only."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Instant, Uid


class SignatureRow(SQLModel, table=True):
    """The signature for one issue: drawn on the screen, or on a voucher of which a picture is kept."""

    __tablename__ = "in_kind_signature"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    way: str
    sha256: str
    sealed: bytes = Field(sa_type=LargeBinary)
    person: UUID = Field(sa_type=Uid)
    signed_at: datetime = Field(sa_type=Instant)
    signed_by: str
