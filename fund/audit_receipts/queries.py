"""Audit receipts as they are sought: paid tranches with their papers or what they lack, and what was missed.

Knows codes, amounts and states; no name.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, func, or_, select, tuple_

from fund.audit_receipts.payments import PAID, WENT
from fund.bank.models import MatchRow, UndoneRow
from fund.cases.handing import states as handing
from fund.cases.handing.models import HandoverRow
from fund.clock import bangkok_day
from fund.grants.models import StandingRow, StepRow, TrancheRow, VersionRow
from fund.grants.steps import CHANGES_PROOF, subject_of
from fund.people.powers import Place
from ledger.columns import Instant, Uid
from receipts import numbering
from receipts import queries as receipts
from receipts.models import ReceiptRow, VoidRow
from receipts.queries import Receipt

KIND: Final = "audit"
AT_ONCE: Final = 50
STATES: Final = {"missing": "Not proven yet", "valid": "With its receipt"}
LACKS: Final = {
    "match": "the bank line",
    "answer": "the family's answer",
    "evidence": "the voucher and the other evidence",
    "accepted": "somebody's look at the evidence",
    "issue": "nothing: it is issued within minutes",
}
"""What a paid tranche may lack, as people call it."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Which paid tranches: with or without their paper, of one fund, about one case, entry, tranche or number."""

    state: str = ""
    fund: str = ""
    about: str = ""


@dataclass(frozen=True, slots=True)
class Paid:
    """A paid tranche: since when, for which case, its paper if there is one that counts, and what it lacks if not."""

    tranche: str
    case_code: str
    district: str
    fund: str
    purpose: str
    amount_satang: int
    paid_at: datetime
    entry_id: UUID | None
    number: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def paid_on(self) -> date:
        """The day on which somebody said that the money has left."""
        return bangkok_day(self.paid_at)


def tranche_of(subject: str) -> tuple[str, int]:
    """The chain and number that a job names."""
    chain, _, number = subject.rpartition(" ")
    return chain, int(number)


def paid(
    session: Session, sought: Sought, districts: Collection[str] | None = None, *, after: str = "", limit: int = AT_ONCE
) -> list[Paid]:
    """Paid tranches, the last one first; of these districts, or of all. `after` is the entry of the last one seen."""
    query = _paid().where(*_conditions(sought))
    if districts is not None:
        query = query.where(col(TrancheRow.district).in_(districts))
    last = session.exec(select(StepRow).where(StepRow.entry_id == UUID(after))).first() if after else None
    place = tuple_(col(StepRow.taken_at), col(StepRow.entry_id))
    if last is not None:
        query = query.where(place < tuple_(last.taken_at, last.entry_id, types=(Instant(), Uid())))
    rows = session.exec(query.order_by(col(StepRow.taken_at).desc(), col(StepRow.entry_id).desc()).limit(limit))
    return [_view(*row) for row in rows]


def one(session: Session, number: str) -> Receipt | None:
    """The audit receipt with this number; none of another kind."""
    row = session.get(ReceiptRow, numbering.fold(number))
    return receipts.by_number(session, row.number) if row and row.kind == KIND else None


def place_of(session: Session, receipt: Receipt) -> Place:
    """Where the case of a paper belongs, as powers ask."""
    chain, _, number = receipt.facts.tranche.rpartition(":")
    return Place(district=session.get_one(TrancheRow, (chain, int(number))).district)


def replaced_by(session: Session, number: str) -> str:
    """The paper that stands in the place of this one; empty where none does."""
    return session.exec(select(ReceiptRow.number).where(ReceiptRow.replaces == number)).first() or ""


def unproven(session: Session, districts: Collection[str] | None = None) -> tuple[int, datetime | None]:
    """How many paid tranches have no paper, and since when the first has none."""
    query = _paid().where(*_conditions(Sought("missing")))
    if districts is not None:
        query = query.where(col(TrancheRow.district).in_(districts))
    count, since = session.exec(query.with_only_columns(func.count(), func.min(col(StepRow.taken_at)))).one()
    return int(count), since


def unsettled(session: Session, *, limit: int) -> list[tuple[str, int]]:
    """Tranches that are paid and handed over and have no paper that counts, or whose money came back since."""
    later = StepRow.__table__.alias("later")  # type: ignore[attr-defined]
    stale = (
        select(StepRow.chain, StepRow.number)
        .join(ReceiptRow, (col(ReceiptRow.proves) == col(StepRow.entry_id)) & (col(ReceiptRow.kind) == KIND))
        .join(later, (later.c.chain == col(StepRow.chain)) & (later.c.number == col(StepRow.number)))
        .where(_counts(), later.c.act.in_(CHANGES_PROOF), later.c.taken_at > col(ReceiptRow.issued_at))
    )
    return list(dict.fromkeys([*session.exec(stale.limit(limit)), *unissued(session, limit=limit)]))


def unissued(session: Session, *, before: datetime | None = None, limit: int = 1_000) -> list[tuple[str, int]]:
    """Tranches that are paid and handed over, the last of it before a moment, and have no paper that counts."""
    missing = _paid().where(col(ReceiptRow.number).is_(None), col(HandoverRow.is_complete).is_(True))
    if before is not None:
        missing = missing.where(col(HandoverRow.moved_at) < before)
    return [(tranche.chain, tranche.number) for tranche, *_ in session.exec(missing.limit(limit))]


def _paid() -> Any:
    """Paid tranches with the step by which each went, its handover, the bank's line and the paper that counts."""
    later = StepRow.__table__.alias("later")  # type: ignore[attr-defined]
    again = select(later.c.step).where(
        later.c.chain == col(StepRow.chain),
        later.c.number == col(StepRow.number),
        later.c.step > col(StepRow.step),
        later.c.act.in_(WENT),
    )
    matched = select(MatchRow.entry_id).where(
        MatchRow.entry_id == StepRow.entry_id,
        ~select(UndoneRow.match_id).where(UndoneRow.match_id == MatchRow.id).exists(),
    )
    same = (col(StandingRow.chain) == col(StepRow.chain)) & (col(StandingRow.number) == col(StepRow.number))
    told: tuple[Any, ...] = (
        TrancheRow,
        VersionRow.case_code,
        StepRow,
        HandoverRow,
        ReceiptRow.number,
        matched.exists(),
    )
    return (
        select(*told)
        .select_from(StandingRow)
        .join(StepRow, same)
        .join(
            TrancheRow, (col(TrancheRow.chain) == col(StepRow.chain)) & (col(TrancheRow.number) == col(StepRow.number))
        )
        .join(
            VersionRow,
            (col(VersionRow.chain) == col(TrancheRow.chain)) & (col(VersionRow.version) == col(TrancheRow.version)),
        )
        .outerjoin(
            HandoverRow,
            (col(HandoverRow.chain) == col(StepRow.chain))
            & (col(HandoverRow.number) == col(StepRow.number))
            & (col(HandoverRow.went) >= col(StepRow.step))
            & (col(HandoverRow.state) != handing.OVER),
        )
        .outerjoin(
            ReceiptRow, (col(ReceiptRow.proves) == col(StepRow.entry_id)) & (col(ReceiptRow.kind) == KIND) & _counts()
        )
        .where(col(StandingRow.state).in_(PAID), col(StepRow.act).in_(WENT), ~again.exists())
    )


def _counts() -> Any:
    return ~select(VoidRow.number).where(VoidRow.number == ReceiptRow.number).exists()


def _conditions(sought: Sought) -> list[Any]:
    found: list[Any] = []
    if sought.state:
        number = col(ReceiptRow.number)
        found.append(number.is_(None) if sought.state == "missing" else number.is_not(None))
    if sought.fund:
        found.append(TrancheRow.fund == sought.fund)
    return found + ([_about(sought.about.strip())] if sought.about.strip() else [])


def _about(word: str) -> Any:
    """What a word may name: a case, a tranche or its grant, an entry, a paper."""
    chain, _, number = word.rpartition(":")
    named = [col(VersionRow.case_code) == word.upper(), col(StepRow.chain) == word]
    named.append(col(ReceiptRow.number) == numbering.fold(word))
    if number.isdecimal() and len(number) < 4:
        named.append((col(StepRow.chain) == chain) & (col(StepRow.number) == int(number)))
    with suppress(ValueError):
        named.append(col(StepRow.entry_id) == UUID(word))
    return or_(*named)


def _view(
    tranche: TrancheRow, case_code: str, went: StepRow, handover: HandoverRow | None, number: str | None, matched: bool
) -> Paid:
    return Paid(
        subject_of(tranche.chain, tranche.number),
        case_code,
        tranche.district,
        tranche.fund,
        tranche.purpose,
        tranche.amount_satang,
        went.taken_at,
        went.entry_id,
        number or "",
        () if number else _lacks(handover, matched),
    )


def _lacks(handover: HandoverRow | None, matched: bool) -> tuple[str, ...]:
    is_there = {
        "match": bool(matched),
        "answer": handover is not None and handover.state in handing.ARRIVED,
        "evidence": handover is not None and not handover.lacks,
        "accepted": handover is not None and not handover.pending,
    }
    return tuple(name for name, there in is_there.items() if not there) or ("issue",)
