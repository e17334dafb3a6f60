"""Collections as frozen views: what each awaits, what came, and (apart, because it names people) its roster.

Knows look-ups by id, reference, and the sum still awaited. Changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, text
from sqlmodel import Session, col, select

from fund import clock, sealed
from fund.among import among
from fund.collections import states
from fund.collections.errors import CollectionNotFoundError
from fund.collections.models import ArrivalRow, CollectionRow, RosterRow, UnmetRow, WithdrawnRow
from fund.donations import references
from fund.donations.models import ReversalRow
from fund.donors import queries as donors
from ledger.columns import BigInt, Flag, Uid
from ledger.private import Part

CLASS: Final = "collections_person.sealed"

_NEVER: Final = datetime.max.replace(tzinfo=clock.BANGKOK)
_AWAITED: Final = text("""
SELECT r.collection_id AS id, r.sum_satang - coalesce(h.satang, 0) AS satang FROM collections_roster r
LEFT JOIN (SELECT a.collection_id, CAST(sum(a.amount_satang) AS bigint) AS satang FROM collections_arrival a
           LEFT JOIN donations_reversal x ON x.donation_id = a.donation_id
           WHERE x.donation_id IS NULL GROUP BY a.collection_id) h ON h.collection_id = r.collection_id
LEFT JOIN collections_withdrawn w ON w.collection_id = r.collection_id
WHERE w.collection_id IS NULL AND r.sum_satang > coalesce(h.satang, 0)
  AND NOT EXISTS (SELECT 1 FROM collections_roster l
                  WHERE l.collection_id = r.collection_id AND l.version > r.version)
""").columns(id=Uid(), satang=BigInt)
# A gift beside the collection, named for one of its people, is no part of it.
_PERSONS: Final = """
SELECT p.id, p.place, p.contact_id, p.sealed, p.amount_satang, p.wants_receipt, d.id AS donation_id, d.receipt_number
FROM collections_person p
LEFT JOIN donations_donation d ON d.pledge_id = p.id
  AND NOT EXISTS (SELECT 1 FROM donations_reversal x WHERE x.donation_id = d.id)
  AND EXISTS (SELECT 1 FROM collections_arrival a WHERE a.collection_id = p.collection_id AND a.version = p.version
              AND substr(d.money_identity, 1, length(a.identity)) = a.identity
              AND NOT EXISTS (SELECT 1 FROM donations_reversal x WHERE x.donation_id = a.donation_id))
WHERE p.collection_id = :collection_id AND p.version = :version
"""
_ORDERED: Final = " ORDER BY p.place"


@dataclass(frozen=True, slots=True)
class Unmet:
    """Money that came with the collection's reference and is not what it awaits: it waits for a person."""

    line_id: UUID
    amount_satang: int
    occurred_on: date
    noted_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """Money that came for so many of the people."""

    id: UUID
    people: int
    amount_satang: int
    occurred_on: date
    identity: str


@dataclass(frozen=True, slots=True)
class CollectionView:
    """One transfer for many people: its roster in force (version 0: none), what came of it, what does not meet."""

    id: UUID
    reference: str
    campaign_id: UUID
    made_by: str
    made_at: datetime
    version: int = 0
    people: int = 0
    sum_satang: int = 0
    expires_at: datetime = _NEVER
    confirmed_at: datetime | None = None
    is_withdrawn: bool = False
    arrivals: tuple[Arrival, ...] = ()
    unmet: tuple[Unmet, ...] = ()

    @property
    def state(self) -> str:
        """One of `states.STATES`, now."""
        here = sum(one.people for one in self.arrivals)
        return states.state(
            people=self.people,
            here=here,
            is_withdrawn=self.is_withdrawn,
            expires_at=self.expires_at,
            now=clock.now(),
        )

    @property
    def may_settle(self) -> bool:
        """Whether money for it is still awaited, late or not."""
        return (self.state, "settle") in states.TABLE

    @property
    def open_satang(self) -> int:
        """The sum of those whose money is not here."""
        return self.sum_satang - sum(one.amount_satang for one in self.arrivals)

    @property
    def stand(self) -> str:
        """What says whether anything was changed since somebody looked: the list in force, and what came of it."""
        return f"{self.version}-{len(self.arrivals)}-{self.open_satang}"

    @property
    def open_people(self) -> int:
        """How many they are."""
        return self.people - sum(one.people for one in self.arrivals)


@dataclass(frozen=True, slots=True)
class Place:
    """A person of a roster without their name."""

    id: UUID
    place: int
    contact_id: UUID
    amount_satang: int
    wants_receipt: bool


@dataclass(frozen=True, slots=True)
class Person:
    """A person of a roster; name and class are empty once they were erased."""

    id: UUID
    place: int
    name: str
    group: str
    amount_satang: int
    wants_receipt: bool
    is_here: bool
    receipt_number: str | None


def collection(session: Session, collection_id: UUID) -> CollectionView:
    """One collection. Raises CollectionNotFoundError."""
    for one in _views(session, col(CollectionRow.id) == collection_id):
        return one
    raise CollectionNotFoundError()


def by_reference(session: Session, references: Collection[str]) -> dict[str, CollectionView]:
    """These collections by reference; references that none has are left out."""
    return {one.reference: one for one in _views(session, among(session, CollectionRow.reference, references))}


def by_stem(session: Session, stems: Collection[str]) -> dict[str, list[CollectionView]]:
    """Collections by how their references begin (`references.STEM_LENGTH` characters)."""
    found: dict[str, list[CollectionView]] = defaultdict(list)
    if stems:
        for one in _views(session, func.substr(col(CollectionRow.reference), 1, references.STEM_LENGTH).in_(stems)):
            found[one.reference[: references.STEM_LENGTH]].append(one)
    return found


def newest(session: Session, *, limit: int, of_campaigns: Collection[UUID] | None = None) -> list[CollectionView]:
    """The collections of these campaigns (of all), newest first."""
    ids = select(CollectionRow.id).order_by(col(CollectionRow.id).desc()).limit(limit)
    if of_campaigns is not None:
        ids = ids.where(col(CollectionRow.campaign_id).in_(of_campaigns))
    return _views(session, col(CollectionRow.id).in_(session.exec(ids).all()))[::-1]


def awaiting(session: Session, amounts: Collection[int] | None = None) -> list[CollectionView]:
    """The collections that await money (of exactly one of these amounts)."""
    session.flush()
    ids = [row.id for row in session.execute(_AWAITED) if amounts is None or row.satang in amounts]
    return _views(session, col(CollectionRow.id).in_(ids)) if ids else []


def not_met(session: Session) -> list[CollectionView]:
    """The collections for which money waits that is not what they await."""
    ids = session.exec(select(UnmetRow.collection_id).distinct()).all()
    return _views(session, col(CollectionRow.id).in_(ids)) if ids else []


def open_places(session: Session, of: CollectionView) -> list[Place]:
    """The people of the roster in force whose money is not here, first to last."""
    rows = _persons(session, of, " AND d.id IS NULL" + _ORDERED)
    return [Place(row.id, row.place, row.contact_id, row.amount_satang, row.wants_receipt) for row in rows]


def persons(session: Session, of: CollectionView, *, after: int = 0, limit: int) -> list[Person]:
    """People of the roster in force, by name: whoever sees them is to be noted."""
    rows = _persons(session, of, f" AND p.place > :after{_ORDERED} LIMIT :limit", after=after, limit=limit)
    told = donors.contacts(session, {row.contact_id for row in rows})
    parts = [Part(row.contact_id, CLASS, str(row.id), row.sealed) for row in rows if row.sealed]
    opened = zip(parts, sealed.unseal_many(session, parts), strict=True)
    groups = {part.row_id: (said or b"").decode() for part, said in opened}
    return [
        Person(
            id=row.id,
            place=row.place,
            name=told[row.contact_id].name if row.contact_id in told else "",
            group=groups.get(str(row.id), ""),
            amount_satang=row.amount_satang,
            wants_receipt=row.wants_receipt,
            is_here=row.donation_id is not None,
            receipt_number=row.receipt_number,
        )
        for row in rows
    ]


def arrival(session: Session, arrival_id: UUID) -> tuple[CollectionView, Arrival] | None:
    """One arrival that stands, and its collection; None where it was taken back."""
    row = session.get(ArrivalRow, arrival_id)
    if row is None:
        return None
    of = collection(session, row.collection_id)
    return next(((of, one) for one in of.arrivals if one.id == arrival_id), None)


def receipts_of(session: Session, of: CollectionView, arrival: Arrival) -> list[str]:
    """The numbers of the receipts of an arrival, in the roster's order."""
    came = " AND substr(d.money_identity, 1, length(:identity)) = :identity AND d.receipt_number IS NOT NULL"
    rows = _persons(session, of, came + _ORDERED, identity=arrival.identity)
    return [row.receipt_number for row in rows]


def _persons(session: Session, of: CollectionView, further: str, **facts: Any) -> list[Any]:
    session.flush()
    asked = text(_PERSONS + further).bindparams(bindparam("collection_id", of.id, type_=Uid()), version=of.version)
    kinds: dict[str, Any] = {"id": Uid(), "contact_id": Uid(), "wants_receipt": Flag(), "donation_id": Uid()}
    return list(session.execute(asked.bindparams(**facts).columns(**kinds)))


def _views(session: Session, *which: ColumnElement[bool]) -> list[CollectionView]:
    session.flush()
    rows = session.exec(select(CollectionRow).where(*which).order_by(col(CollectionRow.id))).all()
    ids = [row.id for row in rows]
    rosters, arrivals, unmet = _in_force(session, ids), _arrived(session, ids), _unmet(session, ids)
    gone = select(WithdrawnRow.collection_id).where(col(WithdrawnRow.collection_id).in_(ids))
    withdrawn = set(session.exec(gone))
    found = []
    for row in rows:
        roster = rosters.get(row.id)
        told = roster.model_dump(exclude={"collection_id", "confirmed_by"}) if roster else {}
        found.append(
            CollectionView(
                **row.model_dump(),
                **told,
                is_withdrawn=row.id in withdrawn,
                arrivals=tuple(arrivals[row.id]),
                unmet=tuple(unmet[row.id]),
            )
        )
    return found


def _in_force(session: Session, ids: Iterable[UUID]) -> dict[UUID, RosterRow]:
    rows = select(RosterRow).where(col(RosterRow.collection_id).in_(ids)).order_by(col(RosterRow.version))
    return {row.collection_id: row for row in session.exec(rows)}


def _arrived(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Arrival]]:
    rows = select(ArrivalRow).where(
        col(ArrivalRow.collection_id).in_(ids),
        col(ArrivalRow.donation_id).not_in(select(ReversalRow.donation_id)),
    )
    found: dict[UUID, list[Arrival]] = defaultdict(list)
    for row in session.exec(rows.order_by(col(ArrivalRow.id))):
        found[row.collection_id].append(Arrival(row.id, row.people, row.amount_satang, row.occurred_on, row.identity))
    return found


def _unmet(session: Session, ids: Iterable[UUID]) -> dict[UUID, list[Unmet]]:
    rows = select(UnmetRow).where(col(UnmetRow.collection_id).in_(ids)).order_by(col(UnmetRow.noted_at))
    found: dict[UUID, list[Unmet]] = defaultdict(list)
    for row in session.exec(rows):
        found[row.collection_id].append(Unmet(row.line_id, row.amount_satang, row.occurred_on, row.noted_at))
    return found
