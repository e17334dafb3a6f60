"""The newest gifts, for everyone to see: when, for what, how much; never from whom.

Knows donations and their campaigns. Leaves out what was taken back.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlmodel import Session, col, select

from fund.donations.models import CampaignRow, DonationRow, ReversalRow

BOOKED_LAST: Final = 200  # found by their ids, which grow with time: no scan of every gift there ever was


@dataclass(frozen=True, slots=True)
class Gift:
    """A gift as the public sees it."""

    occurred_on: date
    amount_satang: int
    name_th: str
    name_en: str

    def name(self, language: str) -> str:
        """Its campaign's name in `th` or `en`."""
        return self.name_th if language == "th" else self.name_en


def gifts(session: Session, *, limit: int = 8) -> list[Gift]:
    """The newest by day among the gifts booked last: a statement's lines are booked at once, in any order."""
    donation, campaign = DonationRow, CampaignRow
    query = (
        select(donation, campaign)
        .join(campaign, col(campaign.id) == col(donation.campaign_id))
        .join(ReversalRow, col(ReversalRow.donation_id) == col(donation.id), isouter=True)
        .where(col(ReversalRow.donation_id).is_(None))
        .order_by(col(donation.id).desc())
        .limit(BOOKED_LAST)
    )
    found = sorted(session.exec(query), key=lambda pair: pair[0].occurred_on, reverse=True)[:limit]
    return [Gift(gift.occurred_on, gift.amount_satang, to.name_th, to.name_en) for gift, to in found]
