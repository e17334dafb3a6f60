"""The states of referrals, follow-ups and complaints: from which state an act leads where, and which power it needs.

The one table; every other act is refused, and the database refuses the same (`following_step`). What needs no power is
done by the service alone.
"""

from dataclasses import dataclass
from typing import Final, Literal

from fund.cases.following.errors import NotInThisStateError

Machine = Literal["referral", "follow_up", "complaint"]
REFERRAL: Final = "referral"
FOLLOW_UP: Final = "follow_up"
COMPLAINT: Final = "complaint"

OPEN: Final = "open"
ACCEPTED: Final = "accepted"
DECLINED: Final = "declined"
TAKEN_BACK: Final = "taken_back"
LAPSED: Final = "lapsed"
FINISHED: Final = "finished"
LOOKED_AT: Final = "looked_at"

ATTENDING: Final = "attending"
AT_RISK: Final = "at_risk"
DROPPED_OUT: Final = "dropped_out"
MISSED: Final = "missed"
LATE: Final = "late"
LET_BE: Final = "let_be"

ANSWERED: Final = "answered"
CLOSED: Final = "closed"

SHARED: Final = (OPEN, ACCEPTED)
"""While a referral stands here, and consent is in force, its office reads it."""

BAD: Final = (AT_RISK, DROPPED_OUT, MISSED, LATE)
"""A follow-up that the core team must look at; until then the next money is held."""

SAYS: Final[dict[Machine, dict[str, str]]] = {
    "referral": {
        OPEN: "Waits for the office",
        ACCEPTED: "Accepted",
        DECLINED: "Turned down",
        TAKEN_BACK: "Called back",
        LAPSED: "Ended: no consent any more",
        FINISHED: "The office's help is done",
        LOOKED_AT: "Turned down, and looked at",
    },
    "follow_up": {
        OPEN: "Due",
        ATTENDING: "Attending",
        AT_RISK: "At risk",
        DROPPED_OUT: "Dropped out again",
        MISSED: "Missed",
        LATE: "Attending, noted late",
        LOOKED_AT: "Looked at",
        LET_BE: "Not followed",
    },
    "complaint": {OPEN: "Waits for an answer", ANSWERED: "Answered", CLOSED: "Dealt with"},
}
"""Each state as people call it."""

ACTS: Final = {
    "accept": "Accept",
    "decline": "Turn it down",
    "finish": "Our help is done",
    "take_back": "Call it back",
    "look_at": "I have looked at it",
    "attend": "Attending",
    "risk": "At risk",
    "drop_out": "Dropped out again",
    "let_be": "Cannot be followed",
    "answer": "Note what we answered",
    "close": "Close the complaint",
}
"""What each act of a person is called on its button."""


@dataclass(frozen=True, slots=True)
class Transition:
    """One step: from which state to which, what power it needs (`""`: nobody has it), whether it needs words."""

    machine: Machine
    state: str
    act: str
    next: str
    power: str = ""
    asks_why: bool = False


def _from(
    machine: Machine, states: tuple[str, ...], act: str, following: str, power: str = "", *, asks_why: bool = False
) -> tuple[Transition, ...]:
    return tuple(Transition(machine, state, act, following, power, asks_why) for state in states)


TRANSITIONS: Final = (
    *_from("referral", ("",), "send", OPEN, "referrals.make"),
    *_from("referral", (OPEN,), "accept", ACCEPTED, "referrals.answer"),
    *_from("referral", (OPEN,), "decline", DECLINED, "referrals.answer", asks_why=True),
    *_from("referral", (ACCEPTED,), "finish", FINISHED, "referrals.answer", asks_why=True),
    *_from("referral", SHARED, "take_back", TAKEN_BACK, "referrals.make", asks_why=True),
    *_from("referral", SHARED, "lapse", LAPSED),
    *_from("referral", (DECLINED,), "look_at", LOOKED_AT, "referrals.make"),
    *_from("follow_up", ("",), "open", OPEN),
    *_from("follow_up", (OPEN,), "attend", ATTENDING, "follow_ups.note"),
    *_from("follow_up", (MISSED,), "attend", LATE, "follow_ups.note"),
    *_from("follow_up", (OPEN, MISSED), "risk", AT_RISK, "follow_ups.note", asks_why=True),
    *_from("follow_up", (OPEN, MISSED), "drop_out", DROPPED_OUT, "follow_ups.note", asks_why=True),
    *_from("follow_up", (OPEN,), "let_be", LET_BE, "cases.work", asks_why=True),
    *_from("follow_up", (OPEN,), "miss", MISSED),
    *_from("follow_up", BAD, "look_at", LOOKED_AT, "follow_ups.look", asks_why=True),
    *_from("complaint", ("",), "complain", OPEN),
    *_from("complaint", (OPEN, ANSWERED), "answer", ANSWERED, "complaints.answer", asks_why=True),
    *_from("complaint", (OPEN, ANSWERED), "close", CLOSED, "complaints.answer", asks_why=True),
)


def after(machine: Machine, state: str, act: str) -> Transition:
    """The step that an act is at this state. Raises NotInThisStateError where there is none."""
    for one in TRANSITIONS:
        if (one.machine, one.state, one.act) == (machine, state, act):
            return one
    raise NotInThisStateError()


def offered(machine: Machine, state: str) -> list[Transition]:
    """The steps that a person may take from this state, if they have the power."""
    return [one for one in TRANSITIONS if (one.machine, one.state) == (machine, state) and one.power]


def ways() -> list[str]:
    """Every step there is, as `machine state act next`; the first one comes from nowhere."""
    return sorted(f"{one.machine} {one.state} {one.act} {one.next}" for one in TRANSITIONS)
