"""Tables of campaigns, pledges and donations.

Pledges, donations, refunds and reversals are append-only: a pledge's state is read from them (see `states`).
Nothing personal lies here: pledges name a contact by its id.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class CampaignRow(SQLModel, table=True):
    __tablename__ = "donations_campaign"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    code: str
    slug: str
    name_th: str
    name_en: str
    purpose_th: str
    purpose_en: str
    district: str
    fund: str
    income: str
    parent_id: UUID | None = Field(default=None, sa_type=Uid)
    opens_on: date = Field(sa_type=Day)
    closes_on: date | None = Field(default=None, sa_type=Day)


class PledgeRow(SQLModel, table=True):
    __tablename__ = "donations_pledge"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    reference: str
    token_sha256: str
    form_key_sha256: str
    campaign_id: UUID = Field(sa_type=Uid)
    amount_satang: int = Field(sa_type=BigInt)
    contact_id: UUID | None = Field(default=None, sa_type=Uid)
    wants_receipt: bool = Field(sa_type=Flag)
    language: str
    made_at: datetime = Field(sa_type=Instant)
    expires_at: datetime = Field(sa_type=Instant)


class DonationRow(SQLModel, table=True):
    __tablename__ = "donations_donation"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    campaign_id: UUID = Field(sa_type=Uid)
    pledge_id: UUID | None = Field(default=None, sa_type=Uid)
    amount_satang: int = Field(sa_type=BigInt)
    entry_id: UUID = Field(sa_type=Uid)
    money_identity: str
    occurred_on: date = Field(sa_type=Day)
    booked_on: date = Field(sa_type=Day)
    is_second_payment: bool = Field(sa_type=Flag)
    receipt_number: str | None = None
    received_at: datetime = Field(sa_type=Instant)


class ReversalRow(SQLModel, table=True):
    __tablename__ = "donations_reversal"
    donation_id: UUID = Field(sa_type=Uid, primary_key=True)
    entry_id: UUID = Field(sa_type=Uid)
    reason: str
    reversed_at: datetime = Field(sa_type=Instant)


class HeardRow(SQLModel, table=True):
    """A bank told us of money for this pledge before any statement did: a hint, shown to the donor."""

    __tablename__ = "donations_heard"
    pledge_id: UUID = Field(sa_type=Uid, primary_key=True)
    heard_at: datetime = Field(sa_type=Instant)


class SlipRow(SQLModel, table=True):
    """A slip that was shown for a pledge: a claim. Its picture lies sealed among the files, under this row's id."""

    __tablename__ = "donations_slip"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    pledge_id: UUID = Field(sa_type=Uid)
    sending_bank: str
    reference: str
    sha256: str
    claimed_at: datetime = Field(sa_type=Instant)
    claimed_by: str


class SlipDoubtRow(SQLModel, table=True):
    """The same slip, shown for another pledge too."""

    __tablename__ = "donations_slip_doubt"
    slip_id: UUID = Field(sa_type=Uid, primary_key=True)
    pledge_id: UUID = Field(sa_type=Uid, primary_key=True)
    claimed_at: datetime = Field(sa_type=Instant)
    claimed_by: str


class RefundAskRow(SQLModel, table=True):
    """Somebody asked for a donation to be given back: the first time, or once more after that was declined."""

    __tablename__ = "donations_refund_ask"
    donation_id: UUID = Field(sa_type=Uid, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    reason: str
    asked_by: str
    asked_person: UUID = Field(sa_type=Uid)
    asked_at: datetime = Field(sa_type=Instant)
    chain: str
    side: str = "request"


class RefundAnswerRow(SQLModel, table=True):
    """Somebody else decided so, and it is payable by this entry; or declined, and said why."""

    __tablename__ = "donations_refund_answer"
    donation_id: UUID = Field(sa_type=Uid, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    entry_id: UUID | None = Field(default=None, sa_type=Uid)
    declined_because: str = ""
    decided_by: str
    decided_person: UUID = Field(sa_type=Uid)
    decided_at: datetime = Field(sa_type=Instant)
    chain: str
    side: str = "approve"
