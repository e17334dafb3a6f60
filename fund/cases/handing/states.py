"""The states of a handover, from which state an act leads where, and which power it needs; which papers are needed.

The one table; every other act is refused, and the database refuses the same (`handing_step`). What needs no power is
the family's own answer, or done by the service.
"""

from dataclasses import dataclass
from typing import Final

from fund.cases.handing.errors import NotInThisStateError

WAITING: Final = "waiting"
RECEIVED: Final = "received"
NOT_RECEIVED: Final = "not_received"
PROBLEM: Final = "problem"
SETTLED: Final = "settled"
OVER: Final = "over"

ARRIVED: Final = (RECEIVED, SETTLED)
"""The help has arrived, and nothing is wrong any more."""

BAD: Final = (NOT_RECEIVED, PROBLEM)
"""The core team must look at it; until then the case's money is held."""

RUNNING: Final = (WAITING, *ARRIVED)
"""Where evidence is awaited of the case manager."""

SAYS: Final = {
    WAITING: "To be handed over",
    RECEIVED: "Received",
    NOT_RECEIVED: "Not received",
    PROBLEM: "With a problem",
    SETTLED: "The problem is settled",
    OVER: "The money came back",
}
"""Each state as people call it."""

ANSWERS: Final = {
    "receive": "We received it",
    "complain": "We received it, but there is a problem",
    "deny": "We did not receive it",
}
"""What a family may say."""

LOOKS: Final = {"again": "It is handed over anew", "settle": "The problem is settled"}
"""What the core team may decide."""

SCREEN: Final = "screen"
PAPER: Final = "paper"
STATED: Final = "statement"

VOUCHER: Final = "voucher"
SHOP_RECEIPT: Final = "shop_receipt"
PHOTO: Final = "photo"
STATEMENT: Final = "statement"

KINDS: Final = {VOUCHER: "Signed voucher", SHOP_RECEIPT: "Receipt of the shop or school", PHOTO: "Photo"}
"""What may be handed in as a picture or PDF."""

NEEDED: Final[dict[str, tuple[frozenset[str], ...]]] = {
    "guardian": (frozenset({VOUCHER}),),
    "school": (frozenset({VOUCHER, SHOP_RECEIPT}),),
    "shop": (frozenset({VOUCHER, SHOP_RECEIPT}),),
    "cash": (frozenset({VOUCHER}),),
}
"""Which papers are needed, by kind of payee: one of each set. Cash needs its account too, which clears the advance."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: from which state to which, what power it needs (`""`: none is needed), whether it needs words."""

    state: str
    act: str
    next: str
    power: str = ""
    asks_why: bool = False


TRANSITIONS: Final = (
    Transition(WAITING, "receive", RECEIVED),
    Transition(WAITING, "complain", PROBLEM, asks_why=True),
    Transition(WAITING, "deny", NOT_RECEIVED),
    Transition(NOT_RECEIVED, "again", WAITING, "handovers.look", asks_why=True),
    Transition(PROBLEM, "again", WAITING, "handovers.look", asks_why=True),
    Transition(PROBLEM, "settle", SETTLED, "handovers.look", asks_why=True),
    *(Transition(state, "lapse", OVER) for state in (WAITING, RECEIVED, NOT_RECEIVED, PROBLEM, SETTLED)),
)


def after(state: str, act: str) -> Transition:
    """The step that an act is at this state. Raises NotInThisStateError where there is none."""
    for one in TRANSITIONS:
        if (one.state, one.act) == (state, act):
            return one
    raise NotInThisStateError()


def ways() -> list[str]:
    """Every step there is, as `state act next`."""
    return sorted(f"{one.state} {one.act} {one.next}" for one in TRANSITIONS)
