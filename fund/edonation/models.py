"""Tables of what was handed out to be keyed into e-Donation. All append-only; who gave is a contact's id.

A gift is handed out once; its rows in `edonation_taken_back` say that it was taken out of e-Donation again.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Instant, Uid


class ExportRow(SQLModel, table=True):
    """Gifts booked in a month that somebody handed out together."""

    __tablename__ = "edonation_export"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    month: date = Field(sa_type=Day)
    gifts: int = Field(sa_type=BigInt)
    amount_satang: int = Field(sa_type=BigInt)
    made_by: str
    made_person: UUID = Field(sa_type=Uid)
    made_at: datetime = Field(sa_type=Instant)


class ExportedRow(SQLModel, table=True):
    """One gift of it, by the donor's consent and the rule of its day."""

    __tablename__ = "edonation_exported"
    donation_id: UUID = Field(sa_type=Uid, primary_key=True)
    export_id: UUID = Field(sa_type=Uid)
    position: int = Field(sa_type=BigInt)
    contact_id: UUID = Field(sa_type=Uid)
    chain: str


class TakenBackRow(SQLModel, table=True):
    """Somebody took a gift that was handed out before out of e-Donation."""

    __tablename__ = "edonation_taken_back"
    donation_id: UUID = Field(sa_type=Uid, primary_key=True)
    taken_back_by: str
    taken_back_person: UUID = Field(sa_type=Uid)
    taken_back_at: datetime = Field(sa_type=Instant)
