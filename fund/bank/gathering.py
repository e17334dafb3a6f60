"""Money that came for a collection: each person's gift out of one line, and what is left over.

Knows which lines wait because they are not what a collection awaits, and tells the collection. Refuses what does not
add up to the satang: either everybody's gifts and a rest, or the gifts of those chosen and none.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlmodel import Session

from fund import codes
from fund.audit import Actor
from fund.bank import entering
from fund.bank.matching import Proposal, Waits, collection_of
from fund.bank.queries import InboxLine
from fund.bank.told import clearing
from fund.collections import queries, service
from fund.collections.errors import ChosenSumError, CollectionChangedError, NobodyChosenError
from fund.collections.queries import CollectionView, Place
from fund.collections.service import Gathered
from fund.donations.queries import DonationView
from ledger.money import format_baht


def named(session: Session, reference: str) -> CollectionView | None:
    """The collection with this reference, however it is spelled."""
    folded = codes.fold(reference)
    return queries.by_reference(session, [folded]).get(folded)


def receive(
    session: Session,
    line: InboxLine,
    collection_id: UUID,
    open_from: date,
    *,
    chosen: Collection[UUID] = (),
    may_leave_rest: bool = False,
    shown: str | None = None,
    by: Actor,
) -> list[DonationView]:
    """Book a line, taken already, as the gifts of all whose money was awaited, or of those chosen.

    `shown`: the collection's `stand` as whoever says so saw it. Raises CollectionChangedError, NobodyChosenError,
    ChosenSumError, NotInThisStateError.
    """
    of = service.locked(session, collection_id)
    if shown not in (None, of.stand):
        raise CollectionChangedError(people=of.open_people, amount=format_baht(of.open_satang))
    people = [one for one in queries.open_places(session, of) if not chosen or one.id in chosen]
    if not people:
        raise NobodyChosenError()
    rest_satang = line.amount_satang - sum(one.amount_satang for one in people)
    if rest_satang < 0 or (rest_satang and (chosen or not may_leave_rest)):
        raise ChosenSumError(chosen=format_baht(line.amount_satang - rest_satang), came=format_baht(line.amount_satang))
    clearing.meet_gathered(session, of.reference, line)
    return service.receive(session, _gathered(session, line, of, people, rest_satang, open_from), by=by)


def take_turns(session: Session, proposed: Iterable[tuple[InboxLine, Proposal]]) -> bool:
    """Let nobody change the collections that these lines name until the work ends; whether there are any.

    In one order for all, so that of two settlers neither waits for the other.
    """
    collection_ids = sorted({one for _, found in proposed if (one := collection_of(found))})
    for one in collection_ids:
        service.locked(session, one)
    return bool(collection_ids)


def tell_collections(session: Session, proposed: Iterable[tuple[InboxLine, Proposal]], *, by: Actor) -> None:
    """Let the collections know of the lines that wait with their reference, and only of those."""
    looked_at = list(proposed)
    service.no_longer_wait(session, [line.id for line, _ in looked_at])
    for line, found in looked_at:
        if isinstance(found, Waits) and found.collection_id:
            service.note_unmet(session, found.collection_id, line.id, line.amount_satang, line.occurred_on, by=by)


def _gathered(
    session: Session,
    line: InboxLine,
    of: CollectionView,
    people: Sequence[Place],
    rest_satang: int,
    open_from: date,
) -> Gathered:
    booked_on = entering.money(session, line, open_from).booked_on
    amounts = [*(one.amount_satang for one in people), *([rest_satang] if rest_satang else [])]
    parts = [
        replace(entering.money_of(line, booked_on, number), amount_satang=satang)
        for number, satang in enumerate(amounts, start=1)
    ]
    rest = parts.pop() if rest_satang else None
    return Gathered(of, people, parts, rest, is_named_later=line.is_booked)
