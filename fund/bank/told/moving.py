"""The one way in which a callback's standing moves on: by an act of `states`, many in one statement.

Refuses silently what is no longer in a state in which the act may be done: somebody else was quicker.
"""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, literal, or_, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PostgresUuid
from sqlmodel import Session

from fund import clock
from fund.bank.told import states
from fund.bank.told.models import StandingRow

_TABLE = StandingRow.__table__  # type: ignore[attr-defined]


def move(session: Session, act: str, found: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Do `act` to these callbacks; what was found of each is written down, the same columns for all."""
    if not found:
        return
    before, after = states.ACTS[act]
    names = list(next(iter(found.values())))
    is_there = or_(*(_TABLE.c.state == one for one in before))
    moved = update(_TABLE).where(is_there).values(state=after, changed_at=clock.now())
    rows = [(one, *(found[one][name] for name in names)) for one in found]
    if session.get_bind().dialect.name == "postgresql":
        arrays = (literal(list(one), ARRAY(PostgresUuid())) for one in zip(*rows, strict=True))
        told = func.unnest(*arrays).table_valued("of", *names).render_derived()
        at_once = moved.where(_TABLE.c.callback_id == told.c.of).values({name: told.c[name] for name in names})
        session.connection().execute(at_once)
    else:
        each = moved.where(_TABLE.c.callback_id == bindparam("of")).values({n: bindparam(f"to_{n}") for n in names})
        keys = ("of", *(f"to_{name}" for name in names))
        session.connection().execute(each, [dict(zip(keys, row, strict=True)) for row in rows])


def move_all(session: Session, act: str, callback_ids: Iterable[UUID]) -> None:
    """Do `act` to these callbacks, of which there is nothing more to say."""
    move(session, act, {one: {} for one in callback_ids})
