"""One gift as its page shows it: pledge, campaign, QR, what arrived, receipts.

Knows which parts are secrets of the link's holder. Refuses a QR for what is not open any more.
"""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import profile
from fund.donations import hearing, payment, queries, refunds, slips, states
from fund.donations.payment import PaymentCode
from fund.donations.queries import CampaignView, DonationView, PledgeView
from fund.donations.states import NotInThisStateError
from fund.donors import queries as donors
from fund.profile import PromptPay
from receipts import qr
from receipts import queries as receipts
from receipts.queries import Receipt

CLOSED: Final = "closed"


@dataclass(frozen=True, slots=True)
class GiftView:
    """A pledge with all that its page needs; `receipts` and `public_name` only for who holds the link."""

    pledge: PledgeView
    campaign: CampaignView
    address: PromptPay
    donations: list[DonationView]
    receipts: list[Receipt]
    public_name: str = ""
    is_heard: bool = False  # a bank has told us of it
    has_slip: bool = False
    given_back: dict[UUID, str] = field(default_factory=dict)  # donations whose refund was decided: payable or paid

    @property
    def state(self) -> str:
        """`open`, `settled`, `expired`, or `closed` when its campaign closed before it was paid."""
        state = self.pledge.state
        return CLOSED if state == states.OPEN and not self.campaign.is_open() else state

    @property
    def payment(self) -> PaymentCode:
        """The QR to pay; only an open gift has one. Raises NotInThisStateError, NoPaymentAddressError."""
        if self.state != states.OPEN:
            raise NotInThisStateError()
        return payment.of_pledge(self.address, self.pledge, self.campaign)

    @property
    def arrived_satang(self) -> int:
        """All that arrived for it."""
        return sum(donation.amount_satang for donation in self.donations)

    @property
    def svg(self) -> str:
        """The QR, drawn."""
        return qr.picture_svg(self.payment.payload, label=self.pledge.reference)


def gift_view(session: Session, pledge: PledgeView, *, for_its_donor: bool = False) -> GiftView:
    """The gift of a pledge; donations that were taken back are left out."""
    campaign = queries.campaign(session, pledge.campaign_id)
    arrived = [one for one in queries.donations_of_pledge(session, pledge.id) if not one.is_reversed]
    issued = receipts.proving(session, [one.entry_id for one in arrived]) if for_its_donor else []
    name = donors.contact(session, pledge.contact_id).public_name if for_its_donor else ""
    return GiftView(
        pledge,
        campaign,
        profile.current(session).promptpay,
        arrived,
        issued,
        name,
        is_heard=bool(hearing.heard(session, [pledge.id])),
        has_slip=bool(slips.shown_for(session, [pledge.id])),
        given_back=refunds.given_back(session, arrived) if for_its_donor else {},
    )
