"""Why a line is what it is taken for, as small values that people read: what speaks for it, and what against.

Knows how they are kept and how much each weighs among candidates. Refuses nothing.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

REFERENCE: Final = "reference"
SLIP: Final = "slip"
BROKEN: Final = "broken"
AMOUNT: Final = "amount"
TIME: Final = "time"
NAME: Final = "name"
SEEN: Final = "seen"
EQUALS: Final = "equals"
CAMPAIGN: Final = "campaign"
SUM: Final = "sum"
WITHDRAWN: Final = "withdrawn"
PAYEE: Final = "payee"
OWN_ACCOUNT: Final = "own-account"
CASH: Final = "cash"
CASH_DIFFERS: Final = "cash-differs"
RULE: Final = "rule"
RULES_DIFFER: Final = "rules-differ"
LATE: Final = "late"
PAID_BEFORE: Final = "paid-before"
SEVERAL: Final = "several"
RIVALS: Final = "rivals"
UNKNOWN: Final = "unknown"
NO_REFERENCE: Final = "no-reference"
WENT_OUT: Final = "went-out"
REFUSED: Final = "refused"
SAID: Final = "said"
UNDONE: Final = "undone"

_WEIGHTS: Final = {
    REFERENCE: 8, SLIP: 8, PAYEE: 6, OWN_ACCOUNT: 6, BROKEN: 5, CASH: 4, AMOUNT: 3, SUM: 3, NAME: 2, TIME: 2, SEEN: 1
}  # fmt: skip
_LIKELY: Final = frozenset({BROKEN, NAME, TIME, SEEN})


class Reason(msgspec.Struct, frozen=True):
    """One thing that speaks for (`agrees`) or against a match; `value` is what was found."""

    what: str
    agrees: bool
    value: str = ""

    @property
    def mark(self) -> str:
        """✓ what is sure, ~ what is likely, ✗ what speaks against it."""
        if not self.agrees:
            return "✗"
        return "~" if self.what in _LIKELY else "✓"


def score(reasons: Iterable[Reason]) -> int:
    """How much speaks for it; for order alone, never for a decision."""
    return sum(_WEIGHTS.get(reason.what, 0) for reason in reasons if reason.agrees)


def as_json(reasons: Sequence[Reason]) -> str:
    """The reasons as they are kept."""
    return msgspec.json.encode(reasons).decode()


def from_json(text: str) -> tuple[Reason, ...]:
    """The reasons as they were kept."""
    return msgspec.json.decode(text, type=tuple[Reason, ...])
