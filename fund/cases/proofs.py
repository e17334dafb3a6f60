"""The audit receipts that prove what a case was paid, by part of a grant. Refuses nothing: a void one is none."""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund.grants.models import StepRow, chain_of, id_of
from receipts import queries as receipts

_KIND: Final = "audit"

Proofs = dict[tuple[UUID, int], str]
"""Numbers of audit receipts, by grant and part."""


def of_grants(session: Session, requests: Collection[UUID]) -> Proofs:
    """The audit receipt that counts of each part of these grants; a part that is not proven has none."""
    booked = select(StepRow.entry_id, StepRow.chain, StepRow.number).where(
        col(StepRow.chain).in_([chain_of(one) for one in requests]), col(StepRow.entry_id).is_not(None)
    )
    parts = {entry: (id_of(chain), number) for entry, chain, number in session.exec(booked) if entry}
    proving = receipts.proving(session, parts, _KIND)
    return {parts[one.proves]: one.number for one in proving if not one.is_void}
