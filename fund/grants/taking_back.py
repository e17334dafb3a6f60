"""A bank line that was no payment of a grant after all: what it showed is taken back, and the tranche is as before.

Knows the step that the line's entry belongs to. Refuses where something else happened to the tranche since then: that
is taken back first.
"""

from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from fund.audit import Actor
from fund.grants import steps
from fund.grants.errors import GrantNotFoundError, NotInThisStateError
from fund.grants.models import StepRow

_AT_ANY_TIME: Final = "return_rest"  # of an advance, of which several parts may come back


def take_back(session: Session, entry_id: UUID, reversal_id: UUID, *, by: Actor) -> None:
    """Undo the step that booked `entry_id`, which `reversal_id` has reversed.

    Raises GrantNotFoundError, NotInThisStateError, and what `duties.take_part` does.
    """
    row = session.exec(select(StepRow).where(StepRow.entry_id == entry_id)).first()
    if row is None:
        raise GrantNotFoundError()
    step = steps.ready(session, row.chain, row.number, f"undo_{row.act}", by=by)
    if step.last != row.step and row.act != _AT_ANY_TIME:
        raise NotInThisStateError()
    steps.write(session, steps.on_side(session, step, None, by), reversal_id, by)
