"""The state machines of boxes, counts and ways to the bank: every pair of state and act is allowed or refused."""

import itertools

import pytest

from fund.cash import states
from fund.cash.errors import NotNowError
from fund.cash.states import BOX, COUNT, DEPOSIT, SHORT

ALLOWED = {
    ("open", "count"): "open",
    ("open", "carry"): "open",
    ("open", "close"): "closed",
    ("closed", "carry"): "closed",
    ("nothing", "count"): "half",
    ("half", "count alike"): "agreed",
    ("half", "count otherwise"): "differs",
    ("differs", "count"): "half",
    ("half", "drop"): "dropped",
    ("differs", "drop"): "dropped",
    ("carried", "bank"): "banked",
    ("banked", "undo"): "carried",
    ("carried", "withdraw"): "withdrawn",
    ("asked", "decide"): "booked",
    ("asked", "decline"): "declined",
}
EVERY = [
    *((BOX, *pair) for pair in itertools.product(("open", "closed"), ("count", "carry", "close"))),
    *(
        (COUNT, *pair)
        for pair in itertools.product(
            ("nothing", "half", "differs", "agreed", "dropped"), ("count", "count alike", "count otherwise", "drop")
        )
    ),
    *((DEPOSIT, *pair) for pair in itertools.product(("carried", "banked", "withdrawn"), ("bank", "undo", "withdraw"))),
    *((SHORT, *pair) for pair in itertools.product(("asked", "booked", "declined"), ("decide", "decline"))),
]


@pytest.mark.parametrize(("table", "state", "act"), EVERY)
def test_every_pair_is_allowed_or_refused(table: dict[tuple[str, str], str], state: str, act: str) -> None:
    if (state, act) in ALLOWED:
        assert states.after(table, state, act) == ALLOWED[state, act]
        return
    with pytest.raises(NotNowError):
        states.after(table, state, act)
