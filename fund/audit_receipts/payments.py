"""Payments that an audit receipt may prove: tranches whose money has left and did not come back, by the step that did.

Knows the acts that change what such a paper says. Says no names.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund.grants import states, steps
from fund.grants.models import StandingRow, StepRow, TrancheRow, VersionRow
from fund.postings import GRANTS_PAID
from ledger import balances

PAID: Final = (states.LEFT, states.CLEARED)
"""Where the money has arrived, or is all accounted for."""

WENT: Final = ("leave", "issue")
_TAKES: Final = ("authorise", "issue")
"""The acts whose entry takes the money out of the fund: who is owed a payment, or has the cash, has it."""


@dataclass(frozen=True, slots=True)
class Payment:
    """A tranche that was paid, what was asked for, the step by which it went, and all steps of its grant."""

    tranche: TrancheRow
    version: VersionRow
    went: StepRow
    taken: tuple[StepRow, ...]

    @property
    def name(self) -> str:
        """What it is called in the trail and in the books."""
        return steps.subject_of(self.tranche.chain, self.tranche.number)

    @property
    def entry_id(self) -> UUID:
        """The entry by which the money left the bank account."""
        assert self.went.entry_id is not None
        return self.went.entry_id

    @property
    def spending_id(self) -> UUID:
        """The entry by which the money was no longer the fund's."""
        return next(
            one.entry_id
            for one in reversed(self.taken)
            if one.number == self.tranche.number and one.act in _TAKES and one.entry_id is not None
        )

    def last(self, *acts: str) -> StepRow:
        """The last step of the tranche that was one of these acts, before the money went."""
        before = [one for one in self.taken if one.number == self.tranche.number and one.step < self.went.step]
        return next(one for one in reversed(before) if one.act in acts)


def of_tranche(session: Session, chain: str, number: int) -> Payment | None:
    """How a tranche was paid; None where it was not, or the money came back."""
    standing = session.get(StandingRow, (chain, number), populate_existing=True)
    tranche = session.get(TrancheRow, (chain, number))
    if standing is None or tranche is None or standing.state not in PAID:
        return None
    rows = select(StepRow).where(StepRow.chain == chain, col(StepRow.number).in_((steps.REQUEST, number)))
    taken = tuple(session.exec(rows.order_by(col(StepRow.number), col(StepRow.step))))
    went = next(one for one in reversed(taken) if one.number == number and one.act in WENT)
    return Payment(tranche, session.get_one(VersionRow, (chain, tranche.version)), went, taken)


def entries(session: Session, chain: str, number: int) -> list[UUID]:
    """Every entry by which a tranche ever left, first to last."""
    gone = select(StepRow.entry_id).where(
        StepRow.chain == chain, StepRow.number == number, col(StepRow.act).in_(WENT), col(StepRow.entry_id).is_not(None)
    )
    return [one for one in session.exec(gone.order_by(col(StepRow.step))) if one]


def kept_satang(session: Session, payment: Payment) -> int:
    """What of a payment did not come back."""
    return balances.subject_balance(session, GRANTS_PAID, payment.tranche.fund, payment.name)
