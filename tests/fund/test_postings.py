"""The accounting policy: for each event, which account of which fund moves by how much."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from fund import postings
from fund.postings import Boxed, Confirmed, Gift, Money
from ledger.journal import Entry

DAY = date(2026, 11, 23)
MONEY = Money("kbank:1", "1110.01", 1000, occurred_on=DAY, booked_on=DAY)
GIFT = Gift("0190", "D4001", "4110")
CASH = replace(MONEY, identity="cash:1", account="1120.01")
BOXES = [Boxed("1120.01", "D4001", 700), Boxed("1120.02", "GEN", 300)]
SUM_OF_THREE = [Confirmed("a", "D4001", 500), Confirmed("b", "GEN", 400), Confirmed("c", "D4001", 200)]
SHARES = {"GEN": 700, "OPS": 300}


def _moved(entry: Entry) -> list[tuple[str, str, int]]:
    return [(posting.account, posting.fund, posting.amount_satang) for posting in entry.postings]


RULES: list[tuple[Callable[[], Entry], str, list[tuple[str, str, int]]]] = [
    (
        lambda: postings.opening_balance("1110.01", "OPS", 1000, DAY),
        "opening",
        [("1110.01", "OPS", 1000), ("3100", "OPS", -1000)],
    ),
    (
        lambda: postings.donation_received(GIFT, MONEY),
        "donation",
        [("1110.01", "D4001", 1000), ("4110", "D4001", -1000)],
    ),
    (
        lambda: postings.donation_confirmed(GIFT, MONEY),
        "donation",
        [("1130", "D4001", 1000), ("4110", "D4001", -1000)],
    ),
    (
        lambda: postings.cash_counted(GIFT, CASH),
        "cash-counted",
        [("1120.01", "D4001", 1000), ("4110", "D4001", -1000)],
    ),
    (
        lambda: postings.cash_banked(BOXES, MONEY, "7"),
        "cash-banked",
        [("1110.01", "D4001", 700), ("1120.01", "D4001", -700), ("1110.01", "GEN", 300), ("1120.02", "GEN", -300)],
    ),
    (
        lambda: postings.confirmed_cleared(MONEY, [Confirmed("scb:1", "D4001", 1000)]),
        "clearing",
        [("1110.01", "D4001", 1000), ("1130", "D4001", -1000)],
    ),
    (
        lambda: postings.confirmed_cleared(MONEY, SUM_OF_THREE),
        "clearing",
        [
            ("1110.01", "D4001", 700),
            ("1110.01", "GEN", 400),
            ("1130", "D4001", -500),
            ("1130", "GEN", -400),
            ("1130", "D4001", -200),
            ("5300", "OPS", 100),
            ("1110.01", "OPS", -100),
        ],
    ),
    (
        lambda: postings.confirmed_cleared(MONEY, SUM_OF_THREE, was_unidentified=True),
        "clearing",
        [
            ("2100", "U", 1000),
            ("1110.01", "U", -1000),
            ("1110.01", "D4001", 700),
            ("1110.01", "GEN", 400),
            ("1130", "D4001", -500),
            ("1130", "GEN", -400),
            ("1130", "D4001", -200),
            ("5300", "OPS", 100),
            ("1110.01", "OPS", -100),
        ],
    ),
    (
        lambda: postings.unidentified_received(MONEY),
        "unidentified",
        [("1110.01", "U", 1000), ("2100", "U", -1000)],
    ),
    (
        lambda: postings.unidentified_named(GIFT, MONEY),
        "naming",
        [("2100", "U", 1000), ("1110.01", "U", -1000), ("1110.01", "D4001", 1000), ("4110", "D4001", -1000)],
    ),
    (
        lambda: postings.unidentified_is_interest(MONEY),
        "naming",
        [("2100", "U", 1000), ("1110.01", "U", -1000), ("1110.01", "OPS", 1000), ("4300", "OPS", -1000)],
    ),
    (
        lambda: postings.unidentified_returned("kbank:0", MONEY),
        "unidentified-returned",
        [("2100", "U", 1000), ("1110.01", "U", -1000)],
    ),
    (
        lambda: postings.refund_decided(GIFT, "7", 1000, DAY),
        "refund",
        [("4900", "D4001", 1000), ("2110", "D4001", -1000)],
    ),
    (
        lambda: postings.refund_left("D4001", "7", MONEY),
        "refund-left",
        [("2110", "D4001", 1000), ("1110.01", "D4001", -1000)],
    ),
    (
        lambda: postings.refund_came_back("D4001", "7", MONEY),
        "refund-came-back",
        [("1110.01", "D4001", 1000), ("2110", "D4001", -1000)],
    ),
    (
        lambda: postings.transfer_left(SHARES, MONEY),
        "transfer-left",
        [("1140", "GEN", 700), ("1110.01", "GEN", -700), ("1140", "OPS", 300), ("1110.01", "OPS", -300)],
    ),
    (
        lambda: postings.transfer_arrived(SHARES, MONEY, "kbank:0"),
        "transfer-arrived",
        [("1110.01", "GEN", 700), ("1140", "GEN", -700), ("1110.01", "OPS", 300), ("1140", "OPS", -300)],
    ),
    (
        lambda: postings.transfer_arrived(SHARES, MONEY, "kbank:0", was_unidentified=True),
        "transfer-arrived",
        [
            *[("2100", "U", 1000), ("1110.01", "U", -1000)],
            *[("1110.01", "GEN", 700), ("1140", "GEN", -700), ("1110.01", "OPS", 300), ("1140", "OPS", -300)],
        ],
    ),
    (lambda: postings.interest_received(MONEY), "interest", [("1110.01", "OPS", 1000), ("4300", "OPS", -1000)]),
    (lambda: postings.fee_taken(MONEY), "fee", [("5300", "OPS", 1000), ("1110.01", "OPS", -1000)]),
    (lambda: postings.tax_withheld(MONEY), "tax-withheld", [("5310", "OPS", 1000), ("1110.01", "OPS", -1000)]),
    (lambda: postings.running_cost_paid(MONEY), "running-cost", [("5400", "OPS", 1000), ("1110.01", "OPS", -1000)]),
]


@pytest.mark.parametrize(
    ("rule", "kind", "moved"), RULES, ids=[f"{kind}-{len(moved)}-{moved[-1][0]}" for _, kind, moved in RULES]
)
def test_each_event_moves_what_the_policy_says(
    rule: Callable[[], Entry], kind: str, moved: list[tuple[str, str, int]]
) -> None:
    entry = rule()
    assert (entry.kind, _moved(entry)) == (kind, moved)


def test_money_becomes_one_entry_whatever_it_is_found_to_be() -> None:
    keys = {
        entry.key
        for entry in (
            postings.donation_received(GIFT, MONEY),
            postings.unidentified_received(MONEY),
            postings.interest_received(MONEY),
        )
    }
    assert keys == {"money:kbank:1"}


def test_money_that_is_booked_again_or_in_parts_has_a_key_for_each() -> None:
    bookings = [replace(MONEY, version=version) for version in ("", "1", "0.1", "0.2")]
    assert len({postings.donation_received(GIFT, one).key for one in bookings}) == len(bookings)
    waiting = {postings.unidentified_named(GIFT, one).postings[0].subject for one in bookings}
    assert waiting == {MONEY.identity}


def test_a_transfer_leaves_and_arrives_under_the_line_that_left() -> None:
    left, arrived = postings.transfer_left(SHARES, MONEY), postings.transfer_arrived(SHARES, MONEY, MONEY.identity)
    assert {posting.subject for entry in (left, arrived) for posting in entry.postings} == {MONEY.identity}


def test_unidentified_money_is_returned_out_of_what_waited_under_its_own_identity() -> None:
    returned = postings.unidentified_returned("kbank:0", MONEY)
    assert {posting.subject for posting in returned.postings} == {"kbank:0"}


def test_confirmed_money_is_cleared_under_the_identity_it_was_confirmed_under() -> None:
    confirmed = postings.donation_confirmed(GIFT, MONEY)
    cleared = postings.confirmed_cleared(MONEY, SUM_OF_THREE)
    assert [one.subject for one in confirmed.postings] == ["kbank:1", ""]
    assert [one.subject for one in cleared.postings if one.account == "1130"] == ["a", "b", "c"]
