"""Payment runs as frozen views: their lines with how far each has come, and what may be chosen for the next one.

Knows codes, funds and amounts; no name. A line's state is what its steps say since it was authorised, until the
tranche is prepared anew.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund.grants import queries, run_states, states, steps
from fund.grants.models import PayeeRow, StandingRow, StepRow, TrancheRow, VersionRow, chain_of, id_of
from fund.grants.payees import CASH
from fund.grants.queries import TrancheView
from fund.grants.run_errors import RunNotFoundError
from fund.grants.run_models import AuthorisedRow, OrderRow, RunLineRow, RunRow

IN: Final = "in"
OUT: Final = "out"


@dataclass(frozen=True, slots=True)
class RunLine:
    """A tranche in a run. Its state is `in` or `out` of it; of an authorised run that of the tranche."""

    position: int
    request_id: UUID
    number: int
    step: int
    case_code: str
    district: str
    purpose: str
    fund: str
    amount_satang: int
    payee_id: UUID
    payee_kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Authorised:
    """By whom and when a run was authorised, and what with."""

    authorised_by: str
    authorised_at: datetime
    count: int
    amount_satang: int
    lines_sha256: str
    file_sha256: str


@dataclass(frozen=True, slots=True)
class RunView:
    """A payment run."""

    id: UUID
    reference: str
    account: str
    layout: str
    pay_on: date
    prepared_by: str
    prepared_at: datetime
    preparer: UUID
    lines: tuple[RunLine, ...]
    authorised: Authorised | None

    @property
    def state(self) -> str:
        if self.authorised:
            is_open = any(line.state == states.AUTHORISED for line in self.lines)
            return run_states.AUTHORISED if is_open else run_states.SETTLED
        return run_states.PREPARED if self.standing else run_states.SENT_BACK

    @property
    def standing(self) -> tuple[RunLine, ...]:
        """The lines that were not taken out."""
        return tuple(line for line in self.lines if line.state != OUT)

    @property
    def amount_satang(self) -> int:
        """What the standing lines come to."""
        return sum(line.amount_satang for line in self.standing)

    @property
    def digest(self) -> str:
        """What was shown: equal only where the same lines pay as much to the same payees out of the same account."""
        told = [f"{self.id} {self.reference} {self.account} {self.layout} {self.pay_on}"]
        told += [
            f"{line.position} {line.request_id} {line.number} {line.step} {line.amount_satang} {line.payee_id}"
            for line in self.standing
        ]
        return hashlib.sha256("\n".join(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Choosable:
    """A tranche that is due, and why it cannot be paid if it cannot."""

    tranche: TrancheView
    why_not: str

    @property
    def key(self) -> str:
        """What a form calls it."""
        return f"{self.tranche.request_id}:{self.tranche.number}"


def due(session: Session, until: date, *, limit: int = 200) -> list[Choosable]:
    """The tranches due by a day, first due first: those to be paid, then those that are held, with the reason.

    Cash is none of them. Whoever shows the reasons notes the view.
    """
    payable = [
        one for state in (states.CAME_BACK, states.AWARDED) for one in queries.tranches_in(session, state, limit=limit)
    ]
    held = [
        one for state in (states.HELD, states.HELD_BACK) for one in queries.tranches_in(session, state, limit=limit)
    ]
    cash = _cash(session, {one.payee_id for one in (*payable, *held)})
    found = [Choosable(one, "") for one in payable] + [Choosable(one, _held_for(session, one)) for one in held]
    return [one for one in found if one.tranche.due_on <= until and one.tranche.payee_id not in cash][:limit]


def run(session: Session, run_id: UUID) -> RunView:
    """One run as it stands. Raises RunNotFoundError."""
    found = _runs(session, RunRow.id == run_id)
    if not found:
        raise RunNotFoundError()
    return found[0]


def runs(session: Session, *, limit: int = 50) -> list[RunView]:
    """The last runs, the newest first."""
    return _runs(session, limit=limit)


def unsettled(session: Session) -> list[RunView]:
    """Authorised runs of which the bank has not shown everything yet, first authorised first."""
    waiting = (
        select(OrderRow.run_id)
        .join(
            StandingRow,
            (col(StandingRow.chain) == col(OrderRow.chain)) & (col(StandingRow.number) == col(OrderRow.number)),
        )
        .where(queries.OF_TRANCHES, StandingRow.state == states.AUTHORISED)
    )
    found = _runs(session, col(RunRow.id).in_(waiting))
    return [one for one in reversed(found) if one.state == run_states.AUTHORISED]


def to_authorise(session: Session) -> list[RunView]:
    """Runs that wait for the treasurer, first prepared first."""
    authorised = select(AuthorisedRow.run_id).where(AuthorisedRow.run_id == RunRow.id)
    found = _runs(session, ~authorised.exists())
    return [one for one in reversed(found) if one.state == run_states.PREPARED]


def _in(session: Session, of: Sequence[str], limit: int) -> list[TrancheView]:
    return [one for state in of for one in queries.tranches_in(session, state, limit=limit)]


def _cash(session: Session, payee_ids: Collection[UUID]) -> set[UUID]:
    rows = select(PayeeRow.id).where(col(PayeeRow.id).in_(payee_ids), PayeeRow.kind == CASH)
    return set(session.exec(rows)) if payee_ids else set()


def _held_for(session: Session, tranche: TrancheView) -> str:
    """Why it is held: the words of the last hold, as they were given."""
    words = steps.reasons(session, chain_of(tranche.request_id))
    of_it = [said for (number, _), said in sorted(words.items()) if number == tranche.number]
    return of_it[-1] if of_it else "–"


def _runs(session: Session, *conditions: Any, limit: int | None = None) -> list[RunView]:
    newest = select(RunRow).where(*conditions).order_by(col(RunRow.prepared_at).desc(), col(RunRow.id).desc())
    rows = session.exec(newest.limit(limit)).all()
    ids = [row.id for row in rows]
    authorised = {
        row.run_id: row for row in session.exec(select(AuthorisedRow).where(col(AuthorisedRow.run_id).in_(ids)))
    }
    lines = _lines(session, ids, authorised)
    return [
        RunView(
            row.id, row.reference, row.account, row.layout, row.pay_on, row.prepared_by, row.prepared_at, row.person,
            tuple(lines[row.id]), _authorised(authorised.get(row.id)),
        )
        for row in rows
    ]  # fmt: skip


def _authorised(row: AuthorisedRow | None) -> Authorised | None:
    if row is None:
        return None
    return Authorised(
        row.authorised_by, row.authorised_at, row.count, row.amount_satang, row.lines_sha256, row.file_sha256
    )


def _lines(session: Session, run_ids: Sequence[UUID], authorised: Collection[UUID]) -> dict[UUID, list[RunLine]]:
    rows = session.exec(
        select(RunLineRow, TrancheRow, VersionRow.case_code, PayeeRow.kind)
        .join(
            TrancheRow,
            (col(TrancheRow.chain) == col(RunLineRow.chain)) & (col(TrancheRow.number) == col(RunLineRow.number)),
        )
        .join(
            VersionRow,
            (col(VersionRow.chain) == col(TrancheRow.chain)) & (col(VersionRow.version) == col(TrancheRow.version)),
        )
        .join(PayeeRow, col(PayeeRow.id) == col(RunLineRow.payee_id))
        .where(col(RunLineRow.run_id).in_(run_ids))
        .order_by(col(RunLineRow.position))
    ).all()
    ordered = {(row.run_id, row.position): row.step for row in session.exec(_of(OrderRow, run_ids))}
    later = _steps(session, {row.chain for row, _, _, _ in rows})
    found: dict[UUID, list[RunLine]] = defaultdict(list)
    for row, tranche, case_code, kind in rows:
        taken = later[row.chain, row.number]
        state = _state(row, ordered.get((row.run_id, row.position)), row.run_id in authorised, taken)
        found[row.run_id].append(
            RunLine(
                row.position, id_of(row.chain), row.number, row.step, case_code, tranche.district, tranche.purpose,
                tranche.fund, row.amount_satang, row.payee_id, kind, state,
            )
        )  # fmt: skip
    return found


def _of(table: type[OrderRow], run_ids: Sequence[UUID]) -> Any:
    return select(table).where(col(table.run_id).in_(run_ids))


def _steps(session: Session, chains: Collection[str]) -> dict[tuple[str, int], list[StepRow]]:
    rows = select(StepRow).where(col(StepRow.chain).in_(chains), col(StepRow.number) > 0)
    found: dict[tuple[str, int], list[StepRow]] = defaultdict(list)
    for row in session.exec(rows.order_by(col(StepRow.step))) if chains else ():
        found[row.chain, row.number].append(row)
    return found


def _state(row: RunLineRow, ordered: int | None, is_authorised: bool, taken: Sequence[StepRow]) -> str:
    if ordered is None:
        return IN if not is_authorised and taken[-1].step == row.step else OUT
    since = takewhile(lambda one: one.act != "prepare", (one for one in taken if one.step >= ordered))
    return [one.next for one in since][-1]
