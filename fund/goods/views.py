"""What the pages of the store show: a lot with its piles, its history and what waits; the queue of values.

Refuses a lot that is not there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, select

from fund.goods import holding, stock, things
from fund.goods.errors import ArrivalNotFoundError, LotNotFoundError
from fund.goods.models import ArrivalRow, CountRow, LotRow, RemovalRow, StepRow
from fund.goods.stock import Stock
from fund.goods.things import Place, Thing


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """What came in, of which thing, and where it lies."""

    row: ArrivalRow
    thing: Thing
    place: Place


@dataclass(frozen=True, slots=True)
class Waiting:
    """A count that differs, or a removal that was asked for: of which thing, where."""

    row: CountRow | RemovalRow
    arrival: ArrivalView
    place: Place


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot: what came in, what it is worth, where what is left lies, and every step."""

    came: ArrivalView
    row: LotRow
    piles: tuple[Stock, ...]
    steps: tuple[tuple[StepRow, Place], ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything of one thing in one size."""

    thing: Thing
    size: str
    piles: tuple[Stock, ...]

    @property
    def on_hand(self) -> int:
        """How many are in store."""
        return sum(one.on_hand for one in self.piles)

    @property
    def free(self) -> int:
        """How many are promised to nobody."""
        return sum(one.free for one in self.piles)

    @property
    def worth_satang(self) -> int:
        """What they are worth."""
        return sum(one.worth_satang for one in self.piles)


def shelves(piles: Sequence[Stock]) -> list[Shelf]:
    """Piles by thing and size, as they come from the stock."""
    return [
        Shelf(thing, size, tuple(of)) for (thing, size), of in groupby(piles, key=lambda one: (one.thing, one.size))
    ]


def arrival(session: Session, arrival_id: UUID) -> ArrivalView:
    """What came in. Raises ArrivalNotFoundError."""
    row = session.get(ArrivalRow, arrival_id)
    if row is None:
        raise ArrivalNotFoundError()
    return _view(session, row)


def to_value(session: Session) -> list[ArrivalView]:
    """What nobody has valued yet, first counted first."""
    return [_view(session, row) for row in session.exec(stock.waiting_for_value())]


def lot(session: Session, lot_id: UUID) -> Lot:
    """One lot. Raises LotNotFoundError."""
    row = session.get(LotRow, lot_id)
    if row is None:
        raise LotNotFoundError()
    known = things.places(session)
    rows = session.exec(
        select(StepRow).where(StepRow.lot_id == lot_id).order_by(col(StepRow.taken_at), col(StepRow.number))
    )
    steps = tuple((step, known[step.place_id]) for step in rows)
    return Lot(arrival(session, lot_id), row, tuple(stock.of_lot(session, lot_id)), steps)


def to_explain(session: Session) -> list[Waiting]:
    """The counts that differ."""
    return [_waiting(session, row) for row in holding.open_counts(session)]


def to_answer(session: Session) -> list[Waiting]:
    """What somebody wants written off or given back."""
    return [_waiting(session, row) for row in holding.open_removals(session)]


def _waiting(session: Session, row: CountRow | RemovalRow) -> Waiting:
    return Waiting(row, arrival(session, row.lot_id), things.places(session)[row.place_id])


def _view(session: Session, row: ArrivalRow) -> ArrivalView:
    return ArrivalView(row, things.things(session)[row.thing_id], things.places(session)[row.place_id])
