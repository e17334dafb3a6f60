"""The list of things that are given, with unit and sizes, and of the places where goods lie.

Refuses a second of the same name. Nothing is taken off these lists: what lies there refers to it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.goods.errors import KnownNameError, PlaceNotFoundError, ThingNotFoundError, WordsError
from fund.goods.models import PlaceRow, SizeRow, ThingRow
from fund.goods.states import PLACES
from fund.goods.steps import person_of
from fund.people import turns

LONGEST_NAME: Final = 100
LONGEST_UNIT: Final = 30
LONGEST_SIZE: Final = 20


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that is given, what one of it is called, and its sizes; none where it comes in one."""

    id: UUID
    name_th: str
    name_en: str
    unit_th: str
    unit_en: str
    sizes: tuple[str, ...]

    def name(self, language: str) -> str:
        """How it is called in `th` or `en`."""
        return self.name_th if language == "th" else self.name_en

    def unit(self, language: str) -> str:
        """What one of it is called in `th` or `en`."""
        return self.unit_th if language == "th" else self.unit_en


@dataclass(frozen=True, slots=True)
class Place:
    """Where goods lie: `store`, `district` or `school`."""

    id: UUID
    kind: str
    name: str


def add_thing(
    session: Session,
    name_th: str,
    name_en: str,
    unit_th: str,
    unit_en: str,
    sizes: Collection[str] = (),
    *,
    by: Actor,
) -> UUID:
    """Add a thing. Raises WordsError, KnownNameError."""
    names = [_words(text, LONGEST_NAME) for text in (name_th, name_en)]
    units = [_words(text, LONGEST_UNIT) for text in (unit_th, unit_en)]
    known = {_words(size, LONGEST_SIZE) for size in sizes} or {""}
    turns.wait_for(session, "goods things")
    if session.exec(select(ThingRow.id).where(ThingRow.name_th == names[0])).first():
        raise KnownNameError()
    row = ThingRow(
        name_th=names[0],
        name_en=names[1],
        unit_th=units[0],
        unit_en=units[1],
        added_by=by.name,
        added_person=person_of(by),
        added_at=clock.now(),
    )
    session.add(row)
    session.flush()
    session.add_all(SizeRow(thing_id=row.id, size=size) for size in known)
    audit.record(session, by, "goods_thing.added", row.id)
    session.flush()
    return row.id


def add_place(session: Session, kind: str, name: str, *, by: Actor) -> UUID:
    """Add a place. Raises WordsError, KnownNameError."""
    words = _words(name, LONGEST_NAME)
    if kind not in PLACES:
        raise WordsError()
    turns.wait_for(session, "goods places")
    if session.exec(select(PlaceRow.id).where(PlaceRow.name == words)).first():
        raise KnownNameError()
    row = PlaceRow(kind=kind, name=words, added_by=by.name, added_person=person_of(by), added_at=clock.now())
    session.add(row)
    audit.record(session, by, "goods_place.added", row.id)
    session.flush()
    return row.id


def things(session: Session) -> dict[UUID, Thing]:
    """Everything on the list, by its Thai name."""
    sizes: dict[UUID, list[str]] = {}
    for row in session.exec(select(SizeRow).order_by(col(SizeRow.size))):
        if row.size:
            sizes.setdefault(row.thing_id, []).append(row.size)
    rows = session.exec(select(ThingRow).order_by(col(ThingRow.name_th)))
    return {
        row.id: Thing(row.id, row.name_th, row.name_en, row.unit_th, row.unit_en, tuple(sizes.get(row.id, ())))
        for row in rows
    }


def places(session: Session) -> dict[UUID, Place]:
    """Every place, the province's stores first."""
    found = [Place(row.id, row.kind, row.name) for row in session.exec(select(PlaceRow))]
    order = list(PLACES)
    return {one.id: one for one in sorted(found, key=lambda one: (order.index(one.kind), one.name))}


def require_size(session: Session, thing_id: UUID, size: str) -> None:
    """Raises ThingNotFoundError where the thing does not come in this size."""
    if session.get(SizeRow, (thing_id, size)) is None:
        raise ThingNotFoundError()


def require_place(session: Session, place_id: UUID) -> None:
    """Raises PlaceNotFoundError."""
    if session.get(PlaceRow, place_id) is None:
        raise PlaceNotFoundError()


def _words(text: str, longest: int) -> str:
    words = " ".join(text.split())
    if not 0 < len(words) <= longest or not words.isprintable():
        raise WordsError()
    return words
