"""Callbacks in the inbox become hints: what they name is looked up for many at once, and a job asks the bank back.

Knows references however they are written. Books nothing; refuses nothing: what names nobody waits for a person.
"""

from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlmodel import Session

from fund import outbox
from fund.bank.told import banks, clearing, moving, queries
from fund.bank.told.models import StandingRow
from fund.bank.told.queries import Callback
from fund.collections import queries as collections
from fund.db import Database
from fund.donations import hearing, references
from fund.donations import queries as gifts
from fund.settings import Settings
from ledger.identifiers import new_id

BATCH: Final = 1000
ASKED_TOGETHER: Final = 200
ASK: Final = "callbacks.ask"
Named = dict[UUID, tuple[UUID | None, UUID]]


def file_news(database: Database, settings: Settings) -> int:
    """File all new callbacks, batch by batch, each in one unit of work; how many there were."""
    asked = {name for name, bank in banks.of(settings).items() if bank.inquiry}
    done = 0
    while True:
        with database.read() as session:
            if not queries.has_new(session):
                return done
        with database.write() as session:
            count = file(session, queries.take_new(session, BATCH), asked)
        if count == 0:
            return done
        done += count


def file(session: Session, callbacks: Sequence[Callback], asked: Iterable[str]) -> int:
    """Say of these new callbacks what they name; those of the banks `asked` will be asked about. How many there are."""
    if not callbacks:
        return 0
    queries.together(session, with_lines=False)
    named, gathered = _named(session, callbacks)
    moving.move_all(session, "not recognise", [one.id for one in callbacks if one.id not in named])
    clearing.pair_gathered(session, gathered, callbacks)
    hints = {one: {"pledge_id": pledge, "campaign_id": campaign} for one, (pledge, campaign) in named.items()}
    moving.move(session, "recognise", hints)
    hearing.note(session, [pledge_id for pledge_id, _ in named.values() if pledge_id])
    session.flush()
    still = clearing.pair_with_lines(session, queries.take_hints(session, named.keys()))
    _ask(session, [one for one in still if one.bank in set(asked)])
    return len(callbacks)


def _named(session: Session, callbacks: Sequence[Callback]) -> tuple[Named, dict[UUID, set[str]]]:
    """Pledge and campaign of each callback that names one (two of a kind name nobody), and the collections named.

    What pays a collection is many people's: only its statement line becomes their gifts, so it names nobody either.
    """
    told = queries.payments(session, callbacks)
    found = {
        callback_id: [one for text in payment.references for one in references.found_in(text)]
        for callback_id, payment in told.items()
    }
    every = {reference for names in found.values() for reference in names}
    pledges, campaigns = gifts.pledges_by_reference(session, every), gifts.campaigns_by_code(session, every)
    gathered = collections.by_reference(session, every).keys()
    named: Named = {}
    for callback_id, names in found.items():
        paid = {pledges[name].id: pledges[name] for name in names if name in pledges}
        given = {campaigns[name].id for name in names if name in campaigns}
        if len(paid) == 1:
            (pledge,) = paid.values()
            named[callback_id] = (pledge.id, pledge.campaign_id)
        elif not paid and len(given) == 1 and gathered.isdisjoint(names):
            named[callback_id] = (None, given.pop())
    return named, {one: of for one, names in found.items() if one not in named and (of := gathered & set(names))}


def _ask(session: Session, hints: Sequence[Callback]) -> None:
    """Have the bank asked about these hints, some in one job."""
    table = StandingRow.__table__  # type: ignore[attr-defined]
    batched = update(table).where(table.c.callback_id == bindparam("of_callback")).values(batch=bindparam("in_batch"))
    for start in range(0, len(hints), ASKED_TOGETHER):
        batch = new_id()
        some = hints[start : start + ASKED_TOGETHER]
        session.connection().execute(batched, [{"of_callback": one.id, "in_batch": batch} for one in some])
        outbox.add(session, ASK, str(batch))
