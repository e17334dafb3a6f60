"""One line for many gifts, many lines for one: what a person finds out where a reference alone does not tell.

Knows that the parts make the line, to the satang, and that each is a donation of its own with its own receipt.
Refuses parts that do not add up, and anything by halves: all of it is booked or nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlmodel import Session

from fund import audit
from fund.audit import Actor
from fund.bank import entering, explaining, saying, settling
from fund.bank.errors import NoPartsError, OneLineError, PartsError
from fund.bank.explaining import SAID
from fund.bank.matching import Match
from fund.bank.queries import InboxLine
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.donations.queries import DonationView
from ledger import periods
from ledger.money import format_baht


@dataclass(frozen=True, slots=True)
class Part:
    """So much of a line is the gift of this pledge's reference, or to this campaign's (or fund's) code."""

    reference: str
    amount_satang: int


def split(session: Session, line_id: UUID, parts: Sequence[Part], *, reason: str, by: Actor) -> list[DonationView]:
    """This money is several gifts. Raises NoPartsError, PartsError, UnknownReferenceError."""
    words, line = saying.words(reason), saying.take(session, line_id)
    explaining.require_direction(line, came_in=True)
    _require_whole(line, parts)
    found = [explaining.named(session, part.amount_satang, part.reference) for part in parts]
    arrivals = [_arrival(session, line, number, *one) for number, one in enumerate(zip(parts, found, strict=True), 1)]
    received = [one.donation for one in donations.receive_many(session, arrivals, by=by)]
    settling.note(
        session,
        [
            settling.match(
                line.id, "named", (SAID, *one.reasons), gift.entry_id, donation_id=gift.id, words=words, by=by
            )
            for one, gift in zip(found, received, strict=True)
        ],
    )
    settling.leave_inbox(session, [line.id])
    audit.record(session, by, "line.split", line.id)
    session.flush()
    return received


def merge(session: Session, line_ids: Sequence[UUID], reference: str, *, reason: str, by: Actor) -> list[DonationView]:
    """These lines are one gift that came in several payments: each is a donation of that pledge, or to that campaign.

    Raises OneLineError, UnknownReferenceError.
    """
    if len(set(line_ids)) != len(line_ids) or len(line_ids) < 2:
        raise OneLineError()
    return [explaining.name_line(session, line_id, reference, reason=reason, by=by) for line_id in sorted(line_ids)]


def _require_whole(line: InboxLine, parts: Sequence[Part]) -> None:
    if len(parts) < 2 or any(part.amount_satang <= 0 for part in parts):
        raise NoPartsError()
    total = sum(part.amount_satang for part in parts)
    if total != line.amount_satang:
        raise PartsError(parts=format_baht(total), line=format_baht(line.amount_satang))


def _arrival(session: Session, line: InboxLine, number: int, part: Part, found: Match) -> Arrival:
    assert found.campaign_id is not None
    whole = entering.money(session, line, periods.open_from(session), part=number)
    money = replace(whole, amount_satang=part.amount_satang)
    return Arrival(money, found.campaign_id, found.pledge_id, is_named_later=line.is_booked)
