"""Which pledges a bank has told us of before any statement did: a hint that the donor reads, never money.

Refuses nothing: hearing of a pledge twice changes nothing.
"""

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, select

from fund import clock
from fund.among import among
from fund.donations import queries, states
from fund.donations.models import HeardRow
from fund.donations.queries import PledgeView

HEARD: Final = "heard"


def note(session: Session, pledge_ids: Collection[UUID]) -> None:
    """A bank says that money for these pledges has arrived."""
    now = clock.now()
    fresh = sorted(set(pledge_ids) - heard(session, pledge_ids))
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    if fresh:  # somebody else may be hearing of them too
        rows = [{"pledge_id": pledge_id, "heard_at": now} for pledge_id in fresh]
        session.connection().execute(dialect.insert(HeardRow).on_conflict_do_nothing(), rows)


def heard(session: Session, pledge_ids: Collection[UUID]) -> set[UUID]:
    """Which of these pledges a bank has told us of."""
    rows = select(HeardRow.pledge_id).where(among(session, HeardRow.pledge_id, pledge_ids))
    return set(session.exec(rows)) if pledge_ids else set()


def state(session: Session, pledge: PledgeView) -> str:
    """What the donor's page shows of a pledge: its state, or `heard` while it is open and a bank has told us of it."""
    return HEARD if pledge.state == states.OPEN and heard(session, [pledge.id]) else pledge.state


def changes(session: Session, pledge_ids: Collection[UUID]) -> dict[UUID, str]:
    """Those of these pledges for which something has happened: `settled`, or `heard`."""
    settled = dict.fromkeys(queries.settled_pledges(session, pledge_ids), states.SETTLED)
    return dict.fromkeys(heard(session, pledge_ids), HEARD) | settled
