"""The states of a pledge, of a donation and of its refund, and which act leads where; every other act is refused.

A pledge's state is read from its donations and its date, so that settling ten thousand changes no row.
Money that arrives is a fact: it settles an expired pledge, and a settled one once more (a second payment).
"""

from datetime import datetime
from typing import Final

from fund.errors import StateError

OPEN: Final = "open"
SETTLED: Final = "settled"
EXPIRED: Final = "expired"
RECEIVED: Final = "received"
REVERSED: Final = "reversed"
REFUNDED: Final = "refunded"
NOT_ASKED: Final = "not-asked"
ASKED: Final = "asked"
DECLINED: Final = "declined"
PAYABLE: Final = "payable"
PAID: Final = "paid"

PLEDGE: Final = {
    (OPEN, "settle"): SETTLED,
    (OPEN, "expire"): EXPIRED,
    (EXPIRED, "settle"): SETTLED,
    (SETTLED, "settle"): SETTLED,
}
"""(state, act) → next state of a pledge."""

DONATION: Final = {(RECEIVED, "reverse"): REVERSED, (RECEIVED, "refund"): REFUNDED}
"""(state, act) → next state of a donation."""

REFUND: Final = {
    (NOT_ASKED, "ask"): ASKED,
    (DECLINED, "ask"): ASKED,
    (ASKED, "decide"): PAYABLE,
    (ASKED, "decline"): DECLINED,
    (PAYABLE, "leave"): PAID,
    (PAID, "come_back"): PAYABLE,
}
"""(state, act) → next state of a refund; the bank's line says what has left and what came back."""


class NotInThisStateError(StateError):
    message = "This cannot be done any more."


def pledge_state(*, is_settled: bool, expires_at: datetime, now: datetime) -> str:
    """`open`, `settled` or `expired`."""
    if is_settled:
        return SETTLED
    return OPEN if now < expires_at else EXPIRED


def after(table: dict[tuple[str, str], str], state: str, act: str) -> str:
    """The state that `act` leads to. Raises NotInThisStateError where the table has no such step."""
    if (state, act) not in table:
        raise NotInThisStateError()
    return table[state, act]
