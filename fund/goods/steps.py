"""The steps of a lot: each says what was there, what is done and what is there now, and books what it is worth.

Knows that whoever steps waits for the lot's turn. Refuses to take what is not there or is promised; the database
refuses the same to everybody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, postings
from fund.audit import Actor
from fund.goods.errors import LotNotFoundError, NotEnoughError, QuantityError
from fund.goods.models import LotRow, StepRow
from fund.goods.states import ACTS, Act
from fund.people import turns
from fund.people.errors import NobodyError
from fund.postings import Goods
from ledger import book, periods
from ledger.journal import Entry

MOST: Final = 1_000_000
"""More units than one lot may have."""

BOOKED: Final[dict[str, Callable[[Goods, date], Entry]]] = {
    "receive": postings.goods_accepted,
    "issue": postings.goods_issued,
    "return": postings.goods_returned,
    "write_off": postings.goods_lost,
    "lose": postings.goods_lost,
    "find": postings.goods_found,
    "give_back": postings.goods_given_back,
}

PAST: Final = {
    "receive": "received",
    "leave": "moved",
    "arrive": "arrived",
    "reserve": "reserved",
    "release": "released",
    "issue": "issued",
    "return": "returned",
    "write_off": "written_off",
    "give_back": "given_back",
    "lose": "lost",
    "find": "found",
}
"""How the trail says each act."""


@dataclass(frozen=True, slots=True)
class Pile:
    """What lies of a lot at a place, after so many steps."""

    lot_id: UUID
    place_id: UUID
    number: int = 0
    on_hand: int = 0
    reserved: int = 0

    @property
    def free(self) -> int:
        """How many are here and promised to nobody."""
        return self.on_hand - self.reserved


def person_of(by: Actor) -> UUID:
    """Who acts, as a human that the database knows. Raises NobodyError."""
    if by.person_id is None:
        raise NobodyError()
    return by.person_id


def is_quantity(number: int) -> bool:
    """Whether so many units of something can be meant."""
    return 0 < number <= MOST


def pile(session: Session, lot_id: UUID, place_id: UUID) -> Pile:
    """What lies there now; nothing where nothing ever did."""
    last = select(StepRow).where(StepRow.lot_id == lot_id, StepRow.place_id == place_id)
    row = session.exec(last.order_by(col(StepRow.number).desc()).limit(1)).first()
    return Pile(lot_id, place_id, row.number, row.on_hand, row.reserved) if row else Pile(lot_id, place_id)


def taken(session: Session, lot_id: UUID, place_id: UUID) -> Pile:
    """A pile of which nobody else touches the lot until this unit of work ends. Raises LotNotFoundError."""
    turns.wait_for(session, f"lot {lot_id}")
    found = pile(session, lot_id, place_id)
    if not found.number:
        raise LotNotFoundError()
    return found


def take(session: Session, lot_id: UUID, place_id: UUID, act: str, quantity: int, *, by: Actor, **more: Any) -> StepRow:
    """Take one step, with its entry where it is booked; `more` says what it refers to.

    Raises QuantityError and NotEnoughError.
    """
    if not is_quantity(quantity):
        raise QuantityError()
    turns.wait_for(session, f"lot {lot_id}")
    row = _row(pile(session, lot_id, place_id), ACTS[act], quantity, by, more)
    row.booked_on = max(clock.today(), periods.open_from(session))
    if row.is_booked and row.entry_id is None:
        lot = session.get_one(LotRow, lot_id)
        goods = worth(lot_id, place_id, row.number, lot.fund, quantity * lot.value_satang)
        row.entry_id = book.post(session, BOOKED[act](goods, row.booked_on), by=by.name).entry_id
    session.add(row)
    audit.record(session, by, f"goods.{PAST[act]}", f"{lot_id} {row.place_id} {row.number}")
    if act not in ("leave", "arrive"):  # its other half comes before the database is asked
        session.flush()
    return row


def worth(lot_id: UUID, place_id: UUID, number: int, fund: str, amount_satang: int) -> Goods:
    """What this step of a lot is to the books."""
    return Goods(str(lot_id), f"{lot_id}:{place_id}:{number}", fund, amount_satang)


def _row(known: Pile, act: Act, quantity: int, by: Actor, more: dict[str, Any]) -> StepRow:
    on_hand, reserved = known.on_hand + act.hand * quantity, known.reserved + act.held * quantity
    if not 0 <= reserved <= on_hand:
        raise NotEnoughError(free=known.free)
    return StepRow(
        lot_id=known.lot_id,
        place_id=known.place_id,
        number=known.number + 1,
        before=known.number or None,
        was_on_hand=known.on_hand,
        was_reserved=known.reserved,
        act=act.name,
        hand=act.hand,
        held=act.held,
        is_booked=act.is_booked,
        quantity=quantity,
        on_hand=on_hand,
        reserved=reserved,
        taken_by=by.name,
        taken_person=person_of(by),
        taken_at=clock.now(),
        **more,
    )
