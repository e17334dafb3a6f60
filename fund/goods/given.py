"""What became of a gift in goods, as its giver may see it: so many are with children, in so many districts.

Knows the steps of the lots that came of an offer. Refuses every count of fewer than ten children, and with it what is
left in store: the one would give away the other. Never a day, a place or a school.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund.goods.models import ArrivalRow, LotRow, RequestRow, StepRow

SMALLEST: Final = 10


@dataclass(frozen=True, slots=True)
class Became:
    """How many units came in; how many are with children, in how many districts, and in store, or None where hidden."""

    received: int
    with_children: int | None = None
    districts: int | None = None
    on_hand: int | None = None


def of_offer(session: Session, number: str) -> Became | None:
    """What became of what was offered under this number; None before anything of it is in store."""
    lots = select(LotRow.id).join(ArrivalRow, col(ArrivalRow.id) == col(LotRow.id))
    return of_lots(session, session.exec(lots.where(ArrivalRow.offer == number)).all())


def of_lots(session: Session, lot_ids: Collection[UUID]) -> Became | None:
    """What became of these lots together."""
    if not lot_ids:
        return None
    lots = select(func.sum(LotRow.quantity)).where(col(LotRow.id).in_(lot_ids))
    received = int(session.exec(lots).one() or 0)
    held = _held(session, lot_ids)
    children = {case_code for case_code, _ in held}
    if len(children) < SMALLEST:
        return Became(received)
    districts = {district for _, district in held}
    return Became(received, sum(held.values()), len(districts), _on_hand(session, lot_ids))


def _held(session: Session, lot_ids: Collection[UUID]) -> dict[tuple[str, str], int]:
    """How many units each case has by now, with its district; what was brought back is not counted."""
    steps = select(StepRow).where(col(StepRow.lot_id).in_(lot_ids), col(StepRow.act).in_(["issue", "return"]))
    rows = session.exec(steps).all()
    issued: dict[object, StepRow] = {(row.lot_id, row.place_id, row.number): row for row in rows if row.act == "issue"}
    chains = select(RequestRow.chain, RequestRow.case_code, RequestRow.district)
    of = {
        chain: (case_code, district)
        for chain, case_code, district in session.exec(
            chains.where(col(RequestRow.chain).in_({row.request for row in issued.values()}))
        )
    }
    held: dict[tuple[str, str], int] = {}
    for row in rows:
        issue = row if row.act == "issue" else issued.get((row.lot_id, row.of_place, row.of_number))
        if issue is not None and issue.request is not None:
            count = row.quantity if row.act == "issue" else -row.quantity
            held[of[issue.request]] = held.get(of[issue.request], 0) + count
    return {case: count for case, count in held.items() if count > 0}


def _on_hand(session: Session, lot_ids: Collection[UUID]) -> int:
    newest = (
        select(StepRow.lot_id, StepRow.place_id, func.max(StepRow.number).label("number"))
        .where(col(StepRow.lot_id).in_(lot_ids))
        .group_by(col(StepRow.lot_id), col(StepRow.place_id))
        .subquery()
    )
    joined = select(func.sum(StepRow.on_hand)).join(
        newest,
        (newest.c.lot_id == StepRow.lot_id)
        & (newest.c.place_id == StepRow.place_id)
        & (newest.c.number == StepRow.number),
    )
    return int(session.exec(joined).one() or 0)
