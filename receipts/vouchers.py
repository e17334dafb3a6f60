"""What a voucher says (ใบสำคัญรับเงิน): so much of a fund was handed over for a case, to be signed by who received it.

Knows the case by its code. The receiver's name is written by hand or printed on demand: it is no fact.
"""

from dataclasses import dataclass

from receipts.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherFacts(Facts):
    """What a voucher says. `given_on` is the day of the payment or the advance."""

    kind: str = "voucher"
    case_code: str
    fund: str
    fund_name_th: str
    fund_name_en: str
    purpose_th: str
    purpose_en: str
