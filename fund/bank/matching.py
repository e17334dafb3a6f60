"""Which line is which gift: a pure function over bank lines and what is expected, with its reasons.

Knows references in a bank's text however badly they were copied. Refuses to guess: two pledges or two campaigns in
one line, or none, and it waits for a person, with the reasons shown.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

import msgspec

from fund.donations import references
from fund.donations.queries import CampaignView, PledgeView
from ledger.money import format_plain_baht

REFERENCE: Final = "reference"
AMOUNT: Final = "amount"
CAMPAIGN: Final = "campaign"
LATE: Final = "late"
PAID_BEFORE: Final = "paid-before"
SEVERAL: Final = "several"
UNKNOWN: Final = "unknown"
NO_REFERENCE: Final = "no-reference"
WENT_OUT: Final = "went-out"
REFUSED: Final = "refused"

_SETTLED, _EXPIRED = "settled", "expired"


class Reason(msgspec.Struct, frozen=True):
    """One thing that speaks for (`agrees`) or against a match; `value` is what was found."""

    what: str
    agrees: bool
    value: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What matching needs of a line: satang, + in, and every text that may hold a reference."""

    amount_satang: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Expected:
    """What a batch of lines may be about, looked up once for all of them."""

    pledges: Mapping[str, PledgeView] = field(default_factory=dict)  # by reference
    campaigns: Mapping[str, CampaignView] = field(default_factory=dict)  # by code


@dataclass(frozen=True, slots=True)
class Match:
    """The line is a gift to this campaign, and of this pledge if one is known."""

    campaign_id: UUID
    pledge_id: UUID | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Waits:
    """The line needs a person."""

    reasons: tuple[Reason, ...]


def references_in(lines: Sequence[Told]) -> list[list[str]]:
    """The well-formed references of each line, each once, in the order they stand there."""
    found: dict[str, list[str]] = {}  # campaigns' codes stand in many lines
    for text in (text for line in lines for text in line.texts):
        if text not in found:
            found[text] = references.found_in(text)
    return [list(dict.fromkeys(one for text in line.texts for one in found[text])) for line in lines]


def propose(line: Told, found: Collection[str], expected: Expected) -> Match | Waits:
    """What the line is, by the references `found` in it."""
    if line.amount_satang < 0:
        return Waits((Reason(WENT_OUT, False),))
    pledges = [expected.pledges[reference] for reference in found if reference in expected.pledges]
    campaigns = [expected.campaigns[code] for code in found if code in expected.campaigns]
    if len(pledges) > 1:
        return Waits((Reason(SEVERAL, False, ", ".join(pledge.reference for pledge in pledges)),))
    if pledges:
        return _of_pledge(line, pledges[0], campaigns)
    if len(campaigns) > 1:
        return Waits((Reason(SEVERAL, False, ", ".join(campaign.code for campaign in campaigns)),))
    if campaigns:
        return Match(campaigns[0].id, None, (Reason(CAMPAIGN, True, campaigns[0].code), *_unknown(found)))
    return Waits(_nothing(found))


def pledge_reasons(amount_satang: int, pledge: PledgeView) -> list[Reason]:
    """What speaks for and against this much money being that pledge's."""
    reasons = [
        Reason(REFERENCE, True, pledge.reference),
        Reason(AMOUNT, amount_satang == pledge.amount_satang, format_plain_baht(pledge.amount_satang)),
    ]
    if pledge.state == _EXPIRED:
        reasons.append(Reason(LATE, False))
    if pledge.state == _SETTLED:
        reasons.append(Reason(PAID_BEFORE, False))
    return reasons


def as_json(reasons: Sequence[Reason]) -> str:
    """The reasons as they are kept."""
    return msgspec.json.encode(reasons).decode()


def from_json(text: str) -> tuple[Reason, ...]:
    """The reasons as they were kept."""
    return msgspec.json.decode(text, type=tuple[Reason, ...])


def _of_pledge(line: Told, pledge: PledgeView, campaigns: Sequence[CampaignView]) -> Match:
    """The amount that arrived is the donation, whatever was pledged; a late or second payment is still that donor's."""
    told = [Reason(CAMPAIGN, campaign.id == pledge.campaign_id, campaign.code) for campaign in campaigns]
    return Match(pledge.campaign_id, pledge.id, (*pledge_reasons(line.amount_satang, pledge), *told))


def _nothing(found: Collection[str]) -> tuple[Reason, ...]:
    """A pledge's reference that we do not know is told; what only looks like a campaign's code is chance."""
    return _unknown(found) or (Reason(NO_REFERENCE, False),)


def _unknown(found: Collection[str]) -> tuple[Reason, ...]:
    shaped = [one for one in found if one.startswith("D") and len(one) == references.PLEDGE_LENGTH]
    return tuple(Reason(UNKNOWN, False, reference) for reference in shaped)
