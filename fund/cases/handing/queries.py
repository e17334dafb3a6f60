"""Nouns of handing over: one handover and what was said of it, what is complete, the lists of who must do something.

Knows codes, states, days and digests; no name.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from fund.cases.handing import states
from fund.cases.handing.models import EvidenceRow, HandoverRow, StepRow, VerdictRow
from fund.grants.payees import CASH
from fund.grants.run_models import PaperRow

ACCOUNT = "account"
"""The papers by which an advance was accounted for."""


@dataclass(frozen=True, slots=True)
class Complete:
    """Help that arrived, with the evidence of it: who received it, how they said so, and who looked at the papers."""

    received_at: datetime
    received_by: str
    how: str
    files: tuple[tuple[str, str], ...]
    accepted_by: tuple[UUID, ...]


def complete(session: Session, chain: str, number: int) -> Complete | None:
    """What shows that a tranche arrived; None while anything of it is missing."""
    row = newest(session, chain, number)
    if row is None or not row.is_complete:
        return None
    arrived = _arrived(session, row)
    accepted = _accepted(session, row)
    files = {(one.kind, one.sha256): None for one, _ in accepted if one.sha256}
    files |= {(ACCOUNT, one): None for one in _accounts(session, row)}
    people = {verdict.person: None for _, verdict in accepted}
    by = "guardian" if row.payee_kind in ("guardian", CASH) else row.payee_kind
    return Complete(arrived.done_at, by, arrived.way, tuple(files), tuple(people))


def newest(session: Session, chain: str, number: int) -> HandoverRow | None:
    """The handover of the last time that a tranche left or was issued."""
    rows = select(HandoverRow).where(HandoverRow.chain == chain, HandoverRow.number == number)
    return session.exec(rows.order_by(col(HandoverRow.went).desc()).limit(1)).first()


def _arrived(session: Session, row: HandoverRow) -> StepRow:
    """The family's last answer."""
    answers = steps_of(session, row)
    return next(one for one in reversed(answers) if one.act in states.ANSWERS)


def steps_of(session: Session, row: HandoverRow) -> list[StepRow]:
    """What was said and decided of a handover, first to last."""
    rows = select(StepRow).where(StepRow.chain == row.chain, StepRow.number == row.number, StepRow.went == row.went)
    return list(session.exec(rows.order_by(col(StepRow.step))))


def _accepted(session: Session, row: HandoverRow) -> list[tuple[EvidenceRow, VerdictRow]]:
    rows = (
        select(EvidenceRow, VerdictRow)
        .join(VerdictRow, col(VerdictRow.evidence_id) == col(EvidenceRow.id))
        .where(EvidenceRow.chain == row.chain, EvidenceRow.number == row.number, EvidenceRow.went == row.went)
        .where(col(VerdictRow.is_accepted).is_(True))
    )
    return list(session.exec(rows.order_by(col(EvidenceRow.filed_at), col(EvidenceRow.id))))


def _accounts(session: Session, row: HandoverRow) -> list[str]:
    kept = select(PaperRow.sha256).where(PaperRow.chain == row.chain, PaperRow.number == row.number)
    return list(session.exec(kept.order_by(col(PaperRow.step))))
