"""Gifts without a reference, as a table: found by account, amount and moment, taken in order, or left to a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund import codes
from fund.bank import reasons, unaddressed
from fund.bank.matching import Match, Rival, Waits
from fund.bank.reasons import Reason
from fund.bank.unaddressed import Gift
from fund.donations.queries import PledgeView

HERE, ELSEWHERE = "1110.01", "1110.02"
GENERAL, OTHER = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)


def a_pledge(minute: float, number: int = 0, **changes: object) -> PledgeView:
    made = NOON + timedelta(minutes=minute)
    reference = codes.with_check(f"D{number:09d}")
    pledge = PledgeView(
        UUID(int=1000 + number), reference, GENERAL, 1000, None, False, "th", made, made + timedelta(days=30), False
    )
    return replace(pledge, **changes)  # type: ignore[arg-type]


def find(
    minutes: list[float], pledges: list[PledgeView], rivals: tuple[float, ...] = (), account: str = HERE
) -> dict[int, Match | Waits]:
    gifts = {(account, 1000): [Gift(n, NOON + timedelta(minutes=at)) for n, at in enumerate(minutes)]}
    others = [Rival(HERE, 1000, NOON + timedelta(minutes=at)) for at in rivals]
    return unaddressed.find(gifts, others, pledges, {GENERAL: {HERE}, OTHER: {HERE}})


def paid(found: dict[int, Match | Waits]) -> dict[int, UUID | None]:
    return {number: one.pledge_id for number, one in found.items() if isinstance(one, Match)}


def test_the_only_pledge_of_this_amount_and_moment_is_the_gift() -> None:
    found = find([10], [a_pledge(0)])
    assert paid(found) == {0: a_pledge(0).id}
    assert [one.what for one in found[0].reasons] == ["amount", "time"]


@pytest.mark.parametrize("minute", [-3, 61, 3000])
def test_outside_its_time_a_pledge_is_not_thought_of(minute: float) -> None:
    assert find([minute], [a_pledge(0)]) == {}


@pytest.mark.parametrize("minute", [-2, 0, 60])
def test_clocks_may_differ_a_little_and_an_hour_may_pass(minute: float) -> None:
    assert len(paid(find([minute], [a_pledge(0)]))) == 1


def test_another_account_or_amount_is_another_gift() -> None:
    assert find([10], [a_pledge(0)], account=ELSEWHERE) == {}
    assert find([10], [a_pledge(0, amount_satang=2000)]) == {}


@pytest.mark.parametrize(
    "changes",
    [{"contact_id": UUID(int=5)}, {"wants_receipt": True}, {"campaign_id": OTHER}],
    ids=["somebody is named", "a receipt is wanted", "another campaign"],
)
def test_between_pledges_of_different_effect_a_line_waits(changes: dict[str, object]) -> None:
    found = find([10, 11], [a_pledge(0, 1), a_pledge(1, 2, **changes)])
    assert paid(found) == {}
    waits = found[0]
    assert isinstance(waits, Waits)
    assert {one.subject for one in waits.candidates} == {a_pledge(0, 1).reference, a_pledge(1, 2).reference}


def test_equal_pledges_of_nobody_are_taken_in_order_and_it_is_said() -> None:
    found = find([10, 12], [a_pledge(0, 1), a_pledge(1, 2), a_pledge(2, 3)])
    assert paid(found) == {0: a_pledge(0, 1).id, 1: a_pledge(1, 2).id}
    assert all(Reason(reasons.EQUALS, True) in one.reasons for one in found.values())


def test_of_more_lines_than_pledges_none_is_chosen() -> None:
    found = find([10, 11], [a_pledge(0)])
    assert paid(found) == {}
    assert all(one.reasons[0] == Reason(reasons.RIVALS, False) for one in found.values())


def test_a_line_that_still_waits_elsewhere_is_a_rival() -> None:
    assert paid(find([10], [a_pledge(0)], rivals=(15,))) == {}
    assert len(paid(find([10], [a_pledge(0)], rivals=(200,)))) == 1


def test_pairs_far_apart_do_not_disturb_each_other() -> None:
    pledges = [a_pledge(0, 1, contact_id=UUID(int=5)), a_pledge(300, 2, wants_receipt=True)]
    assert paid(find([10, 310], pledges)) == {0: pledges[0].id, 1: pledges[1].id}


MINUTES = st.lists(st.integers(0, 400), max_size=8)


@given(MINUTES, MINUTES, st.integers(0, 3))
def test_no_pledge_is_paid_twice_and_none_before_it_was_made(lines: list[int], made: list[int], named: int) -> None:
    pledges = [a_pledge(m, n, contact_id=UUID(int=5) if n < named else None) for n, m in enumerate(made)]
    found = paid(find([float(at) for at in lines], pledges))
    assert len(set(found.values())) == len(found)
    at = {pledge.id: m for pledge, m in zip(pledges, made, strict=True)}
    for number, pledge_id in found.items():
        assert pledge_id is not None
        assert -2 <= lines[number] - at[pledge_id] <= 60


@given(MINUTES, MINUTES, st.randoms())
def test_the_order_in_which_lines_are_told_makes_no_difference(
    lines: list[int], made: list[int], order: object
) -> None:
    pledges = [a_pledge(m, n) for n, m in enumerate(made)]
    first = find([float(at) for at in lines], pledges)
    shuffled = list(enumerate(lines))
    order.shuffle(shuffled)  # type: ignore[attr-defined]
    gifts = {(HERE, 1000): [Gift(n, NOON + timedelta(minutes=at)) for n, at in shuffled]}
    second = unaddressed.find(gifts, [], list(reversed(pledges)), {GENERAL: {HERE}})
    told = [sorted((lines[n], isinstance(one, Match)) for n, one in some.items()) for some in (first, second)]
    assert told[0] == told[1]
