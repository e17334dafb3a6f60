"""What the bank must still show of grants: payments that leave, payments and cash that come back.

Knows each with whom it goes to (opened for the machine alone), its run, and the day from which a line may be it.
Changes nothing; whether a line is one of these is said by a person.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import clock
from fund.grants import payees, queries, states, steps
from fund.grants.models import StandingRow, StepRow, TrancheRow, id_of
from fund.grants.payees import Payee
from fund.grants.run_models import OrderRow, RunRow
from fund.postings import GRANTS_PAID
from ledger import balances

LEAVE, COME_BACK, ISSUE, RETURN_REST = "leave", "come_back", "issue", "return_rest"
RETURN_UNSPENT: Final = "return_unspent"
MAY_COME_BACK: Final = timedelta(days=60)
FOUND_LATE: Final = timedelta(days=14)
"""So long after it left somebody may say so, and a line that brings it back may be older than that."""
UNSPENT_FOR: Final = timedelta(days=120)
"""So long after it left, or was accounted for, is a payment thought of when a payee sends a part of it back."""
RUN: Final = "run:"

_ACTS: Final = {
    states.AUTHORISED: LEAVE,
    states.LEFT: COME_BACK,
    states.ALLOWED: ISSUE,
    states.ISSUED: RETURN_REST,
}


@dataclass(frozen=True, slots=True)
class Awaited:
    """One movement: `about` is the tranche's name in the books, or `run:` and the id where a whole run leaves at once.

    The amount is + where it comes in; `is_at_most`: so much or less.
    """

    act: str
    about: str
    amount_satang: int
    since: date
    payee: Payee | None = None
    reference: str = ""
    account: str = ""
    is_at_most: bool = False


def awaited(session: Session, amounts: Collection[int]) -> list[Awaited]:
    """What lines of these amounts (+ in) may be."""
    found = [one for one in _tranches(session) if any(_fits(one, amount) for amount in amounts)]
    known = payees.opened(session, {tranche.payee_id for tranche, *_ in found})
    single = [
        Awaited(
            _ACTS[state],
            steps.subject_of(tranche.chain, tranche.number),
            amount,
            since,
            known.get(tranche.payee_id),
            run.reference if run else "",
            run.account if run else "",
            is_at_most=state == states.ISSUED,
        )
        for tranche, state, since, run, amount in found
    ]
    return [*single, *(one for one in _runs(session) if one.amount_satang in amounts)]


def unspent(session: Session, amounts: Collection[int]) -> list[Awaited]:
    """What payees may have sent back with lines of these amounts (+ in); a whole payment is one that came back."""
    if not amounts:
        return []
    spent, least = balances.by_subject(session, GRANTS_PAID), min(amounts)
    found = [one for one in _paid(session) if spent.get(steps.subject_of(one[0].chain, one[0].number), 0) >= least]
    known = payees.opened(session, {tranche.payee_id for tranche, *_ in found})
    return [
        Awaited(
            RETURN_UNSPENT,
            steps.subject_of(tranche.chain, tranche.number),
            min(spent[steps.subject_of(tranche.chain, tranche.number)], tranche.amount_satang - (state == states.LEFT)),
            clock.bangkok_day(taken_at) - FOUND_LATE,
            known.get(tranche.payee_id),
            is_at_most=True,
        )
        for tranche, state, taken_at in found
    ]


def of_run(session: Session, run_id: UUID) -> list[tuple[UUID, int, int]]:
    """The payments of a run that have not left yet: request, number and satang, in the order of the run."""
    rows = session.exec(_ordered(TrancheRow).where(OrderRow.run_id == run_id).order_by(col(OrderRow.position)))
    return [(id_of(row.chain), row.number, row.amount_satang) for row in rows]


def _paid(session: Session) -> list[tuple[TrancheRow, str, datetime]]:
    """The payments, and advances accounted for, of which a payee may send a part back."""
    recent = clock.now() - UNSPENT_FOR
    rows = session.exec(
        select(TrancheRow, StandingRow.state, StepRow.taken_at)
        .select_from(StandingRow)
        .join(TrancheRow, _same(TrancheRow, StandingRow))
        .join(StepRow, _same(StepRow, StandingRow) & (col(StepRow.step) == col(StandingRow.step)))
        .where(col(StandingRow.state).in_((states.LEFT, states.CLEARED)), col(StepRow.taken_at) > recent)
    )
    return list(rows)


_Found = tuple[TrancheRow, str, date, RunRow | None, int]


def _fits(one: _Found, amount: int) -> bool:
    return 0 < amount <= one[4] if one[1] == states.ISSUED else amount == one[4]


def _tranches(session: Session) -> Iterator[_Found]:
    """Every tranche of which a line may tell, since which day, in which run, and how much is left of it (+ in)."""
    recent = clock.now() - MAY_COME_BACK
    rows = session.exec(
        select(TrancheRow, StandingRow.state, StepRow.taken_at, RunRow)
        .select_from(StandingRow)
        .join(TrancheRow, _same(TrancheRow, StandingRow))
        .join(StepRow, _same(StepRow, StandingRow) & (col(StepRow.step) == col(StandingRow.step)))
        .join(OrderRow, _same(OrderRow, StandingRow) & ~_later().exists(), isouter=True)
        .join(RunRow, col(RunRow.id) == col(OrderRow.run_id), isouter=True)
        .where(
            queries.OF_TRANCHES,
            col(StandingRow.state).in_(_ACTS),
            (col(StandingRow.state) != states.LEFT) | (col(StepRow.taken_at) > recent),
        )
    )
    for tranche, state, taken_at, run in rows:
        amount = -tranche.amount_satang if state in (states.AUTHORISED, states.ALLOWED) else tranche.amount_satang
        if state == states.ISSUED:
            amount = queries.advance_satang(session, id_of(tranche.chain), tranche.number)
        since = clock.bangkok_day(taken_at)
        yield tranche, state, since - FOUND_LATE if state in (states.LEFT, states.ISSUED) else since, run, amount


def _runs(session: Session) -> Iterator[Awaited]:
    """Runs of several payments that have not left, as one sum."""
    rows = session.exec(_ordered(RunRow, TrancheRow.amount_satang)).all()
    amounts: dict[UUID, list[int]] = defaultdict(list)
    for run, amount in rows:
        amounts[run.id].append(amount)
    for run in {run.id: run for run, _ in rows}.values():
        if len(amounts[run.id]) > 1:
            since = clock.bangkok_day(run.prepared_at)
            about = f"{RUN}{run.id}"
            yield Awaited(LEAVE, about, -sum(amounts[run.id]), since, reference=run.reference, account=run.account)


def _ordered(*columns: Any) -> Any:
    """A question about the orders that have not left."""
    return (
        select(*columns)
        .select_from(OrderRow)
        .join(RunRow, col(RunRow.id) == col(OrderRow.run_id))
        .join(TrancheRow, _same(TrancheRow, OrderRow))
        .join(StandingRow, _same(StandingRow, OrderRow))
        .where(queries.OF_TRANCHES, StandingRow.state == states.AUTHORISED, ~_later().exists())
    )


def _later() -> Any:
    """A later order of the same tranche, in which it then is."""
    later = OrderRow.__table__.alias("later")  # type: ignore[attr-defined]
    return select(later.c.step).where(
        later.c.chain == col(OrderRow.chain), later.c.number == col(OrderRow.number), later.c.step > col(OrderRow.step)
    )


def _same(table: Any, other: Any) -> Any:
    return (col(table.chain) == col(other.chain)) & (col(table.number) == col(other.number))
