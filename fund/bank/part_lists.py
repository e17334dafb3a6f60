"""The parts of a divided line as somebody writes them: one a line, a reference or a code, and an amount in baht.

Refuses a line that says anything else, and names it.
"""

from collections.abc import Iterable, Sequence

from fund.bank.dividing import Part
from fund.bank.errors import PartUnclearError
from fund.bank.offering import PLEDGE, Offer
from ledger.errors import AmountError
from ledger.money import format_plain_baht, parse_baht


def parse(text: str) -> list[Part]:
    """The parts; the last word of each line is its amount. Raises PartUnclearError."""
    return [_part(number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]


def propose(offered: Iterable[Offer]) -> str:
    """The pledges that were offered for a line, as parts of it."""
    pledges = [one.pledge for one in offered if one.kind == PLEDGE and one.pledge]
    return written([Part(one.reference, one.amount_satang) for one in pledges]) if len(pledges) > 1 else ""


def written(parts: Sequence[Part]) -> str:
    """The parts as `parse` reads them."""
    return "\n".join(f"{one.reference} {format_plain_baht(one.amount_satang)}" for one in parts)


def _part(number: int, line: str) -> Part:
    reference, _, amount = " ".join(line.split()).rpartition(" ")
    try:
        return Part(reference, parse_baht(amount)) if reference else _refuse(number)
    except AmountError:
        return _refuse(number)


def _refuse(number: int) -> Part:
    raise PartUnclearError(line=number)
