"""Counting a box: one person counts, then another who does not see the first one's figures; alike, it is booked.

Knows rounds: where the two differ both count again, and what each had found stays. One count is one gift of nobody we
know to the box's campaign, so that figures and trace have it and no name is made up. Refuses the same person twice in
one round; the database refuses it too, and a booking without two that agree.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import audit, clock, postings
from fund.audit import Actor
from fund.cash import boxes, pieces, states
from fund.cash.boxes import BoxView, person_of
from fund.cash.errors import CountedBeforeError, CountReasonError
from fund.cash.models import CountedRow, CountRow, DroppedRow, TallyRow
from fund.cash.pieces import Pieces
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.people import duties
from fund.people.duties import Side
from fund.postings import Money
from ledger import periods
from ledger.identifiers import new_id

FIRST, SECOND = Side.RECEIVE, Side.APPROVE
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Tally:
    """What one person found in one round."""

    round: int
    counted_by: str
    counted_person: UUID
    counted_at: datetime
    pieces: Pieces


@dataclass(frozen=True, slots=True)
class CountView:
    """A count and what became of it. While it is `half` or `differs` nobody is shown a figure of it."""

    id: UUID
    number: int
    state: str
    begun_at: datetime
    tallies: tuple[Tally, ...]
    amount_satang: int | None = None
    donation_id: UUID | None = None
    dropped_by: str = ""
    dropped_because: str = ""
    is_blind: bool = False  # broken off, and no later count has agreed: its figures are still in the box

    @property
    def is_over(self) -> bool:
        """Whether nobody counts in it any more; its figures may be seen unless it is blind."""
        return self.state in (states.AGREED, states.DROPPED)

    @property
    def round(self) -> int:
        """Which round it is in, 1 at first."""
        last = max((one.round for one in self.tallies), default=0)
        return last if self.state == states.HALF else last + 1

    @property
    def waits_for_another_than(self) -> UUID | None:
        """Who has counted in this round, so that it is somebody else's turn."""
        return self.tallies[-1].counted_person if self.state == states.HALF else None

    @property
    def differences(self) -> list[int]:
        """By how many satang the second was off the first, for each round in which they differed."""
        pairs = zip(self.tallies[::2], self.tallies[1::2], strict=False)
        return [two.pieces.amount_satang - one.pieces.amount_satang for one, two in pairs if one.pieces != two.pieces]


def count(session: Session, box_id: UUID, found: Pieces, *, by: Actor) -> CountView:
    """Write down what `by` has found in the box: as the first, or as the second, who was shown nothing.

    Found alike it is booked. Raises BoxNotFoundError, NotNowError, CountedBeforeError, NobodyError.
    """
    box, person_id = boxes.taken(session, box_id, "count"), person_of(by)
    running = one(session, box.open_count) if box.open_count else _begin(session, box, by)
    if running.waits_for_another_than == person_id:
        raise CountedBeforeError()
    is_first = running.state != states.HALF
    _add_tally(session, running, FIRST if is_first else SECOND, found, by)
    if is_first:
        states.after(states.COUNT, running.state, "count")
    else:
        is_alike = found == running.tallies[-1].pieces
        states.after(states.COUNT, running.state, "count alike" if is_alike else "count otherwise")
        if is_alike:
            _book(session, box, running, found, by)
    return one(session, running.id)


def drop(session: Session, box_id: UUID, *, reason: str, by: Actor) -> None:
    """Break a count off; what was found stays written. Raises NotNowError, CountReasonError."""
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON:
        raise CountReasonError()
    box = boxes.taken(session, box_id, "count")
    running = one(session, box.open_count) if box.open_count else None
    states.after(states.COUNT, running.state if running else states.NOTHING, "drop")
    assert running is not None
    session.add(
        DroppedRow(
            count_id=running.id, reason=words, dropped_by=by.name, dropped_person=person_of(by), dropped_at=clock.now()
        )
    )
    audit.record(session, by, "cash_count.dropped", running.id)
    session.flush()


def one(session: Session, count_id: UUID) -> CountView:
    """One count."""
    return _view(session, session.get_one(CountRow, count_id))


def of_box(session: Session, box_id: UUID, *, limit: int = 50) -> list[CountView]:
    """The counts of a box, the last first."""
    rows = select(CountRow).where(CountRow.box_id == box_id).order_by(col(CountRow.number).desc())
    told = [_view(session, row) for row in session.exec(rows.limit(limit))]
    agreed = max((one.number for one in told if one.state == states.AGREED), default=0)
    return [replace(one, is_blind=one.state == states.DROPPED and one.number > agreed) for one in told]


def unbanked_since(session: Session, box: BoxView) -> date | None:
    """The day of the oldest count of which something is still in the box; None where it is empty."""
    left, since = box.holds_satang, None
    agreed = (
        select(CountedRow.amount_satang, CountedRow.agreed_at)
        .join(CountRow, col(CountRow.id) == col(CountedRow.count_id))
        .where(CountRow.box_id == box.id)
        .order_by(col(CountRow.number).desc())
    )
    for amount_satang, agreed_at in session.exec(agreed):
        if left <= 0:
            break
        left, since = left - amount_satang, clock.bangkok_day(agreed_at)
    return since


def _begin(session: Session, box: BoxView, by: Actor) -> CountView:
    known = session.exec(select(func.count()).where(CountRow.box_id == box.id)).one()
    row = CountRow(
        id=new_id(),
        box_id=box.id,
        number=known + 1,
        begun_by=by.name,
        begun_person=person_of(by),
        begun_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, "cash_count.begun", row.id)
    session.flush()
    return CountView(row.id, row.number, states.NOTHING, row.begun_at, ())


def _add_tally(session: Session, running: CountView, side: Side, found: Pieces, by: Actor) -> None:
    chain = f"cash-count:{running.id}:{running.round}"
    duties.take_part(session, chain, side, by=by)
    session.add(
        TallyRow(
            count_id=running.id,
            round=running.round,
            side=side.value,
            chain=chain,
            pieces=found.written(),
            amount_satang=found.amount_satang,
            counted_by=by.name,
            counted_person=person_of(by),
            counted_at=clock.now(),
        )
    )
    audit.record(session, by, "cash_count.counted", running.id)
    session.flush()


def _book(session: Session, box: BoxView, running: CountView, found: Pieces, by: Actor) -> None:
    row = CountedRow(
        count_id=running.id,
        round=running.round,
        first=FIRST.value,
        second=SECOND.value,
        pieces=found.written(),
        amount_satang=found.amount_satang,
        agreed_at=clock.now(),
    )
    if found.amount_satang:
        identity, today = f"{postings.CASH_MONEY}{running.id}", clock.today()
        booked_on = max(today, periods.open_from(session))
        money = Money(identity, box.account, found.amount_satang, today, booked_on)
        gift = donations.receive(session, Arrival(money, box.campaign.id), by=by)
        row.entry_id, row.donation_id = gift.entry_id, gift.id
    session.add(row)
    audit.record(session, by, "cash_count.agreed", running.id)
    session.flush()


def _view(session: Session, row: CountRow) -> CountView:
    told = session.exec(
        select(TallyRow).where(TallyRow.count_id == row.id).order_by(col(TallyRow.round), col(TallyRow.side).desc())
    )
    tallies = tuple(
        Tally(one.round, one.counted_by, one.counted_person, one.counted_at, pieces.parse(one.pieces)) for one in told
    )
    found = CountView(row.id, row.number, states.DIFFERS, row.begun_at, tallies)
    counted, dropped = session.get(CountedRow, row.id), session.get(DroppedRow, row.id)
    if counted is not None:
        return replace(found, state=states.AGREED, amount_satang=counted.amount_satang, donation_id=counted.donation_id)
    if dropped is not None:
        return replace(found, state=states.DROPPED, dropped_by=dropped.dropped_by, dropped_because=dropped.reason)
    return replace(found, state=states.HALF) if len(tallies) % 2 else found
