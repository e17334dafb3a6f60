"""The states of a collection, and which act leads where; every other act is refused.

A state is read from the roster, from what arrived, and from the day. Money that arrives is a fact: it settles an
expired collection too. What was withdrawn has no names any more: its money waits for a person.
"""

from datetime import datetime
from typing import Final

from fund.donations import states

DRAFT: Final = "draft"  # no roster was confirmed
OPEN: Final = "open"
PART: Final = "part"  # the money of some of its people is here
SETTLED: Final = "settled"
EXPIRED: Final = "expired"
WITHDRAWN: Final = "withdrawn"
STATES: Final = (DRAFT, OPEN, PART, SETTLED, EXPIRED, WITHDRAWN)

TABLE: Final = {
    (DRAFT, "confirm"): OPEN,
    (DRAFT, "withdraw"): WITHDRAWN,
    (OPEN, "confirm"): OPEN,
    (OPEN, "settle"): SETTLED,
    (OPEN, "settle in part"): PART,
    (OPEN, "expire"): EXPIRED,
    (OPEN, "withdraw"): WITHDRAWN,
    (EXPIRED, "confirm"): OPEN,
    (EXPIRED, "settle"): SETTLED,
    (EXPIRED, "settle in part"): PART,
    (EXPIRED, "withdraw"): WITHDRAWN,
    (PART, "settle"): SETTLED,
    (PART, "settle in part"): PART,
    (PART, "withdraw"): SETTLED,
    (PART, "undo"): OPEN,
    (SETTLED, "undo"): OPEN,
}
"""(state, act) → next state. Where one of several arrivals is undone it is in part, where its day is over expired."""


def after(state: str, act: str) -> str:
    """The state that `act` leads to. Raises NotInThisStateError where the table has no such step."""
    return states.after(TABLE, state, act)


def state(*, people: int, here: int, is_withdrawn: bool, expires_at: datetime, now: datetime) -> str:
    """Where a collection of so many people stands, the money of some of whom is here."""
    if here and (here == people or is_withdrawn):
        return SETTLED
    if is_withdrawn:
        return WITHDRAWN
    if not people:
        return DRAFT
    if here:
        return PART
    return OPEN if now < expires_at else EXPIRED
