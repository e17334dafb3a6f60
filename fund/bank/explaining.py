"""What staff say a waiting line is: a pledge's gift, a campaign's, a fee, interest, tax withheld, a cost, or sent back.

Knows who said it and why. Refuses a line that is no longer waiting, an explanation against the direction of the
money, and a return of another amount than came. Nothing is discarded: a line leaves the inbox only by an entry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import Session, col

from fund import audit, clock, postings
from fund.audit import Actor
from fund.bank import matching, queries, settling
from fund.bank.errors import (
    AlreadySettledError,
    OtherAccountError,
    ReasonMissingError,
    ReturnedTooEarlyError,
    UnequalError,
    UnknownExplanationError,
    UnknownLineError,
    UnknownReferenceError,
    WrongDirectionError,
)
from fund.bank.matching import Match, Reason
from fund.bank.models import InboxRow
from fund.bank.queries import InboxLine
from fund.donations import queries as gifts
from fund.donations import references
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.donations.queries import DonationView
from fund.postings import Money
from ledger import book, periods
from ledger.journal import Entry
from ledger.money import format_baht

SAID: Final = "said"
LONGEST_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Explanation:
    """A kind of line that is no gift: the posting rule, and whether its money came in."""

    entry: Callable[[Money], Entry]
    came_in: bool


EXPLANATIONS: Final = {
    "fee": Explanation(postings.fee_taken, came_in=False),
    "interest": Explanation(postings.interest_received, came_in=True),
    "tax-withheld": Explanation(postings.tax_withheld, came_in=False),
    "running-cost": Explanation(postings.running_cost_paid, came_in=False),
}


def name_line(session: Session, line_id: UUID, reference: str, *, reason: str, by: Actor) -> DonationView:
    """This money is the gift of the pledge with this reference, or a gift to the campaign with this code.

    However it is spelled. Raises UnknownReferenceError.
    """
    words, line = _words(reason), _take(session, line_id)
    _require_direction(line, came_in=True)
    found = _named(session, line, reference)
    arrival = Arrival(_money(session, line), found.campaign_id, found.pledge_id, is_named_later=line.is_booked)
    received = donations.receive(session, arrival, by=by)
    _settle(session, line, "named", received.entry_id, words, by, donation_id=received.id, also=found.reasons)
    return received


def explain_line(session: Session, line_id: UUID, kind: str, *, reason: str, by: Actor) -> None:
    """This line is a fee, interest, tax withheld or a running cost: a `kind` of EXPLANATIONS."""
    if kind not in EXPLANATIONS:
        raise UnknownExplanationError()
    words, line, explanation = _words(reason), _take(session, line_id), EXPLANATIONS[kind]
    _require_direction(line, came_in=explanation.came_in)
    money = _money(session, line)
    entry = postings.unidentified_is_interest(money) if line.is_booked else explanation.entry(money)
    posted = book.post(session, entry, by=by.name)
    _settle(session, line, kind, posted.entry_id, words, by)


def send_back(session: Session, line_id: UUID, waiting_id: UUID, *, reason: str, by: Actor) -> None:
    """The outgoing line returned the unidentified money of the line `waiting_id` to its sender."""
    words, line, waiting = _words(reason), _take(session, line_id), _take(session, waiting_id)
    _require_direction(line, came_in=False)
    _require_direction(waiting, came_in=True)
    _require_pair(line, waiting)
    entry = postings.unidentified_returned(waiting.identity, _money(session, line, came=waiting))
    posted = book.post(session, entry, by=by.name)
    _settle(session, line, "sent-back", posted.entry_id, words, by)
    _settle(session, waiting, "returned", posted.entry_id, words, by)


def try_again(session: Session, line_id: UUID, *, by: Actor) -> None:
    """Give a line that the books refused to the matcher once more."""
    again = update(InboxRow).where(col(InboxRow.line_id) == line_id, col(InboxRow.state) == "refused")
    if session.connection().execute(again.values(state="new")).rowcount != 1:
        raise AlreadySettledError()
    audit.record(session, by, "line.tried_again", line_id)


def _take(session: Session, line_id: UUID) -> InboxLine:
    """The line, locked; refused when it no longer waits."""
    for line in queries.take_these(session, [line_id]):
        if line.state != "new":
            return line
    raise AlreadySettledError() if queries.line_moved(session, line_id) else UnknownLineError()


def _named(session: Session, line: InboxLine, reference: str) -> Match:
    folded = references.fold(reference)
    for pledge in gifts.pledges_by_reference(session, [folded]).values():
        return Match(pledge.campaign_id, pledge.id, tuple(matching.pledge_reasons(line.amount_satang, pledge)))
    for campaign in gifts.campaigns_by_code(session, [folded]).values():
        return Match(campaign.id, None, (Reason(matching.CAMPAIGN, True, campaign.code),))
    raise UnknownReferenceError(reference=reference[: references.LONGEST])


def _money(session: Session, line: InboxLine, *, came: InboxLine | None = None) -> Money:
    """What a person finds out today counts in today's books, whenever the money moved.

    It never counts before the day on which it was booked as unidentified (on the line itself, or as what `came`).
    """
    day = max(clock.today(), line.occurred_on) if line.is_booked else line.occurred_on
    waited = [one for one in (line, came) if one is not None and one.is_booked]
    day = max(day, *(queries.unidentified_on(session, one.id) for one in waited)) if waited else day
    return settling.money_of(line, max(day, periods.open_from(session)))


def _require_direction(line: InboxLine, *, came_in: bool) -> None:
    if (line.amount_satang > 0) != came_in:
        raise WrongDirectionError()


def _require_pair(line: InboxLine, waiting: InboxLine) -> None:
    if line.account != waiting.account:
        raise OtherAccountError()
    if line.amount_satang != -waiting.amount_satang:
        raise UnequalError(out=format_baht(-line.amount_satang), came=format_baht(waiting.amount_satang))
    if line.occurred_on < waiting.occurred_on:
        raise ReturnedTooEarlyError()


def _words(reason: str) -> str:
    words = " ".join(reason.split())[:LONGEST_REASON]
    if not words:
        raise ReasonMissingError()
    return words


def _settle(
    session: Session,
    line: InboxLine,
    kind: str,
    entry_id: UUID,
    words: str,
    by: Actor,
    *,
    donation_id: UUID | None = None,
    also: tuple[Reason, ...] = (),
) -> None:
    reasons = (Reason(SAID, True), *also)
    settling.note(
        session, [settling.match(line.id, kind, reasons, entry_id, donation_id=donation_id, words=words, by=by)]
    )
    session.execute(delete(InboxRow).where(col(InboxRow.line_id) == line.id))
    audit.record(session, by, f"line.explained_{kind.replace('-', '_')}", line.id)
    session.flush()
