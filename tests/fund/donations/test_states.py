"""The state machines of pledges and donations: every pair of state and act is allowed or refused."""

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from fund.donations import states
from fund.donations.states import (
    DONATION,
    EXPIRED,
    OPEN,
    PLEDGE,
    RECEIVED,
    REFUND,
    REFUNDED,
    REVERSED,
    SETTLED,
    NotInThisStateError,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)

REFUNDS = ("not-asked", "asked", "declined", "payable", "paid")
EVERY = [
    *((PLEDGE, state, act) for state, act in itertools.product((OPEN, SETTLED, EXPIRED), ("settle", "expire"))),
    *(
        (DONATION, state, act)
        for state, act in itertools.product((RECEIVED, REVERSED, REFUNDED), ("reverse", "refund"))
    ),
    *(
        (REFUND, state, act)
        for state, act in itertools.product(REFUNDS, ("ask", "decide", "decline", "leave", "come_back"))
    ),
]
ALLOWED = {
    (OPEN, "settle"): SETTLED,
    (OPEN, "expire"): EXPIRED,
    (EXPIRED, "settle"): SETTLED,
    (SETTLED, "settle"): SETTLED,
    (RECEIVED, "reverse"): REVERSED,
    (RECEIVED, "refund"): REFUNDED,
    ("not-asked", "ask"): "asked",
    ("declined", "ask"): "asked",
    ("asked", "decide"): "payable",
    ("asked", "decline"): "declined",
    ("payable", "leave"): "paid",
    ("paid", "come_back"): "payable",
}


@pytest.mark.parametrize(("table", "state", "act"), EVERY)
def test_every_pair_is_allowed_or_refused(table: dict[tuple[str, str], str], state: str, act: str) -> None:
    if (state, act) in ALLOWED:
        assert states.after(table, state, act) == ALLOWED[state, act]
        return
    with pytest.raises(NotInThisStateError):
        states.after(table, state, act)


@pytest.mark.parametrize(
    ("is_settled", "expires_in", "state"),
    [(False, 1, OPEN), (False, 0, EXPIRED), (False, -1, EXPIRED), (True, 1, SETTLED), (True, -1, SETTLED)],
)
def test_a_pledges_state_is_read_from_its_money_and_its_date(is_settled: bool, expires_in: int, state: str) -> None:
    expires_at = NOW + timedelta(seconds=expires_in)
    assert states.pledge_state(is_settled=is_settled, expires_at=expires_at, now=NOW) == state
