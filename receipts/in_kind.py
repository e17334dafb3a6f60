"""What an in-kind receipt says: so many units of a thing came in, counted and accepted by us, and from whom.

Knows no price: `amount_satang` is what they were valued at for our books, which the paper does not print. Refuses
what is not at least one unit.
"""

from dataclasses import dataclass

from receipts.errors import FactsError
from receipts.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class InKindFacts(Facts):
    """What an in-kind receipt says. `given_on` is the day on which they came in, `place` the district they are for."""

    PRIVATE = ("donor_name", "donor_tax_id")

    kind: str = "in-kind"
    fund_name_th: str
    fund_name_en: str
    thing_th: str
    thing_en: str
    unit_th: str
    unit_en: str
    size: str
    condition: str
    quantity: int
    place_th: str = ""
    place_en: str = ""
    donor_name: str = ""
    donor_tax_id: str = ""

    def __post_init__(self) -> None:
        Facts.__post_init__(self)
        if type(self.quantity) is not int or self.quantity < 1:
            raise FactsError(field="quantity")
        if self.donor_tax_id and not self.donor_name:
            raise FactsError(field="donor_tax_id")
