"""Tables of goods: things and places, what arrived and what it is worth, who asks for it, and every step of a lot.

All are append-only. A step refers to the one before it of the same lot and place; nothing personal lies here as it is.
"""

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid
from ledger.identifiers import new_id


class ThingRow(SQLModel, table=True):
    """Something that is given: how it is called, and what one of it is called."""

    __tablename__ = "goods_thing"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    added_by: str
    added_person: UUID = Field(sa_type=Uid)
    added_at: datetime = Field(sa_type=Instant)


class SizeRow(SQLModel, table=True):
    """A size in which a thing comes; the empty one where it has none."""

    __tablename__ = "goods_size"
    thing_id: UUID = Field(sa_type=Uid, primary_key=True)
    size: str = Field(primary_key=True)


class PlaceRow(SQLModel, table=True):
    """Where goods lie: the province's store, a district's room, a school."""

    __tablename__ = "goods_place"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    kind: str
    name: str
    added_by: str
    added_person: UUID = Field(sa_type=Uid)
    added_at: datetime = Field(sa_type=Instant)


class ArrivalRow(SQLModel, table=True):
    """What one person counted and looked at; its photo and papers lie sealed under this row's id."""

    __tablename__ = "goods_arrival"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    thing_id: UUID = Field(sa_type=Uid)
    size: str
    accepted: int = Field(sa_type=BigInt)
    rejected: int = Field(sa_type=BigInt)
    rejected_because: str
    expires_on: date | None = Field(default=None, sa_type=Day)
    condition: str
    place_id: UUID = Field(sa_type=Uid)
    contact_id: UUID | None = Field(default=None, sa_type=Uid)
    campaign_id: UUID | None = Field(default=None, sa_type=Uid)
    for_district: str
    for_school: str
    offer: str | None = None
    photo_sha256: str | None = None
    received_on: date = Field(sa_type=Day)
    received_by: str
    received_person: UUID = Field(sa_type=Uid)
    received_at: datetime = Field(sa_type=Instant)
    side: str = "receive"


class LotRow(SQLModel, table=True):
    """What another person valued: from then on it is in the books, under the arrival's id."""

    __tablename__ = "goods_lot"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    quantity: int = Field(sa_type=BigInt)
    fund: str
    value_satang: int = Field(sa_type=BigInt)
    basis: str
    paper_sha256: str
    entry_id: UUID = Field(sa_type=Uid)
    valued_by: str
    valued_person: UUID = Field(sa_type=Uid)
    valued_at: datetime = Field(sa_type=Instant)
    side: str = "value"


class RequestRow(SQLModel, table=True):
    """What a case manager asks for, for a case."""

    __tablename__ = "goods_request"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    case_code: str
    district: str
    school: str
    thing_id: UUID = Field(sa_type=Uid)
    size: str
    quantity: int = Field(sa_type=BigInt)
    made_at: datetime = Field(sa_type=Instant)


class RequestStepRow(SQLModel, table=True):
    """One act on a request; each follows the one before it."""

    __tablename__ = "goods_request_step"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    before: int | None = Field(sa_type=BigInt)
    state: str
    act: str
    next: str
    duty: str
    reason: str
    taken_by: str
    taken_person: UUID = Field(sa_type=Uid)
    taken_at: datetime = Field(sa_type=Instant)


class StopRow(SQLModel, table=True):
    """That the family took its consent back: nothing more is done for this request."""

    __tablename__ = "goods_stop"
    chain: str = Field(primary_key=True)
    stopped_at: datetime = Field(sa_type=Instant)
    stopped_by: str


class RemovalRow(SQLModel, table=True):
    """One person asks that so much of a lot is written off or given back; the paper lies sealed under this id."""

    __tablename__ = "goods_removal"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    lot_id: UUID = Field(sa_type=Uid)
    place_id: UUID = Field(sa_type=Uid)
    act: str
    quantity: int = Field(sa_type=BigInt)
    reason: str
    paper_sha256: str
    asked_by: str
    asked_person: UUID = Field(sa_type=Uid)
    asked_at: datetime = Field(sa_type=Instant)
    side: str = "request"


class RemovalAnswerRow(SQLModel, table=True):
    """Another confirms it, or says that it stays."""

    __tablename__ = "goods_removal_answer"
    removal_id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    lot_id: UUID = Field(sa_type=Uid)
    place_id: UUID = Field(sa_type=Uid)
    asked: str
    act: str
    quantity: int = Field(sa_type=BigInt)
    answered_by: str
    answered_person: UUID = Field(sa_type=Uid)
    answered_at: datetime = Field(sa_type=Instant)
    side: str = "approve"


class CountRow(SQLModel, table=True):
    """What somebody found of a lot at a place, who was not shown what the books have (`on_hand`, as of a step)."""

    __tablename__ = "goods_count"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    lot_id: UUID = Field(sa_type=Uid)
    place_id: UUID = Field(sa_type=Uid)
    number: int = Field(sa_type=BigInt)
    on_hand: int = Field(sa_type=BigInt)
    found: int = Field(sa_type=BigInt)
    counted_by: str
    counted_person: UUID = Field(sa_type=Uid)
    counted_at: datetime = Field(sa_type=Instant)
    side: str = "receive"


class ExplainedRow(SQLModel, table=True):
    """Another explains a count's difference: lost, found, or miscounted."""

    __tablename__ = "goods_explained"
    count_id: UUID = Field(sa_type=Uid, primary_key=True)
    chain: str
    lot_id: UUID = Field(sa_type=Uid)
    place_id: UUID = Field(sa_type=Uid)
    on_hand: int = Field(sa_type=BigInt)
    found: int = Field(sa_type=BigInt)
    act: str
    quantity: int = Field(sa_type=BigInt)
    reason: str
    explained_by: str
    explained_person: UUID = Field(sa_type=Uid)
    explained_at: datetime = Field(sa_type=Instant)
    side: str = "approve"


class StepRow(SQLModel, table=True):
    """One act on what lies of a lot at a place: what was there, what is done, what is there now."""

    __tablename__ = "goods_step"
    lot_id: UUID = Field(sa_type=Uid, primary_key=True)
    place_id: UUID = Field(sa_type=Uid, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    before: int | None = Field(sa_type=BigInt)
    was_on_hand: int = Field(sa_type=BigInt)
    was_reserved: int = Field(sa_type=BigInt)
    act: str
    hand: int = Field(sa_type=BigInt)
    held: int = Field(sa_type=BigInt)
    is_booked: bool = Field(sa_type=Flag)
    quantity: int = Field(sa_type=BigInt)
    on_hand: int = Field(sa_type=BigInt)
    reserved: int = Field(sa_type=BigInt)
    entry_id: UUID | None = Field(default=None, sa_type=Uid)
    booked_on: date = Field(sa_type=Day)
    partner: str | None = None
    other_place: UUID | None = Field(default=None, sa_type=Uid)
    other_number: int | None = Field(default=None, sa_type=BigInt)
    resolves: int | None = Field(default=None, sa_type=BigInt)
    request: str | None = None
    issue_number: int | None = Field(default=None, sa_type=BigInt)
    of_place: UUID | None = Field(default=None, sa_type=Uid)
    of_number: int | None = Field(default=None, sa_type=BigInt)
    removal_id: UUID | None = Field(default=None, sa_type=Uid)
    count_id: UUID | None = Field(default=None, sa_type=Uid)
    taken_by: str
    taken_person: UUID = Field(sa_type=Uid)
    taken_at: datetime = Field(sa_type=Instant)
    side: str | None = None
