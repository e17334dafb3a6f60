"""Tables of the donee units that gifts count for, and of donors' consent that the tax office is told. All append-only.

A donee unit is a public body: nothing personal lies here. Who consents is a contact's id.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class RuleRow(SQLModel, table=True):
    """What one person proposes: from a day on, gifts to a fund (`*`: to any) count as gifts to this donee unit."""

    __tablename__ = "tax_rule"
    chain: str = Field(primary_key=True)
    fund: str
    since: date = Field(sa_type=Day)
    until: date | None = Field(default=None, sa_type=Day)
    donee_th: str
    donee_en: str
    donee_tax_id: str
    numerator: int = Field(sa_type=BigInt)
    denominator: int = Field(sa_type=BigInt)
    ground_th: str
    ground_en: str
    bank_reports: bool = Field(sa_type=Flag)
    person: UUID = Field(sa_type=Uid)
    side: str = "request"
    proposed_at: datetime = Field(sa_type=Instant)


class AgreedRow(SQLModel, table=True):
    """Another agreed to it, before its day."""

    __tablename__ = "tax_rule_agreed"
    chain: str = Field(primary_key=True)
    fund: str
    since: date = Field(sa_type=Day)
    person: UUID = Field(sa_type=Uid)
    side: str = "approve"
    agreed_on: date = Field(sa_type=Day)


class ConsentRow(SQLModel, table=True):
    """A donor lets us tell the tax office their name, tax ID and gift."""

    __tablename__ = "tax_consent"
    contact_id: UUID = Field(sa_type=Uid, primary_key=True)
    given_at: datetime = Field(sa_type=Instant)


class WithdrawalRow(SQLModel, table=True):
    """They took it back."""

    __tablename__ = "tax_withdrawal"
    contact_id: UUID = Field(sa_type=Uid, primary_key=True)
    withdrawn_at: datetime = Field(sa_type=Instant)
