"""What an audit receipt says: that so much left for one case, who did what, with which evidence, and whose gifts paid.

Knows the case by its code and whoever received by their relation: no child, no family, no school. Refuses gifts that
do not come to the amount, and an amount that is more than what was paid.
"""

from dataclasses import dataclass
from datetime import date

from receipts.errors import FactsError
from receipts.facts import Facts, Words


@dataclass(frozen=True, slots=True)
class Hand(Words):
    """Somebody of the staff: the act, the name they act under, whom they stood in for, and the day."""

    act: str
    name: str
    stands_in_for: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class LoggedEntry(Words):
    """An entry of the books and its place in the log: position and the hash of its leaf, in hex."""

    id: str
    position: int
    leaf_sha256: str


@dataclass(frozen=True, slots=True)
class StatementLine(Words):
    """The bank's line: the last digits of our account, the day, and what moved (satang, − out)."""

    id: str
    account_ends: str
    occurred_on: date
    amount_satang: int


@dataclass(frozen=True, slots=True)
class EvidenceFile(Words):
    """A file of the evidence, known by its kind and its digest."""

    kind: str
    sha256: str


@dataclass(frozen=True, slots=True)
class GiftSpan(Words):
    """Satang of a fund's line of gifts, from the first up to and without the last."""

    fund: str
    start_satang: int
    end_satang: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFacts(Facts):
    """What an audit receipt says. Of the `paid_satang` that left, `amount_satang` did not come back.

    `given_on` is the day on which it left; `restriction` is the fund's (`none`, `purpose` …), `received_by` and `how`
    say who received (`guardian`, `school` …) and how they said so.
    """

    kind: str = "audit"
    case_code: str
    fund: str
    fund_name_th: str
    fund_name_en: str
    restriction: str
    purpose: str
    purpose_th: str
    purpose_en: str
    tranche: str
    paid_satang: int
    entry: LoggedEntry
    hands: tuple[Hand, ...]
    received_by: str
    how: str
    received_on: date
    line: StatementLine
    evidence: tuple[EvidenceFile, ...]
    voucher: str
    gifts: tuple[GiftSpan, ...]

    def __post_init__(self) -> None:
        Facts.__post_init__(self)
        if self.amount_satang > self.paid_satang:
            raise FactsError(field="paid_satang")
        if sum(one.end_satang - one.start_satang for one in self.gifts) != self.amount_satang:
            raise FactsError(field="gifts")

    @property
    def returned_satang(self) -> int:
        """What came back of what left."""
        return self.paid_satang - self.amount_satang
