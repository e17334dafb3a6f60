"""The accounting policy: for each event, which account of which fund moves by how much."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from fund import postings
from fund.postings import Boxed, Confirmed, Gift, Goods, Money, Tranche
from ledger.journal import Entry

DAY = date(2026, 11, 23)
MONEY = Money("kbank:1", "1110.01", 1000, occurred_on=DAY, booked_on=DAY)
GIFT = Gift("0190", "D4001", "4110")
CASH = replace(MONEY, identity="cash:1", account="1120.01")
BOXES = [Boxed("1120.01", "D4001", 700), Boxed("1120.02", "GEN", 300)]
SUM_OF_THREE = [Confirmed("a", "D4001", 500), Confirmed("b", "GEN", 400), Confirmed("c", "D4001", 200)]
SHARES = {"GEN": 700, "OPS": 300}
UNIFORMS = Goods("7", "7:1:2", "D4001", 1000)
TRANCHE = Tranche("grant:0190:1", "D4001", "uniform", "4001", 1000)
PAID, PAYABLE, PROMISE, RESERVE, BANK, LENT = (
    (account, "D4001", 1000) for account in ("5100", "2200", "9100", "9190", "1110.01", "1300")
)


def _out(side: tuple[str, str, int]) -> tuple[str, str, int]:
    account, fund, satang = side
    return account, fund, -satang


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
        lambda: postings.goods_accepted(UNIFORMS, DAY),
        "goods-accepted",
        [("1200", "D4001", 1000), ("4200", "D4001", -1000)],
    ),
    (lambda: postings.goods_issued(UNIFORMS, DAY), "goods-issued", [("5200", "D4001", 1000), ("1200", "D4001", -1000)]),
    (
        lambda: postings.goods_returned(UNIFORMS, DAY),
        "goods-returned",
        [("1200", "D4001", 1000), ("5200", "D4001", -1000)],
    ),
    (lambda: postings.goods_lost(UNIFORMS, DAY), "goods-lost", [("5500", "D4001", 1000), ("1200", "D4001", -1000)]),
    (lambda: postings.goods_found(UNIFORMS, DAY), "goods-found", [("1200", "D4001", 1000), ("5500", "D4001", -1000)]),
    (
        lambda: postings.goods_given_back(UNIFORMS, DAY),
        "goods-given-back",
        [("4900", "D4001", 1000), ("1200", "D4001", -1000)],
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
    (lambda: postings.cash_short(BOXES[1], "7", DAY), "cash-short", [("5600", "GEN", 300), ("1120.02", "GEN", -300)]),
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
    (lambda: postings.tranche_awarded(TRANCHE, DAY), "award", [PROMISE, _out(RESERVE)]),
    (lambda: postings.tranche_cancelled(TRANCHE, DAY), "award-cancelled", [RESERVE, _out(PROMISE)]),
    (
        lambda: postings.payment_authorised(TRANCHE, DAY),
        "payment-authorised",
        [PAID, _out(PAYABLE), RESERVE, _out(PROMISE)],
    ),
    (lambda: postings.payment_left(TRANCHE, MONEY), "payment-left", [PAYABLE, _out(BANK)]),
    (lambda: postings.payment_came_back(TRANCHE, MONEY), "payment-came-back", [BANK, _out(PAYABLE)]),
    (lambda: postings.payment_given_up(TRANCHE, DAY), "payment-given-up", [PAYABLE, _out(PAID)]),
    (lambda: postings.advance_issued(TRANCHE, MONEY), "advance", [LENT, _out(BANK), RESERVE, _out(PROMISE)]),
    (
        lambda: postings.advance_accounted(TRANCHE, 400, 7, DAY),
        "advance-accounted",
        [("5100", "D4001", 400), ("1300", "D4001", -400)],
    ),
    (
        lambda: postings.advance_returned(TRANCHE, MONEY, was_unidentified=True),
        "advance-returned",
        [("2100", "U", 1000), ("1110.01", "U", -1000), BANK, _out(LENT)],
    ),
    (lambda: postings.unspent_returned(TRANCHE, MONEY), "unspent-returned", [BANK, _out(PAID)]),
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


def test_a_promise_and_what_was_paid_say_what_for_and_every_posting_of_a_tranche_says_which() -> None:
    entries = postings.payment_authorised(TRANCHE, DAY), postings.payment_left(TRANCHE, MONEY)
    lines = [posting for entry in entries for posting in entry.postings]
    assert {posting.subject for posting in lines} == {TRANCHE.subject}
    said = {posting.account for posting in lines if (posting.purpose, posting.scope) == ("uniform", "4001")}
    assert said == {"5100", "9100"}


def test_a_tranche_is_awarded_authorised_and_given_up_once_and_accounted_for_in_parts() -> None:
    once = [
        postings.tranche_awarded,
        postings.tranche_cancelled,
        postings.payment_authorised,
        postings.payment_given_up,
    ]
    keys = [rule(TRANCHE, DAY).key for rule in once]
    keys += [postings.advance_accounted(TRANCHE, 1, number, DAY).key for number in (1, 2)]
    assert len(set(keys)) == 6 and all(TRANCHE.subject in key for key in keys)
