"""What a gift's receipt says: the fund's profile, the campaign, the money and the donor put together once.

Refuses nothing: the receipts do.
"""

from datetime import date

from fund.donations.queries import CampaignView
from fund.donors.details import ContactDetails
from fund.postings import Money
from fund.profile import Issuer, Profile
from fund.tax.rules import Rules
from receipts.facts import IssuerFacts, ReceiptFacts


def facts(
    fund: Profile,
    campaign: CampaignView,
    money: Money,
    donor: ContactDetails | None,
    *,
    rules: Rules,
    issued_on: date,
) -> ReceiptFacts:
    """The facts of one gift's receipt, as of its day of issue; what it claims about tax is by the day of the gift."""
    donor = donor or ContactDetails()
    name = donor.name or donor.public_name
    return ReceiptFacts(
        book=fund.receipt_book,
        fiscal_year=fund.fiscal_year(issued_on),
        issuer=issuer(fund.issuer),
        amount_satang=money.amount_satang,
        given_on=money.occurred_on,
        issued_on=issued_on,
        fund_name_th=fund.name_th,
        fund_name_en=fund.name_en,
        purpose_th=campaign.purpose_th,
        purpose_en=campaign.purpose_en,
        place_th=campaign.name_th if campaign.district else "",
        place_en=campaign.name_en if campaign.district else "",
        donor_name=name,
        donor_tax_id=donor.tax_id if name else "",
        permit_number=fund.permit_number if _is_permitted(fund, money.occurred_on) else "",
        tax=rules.facts(campaign.fund, money.occurred_on),
    )


def issuer(known: Issuer) -> IssuerFacts:
    """The profile's issuer as it stands on a receipt."""
    return IssuerFacts(
        name_th=known.name_th,
        name_en=known.name_en,
        address_th=known.address_th,
        address_en=known.address_en,
        tax_id=known.tax_id,
        phone=known.phone,
        signatory_name_th=known.signatory_name_th,
        signatory_name_en=known.signatory_name_en,
        signatory_title_th=known.signatory_title_th,
        signatory_title_en=known.signatory_title_en,
    )


def _is_permitted(fund: Profile, day: date) -> bool:
    return (fund.permit_from or day) <= day <= (fund.permit_to or day)
