"""Callbacks as frozen views: what waits to be filed, asked, confirmed or cleared, and what staff must look at.

Knows how a callback's sealed body is opened. What was erased says nothing.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy
from sqlalchemy import Row, Select, and_, func, or_, text
from sqlmodel import Session, col, select

from fund import clock, sealed
from fund.among import among
from fund.bank.told import bodies, states
from fund.bank.told.bodies import Payment
from fund.bank.told.inbox import PLACE
from fund.bank.told.models import CallbackRow, StandingRow
from ledger.private import Part

LATE_AFTER: Final = timedelta(days=3)
_LOCK: Final = 5_290_023  # any number that no other lock uses


@dataclass(frozen=True, slots=True)
class Callback:
    """What a bank told us of a payment, and how far it has come. Nothing in it names anybody."""

    id: UUID
    bank: str
    identity: str
    amount_satang: int
    occurred_at: datetime
    told_at: datetime
    state: str
    pledge_id: UUID | None
    campaign_id: UUID | None
    donation_id: UUID | None
    line_id: UUID | None

    @property
    def occurred_on(self) -> date:
        """The day in Bangkok on which it was paid."""
        return clock.bangkok_day(self.occurred_at)

    @property
    def is_late(self) -> bool:
        """Whether its statement line should have come by now."""
        return clock.now() - self.occurred_at > LATE_AFTER


@dataclass(frozen=True, slots=True)
class Sum:
    """What one bank confirmed of one day and has not put on a statement yet."""

    bank: str
    day: date
    count: int
    amount_satang: int


def together(session: Session, *, with_lines: bool) -> None:
    """Let lines and callbacks not be settled past each other: many settle lines at once, but none while one confirms.

    SQLite's writers wait for each other anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        kind = "_shared" if with_lines else ""
        session.execute(text(f"SELECT pg_advisory_xact_lock{kind}(:key)"), {"key": _LOCK})


def has_new(session: Session) -> bool:
    """Whether a callback waits to be filed."""
    return (
        session.exec(select(StandingRow.callback_id).where(StandingRow.state == states.NEW).limit(1)).first()
        is not None
    )


def take_new(session: Session, limit: int) -> list[Callback]:
    """The next callbacks to be filed, first told first, locked until the unit of work ends."""
    chosen = _callbacks().where(col(StandingRow.state) == states.NEW).order_by(col(StandingRow.callback_id))
    return _views(session, chosen.limit(limit).with_for_update(of=StandingRow, skip_locked=True))


def take_hints(session: Session, callback_ids: Collection[UUID]) -> list[Callback]:
    """Those of these that are still hints, locked until the unit of work ends."""
    chosen = _callbacks().where(
        col(StandingRow.state) == states.HINT, among(session, StandingRow.callback_id, callback_ids)
    )
    return _views(session, chosen.order_by(col(StandingRow.callback_id)).with_for_update(of=StandingRow))


def take(session: Session, callback_id: UUID) -> Callback | None:
    """One callback, locked until the unit of work ends."""
    chosen = _callbacks().where(col(StandingRow.callback_id) == callback_id).with_for_update(of=StandingRow)
    return next(iter(_views(session, chosen)), None)


def take_waiting(
    session: Session,
    pledge_ids: Collection[UUID],
    campaign_ids: Collection[UUID],
    amounts: Collection[int],
    in_states: Collection[str],
) -> list[Callback]:
    """Callbacks in these states of these pledges, or of no pledge to these campaigns; locked until the work ends."""
    no_pledge = and_(col(StandingRow.pledge_id).is_(None), col(StandingRow.campaign_id).in_(campaign_ids))
    chosen = _callbacks().where(
        col(StandingRow.state).in_(in_states),
        or_(col(StandingRow.pledge_id).in_(pledge_ids), no_pledge),
        col(CallbackRow.amount_satang).in_(amounts),
    )
    return _views(session, chosen.order_by(col(StandingRow.callback_id)).with_for_update(of=StandingRow))


def take_unnamed(session: Session, amount_satang: int) -> list[Callback]:
    """Callbacks of this amount that name no pledge and no campaign, or were not filed; locked until the work ends."""
    chosen = _callbacks().where(
        col(StandingRow.state).in_((states.NEW, states.UNKNOWN)), col(CallbackRow.amount_satang) == amount_satang
    )
    return _views(session, chosen.order_by(col(StandingRow.callback_id)).with_for_update(of=StandingRow))


def hints_of_batch(session: Session, batch: UUID) -> list[Callback]:
    """The hints of a batch that the bank has not answered for yet."""
    chosen = _callbacks().where(col(StandingRow.batch) == batch, col(StandingRow.state) == states.HINT)
    return _views(session, chosen.order_by(col(StandingRow.callback_id)))


def confirmed(session: Session) -> list[Callback]:
    """What was confirmed and has no statement line yet, the oldest first."""
    chosen = _callbacks().where(col(StandingRow.state) == states.CONFIRMED)
    return _views(session, chosen.order_by(col(CallbackRow.occurred_at), col(CallbackRow.id)))


def take_confirmed(session: Session, bank: str) -> list[Callback]:
    """What this bank confirmed and has not put on a statement yet, locked until the unit of work ends."""
    chosen = _callbacks().where(col(StandingRow.state) == states.CONFIRMED, col(CallbackRow.bank) == bank)
    return _views(session, chosen.order_by(col(CallbackRow.id)).with_for_update(of=StandingRow))


def to_be_looked_into(session: Session, *, limit: int = 50) -> list[Callback]:
    """What names nobody, what the bank denies, and what contradicts itself; the newest first."""
    chosen = _callbacks().where(col(StandingRow.state).in_(states.LOOKED_INTO))
    return _views(session, chosen.order_by(col(StandingRow.callback_id).desc()).limit(limit))


def counts(session: Session) -> dict[str, int]:
    """How many callbacks stand in each state."""
    rows = session.execute(sqlalchemy.select(col(StandingRow.state), func.count()).group_by(col(StandingRow.state)))
    return {row[0]: row[1] for row in rows}


def lines_of(session: Session, identities: Collection[str]) -> dict[str, UUID]:
    """The lines that brought confirmed money, by its identity; what has no line yet is left out."""
    rows = session.execute(
        sqlalchemy.select(col(CallbackRow.identity), col(StandingRow.line_id))
        .join(StandingRow, col(StandingRow.callback_id) == col(CallbackRow.id))
        .where(among(session, CallbackRow.identity, identities), col(StandingRow.line_id).is_not(None))
    )
    return {row[0]: row[1] for row in rows}


def sums(callbacks: Sequence[Callback]) -> list[Sum]:
    """Callbacks by bank and day, as a bank credits them in one sum."""
    by_day: dict[tuple[str, date], list[int]] = {}
    for one in callbacks:
        by_day.setdefault((one.bank, one.occurred_on), []).append(one.amount_satang)
    return [Sum(bank, day, len(amounts), sum(amounts)) for (bank, day), amounts in sorted(by_day.items())]


def payments(session: Session, callbacks: Sequence[Callback]) -> dict[UUID, Payment]:
    """What the callbacks say, by id; what was erased is left out."""
    rows = session.execute(
        sqlalchemy.select(
            col(CallbackRow.id), col(CallbackRow.bank), col(CallbackRow.subject), col(CallbackRow.sealed)
        ).where(among(session, CallbackRow.id, [one.id for one in callbacks]))
    ).all()
    told = sealed.unseal_many(session, [Part(row.subject, PLACE, str(row.id), row.sealed) for row in rows])
    found = {}
    for row, body in zip(rows, told, strict=True):
        payment = None if body is None else bodies.said(row.bank, body)
        if payment is not None:
            found[row.id] = payment
    return found


def _callbacks() -> Select[Any]:
    columns = ("id", "bank", "identity", "amount_satang", "occurred_at", "told_at")
    standing = ("state", "pledge_id", "campaign_id", "donation_id", "line_id")
    told = [getattr(CallbackRow, name) for name in columns] + [getattr(StandingRow, name) for name in standing]
    return (
        sqlalchemy.select(*told)
        .select_from(StandingRow)
        .join(CallbackRow, col(CallbackRow.id) == col(StandingRow.callback_id))
    )


def _views(session: Session, chosen: Select[Any]) -> list[Callback]:
    return [_view(row) for row in session.execute(chosen)]


def _view(row: Row[Any]) -> Callback:
    return Callback(*list(row))
