"""Tables of offers: what is offered, every step of it, its photos. All are append-only.

What was typed and the photos lie sealed under the offer's own key; who offers is a donor's contact with a key of its
own. Open are numbers, states and choices from lists.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Instant, Uid


class OfferRow(SQLModel, table=True):
    """Something that a company or a person offers."""

    __tablename__ = "goods_offer"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    number: str
    form_key_sha256: str
    token_sha256: str
    contact_id: UUID = Field(sa_type=Uid)
    channel: str
    giver: str
    language: str
    thing_id: UUID | None = Field(default=None, sa_type=Uid)
    size: str
    quantity: int = Field(sa_type=BigInt)
    condition: str
    for_district: str
    wanted_by: date | None = Field(default=None, sa_type=Day)
    sealed: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class OfferStepRow(SQLModel, table=True):
    """One act on an offer; each follows the one before it. `sealed` holds what was written to whoever offered."""

    __tablename__ = "goods_offer_step"
    number: str = Field(primary_key=True)
    step: int = Field(sa_type=BigInt, primary_key=True)
    before: int | None = Field(default=None, sa_type=BigInt)
    state: str
    act: str
    next: str
    accepted: int | None = Field(default=None, sa_type=BigInt)
    reason: str
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)
    taken_at: datetime = Field(sa_type=Instant)
    taken_by: str
    taken_person: UUID | None = Field(default=None, sa_type=Uid)


class OfferPhotoRow(SQLModel, table=True):
    """A photo of what is offered: the file lies sealed under the key of whoever offers."""

    __tablename__ = "goods_offer_photo"
    number: str = Field(primary_key=True)
    position: int = Field(sa_type=BigInt, primary_key=True)
    sha256: str
    kept_at: datetime = Field(sa_type=Instant)
    kept_by: str
