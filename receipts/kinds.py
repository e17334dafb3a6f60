"""The kinds of numbered papers, one row each. A new kind is a class of facts, a page to print them on, and a row here.

Knows which series of numbers a kind has, and what a paper of it claims. Refuses kinds that have no row.
"""

import json
from dataclasses import dataclass
from typing import Final

from receipts.audits import AuditFacts
from receipts.errors import FactsError, UnknownKindError
from receipts.facts import Facts, ReceiptFacts
from receipts.in_kind import InKindFacts
from receipts.numbering import Series
from receipts.vouchers import VoucherFacts


@dataclass(frozen=True, slots=True)
class Kind:
    """What is true of every paper of a kind.

    `letter` is written after the book's name in its numbers; `template` and `style` are what it is printed with.
    `claims_money`: the paper says that we received money. `is_open`: who holds the paper may read its open facts on the
    check page and have its proof; of others the check page confirms amount and days alone. `is_kept`: its PDF is made
    once, by the job `receipt.render`, and kept; others are printed when they are asked for.
    """

    facts: type[Facts]
    letter: str
    template: str
    style: str
    claims_money: bool = False
    is_open: bool = False
    is_kept: bool = True


KINDS: Final[dict[str, Kind]] = {
    "donation": Kind(ReceiptFacts, "", "donation", "receipt", claims_money=True),
    "audit": Kind(AuditFacts, "A", "audit", "audit", is_open=True),
    "in-kind": Kind(InKindFacts, "G", "in_kind", "receipt", is_open=True),
    "voucher": Kind(VoucherFacts, "V", "voucher", "receipt+voucher", is_open=True, is_kept=False),
}


def of(kind: str) -> Kind:
    """What is true of a kind. Raises UnknownKindError."""
    if kind not in KINDS:
        raise UnknownKindError(kind=kind)
    return KINDS[kind]


def letters() -> frozenset[str]:
    """The letters that name a kind: a book that ended in one would have another kind's numbers (`KKA` is `KK` + A)."""
    return frozenset(one.letter for one in KINDS.values() if one.letter)


def series_of(facts: Facts) -> Series:
    """The run of numbers that a paper with these facts belongs to. Raises UnknownKindError and FactsError."""
    if facts.book[-1] in letters():
        raise FactsError(field="book")
    return Series(facts.book, facts.kind, facts.fiscal_year, of(facts.kind).letter)


def from_canonical(content: bytes, private_part: bytes = b"") -> Facts:
    """Read back the facts of a paper of any kind."""
    return of(json.loads(content)["kind"]).facts.from_canonical(content, private_part)
