"""The states of an offer: the one table of which act leads where; the same rows lie in the database.

Refuses every other act. Who offered may take the offer back; everything else is staff's.
"""

from typing import Final

from fund.goods.errors import NotNowError

OFFERED: Final = "offered"
ACCEPTED: Final = "accepted"
PART_ACCEPTED: Final = "part_accepted"
DECLINED: Final = "declined"
EXPECTED: Final = "expected"
RECEIVED: Final = "received"
WITHDRAWN: Final = "withdrawn"

STATES: Final = {
    OFFERED: "Waits for an answer",
    ACCEPTED: "Accepted",
    PART_ACCEPTED: "Accepted in part",
    DECLINED: "Declined",
    EXPECTED: "On its way",
    RECEIVED: "Received",
    WITHDRAWN: "Taken back",
}

OFFER: Final = "offer"
ACCEPT: Final = "accept"
PART: Final = "part"
DECLINE: Final = "decline"
EXPECT: Final = "expect"
RECEIVE: Final = "receive"
WITHDRAW: Final = "withdraw"

TRANSITIONS: Final = (
    ("", OFFER, OFFERED),
    (OFFERED, ACCEPT, ACCEPTED),
    (OFFERED, PART, PART_ACCEPTED),
    (OFFERED, DECLINE, DECLINED),
    (OFFERED, WITHDRAW, WITHDRAWN),
    (ACCEPTED, EXPECT, EXPECTED),
    (ACCEPTED, RECEIVE, RECEIVED),
    (ACCEPTED, WITHDRAW, WITHDRAWN),
    (PART_ACCEPTED, EXPECT, EXPECTED),
    (PART_ACCEPTED, RECEIVE, RECEIVED),
    (PART_ACCEPTED, WITHDRAW, WITHDRAWN),
    (EXPECTED, RECEIVE, RECEIVED),
    (EXPECTED, WITHDRAW, WITHDRAWN),
    (RECEIVED, RECEIVE, RECEIVED),  # it comes in parts
)

ANSWERS: Final = (ACCEPT, PART, DECLINE)
ROLES: Final = {
    ACCEPT: frozenset({"core_team", "storekeeper"}),
    PART: frozenset({"core_team", "storekeeper"}),
    DECLINE: frozenset({"core_team", "storekeeper"}),
    EXPECT: frozenset({"core_team", "storekeeper"}),
    RECEIVE: frozenset({"storekeeper"}),
    WITHDRAW: frozenset({"core_team", "storekeeper"}),
}
"""Which roles do an act; whoever offered withdraws too."""

REASONS: Final = {
    ACCEPT: {"needed": "Children wait for it", "useful": "We will have use for it"},
    PART: {
        "enough": "We have use for so many",
        "room": "We have no room for more",
        "condition": "Only a part is in good enough condition",
    },
    DECLINE: {
        "no_need": "No child waits for this now",
        "condition": "Its condition does not do",
        "expires": "It expires too soon",
        "fetch": "We cannot fetch it from there",
        "room": "We have no room for it",
        "unsafe": "It is not safe or not fit for children",
        "nonsense": "It is not meant seriously",
    },
    WITHDRAW: {"giver": "The giver took it back", "never_came": "It never came"},
}
"""Why an act is done; words of one's own go beside it, sealed."""

_NEXT: Final = {(state, act): after for state, act, after in TRANSITIONS}


def after(state: str, act: str) -> str:
    """The state that `act` leads to. Raises NotNowError where the table has no such act."""
    if (state, act) not in _NEXT:
        raise NotNowError()
    return _NEXT[state, act]


def acts_from(state: str) -> list[str]:
    """What can be done with an offer in this state."""
    return [act for begins, act in _NEXT if begins == state]
