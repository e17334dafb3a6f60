"""What each act does to what lies at a place, and the states of a request: the same rows lie in the database.

`goods_act` and `goods_transition` hold them, and every step refers to one: what is not here is refused there too.
"""

from dataclasses import dataclass
from typing import Final

from fund.goods.errors import NotNowError
from fund.people.duties import Side


@dataclass(frozen=True, slots=True)
class Act:
    """How many units of one come to hand (`hand`) and are held for a case (`held`); booked or not."""

    name: str
    hand: int
    held: int
    is_booked: bool


ACTS: Final = {
    act.name: act
    for act in (
        Act("receive", 1, 0, True),
        Act("leave", -1, 0, False),
        Act("arrive", 1, 0, False),
        Act("reserve", 0, 1, False),
        Act("release", 0, -1, False),
        Act("issue", -1, -1, True),
        Act("return", 1, 0, True),
        Act("write_off", -1, 0, True),
        Act("give_back", -1, 0, True),
        Act("lose", -1, 0, True),
        Act("find", 1, 0, True),
    )
}

ASKED: Final = "asked"
AWARDED: Final = "awarded"
DECLINED: Final = "declined"
WITHDRAWN: Final = "withdrawn"
CANCELLED: Final = "cancelled"
STOPPED: Final = "stopped"
"""No act leads here: a family that takes its consent back stops whatever is open."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step of a request: from which state to which, on which side of its chain."""

    state: str
    act: str
    next: str
    duty: Side


TRANSITIONS: Final = (
    Transition("", "request", ASKED, Side.REQUEST),
    Transition(ASKED, "approve", ASKED, Side.APPROVE),
    Transition(ASKED, "award", AWARDED, Side.APPROVE),
    Transition(ASKED, "decline", DECLINED, Side.APPROVE),
    Transition(ASKED, "withdraw", WITHDRAWN, Side.REQUEST),
    Transition(AWARDED, "cancel", CANCELLED, Side.APPROVE),
)

ROLES: Final = {
    "request": frozenset({"case_manager"}),
    "withdraw": frozenset({"case_manager"}),
    "approve": frozenset({"core_team"}),
    "award": frozenset({"core_team"}),
    "decline": frozenset({"core_team"}),
    "cancel": frozenset({"core_team"}),
    "issue": frozenset({"storekeeper"}),
    "return": frozenset({"storekeeper"}),
}
"""Which roles do an act, in the district that the request is for."""

REASONS: Final = {
    "elsewhere": "Has it from elsewhere",
    "not_needed": "Is no longer needed",
    "not_fitting": "Does not fit, or is not suitable",
    "left": "The case is closed, or the child has moved away",
}
"""Why a request is declined, withdrawn or cancelled. Never in free words: those would bring names in."""

CONDITIONS: Final = {"new": "New", "good": "Used, good", "worn": "Worn, usable"}
BASES: Final = {"invoice": "Invoice", "price_list": "Price list", "quote": "Quote", "market": "Market price"}
"""On what a fair value rests."""

PLACES: Final = {"store": "Province's store", "district": "District", "school": "School"}

_NEXT: Final = {(one.state, one.act): one for one in TRANSITIONS}


def after(state: str, act: str) -> Transition:
    """The step that `act` is from this state. Raises NotNowError where the table has none."""
    if (state, act) not in _NEXT:
        raise NotNowError()
    return _NEXT[state, act]
