"""What becomes of a lot in store: it moves, it is counted, it is written off or given back by two people.

Refuses to touch what is promised, an explanation of whoever counted, and a confirmation of whoever asked; the database
refuses it too.
"""

from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, files
from fund.audit import Actor
from fund.goods import steps, thanking, things
from fund.goods.errors import (
    CountOpenError,
    MatterNotFoundError,
    NotEnoughError,
    NotNowError,
    PromisedError,
    QuantityError,
    ReasonError,
    SamePlaceError,
)
from fund.goods.models import CountRow, ExplainedRow, RemovalAnswerRow, RemovalRow
from fund.goods.steps import MOST, person_of
from fund.people import duties
from fund.people.duties import Side
from fund.people.stand_in_papers import Paper
from ledger.identifiers import new_id

LONGEST_REASON: Final = 500
REMOVALS: Final = {"write_off": "Write off", "give_back": "Give back to the donor"}
MISCOUNTED: Final = "miscounted"


def move(session: Session, lot_id: UUID, place_id: UUID, to: UUID, quantity: int, *, by: Actor) -> None:
    """Carry so much of a lot to another place. Raises LotNotFoundError, SamePlaceError, NotEnoughError."""
    things.require_place(session, to)
    if place_id == to:
        raise SamePlaceError()
    out, there = steps.taken(session, lot_id, place_id), steps.pile(session, lot_id, to)
    steps.take(
        session, lot_id, place_id, "leave", quantity,
        partner="arrive", other_place=to, other_number=there.number + 1, by=by,
    )  # fmt: skip
    steps.take(
        session, lot_id, to, "arrive", quantity,
        partner="leave", other_place=place_id, other_number=out.number + 1, by=by,
    )  # fmt: skip
    session.flush()


def count(session: Session, lot_id: UUID, place_id: UUID, found: int, *, by: Actor) -> bool:
    """Write down how many `by` has found, who is not shown the books; whether it is what the books have.

    Raises LotNotFoundError, QuantityError, CountOpenError.
    """
    if not 0 <= found <= MOST:
        raise QuantityError()
    pile = steps.taken(session, lot_id, place_id)
    if open_counts(session, lot_id, place_id):
        raise CountOpenError()
    count_id = new_id()
    row = CountRow(
        id=count_id,
        chain=f"goods-count:{count_id}",
        lot_id=lot_id,
        place_id=place_id,
        number=pile.number,
        on_hand=pile.on_hand,
        found=found,
        counted_by=by.name,
        counted_person=person_of(by),
        counted_at=clock.now(),
    )
    duties.take_part(session, row.chain, Side.RECEIVE, by=by)
    session.add(row)
    audit.record(session, by, "goods_count.counted", count_id)
    session.flush()
    return found == pile.on_hand


def explain(session: Session, count_id: UUID, reason: str, *, is_miscounted: bool = False, by: Actor) -> None:
    """Say why a count differs, as another than who counted: the difference is booked, unless it was a miscount.

    Raises MatterNotFoundError, ReasonError, NotNowError, OtherSideError, PromisedError.
    """
    words, counted = _words(reason), session.get(CountRow, count_id)
    if counted is None:
        raise MatterNotFoundError()
    duties.take_part(session, counted.chain, Side.APPROVE, by=by)
    pile = steps.taken(session, counted.lot_id, counted.place_id)
    if counted.found == counted.on_hand or session.get(ExplainedRow, count_id, populate_existing=True) is not None:
        raise NotNowError()
    act, difference = "find" if counted.found > counted.on_hand else "lose", abs(counted.found - counted.on_hand)
    row = ExplainedRow(
        count_id=count_id,
        act=MISCOUNTED if is_miscounted else act,
        quantity=difference,
        reason=words,
        explained_by=by.name,
        explained_person=person_of(by),
        explained_at=clock.now(),
        **counted.model_dump(include={"chain", "lot_id", "place_id", "on_hand", "found"}),
    )
    session.add(row)
    audit.record(session, by, "goods_count.explained", count_id)
    session.flush()
    if is_miscounted:
        return
    if act == "lose" and pile.free < difference:
        raise PromisedError(count=pile.reserved)
    steps.take(session, counted.lot_id, counted.place_id, act, difference, count_id=count_id, by=by)


def open_counts(session: Session, lot_id: UUID | None = None, place_id: UUID | None = None) -> list[CountRow]:
    """The counts that differ and that nobody has explained yet, first counted first."""
    rows = (
        select(CountRow)
        .join(ExplainedRow, col(ExplainedRow.count_id) == col(CountRow.id), isouter=True)
        .where(col(ExplainedRow.count_id).is_(None), CountRow.found != CountRow.on_hand)
        .order_by(col(CountRow.counted_at))
    )
    if lot_id is not None:
        rows = rows.where(CountRow.lot_id == lot_id, CountRow.place_id == place_id)
    return list(session.exec(rows))


def ask_removal(
    session: Session,
    folder: Path,
    lot_id: UUID,
    place_id: UUID,
    act: str,
    quantity: int,
    reason: str,
    paper: Paper,
    *,
    by: Actor,
) -> UUID:
    """Ask that so much is written off or given back; another confirms it.

    Raises ReasonError, LotNotFoundError, QuantityError, NotEnoughError.
    """
    words = _words(reason)
    if act not in REMOVALS or not steps.is_quantity(quantity):
        raise QuantityError()
    pile = steps.taken(session, lot_id, place_id)
    if quantity > pile.free:
        raise NotEnoughError(free=pile.free)
    removal_id = new_id()
    row = RemovalRow(
        id=removal_id,
        chain=f"goods-removal:{removal_id}",
        lot_id=lot_id,
        place_id=place_id,
        act=act,
        quantity=quantity,
        reason=words,
        paper_sha256=files.store(session, folder, paper.content, removal_id),
        asked_by=by.name,
        asked_person=person_of(by),
        asked_at=clock.now(),
    )
    duties.take_part(session, row.chain, Side.REQUEST, by=by)
    session.add(row)
    audit.record(session, by, "goods_removal.asked", removal_id)
    session.flush()
    return removal_id


def answer_removal(session: Session, removal_id: UUID, *, is_done: bool, by: Actor) -> None:
    """Confirm what another asked, or let it stay in store.

    Raises MatterNotFoundError, NotNowError, OtherSideError, NotEnoughError.
    """
    asked = session.get(RemovalRow, removal_id)
    if asked is None:
        raise MatterNotFoundError()
    duties.take_part(session, asked.chain, Side.APPROVE, by=by)
    if session.get(RemovalAnswerRow, removal_id, populate_existing=True) is not None:
        raise NotNowError()
    row = RemovalAnswerRow(
        removal_id=removal_id,
        asked=asked.act,
        act=asked.act if is_done else "stay",
        answered_by=by.name,
        answered_person=person_of(by),
        answered_at=clock.now(),
        **asked.model_dump(include={"chain", "lot_id", "place_id", "quantity"}),
    )
    session.add(row)
    audit.record(session, by, "goods_removal.confirmed" if is_done else "goods_removal.declined", removal_id)
    session.flush()
    if is_done:
        steps.take(session, asked.lot_id, asked.place_id, asked.act, asked.quantity, removal_id=removal_id, by=by)
        if asked.act == "give_back":
            thanking.give_back(session, asked.lot_id, asked.quantity, by=by)


def open_removals(session: Session) -> list[RemovalRow]:
    """What waits for a second person, first asked first."""
    rows = (
        select(RemovalRow)
        .join(RemovalAnswerRow, col(RemovalAnswerRow.removal_id) == col(RemovalRow.id), isouter=True)
        .where(col(RemovalAnswerRow.removal_id).is_(None))
        .order_by(col(RemovalRow.asked_at))
    )
    return list(session.exec(rows))


def _words(reason: str) -> str:
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON or not words.isprintable():
        raise ReasonError()
    return words
