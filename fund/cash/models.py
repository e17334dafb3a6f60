"""Tables of cash boxes: where they stand, who counted what in them, what was carried to the bank. All append-only.

Nothing personal lies here: who counted and carried are members of staff, and who gave nobody knows.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Instant, Uid


class BoxRow(SQLModel, table=True):
    """A box, with the account of the ledger that is its own."""

    __tablename__ = "cash_box"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    name: str
    place: str
    campaign_id: UUID = Field(sa_type=Uid)
    added_by: str
    added_person: UUID = Field(sa_type=Uid)
    added_at: datetime = Field(sa_type=Instant)


class BoxClosedRow(SQLModel, table=True):
    """A box that is used no more."""

    __tablename__ = "cash_box_closed"
    box_id: UUID = Field(sa_type=Uid, primary_key=True)
    closed_by: str
    closed_person: UUID = Field(sa_type=Uid)
    closed_at: datetime = Field(sa_type=Instant)


class CountRow(SQLModel, table=True):
    """A time that a box was opened and counted."""

    __tablename__ = "cash_count"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    box_id: UUID = Field(sa_type=Uid)
    number: int = Field(sa_type=BigInt)
    begun_by: str
    begun_person: UUID = Field(sa_type=Uid)
    begun_at: datetime = Field(sa_type=Instant)


class TallyRow(SQLModel, table=True):
    """What one of the two found; they differ: both count again, in the next round."""

    __tablename__ = "cash_tally"
    count_id: UUID = Field(sa_type=Uid, primary_key=True)
    round: int = Field(sa_type=BigInt, primary_key=True)
    side: str = Field(primary_key=True)
    chain: str
    pieces: str
    amount_satang: int = Field(sa_type=BigInt)
    counted_by: str
    counted_person: UUID = Field(sa_type=Uid)
    counted_at: datetime = Field(sa_type=Instant)


class CountedRow(SQLModel, table=True):
    """Both found the same, and it is booked as one gift; nothing is booked where both found nothing."""

    __tablename__ = "cash_counted"
    count_id: UUID = Field(sa_type=Uid, primary_key=True)
    round: int = Field(sa_type=BigInt)
    first: str
    second: str
    pieces: str
    amount_satang: int = Field(sa_type=BigInt)
    entry_id: UUID | None = Field(default=None, sa_type=Uid)
    donation_id: UUID | None = Field(default=None, sa_type=Uid)
    agreed_at: datetime = Field(sa_type=Instant)


class DroppedRow(SQLModel, table=True):
    """A count that was broken off."""

    __tablename__ = "cash_dropped"
    count_id: UUID = Field(sa_type=Uid, primary_key=True)
    reason: str
    dropped_by: str
    dropped_person: UUID = Field(sa_type=Uid)
    dropped_at: datetime = Field(sa_type=Instant)


class DepositRow(SQLModel, table=True):
    """Somebody carries cash to one of our bank accounts; the slip, if there is one, lies sealed under this row's id."""

    __tablename__ = "cash_deposit"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    account: str
    reference: str
    slip_sha256: str | None = None
    carried_on: date = Field(sa_type=Day)
    carried_by: str
    carried_person: UUID = Field(sa_type=Uid)
    carried_at: datetime = Field(sa_type=Instant)


class DepositPartRow(SQLModel, table=True):
    """So much of it is out of this box."""

    __tablename__ = "cash_deposit_part"
    deposit_id: UUID = Field(sa_type=Uid, primary_key=True)
    box_id: UUID = Field(sa_type=Uid, primary_key=True)
    amount_satang: int = Field(sa_type=BigInt)


class ShortAskRow(SQLModel, table=True):
    """Somebody says that so much of a box is not there; who had its cash in hand `since` then has no say."""

    __tablename__ = "cash_short_ask"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    box_id: UUID = Field(sa_type=Uid)
    amount_satang: int = Field(sa_type=BigInt)
    since: datetime = Field(sa_type=Instant)
    reason: str
    asked_by: str
    asked_person: UUID = Field(sa_type=Uid)
    asked_at: datetime = Field(sa_type=Instant)
    chain: str
    side: str = "request"


class ShortAnswerRow(SQLModel, table=True):
    """Another decided: it is booked as lost, or declined with a reason."""

    __tablename__ = "cash_short_answer"
    ask_id: UUID = Field(sa_type=Uid, primary_key=True)
    entry_id: UUID | None = Field(default=None, sa_type=Uid)
    declined_because: str
    decided_by: str
    decided_person: UUID = Field(sa_type=Uid)
    decided_at: datetime = Field(sa_type=Instant)
    chain: str
    side: str = "approve"


class WithdrawnRow(SQLModel, table=True):
    """What was written of a way to the bank does not hold."""

    __tablename__ = "cash_deposit_withdrawn"
    deposit_id: UUID = Field(sa_type=Uid, primary_key=True)
    reason: str
    withdrawn_by: str
    withdrawn_person: UUID = Field(sa_type=Uid)
    withdrawn_at: datetime = Field(sa_type=Instant)
