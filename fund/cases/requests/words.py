"""How people call what stands in a request: states, steps, fields. One table each, for every page that shows them."""

from typing import Any, Final

from fund.cases import records
from fund.cases.children import NEEDS
from fund.cases.following import states as following
from fund.cases.in_kind.words import STATES as GOODS
from fund.cases.requests.forms import BANKS, MOST_PARTS, PAYEES, URGENCIES
from fund.grants import states
from fund.people import duties

STATES: Final = {
    states.ASKED: "Waits for the core team",
    states.QUESTIONED: "The core team asks something",
    states.WAITING: "Approved, waits for money",
    states.AWARDED: "Awarded",
    states.DECLINED: "Declined",
}
PARTS: Final = {
    states.AWARDED: "Promised",
    states.HELD: "Held",
    states.PREPARED: "Being prepared",
    states.ALLOWED: "Cash may be fetched",
    states.AUTHORISED: "Ordered at the bank",
    states.LEFT: "Paid",
    states.CAME_BACK: "Came back from the bank",
    states.HELD_BACK: "Came back, and held",
    states.REPREPARED: "Being prepared again",
    states.GIVEN_UP: "Given up",
    states.CANCELLED: "Cancelled",
    states.ISSUED: "Cash is with the case manager",
    states.CLEARED: "Handed over in cash",
}
STEPS: Final = {
    "request": "Asked",
    "edit": "Asked for something else",
    "approve": "Approved",
    "queue": "Waits for money",
    "award": "Awarded",
    "ask_back": "Asked back",
    "decline": "Declined",
    "hold": "Held",
    "release": "Released",
    "cancel": "Cancelled",
    "prepare": "Payment prepared",
    "turn_down": "Payment not authorised",
    "authorise": "Payment ordered",
    "leave": "Paid",
    "stay": "The bank did not pay it",
    "come_back": "Came back from the bank",
    "give_up": "Given up",
    "allow": "Cash allowed",
    "issue": "Cash fetched",
    "account_for": "Accounted for",
    "return_rest": "The rest came back",
    "clear": "Nothing is open",
    "return_unspent": "Unspent money came back",
}
FIELDS: Final = {
    "purpose": "What for",
    "amount_satang": "How much",
    "plan": "When",
    "term": "Term",
    "urgency": "How urgent",
    "payee_id": "Whom to pay",
    "words": "What is planned",
}
REFERRALS: Final = following.SAYS["referral"]
ACTS: Final = {"hold": "Hold it", "release": "Let it go on", "cancel": "Cancel it"}
"""What is done with a part of a grant here, and from where it may be."""


def tables() -> dict[str, Any]:
    """The tables that the pages speak with."""
    return {
        "needs": NEEDS, "states": STATES, "part_states": PARTS, "steps": STEPS, "fields": FIELDS,
        "urgencies": URGENCIES, "payee_kinds": PAYEES, "banks": BANKS, "says": duties.SAYS, "part_acts": ACTS,
        "most_parts": MOST_PARTS, "kinds": records.KINDS, "referral_states": REFERRALS,
        "goods_states": GOODS,
    }  # fmt: skip


def acts_on(state: str) -> list[str]:
    """What may be done here with a part in this state."""
    return [one.act for one in states.TRANSITIONS if one.part == "tranche" and one.state == state and one.act in ACTS]
