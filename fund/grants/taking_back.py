"""A bank line that was no payment of a grant after all: what it showed is taken back, and the tranche is as before.

Knows the step that the line's entry belongs to. Refuses where something else happened to the tranche since then: that
is taken back first.
"""

from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund.audit import Actor
from fund.grants import steps
from fund.grants.errors import GrantNotFoundError, NotInThisStateError
from fund.grants.models import StepRow

_UNDO: Final = "undo_"
_AT_ANY_TIME: Final = ("return_rest", "return_unspent")  # of which several parts may come back


def take_back(session: Session, entry_id: UUID, reversal_id: UUID, *, by: Actor) -> None:
    """Undo the step that booked `entry_id`, which `reversal_id` has reversed.

    Raises GrantNotFoundError, NotInThisStateError, and what `duties.take_part` does.
    """
    row = session.exec(select(StepRow).where(StepRow.entry_id == entry_id)).first()
    if row is None:
        raise GrantNotFoundError()
    step = steps.ready(session, row.chain, row.number, f"{_UNDO}{row.act}", by=by)
    if row.act not in _AT_ANY_TIME and _last_that_stands(session, row.chain, row.number) != row.step:
        raise NotInThisStateError()
    steps.write(session, steps.on_side(session, step, None, by), reversal_id, by)


def _last_that_stands(session: Session, chain: str, number: int) -> int:
    """The last step of a tranche that is neither an undoing nor undone."""
    rows = select(StepRow).where(StepRow.chain == chain, StepRow.number == number)
    standing: list[StepRow] = []
    for row in session.exec(rows.order_by(col(StepRow.step))):
        undone = row.act.removeprefix(_UNDO)
        if undone == row.act:
            standing.append(row)
            continue
        last = max(place for place, one in enumerate(standing) if one.act == undone)
        standing = [one for place, one in enumerate(standing) if place != last and one.act != "clear"]
    return standing[-1].step
