"""What staff say a waiting line is: a pledge's gift, a campaign's or a fund's, a fee, interest, tax, a cost, sent back.

Knows who said it and why. Refuses a line that is no longer waiting, an explanation against the direction of the
money, and a return of another amount than came. Nothing is discarded: a line leaves the inbox only by an entry.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, codes
from fund.audit import WORKER, Actor
from fund.bank import entering, gathering, granted, matching, reasons, saying, settling, standing
from fund.bank.entering import EXPLANATIONS
from fund.bank.errors import (
    AlreadySettledError,
    NoCandidateError,
    OtherAccountError,
    ReturnedTooEarlyError,
    UnequalError,
    UnknownExplanationError,
    UnknownReferenceError,
    WrongDirectionError,
)
from fund.bank.matching import COLLECTION, Candidate, Match, Waits
from fund.bank.queries import InboxLine
from fund.bank.reasons import Reason
from fund.bank.told import clearing
from fund.bank.told.clearing import LineGift
from fund.collections import queries as collections
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import references
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.donations.queries import CampaignView, DonationView
from fund.settings import Settings
from ledger import accounts, book, periods
from ledger.money import format_baht

SAID: Final = Reason(reasons.SAID, True)


def name_line(session: Session, line_id: UUID, reference: str, *, reason: str, by: Actor) -> DonationView:
    """This money is the gift of the pledge with this reference, or a gift to the campaign (or fund) with this code.

    However it is spelled. Raises UnknownReferenceError.
    """
    words, line = saying.words(reason), saying.take(session, line_id)
    require_direction(line, came_in=True)
    if gathering.named(session, reference):
        return gather(session, line_id, reference, reason=reason, by=by)[0]
    found = named(session, line.amount_satang, reference)
    return receive(session, line, found, words, by=by)


def gather(
    session: Session,
    line_id: UUID,
    reference: str,
    *,
    chosen: Collection[UUID] = (),
    may_leave_rest: bool = False,
    shown: str | None = None,
    reason: str,
    by: Actor,
) -> list[DonationView]:
    """This money is that of a collection's people: all (the rest a gift to its campaign, if it may), or those chosen.

    Raises UnknownReferenceError, CollectionChangedError, NobodyChosenError, ChosenSumError.
    """
    words, line = saying.words(reason), saying.take(session, line_id)
    require_direction(line, came_in=True)
    of = gathering.named(session, reference)
    if of is None:
        raise UnknownReferenceError(reference=reference[: references.LONGEST])
    received = gathering.receive(
        session,
        line,
        of.id,
        periods.open_from(session),
        chosen=chosen,
        may_leave_rest=may_leave_rest,
        shown=shown,
        by=by,
    )
    why = (SAID, Reason(reasons.REFERENCE, True, of.reference))
    notes = [
        settling.match(line.id, "named", why, one.entry_id, donation_id=one.id, words=words, by=by) for one in received
    ]
    settling.note(session, notes)
    settling.leave_inbox(session, [line.id])
    audit.record(session, by, "line.explained_collection", line.id)
    session.flush()
    return received


def receive(session: Session, line: InboxLine, found: Match, words: str, *, by: Actor) -> DonationView:
    """Book a line, taken already, as the gift that somebody found it to be."""
    assert found.campaign_id is not None
    money = entering.money(session, line, periods.open_from(session))
    gift = LineGift(line.id, money, found.campaign_id, found.pledge_id, line.is_booked)
    cleared = clearing.clear_by_lines(session, [gift], by=by).get(line.id)
    if cleared:  # the bank had confirmed it before
        entry_id, received = cleared.entry_id, gifts.donation(session, cleared.donation_id)
    else:
        arrival = Arrival(money, found.campaign_id, found.pledge_id, is_named_later=line.is_booked)
        received = donations.receive(session, arrival, by=by)
        entry_id = received.entry_id
    _settle(session, line, "named", entry_id, words, by, donation_id=received.id, also=found.reasons)
    return received


def meet_again(database: Database, _settings: Settings, subject: str) -> None:
    """The worker's job: what waited because it was not what a collection awaited may be what it awaits now."""
    with database.write() as session:
        for unmet in collections.collection(session, UUID(subject)).unmet:
            with suppress(AlreadySettledError):  # or somebody holds it
                saying.try_again(session, unmet.line_id, by=WORKER)
    settling.settle_waiting(database, by=WORKER)


def explain_line(session: Session, line_id: UUID, kind: str, *, reason: str, by: Actor) -> None:
    """This line is a fee, interest, tax withheld or a running cost: a `kind` of EXPLANATIONS."""
    if kind not in EXPLANATIONS:
        raise UnknownExplanationError()
    words, line = saying.words(reason), saying.take(session, line_id)
    require_direction(line, came_in=EXPLANATIONS[kind].came_in)
    entry = entering.entry(session, line, kind, "", periods.open_from(session))
    posted = book.post(session, entry, by=by.name)
    _settle(session, line, kind, posted.entry_id, words, by)


def send_back(session: Session, line_id: UUID, waiting_id: UUID, *, reason: str, by: Actor) -> None:
    """The outgoing line returned the unidentified money of the line `waiting_id` to its sender."""
    words, line, waiting = saying.words(reason), saying.take(session, line_id), saying.take(session, waiting_id)
    require_direction(line, came_in=False)
    require_direction(waiting, came_in=True)
    _require_pair(line, waiting)
    settling.send_back(session, line, waiting, (SAID,), periods.open_from(session), words=words, by=by)
    for one, kind in ((line, "sent_back"), (waiting, "returned")):
        audit.record(session, by, f"line.explained_{kind}", one.id)
    session.flush()


def accept(session: Session, line_id: UUID, kind: str, subject: str, *, reason: str, by: Actor) -> None:
    """This line is the candidate of this kind and subject that matching offers for it. Raises NoCandidateError."""
    words, line = saying.words(reason), saying.take(session, line_id)
    found = settling.candidates(session, line)
    offered = found.candidates if isinstance(found, Waits) else ()
    chosen = next((one for one in offered if (one.kind, one.subject) == (kind, subject)), None)
    if chosen is None:
        raise NoCandidateError()
    if kind == "pledge":
        receive(session, line, named(session, line.amount_satang, subject), words, by=by)
        return
    if kind == COLLECTION:
        gather(session, line_id, subject, reason=reason, by=by)
        return
    if kind == standing.SENT_BACK:
        send_back(session, line_id, UUID(subject.removeprefix(standing.SENDER)), reason=reason, by=by)
        return
    if kind in granted.KINDS:
        _settle_granted(session, line, chosen, words, by)
        return
    entry = entering.entry(session, line, kind, subject, periods.open_from(session))
    posted = book.post(session, entry, by=by.name)
    _settle(session, line, kind, posted.entry_id, words, by, also=chosen.reasons, about=subject)


def _settle_granted(session: Session, line: InboxLine, chosen: Candidate, words: str, by: Actor) -> None:
    """The line is a payment of grants, one or a whole run, or brings one back: `by` reconciles each."""
    money = entering.money(session, line, periods.open_from(session))
    paid = granted.settle(session, money, chosen.kind, chosen.subject, was_unidentified=line.is_booked, by=by)
    why = (SAID, *chosen.reasons)
    notes = [
        settling.match(line.id, chosen.kind, why, one.entry_id, words=words, about=one.about, by=by) for one in paid
    ]
    settling.note(session, notes)
    settling.leave_inbox(session, [line.id])
    audit.record(session, by, f"line.explained_{chosen.kind.replace('-', '_')}", line.id)
    session.flush()


def named(session: Session, amount_satang: int, reference: str) -> Match:
    """The gift meant by a pledge's reference, a campaign's code or a fund's. Raises UnknownReferenceError."""
    folded = codes.fold(reference)
    for pledge in gifts.pledges_by_reference(session, [folded]).values():
        told = tuple(matching.pledge_reasons(amount_satang, pledge))
        return Match("pledge", told, pledge.campaign_id, pledge.id)
    for campaign in (*gifts.campaigns_by_code(session, [folded]).values(), *_of_fund(session, folded)):
        return Match("campaign", (Reason(reasons.CAMPAIGN, True, campaign.code),), campaign.id)
    raise UnknownReferenceError(reference=reference[: references.LONGEST])


def require_direction(line: InboxLine, *, came_in: bool) -> None:
    """Refuse what is said of money in the other direction. Raises WrongDirectionError."""
    if (line.amount_satang > 0) != came_in:
        raise WrongDirectionError()


def _of_fund(session: Session, folded: str) -> list[CampaignView]:
    """The campaign to which a gift to the fund of this code belongs; none where there is no such fund."""
    of_funds = (fund.code for fund in accounts.funds(session) if codes.fold(fund.code) == folded)
    found = (gifts.campaign_of_fund(session, code) for code in of_funds)
    return [campaign for campaign in found if campaign]


def _require_pair(line: InboxLine, waiting: InboxLine) -> None:
    if line.account != waiting.account:
        raise OtherAccountError()
    if line.amount_satang != -waiting.amount_satang:
        raise UnequalError(out=format_baht(-line.amount_satang), came=format_baht(waiting.amount_satang))
    if line.occurred_on < waiting.occurred_on:
        raise ReturnedTooEarlyError()


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
    about: str = "",
) -> None:
    why = (SAID, *also)
    noted = settling.match(line.id, kind, why, entry_id, donation_id=donation_id, words=words, about=about, by=by)
    settling.note(session, [noted])
    settling.leave_inbox(session, [line.id])
    audit.record(session, by, f"line.explained_{kind.replace('-', '_')}", line.id)
    session.flush()
