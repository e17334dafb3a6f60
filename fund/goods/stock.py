"""What lies where: piles with their lot, thing and worth, and which of them answer a request, oldest first.

Knows what expires first goes first, then what the giver wished for this place, then what came first. Refuses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from fund import clock
from fund.goods import things
from fund.goods.models import ArrivalRow, LotRow, RequestRow, StepRow
from fund.goods.things import Place, Thing

OTHER_SIZE: Final = "It is another size."
EXPIRED: Final = "It has expired."
ELSEWHERE: Final = "Its giver wished it for another district or school."
PROMISED: Final = "All of it is promised."


@dataclass(frozen=True, slots=True)
class Stock:
    """A lot at a place: how many are here, how many of them promised, and what one is worth (satang)."""

    lot_id: UUID
    place: Place
    thing: Thing
    size: str
    on_hand: int
    reserved: int
    value_satang: int
    fund: str
    expires_on: date | None
    condition: str
    received_on: date
    for_district: str
    for_school: str

    @property
    def free(self) -> int:
        """How many are promised to nobody."""
        return self.on_hand - self.reserved

    @property
    def worth_satang(self) -> int:
        """What all that are here are worth."""
        return self.on_hand * self.value_satang

    def is_expired(self, on: date) -> bool:
        """Whether its last day has passed."""
        return self.expires_on is not None and self.expires_on < on


def in_store(session: Session, *conditions: Any) -> list[Stock]:
    """Everything that is on hand and meets the conditions, by thing and size, what expires first before the rest."""
    newest = (
        select(StepRow.lot_id, StepRow.place_id, func.max(StepRow.number).label("number"))
        .group_by(col(StepRow.lot_id), col(StepRow.place_id))
        .subquery()
    )
    question = (
        select(StepRow, LotRow, ArrivalRow)
        .join(
            newest,
            (newest.c.lot_id == StepRow.lot_id)
            & (newest.c.place_id == StepRow.place_id)
            & (newest.c.number == StepRow.number),
        )
        .join(LotRow, col(LotRow.id) == col(StepRow.lot_id))
        .join(ArrivalRow, col(ArrivalRow.id) == col(StepRow.lot_id))
        .where(col(StepRow.on_hand) > 0, *conditions)
    )
    known, places = things.things(session), things.places(session)
    found = [_stock(*row, known, places) for row in session.exec(question)]
    return sorted(found, key=lambda one: (one.thing.name_th, one.size, _age(one), one.place.name))


def of_thing(session: Session, thing_id: UUID, size: str) -> list[Stock]:
    """What is on hand of one thing and size."""
    return in_store(session, ArrivalRow.thing_id == thing_id, ArrivalRow.size == size)


def of_lot(session: Session, lot_id: UUID) -> list[Stock]:
    """Where what is left of a lot lies."""
    return in_store(session, StepRow.lot_id == lot_id)


def expiring(session: Session, days: int) -> list[Stock]:
    """What expires within so many days, or has expired, first to last."""
    until = clock.today() + timedelta(days=days)
    found = in_store(session, col(ArrivalRow.expires_on).is_not(None), col(ArrivalRow.expires_on) <= until)
    return sorted(found, key=_age)


def waiting_for_value() -> SelectOfScalar[ArrivalRow]:
    """The arrivals that nobody has valued yet, first counted first."""
    return (
        select(ArrivalRow)
        .join(LotRow, col(LotRow.id) == col(ArrivalRow.id), isouter=True)
        .where(col(LotRow.id).is_(None), col(ArrivalRow.accepted) > 0)
        .order_by(col(ArrivalRow.received_at))
    )


def answering(session: Session, asked: RequestRow) -> list[Stock]:
    """What may go to this request, in the order in which it goes."""
    today = clock.today()
    may = [
        one
        for one in of_thing(session, asked.thing_id, asked.size)
        if one.free and not one.is_expired(today) and _is_for(one, asked)
    ]
    return sorted(may, key=lambda one: (one.expires_on or date.max, -_wish(one), one.received_on, str(one.lot_id)))


def refusing(session: Session, asked: RequestRow) -> list[tuple[Stock, str]]:
    """What is in store of this thing and may not go to this request, each with why."""
    known = in_store(session, ArrivalRow.thing_id == asked.thing_id)
    whys = [(one, _why_not(one, asked, clock.today())) for one in known]
    return [(one, why) for one, why in whys if why]


def shared_out(stock: Sequence[Stock], quantity: int) -> list[tuple[Stock, int]]:
    """How many of each make up the quantity, from the front; fewer together where there is not enough."""
    taken: list[tuple[Stock, int]] = []
    for one in stock:
        if not quantity:
            break
        taken.append((one, min(one.free, quantity)))
        quantity -= taken[-1][1]
    return taken


def _why_not(one: Stock, asked: RequestRow, today: date) -> str:
    if one.size != asked.size:
        return OTHER_SIZE
    if one.is_expired(today):
        return EXPIRED
    if not _is_for(one, asked):
        return ELSEWHERE
    return "" if one.free else PROMISED


def _is_for(one: Stock, asked: RequestRow) -> bool:
    return one.for_district in ("", asked.district) and one.for_school in ("", asked.school)


def _wish(one: Stock) -> int:
    """How near the giver's wish is: to a school, to a district, to nobody in particular."""
    return 2 if one.for_school else 1 if one.for_district else 0


def _age(one: Stock) -> tuple[date, date, str]:
    return one.expires_on or date.max, one.received_on, str(one.lot_id)


def _stock(
    step: StepRow, lot: LotRow, arrival: ArrivalRow, known: dict[UUID, Thing], places: dict[UUID, Place]
) -> Stock:
    return Stock(
        lot_id=lot.id,
        place=places[step.place_id],
        thing=known[arrival.thing_id],
        size=arrival.size,
        on_hand=step.on_hand,
        reserved=step.reserved,
        value_satang=lot.value_satang,
        fund=lot.fund,
        expires_on=arrival.expires_on,
        condition=arrival.condition,
        received_on=arrival.received_on,
        for_district=arrival.for_district,
        for_school=arrival.for_school,
    )
