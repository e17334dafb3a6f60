"""Tables of collections: the roster's versions, its people, what arrived, and what waits because it does not meet.

Append-only but for work in hand: drafts, notes of money that does not meet, and bundles of receipts. Nothing personal
lies here: a person's name lies in their contact, and their class is sealed under the same key.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class CollectionRow(SQLModel, table=True):
    __tablename__ = "collections_collection"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    reference: str
    campaign_id: UUID = Field(sa_type=Uid)
    made_by: str
    made_at: datetime = Field(sa_type=Instant)


class DraftRow(SQLModel, table=True):
    """A table that was handed in and not confirmed; `id` is the subject of its key, anew for each table."""

    __tablename__ = "collections_draft"
    collection_id: UUID = Field(sa_type=Uid, primary_key=True)
    id: UUID = Field(sa_type=Uid)
    sealed: bytes = Field(sa_type=LargeBinary)
    columns: str  # what each column holds, parted by commas
    heading_row: int = Field(sa_type=BigInt)  # 0: none
    for_all: bool = Field(sa_type=Flag)  # a receipt for everybody, whatever the table says
    kept_by: str
    kept_at: datetime = Field(sa_type=Instant)


class RosterRow(SQLModel, table=True):
    """A confirmed roster; the last version is the one in force."""

    __tablename__ = "collections_roster"
    collection_id: UUID = Field(sa_type=Uid, primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    people: int = Field(sa_type=BigInt)
    sum_satang: int = Field(sa_type=BigInt)
    expires_at: datetime = Field(sa_type=Instant)
    confirmed_by: str
    confirmed_at: datetime = Field(sa_type=Instant)


class PersonRow(SQLModel, table=True):
    """One person of a roster; once their money is here, the pledge of the same id says so."""

    __tablename__ = "collections_person"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    collection_id: UUID = Field(sa_type=Uid)
    version: int = Field(sa_type=BigInt)
    place: int = Field(sa_type=BigInt)
    contact_id: UUID = Field(sa_type=Uid)
    sealed: bytes | None = Field(default=None, sa_type=LargeBinary)  # the class
    amount_satang: int = Field(sa_type=BigInt)
    wants_receipt: bool = Field(sa_type=Flag)


class ArrivalRow(SQLModel, table=True):
    """Money came for so many people of the roster; it stands as long as the first of their gifts does."""

    __tablename__ = "collections_arrival"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    collection_id: UUID = Field(sa_type=Uid)
    version: int = Field(sa_type=BigInt)
    people: int = Field(sa_type=BigInt)
    amount_satang: int = Field(sa_type=BigInt)
    identity: str
    occurred_on: date = Field(sa_type=Day)
    donation_id: UUID = Field(sa_type=Uid)


class WithdrawnRow(SQLModel, table=True):
    """What had not come by then is awaited no more."""

    __tablename__ = "collections_withdrawn"
    collection_id: UUID = Field(sa_type=Uid, primary_key=True)
    withdrawn_by: str
    withdrawn_at: datetime = Field(sa_type=Instant)


class UnmetRow(SQLModel, table=True):
    """A bank line that waits for a person because it is not what the collection still awaits."""

    __tablename__ = "collections_unmet"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    collection_id: UUID = Field(sa_type=Uid)
    amount_satang: int = Field(sa_type=BigInt)
    occurred_on: date = Field(sa_type=Day)
    noted_at: datetime = Field(sa_type=Instant)


class BundleRow(SQLModel, table=True):
    """Some receipts of an arrival as one file to print, sealed under the row's own id; kept for a few days."""

    __tablename__ = "collections_bundle"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    arrival_id: UUID = Field(sa_type=Uid)
    page: int = Field(sa_type=BigInt)
    sha256: str
    made_at: datetime = Field(sa_type=Instant)
