"""The states of a box, a count, a way to the bank and cash that is short, and which act leads where.

Every other act is refused.
"""

from typing import Final

from fund.cash.errors import NotNowError

OPEN: Final = "open"
CLOSED: Final = "closed"

NOTHING: Final = "nothing"
HALF: Final = "half"
DIFFERS: Final = "differs"
AGREED: Final = "agreed"
DROPPED: Final = "dropped"

CARRIED: Final = "carried"
BANKED: Final = "banked"
WITHDRAWN: Final = "withdrawn"

ASKED: Final = "asked"
BOOKED: Final = "booked"
DECLINED: Final = "declined"

BOX: Final = {(OPEN, "count"): OPEN, (OPEN, "carry"): OPEN, (OPEN, "close"): CLOSED, (CLOSED, "carry"): CLOSED}
"""(state, act) → next state of a box; what a banking's undoing puts back into a closed one is carried from there."""

COUNT: Final = {
    (NOTHING, "count"): HALF,
    (HALF, "count alike"): AGREED,
    (HALF, "count otherwise"): DIFFERS,
    (DIFFERS, "count"): HALF,
    (HALF, "drop"): DROPPED,
    (DIFFERS, "drop"): DROPPED,
}
"""(state, act) → next state of a count."""

DEPOSIT: Final = {
    (CARRIED, "bank"): BANKED,
    (BANKED, "undo"): CARRIED,
    (CARRIED, "withdraw"): WITHDRAWN,
}
"""(state, act) → next state of a way to the bank."""

SHORT: Final = {(ASKED, "decide"): BOOKED, (ASKED, "decline"): DECLINED}
"""(state, act) → next state of cash that is said to be short."""


def after(table: dict[tuple[str, str], str], state: str, act: str) -> str:
    """The state that `act` leads to. Raises NotNowError where the table has no such step."""
    if (state, act) not in table:
        raise NotNowError()
    return table[state, act]
