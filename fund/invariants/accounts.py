"""What must hold of the months of bank accounts that are closed.

Each function's first sentence is what staff read.
"""

from collections.abc import Iterator
from typing import Final

from sqlmodel import Session

from fund import profile
from fund.bank import months
from ledger.money import format_baht


def closed_months_still_meet(session: Session) -> Iterator[str]:
    """Each closed month of a bank account meets, and with the figure by which it was closed."""
    if not profile.is_installed(session):
        return
    for proof in months.moved(session, profile.current(session).accounts):
        told = "–" if proof.closing_satang is None else format_baht(proof.closing_satang)
        yield f"{proof.account} · {proof.month:%Y-%m} · {told} · {format_baht(proof.book_satang)}"


READ_ALL: Final = frozenset({closed_months_still_meet})  # the lines of accounts with a closed month
