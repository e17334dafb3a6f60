"""How people call where a request for goods stands, and its steps. Refuses nothing."""

from typing import Final

from fund.goods import states

STATES: Final = {
    states.ASKED: "Waits for the core team",
    states.AWARDED: "Promised out of the store",
    states.DECLINED: "Declined",
    states.WITHDRAWN: "Asked for no more",
    states.CANCELLED: "The promise was taken back",
    states.STOPPED: "Stopped: consent was taken back",
}
STEPS: Final = {
    "request": "Goods were asked for",
    "approve": "Approved",
    "award": "Goods were awarded",
    "decline": "Declined",
    "withdraw": "Asked for no more",
    "cancel": "The promise was taken back",
}
