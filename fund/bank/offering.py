"""What a person may choose for a waiting line with one key, likeliest first, and what choosing does.

Knows what matching offers, and open gifts of the same amount. Refuses what is not offered any more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund.audit import Actor
from fund.bank import expecting, explaining, queries, reasons
from fund.bank.matching import Match, Proposal
from fund.bank.queries import InboxLine
from fund.bank.reasons import Reason
from fund.donations import queries as gifts
from fund.donations.queries import PledgeView

MOST: Final = 5
AGAIN: Final = "again"
"""The matcher would settle the line by itself now."""
PLEDGE: Final = "pledge"


@dataclass(frozen=True, slots=True)
class Offer:
    """One thing that a line may be: a pledge by its reference, money that is due, or what the matcher now says."""

    kind: str
    subject: str
    reasons: tuple[Reason, ...]
    pledge: PledgeView | None = None


def offers(session: Session, lines: Sequence[InboxLine]) -> list[list[Offer]]:
    """What each of these lines may be."""
    proposed = expecting.propose(session, lines)
    return [_offers(session, line, found) for line, found in zip(lines, proposed, strict=True)]


def choose(session: Session, line_id: UUID, kind: str, subject: str, *, reason: str, by: Actor) -> None:
    """This line is what was offered. Raises NoCandidateError, UnknownReferenceError."""
    if kind == PLEDGE:
        explaining.name_line(session, line_id, subject, reason=reason, by=by)
    else:
        explaining.accept(session, line_id, kind, subject, reason=reason, by=by)


def _offers(session: Session, line: InboxLine, found: Proposal) -> list[Offer]:
    if isinstance(found, Match):
        return [Offer(AGAIN, "", found.reasons)]
    by_score = sorted(found.candidates, key=lambda one: -one.score)
    told = {one.subject: Offer(one.kind, one.subject, one.reasons) for one in by_score}
    pledges = queries.may_be_pledges(session, line, limit=MOST) if line.amount_satang > 0 else []
    amount = (Reason(reasons.AMOUNT, True),)
    told = {
        **told,
        **{one.reference: Offer(PLEDGE, one.reference, amount) for one in pledges if one.reference not in told},
    }
    return _with_pledges(session, list(told.values())[:MOST], pledges)


def _with_pledges(session: Session, chosen: Sequence[Offer], known: Sequence[PledgeView]) -> list[Offer]:
    """The same, each with the pledge it is about."""
    by_reference = {one.reference: one for one in known}
    unknown = [one.subject for one in chosen if one.kind == PLEDGE and one.subject not in by_reference]
    by_reference |= gifts.pledges_by_reference(session, unknown)
    return [Offer(one.kind, one.subject, one.reasons, by_reference.get(one.subject)) for one in chosen]
