"""What a donor's bank app reads: the payment QR of a pledge, and the static one of a campaign's poster.

Knows the fund's PromptPay address: a biller (tag 30 carries our references), else a tax ID, phone or e-wallet
(tag 29 carries an amount and nothing else). Refuses a fund without any.
"""

from dataclasses import dataclass

from fund.donations.queries import CampaignView, PledgeView
from fund.errors import StateError
from fund.profile import PromptPay
from receipts import qr


class NoPaymentAddressError(StateError):
    message = "This fund cannot take payments by QR yet."


@dataclass(frozen=True, slots=True)
class PaymentCode:
    """A payload for a QR; `has_reference` tells whether the bank's statement will name the gift by itself."""

    payload: str
    has_reference: bool


def of_pledge(address: PromptPay, pledge: PledgeView, campaign: CampaignView) -> PaymentCode:
    """The QR of one gift: its amount, its reference and its campaign. Raises NoPaymentAddressError."""
    return of_reference(address, pledge.reference, pledge.amount_satang, campaign)


def of_reference(address: PromptPay, reference: str, amount_satang: int, campaign: CampaignView) -> PaymentCode:
    """The same for any reference of ours under which as much is awaited."""
    if address.biller_id:
        payload = qr.bill_payment(address.biller_id, reference, campaign.code, amount_satang=amount_satang)
        return PaymentCode(payload, has_reference=True)
    return PaymentCode(_transfer(address, amount_satang), has_reference=False)


def of_campaign(address: PromptPay, campaign: CampaignView) -> PaymentCode:
    """The QR of a campaign's poster: any amount, any number of times. Raises NoPaymentAddressError."""
    if address.biller_id:
        return PaymentCode(qr.bill_payment(address.biller_id, campaign.code), has_reference=True)
    return PaymentCode(_transfer(address, None), has_reference=False)


def _transfer(address: PromptPay, amount_satang: int | None) -> str:
    for kind, target in (("tax-id", address.tax_id), ("phone", address.phone), ("e-wallet", address.ewallet)):
        if target:
            return qr.credit_transfer(kind, target, amount_satang)
    raise NoPaymentAddressError()
