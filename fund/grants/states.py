"""The states of a request and of a tranche: state, act, next state, on which side of the chain, and which roles.

The same rows lie in the database (`grants_transition`), and every step refers to one: what is not here is refused there
too. A request is the chain's number 0, its tranches are numbers 1 and up.
"""

from dataclasses import dataclass
from typing import Final, Literal

from fund.grants.errors import NotInThisStateError
from fund.people.duties import Side

Part = Literal["request", "tranche"]

ASKED: Final = "asked"
QUESTIONED: Final = "questioned"
WAITING: Final = "waiting"
DECLINED: Final = "declined"
AWARDED: Final = "awarded"

HELD: Final = "held"
PREPARED: Final = "prepared"
AUTHORISED: Final = "authorised"
LEFT: Final = "left"
CAME_BACK: Final = "came_back"
HELD_BACK: Final = "held_back"
REPREPARED: Final = "reprepared"
GIVEN_UP: Final = "given_up"
CANCELLED: Final = "cancelled"
ALLOWED: Final = "allowed"
ISSUED: Final = "issued"
CLEARED: Final = "cleared"


@dataclass(frozen=True, slots=True)
class Transition:
    """One step that may be taken: from which state to which, on which side (`""`: on none), with an entry or not."""

    part: Part
    state: str
    act: str
    next: str
    duty: Side | Literal[""]
    is_booked: bool = False


def _request(act: str, duty: Side | Literal[""], following: str, *states: str) -> tuple[Transition, ...]:
    return tuple(Transition("request", state, act, following, duty) for state in states)


def _tranche(
    act: str, duty: Side | Literal[""], steps: dict[str, str], *, is_booked: bool = False
) -> tuple[Transition, ...]:
    return tuple(Transition("tranche", state, act, following, duty, is_booked) for state, following in steps.items())


TRANSITIONS: Final = (
    *_request("request", Side.REQUEST, ASKED, ""),
    *_request("edit", Side.REQUEST, ASKED, ASKED, QUESTIONED, WAITING),
    *_request("approve", Side.APPROVE, ASKED, ASKED),
    *_request("approve", Side.APPROVE, WAITING, WAITING),
    *_request("queue", Side.APPROVE, WAITING, ASKED),
    *_request("award", Side.APPROVE, AWARDED, ASKED, WAITING),
    *_request("ask_back", Side.APPROVE, QUESTIONED, ASKED, WAITING),
    *_request("decline", Side.APPROVE, DECLINED, ASKED, QUESTIONED, WAITING),
    *_request("hold", "", QUESTIONED, ASKED, WAITING),
    *_tranche("award", Side.APPROVE, {"": AWARDED}, is_booked=True),
    *_tranche("hold", "", {AWARDED: HELD, PREPARED: HELD, ALLOWED: HELD}),
    *_tranche("hold", "", {CAME_BACK: HELD_BACK, REPREPARED: HELD_BACK}),
    *_tranche("release", Side.APPROVE, {HELD: AWARDED, HELD_BACK: CAME_BACK}),
    *_tranche("cancel", Side.APPROVE, {AWARDED: CANCELLED, HELD: CANCELLED, PREPARED: CANCELLED}, is_booked=True),
    *_tranche("prepare", Side.PREPARE, {AWARDED: PREPARED, CAME_BACK: REPREPARED}),
    *_tranche("turn_down", Side.AUTHORISE, {PREPARED: AWARDED, REPREPARED: CAME_BACK}),
    *_tranche("authorise", Side.AUTHORISE, {PREPARED: AUTHORISED}, is_booked=True),
    *_tranche("authorise", Side.AUTHORISE, {REPREPARED: AUTHORISED}),
    *_tranche("leave", Side.RECONCILE, {AUTHORISED: LEFT}, is_booked=True),
    *_tranche("stay", Side.RECONCILE, {AUTHORISED: CAME_BACK, ALLOWED: AWARDED}),
    *_tranche("come_back", Side.RECONCILE, {LEFT: CAME_BACK}, is_booked=True),
    *_tranche("give_up", Side.AUTHORISE, {CAME_BACK: GIVEN_UP, HELD_BACK: GIVEN_UP}, is_booked=True),
    *_tranche("allow", Side.AUTHORISE, {PREPARED: ALLOWED}),
    *_tranche("issue", Side.RECONCILE, {ALLOWED: ISSUED}, is_booked=True),
    *_tranche("account_for", Side.PREPARE, {ISSUED: ISSUED}, is_booked=True),
    *_tranche("return_rest", Side.RECONCILE, {ISSUED: ISSUED}, is_booked=True),
    *_tranche("clear", "", {ISSUED: CLEARED}),
    *_tranche("return_unspent", Side.RECONCILE, {LEFT: LEFT, CLEARED: CLEARED}, is_booked=True),
    *_tranche("undo_return_unspent", Side.RECONCILE, {LEFT: LEFT, CLEARED: CLEARED}, is_booked=True),
    *_tranche("undo_leave", Side.RECONCILE, {LEFT: AUTHORISED}, is_booked=True),
    *_tranche("undo_come_back", Side.RECONCILE, {CAME_BACK: LEFT}, is_booked=True),
    *_tranche("undo_issue", Side.RECONCILE, {ISSUED: ALLOWED}, is_booked=True),
    *_tranche("undo_return_rest", Side.RECONCILE, {ISSUED: ISSUED, CLEARED: ISSUED}, is_booked=True),
)

ROLES: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("request", "edit"), frozenset({"case_manager"})),
    **dict.fromkeys(
        ("approve", "queue", "award", "ask_back", "decline", "release", "cancel"), frozenset({"core_team"})
    ),
    "hold": frozenset({"case_manager", "core_team"}),
    **dict.fromkeys(
        ("prepare", "leave", "stay", "come_back", "issue", "account_for", "return_rest", "clear", "return_unspent"),
        frozenset({"finance"}),
    ),
    **dict.fromkeys(
        ("undo_leave", "undo_come_back", "undo_issue", "undo_return_rest", "undo_return_unspent"),
        frozenset({"finance"}),
    ),
    **dict.fromkeys(("turn_down", "authorise", "allow", "give_up"), frozenset({"treasurer"})),
}
"""Which roles do an act, in the district that the request is for."""

BY_ITSELF: Final = frozenset({"hold"})
"""What the service does without anybody, too: a bad follow-up, a consent taken back."""

OPEN_REQUESTS: Final = (ASKED, QUESTIONED, WAITING)
COMMITTED: Final = (AWARDED, HELD, PREPARED, ALLOWED)
"""Where a tranche's whole amount is a commitment."""
PAYABLE: Final = (AUTHORISED, CAME_BACK, HELD_BACK, REPREPARED)
"""Where its whole amount is a grant payable."""

_NEXT: Final = {(one.part, one.state, one.act): one for one in TRANSITIONS}


def after(part: Part, state: str, act: str) -> Transition:
    """The step that `act` is from this state. Raises NotInThisStateError where the table has none."""
    if (part, state, act) not in _NEXT:
        raise NotInThisStateError()
    return _NEXT[part, state, act]
