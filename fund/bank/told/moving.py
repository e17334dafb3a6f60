"""The one way in which a callback's standing moves on: by an act of `states`, many in one statement.

Refuses silently what is no longer in a state in which the act may be done: somebody else was quicker.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, update
from sqlmodel import Session

from fund import clock
from fund.bank.told import states
from fund.bank.told.models import StandingRow

_TABLE = StandingRow.__table__  # type: ignore[attr-defined]


def move(session: Session, act: str, found: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Do `act` to these callbacks; what was found of each is written down, the same columns for all."""
    before, after = states.ACTS[act]
    rows = [{"of_callback": one} | {f"to_{name}": value for name, value in found[one].items()} for one in found]
    if not rows:
        return
    columns: dict[str, Any] = {name: bindparam(f"to_{name}") for name in next(iter(found.values()))}
    moved = (
        update(_TABLE)
        .where(_TABLE.c.callback_id == bindparam("of_callback"), or_(*(_TABLE.c.state == one for one in before)))
        .values(state=after, changed_at=clock.now(), **columns)
    )
    session.connection().execute(moved, rows)


def move_all(session: Session, act: str, callback_ids: Iterable[UUID]) -> None:
    """Do `act` to these callbacks, of which there is nothing more to say."""
    move(session, act, {one: {} for one in callback_ids})
