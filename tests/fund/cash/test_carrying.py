"""Cash on its way to the bank: never more than there is, and known again on the bank's line."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from fund import checks
from fund.bank import explaining, queries, settling, undoing
from fund.bank.matching import Match, Waits
from fund.bank.models import LineRow, MatchRow
from fund.cash import boxes, carrying, pieces
from fund.cash.errors import (
    AccountError,
    CountReasonError,
    DepositNotFoundError,
    DifferentAmountError,
    NothingCarriedError,
    NotNowError,
    SlipReferenceError,
    TooMuchCarriedError,
)
from fund.errors import FundError, NotFoundError
from ledger.identifiers import new_id
from tests.fund.bank.builders import OFFICER
from tests.fund.cash.builders import BANK, HUNDRED, TODAY, Cash


def all_is_well(cash: Cash) -> bool:
    with cash.fund.database.read() as session:
        return checks.run(session) == []


def matches(cash: Cash) -> list[str]:
    with cash.fund.database.read() as session:
        return list(session.exec(select(MatchRow.kind).order_by(MatchRow.id)))  # type: ignore[arg-type]


def proposal(cash: Cash) -> Match | Waits:
    with cash.fund.database.write() as session:
        (line,) = queries.waiting_lines(session, limit=9)
        return settling.candidates(session, line)


def test_a_line_that_says_cash_of_this_amount_and_day_banks_each_box_for_its_fund(cash: Cash) -> None:
    second = cash.add_box("วัดกลาง", "mueang-khon-kaen")
    cash.fill(HUNDRED)
    cash.fill(pieces.of({5_000: 1}), second)
    deposit = cash.carry({cash.box: 10_000, second: 5_000})
    assert cash.seen().to_carry_satang == 0 == cash.seen(second).to_carry_satang
    cash.bank_says(15_000)
    assert (matches(cash), cash.state(deposit)) == (["cash-banked"], "banked")
    assert [cash.fund.balance(account, fund) for account, fund in (("1120.01", "GEN"), ("1120.02", "D4001"))] == [0, 0]
    assert [cash.fund.balance(BANK, fund) for fund in ("GEN", "D4001")] == [10_000, 5_000]
    assert all_is_well(cash)


def test_the_slip_s_reference_is_enough_where_the_bank_says_no_cash(cash: Cash) -> None:
    cash.fill(HUNDRED)
    cash.fill(HUNDRED)
    first, second = (cash.carry({cash.box: 10_000}, reference=one) for one in ("CD-2026 11", "CD-2026 12"))
    cash.bank_says(10_000, "ref cd202612 สาขาขอนแก่น")
    assert (cash.state(first), cash.state(second)) == ("carried", "banked")


@pytest.mark.parametrize("detail", ["โอนเงิน", "ค่าเสื้อ"])
def test_an_equal_amount_alone_proves_nothing(cash: Cash, detail: str) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000})
    cash.bank_says(10_000, detail)
    assert (matches(cash), cash.state(deposit)) == (["unidentified"], "carried")


def test_two_ways_that_fit_alike_are_offered_and_one_is_chosen(cash: Cash) -> None:
    cash.fill(HUNDRED)
    cash.fill(HUNDRED)
    first, second = (cash.carry({cash.box: 10_000}) for _ in range(2))
    cash.bank_says(10_000)
    found = proposal(cash)
    assert isinstance(found, Waits) and len(found.candidates) == 2
    with cash.fund.database.write() as session:
        (line,) = queries.waiting_lines(session, limit=9)
        explaining.accept(session, line.id, "cash-banked", f"deposit:{second}", reason="ใบนำฝาก", by=OFFICER)
    assert (cash.state(first), cash.state(second)) == ("carried", "banked")
    assert cash.fund.balance("2100", "U") == 0
    assert all_is_well(cash)


def test_a_line_of_another_amount_waits_and_says_by_how_much_it_differs(cash: Cash) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000})
    cash.bank_says(9_800)
    found = proposal(cash)
    assert isinstance(found, Waits) and found.candidates == ()
    assert [(one.what, one.value) for one in found.reasons] == [("cash-differs", "100.00 (-2.00)")]
    with cash.fund.database.write() as session:
        with pytest.raises(DifferentAmountError):
            carrying.banked(session, deposit, 9_800)
        carrying.withdraw(session, deposit, reason="ธนาคารนับได้ 98 บาท", by=cash.people[0])
    cash.carry({cash.box: 9_800})
    found = proposal(cash)
    assert isinstance(found, Match) and found.kind == "cash-banked"
    assert cash.seen().holds_satang == 10_000


def test_what_was_banked_is_undone_and_banked_again(cash: Cash) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000})
    cash.bank_says(10_000)
    with cash.fund.database.write() as session:
        line = session.exec(select(LineRow.id)).one()
        undoing.undo_match(session, line, reason="ผิดกล่อง", by=OFFICER)
    assert (cash.state(deposit), cash.seen().holds_satang) == ("carried", 10_000)
    assert all_is_well(cash)
    with cash.fund.database.write() as session:
        settling.settle(session, queries.take_these(session, [line]), by=OFFICER)
    assert (cash.state(deposit), cash.fund.balance("1120.01", "GEN")) == ("banked", 0)
    assert all_is_well(cash)


def refused(cash: Cash, refusal: type[FundError], amounts: dict[object, int], **changes: object) -> None:
    asked = {"account": BANK, "carried_on": TODAY} | changes
    with pytest.raises(refusal), cash.fund.database.write() as session:
        carrying.carry(session, cash.folder, amounts, by=cash.people[0], **asked)  # type: ignore[arg-type]


def test_no_more_is_carried_than_is_there(cash: Cash) -> None:
    cash.fill(HUNDRED)
    cash.carry({cash.box: 6_000})
    refused(cash, TooMuchCarriedError, {cash.box: 4_001})
    refused(cash, NothingCarriedError, {})
    refused(cash, NothingCarriedError, {cash.box: 0})
    refused(cash, AccountError, {cash.box: 1}, account="1120.01")
    refused(cash, SlipReferenceError, {cash.box: 1}, reference="12")
    cash.carry({cash.box: 4_000})


def test_a_way_that_was_withdrawn_is_over(cash: Cash) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000})
    with cash.fund.database.write() as session:
        with pytest.raises(CountReasonError):
            carrying.withdraw(session, deposit, reason=" ", by=cash.people[0])
        carrying.withdraw(session, deposit, reason="ไม่ได้ไป", by=cash.people[0])
    assert (cash.state(deposit), cash.seen().to_carry_satang) == ("withdrawn", 10_000)
    with cash.fund.database.write() as session:
        with pytest.raises(NotNowError):
            carrying.withdraw(session, deposit, reason="ไม่ได้ไป", by=cash.people[0])
        with pytest.raises(DepositNotFoundError):
            carrying.deposit(session, new_id())
        with pytest.raises(NotFoundError):
            carrying.slip(session, cash.folder, deposit, by=cash.people[0])
    cash.bank_says(10_000)
    assert matches(cash) == ["unidentified"]


def test_what_was_banked_is_not_banked_again(cash: Cash) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000})
    cash.bank_says(10_000)
    with pytest.raises(NotNowError), cash.fund.database.write() as session:
        carrying.banked(session, deposit, 10_000)
    assert cash.fund.balance("1120.01", "GEN") == 0


@pytest.mark.parametrize("carried_on", [22, 6], ids=["before the way", "long after it"])
def test_a_line_of_another_time_is_another(cash: Cash, carried_on: int) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000}, day=carried_on)
    cash.bank_says(10_000, day=21)
    assert cash.state(deposit) == "carried"


def test_cash_that_comes_back_to_a_box_closed_meanwhile_is_carried_again(cash: Cash) -> None:
    cash.fill(HUNDRED)
    deposit = cash.carry({cash.box: 10_000})
    cash.bank_says(10_000)
    with cash.fund.database.write() as session:
        boxes.close(session, cash.box, by=cash.people[0])
        line = session.exec(select(LineRow.id)).one()
        undoing.undo_match(session, line, reason="ผิดรายการ", by=OFFICER)
        carrying.withdraw(session, deposit, reason="ผิดรายการ", by=cash.people[0])
    again = cash.carry({cash.box: 10_000}, reference="CD123")
    assert (cash.state(again), cash.seen().to_carry_satang) == ("carried", 0)


def test_carrying_and_settling_take_boxes_in_one_order(cash: Cash, engine_name: str) -> None:
    assert _crossing(cash, engine_name) == "carried"


def test_the_control_without_their_turn_both_wait_for_ever(
    cash: Cash, engine_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(carrying, "take_turn", lambda _session: None)
    assert _crossing(cash, engine_name) == ("deadlock" if engine_name == "postgresql" else "carried")


def _crossing(cash: Cash, engine: str) -> str:
    """A settler has the second box and wants the first; meanwhile somebody carries out of both."""
    second = cash.add_box("วัดกลาง")
    for box in (cash.box, second):
        cash.fill(pieces.of({10_000: 2}), box)
    first, last = sorted((cash.box, second))
    ways = [cash.carry({box: 10_000}) for box in (last, first)]
    with ThreadPoolExecutor(1) as pool:
        try:
            with cash.fund.database.write() as session:
                carrying.banked(session, ways[0], 10_000)
                carried = pool.submit(copy_context().run, cash.carry, {first: 5_000, last: 5_000})
                wait([carried], timeout=1 if engine == "postgresql" else 0.1)
                carrying.banked(session, ways[1], 10_000)
            carried.result(timeout=30)
        except (DBAPIError, FundError):
            return "deadlock"
    return "carried"
