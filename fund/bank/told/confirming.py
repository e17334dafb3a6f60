"""The bank is asked about hints, outside any unit of work; what it confirms is booked on 1130 with its receipt.

Knows that a bank may not know of a payment at once. Refuses to book another amount than the callback told, and what a
statement line has brought meanwhile.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, clock, postings
from fund.audit import WORKER, Actor
from fund.bank.told import banks, clearing, moving, queries
from fund.bank.told.inquiry import BankAwayError, Found, Inquirer, ScbInquirer
from fund.bank.told.queries import Callback
from fund.db import Database
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.errors import FundError
from fund.postings import Money
from fund.settings import Settings
from ledger import periods
from ledger.errors import LedgerError
from receipts.errors import ReceiptError

DENIED_AFTER: Final = timedelta(hours=1)
ASK_SECONDS: Final = 60
_ASKERS: Final = 8
_REFUSALS: Final = (FundError, LedgerError, ReceiptError)


def ask_batch(database: Database, settings: Settings, batch: str) -> None:
    """Ask the bank about a batch of hints and book what it confirms. A job: raises BankAwayError to be tried again."""
    with database.read() as session:
        hints = queries.hints_of_batch(session, UUID(batch))
    known = banks.of(settings)
    asked = known[hints[0].bank].inquiry if hints and hints[0].bank in known else None
    if asked is None:
        return  # they stay hints
    with ScbInquirer(asked) as bank:
        settle(database, bank, hints)


def settle(database: Database, bank: Inquirer, hints: Sequence[Callback]) -> None:
    """Ask about these hints, then settle those that were answered. Raises BankAwayError where some were not."""
    answers = ask(database, bank, hints)
    answered = [one for one in hints if one.id in answers]
    try:
        with database.write() as session:
            confirm(session, answered, answers, by=WORKER)
        refused = 0
    except _REFUSALS:
        refused = sum(not _confirm_alone(database, one, answers) for one in answered)
    if refused or len(answered) < len(hints):
        raise BankAwayError()


def ask(database: Database, bank: Inquirer, hints: Sequence[Callback]) -> dict[UUID, Found]:
    """What the bank says of each, by id; those it has not answered for (yet) are left out."""
    with database.read() as session:
        told = queries.payments(session, hints)
    until = time.monotonic() + ASK_SECONDS
    deny_before = clock.now() - DENIED_AFTER

    def one(hint: Callback) -> Found | None:
        if hint.id not in told or time.monotonic() > until:
            return None
        try:
            found = bank.ask(told[hint.id], hint.occurred_on)
        except BankAwayError:
            return None
        is_early = found.amount_satang is None and hint.told_at > deny_before
        return None if is_early else found

    with ThreadPoolExecutor(_ASKERS, thread_name_prefix="inquiry") as pool:
        answers = zip(hints, pool.map(one, hints), strict=True)
        return {hint.id: found for hint, found in answers if found is not None}


def confirm(session: Session, hints: Sequence[Callback], answers: Mapping[UUID, Found], *, by: Actor) -> None:
    """Settle hints as the bank answered: booked, denied or contradicted; all or nothing."""
    queries.together(session, with_lines=False)
    still = queries.take_hints(session, [one.id for one in hints])
    moving.move_all(session, "deny", [one.id for one in still if answers[one.id].amount_satang is None])
    different = [one for one in still if answers[one.id].amount_satang not in (None, one.amount_satang)]
    moving.move_all(session, "contradict", [one.id for one in different])
    for one in different:
        audit.record(session, by, "callback.contradicted", one.id)
    agreed = [one for one in still if answers[one.id].amount_satang == one.amount_satang]
    _book(session, clearing.pair_with_lines(session, agreed), by)
    session.flush()


def _book(session: Session, agreed: Sequence[Callback], by: Actor) -> None:
    if not agreed:
        return
    open_from = periods.open_from(session)
    arrivals = [
        Arrival(
            Money(
                one.identity, postings.CONFIRMED, one.amount_satang, one.occurred_on, max(one.occurred_on, open_from)
            ),
            one.campaign_id,
            one.pledge_id,
        )
        for one in agreed
        if one.campaign_id is not None
    ]
    received = donations.receive_many(session, arrivals, by=by)
    gifts = {one.id: {"donation_id": gift.donation.id} for one, gift in zip(agreed, received, strict=True)}
    moving.move(session, "confirm", gifts)


def _confirm_alone(database: Database, hint: Callback, answers: Mapping[UUID, Found]) -> bool:
    """One by one, all but the culprits are booked; those stay hints."""
    try:
        with database.write() as session:
            confirm(session, [hint], answers, by=WORKER)
    except _REFUSALS:
        return False
    return True
