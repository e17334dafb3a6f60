"""The states of a payment run: state, act, next state, and which roles. Everything else is refused.

A run's state is read off its lines and whether it was authorised; taking out the last line sends it back.
"""

from dataclasses import dataclass
from typing import Final

from fund.grants.run_errors import RunStateError

PREPARED: Final = "prepared"
SENT_BACK: Final = "sent_back"
AUTHORISED: Final = "authorised"
SETTLED: Final = "settled"
"""Every line has left the bank, or is known not to have."""

_FINANCE: Final = frozenset({"finance"})
_TREASURER: Final = frozenset({"treasurer"})


@dataclass(frozen=True, slots=True)
class Transition:
    """One act on a run, and where it may lead."""

    state: str
    act: str
    next: tuple[str, ...]
    roles: frozenset[str]


TRANSITIONS: Final = (
    Transition("", "prepare", (PREPARED,), _FINANCE),
    Transition(PREPARED, "take_out", (PREPARED, SENT_BACK), _TREASURER),
    Transition(PREPARED, "send_back", (SENT_BACK,), _TREASURER),
    Transition(PREPARED, "authorise", (AUTHORISED,), _TREASURER),
    Transition(AUTHORISED, "download", (AUTHORISED,), _FINANCE),
    Transition(AUTHORISED, "stay", (AUTHORISED, SETTLED), _FINANCE),
    Transition(AUTHORISED, "leave", (AUTHORISED, SETTLED), _FINANCE),
    Transition(SETTLED, "download", (SETTLED,), _FINANCE),
)
_BY_ACT: Final = {(one.state, one.act): one for one in TRANSITIONS}


def after(state: str, act: str) -> Transition:
    """What an act is in this state. Raises RunStateError where the table has none."""
    if (state, act) not in _BY_ACT:
        raise RunStateError()
    return _BY_ACT[state, act]
