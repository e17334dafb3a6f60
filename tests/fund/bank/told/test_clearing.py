"""A statement line and a callback are one money: the line clears 1130, alone or in one sum, whoever came first."""

from datetime import date, time, timedelta

import pytest
from msgspec.structs import replace
from sqlmodel import Session

from fund import clock, profile
from fund.audit import Actor
from fund.bank import explaining, queries, standing, undoing
from fund.bank.errors import AlreadySettledError
from fund.bank.told import deciding
from fund.bank.told.errors import NothingConfirmedError, NotThisAccountError, NotThisSumError
from fund.bank.told.queries import Sum
from fund.donations import refunds
from fund.people.models import PersonRow
from ledger.errors import NotEnoughError
from tests.fund.bank.builders import OFFICER, OPENING, TODAY, a_csv, a_gift, a_payment
from tests.fund.bank.told.builders import Told, later, scb
from tests.fund.collections.builders import a_collection


@pytest.fixture
def office(told: Told) -> tuple[Actor, Actor]:
    """Two people."""
    people = [PersonRow(name=name, name_key=name, made_at=clock.now(), made_by="operator") for name in ("นก", "ต้น")]
    with told.fund.database.write() as session:
        session.add_all(people)
        session.flush()
        return Actor("นก", people[0].id), Actor("ต้น", people[1].id)


def line_of(told: Told, reference: str, amount_satang: int = 1000, *, day: int = 23, at: time = time(12)) -> None:
    """The next morning's statement, with one line."""
    told.fund.take_and_settle(a_csv([a_payment(reference, amount_satang=amount_satang, day=day, at=at)], last=23))


def total(told: Told) -> int:
    """What the gifts of the general fund come to."""
    return -(told.balance("4100") + told.balance("4110"))


def test_its_line_clears_it_and_the_money_may_be_spent(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    line_of(told, pledge.reference)
    assert told.states == ["cleared"]
    assert (told.balance("1130"), told.balance("1110.01"), total(told)) == (0, 1000, 1000)
    assert len(told.donations()) == 1
    assert told.findings() == []


def test_a_line_that_came_first_is_the_gift_and_the_callback_adds_nothing(told: Told) -> None:
    pledge = told.fund.pledge()
    line_of(told, pledge.reference)
    told.tell(scb(pledge.reference))
    told.file()
    assert (told.states, told.bank.asked, total(told)) == (["on-statement"], [], 1000)
    assert told.findings() == []


def test_a_line_between_the_callback_and_its_confirmation_is_the_gift(told: Told) -> None:
    pledge = told.fund.pledge()
    told.tell(scb(pledge.reference))
    told.file()
    (hint,) = told.callbacks("hint")
    line_of(told, pledge.reference)
    assert told.states == ["on-statement"]
    told.bank.amounts["scb-1"] = 1000
    told.ask()
    from fund.bank.told import confirming
    from fund.bank.told.inquiry import Found

    with told.fund.database.write() as session:
        confirming.confirm(session, [hint], {hint.id: Found(1000)}, by=OFFICER)
    assert (len(told.donations()), total(told), told.balance("1130")) == (1, 1000, 0)


def test_a_pledge_paid_twice_is_two_gifts_however_they_are_told(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference, number="a"), scb(pledge.reference, number="b"))
    lines = [a_payment(pledge.reference, day=23, at=time(9)), a_payment(pledge.reference, day=23, at=time(10))]
    told.fund.take_and_settle(a_csv(lines))
    assert (told.states, total(told), told.balance("1130")) == (["cleared", "cleared"], 2000, 0)


def test_twins_of_a_poster_are_cleared_in_turn(told: Told) -> None:
    code = told.fund.campaign().code
    told.confirm(*(scb("", number=str(number), billPaymentRef1=code) for number in range(3)))
    told.fund.take_and_settle(a_csv([a_payment(code, day=23, at=time(9)), a_payment(code, day=23, at=time(9))]))
    assert sorted(told.states) == ["cleared", "cleared", "confirmed"]
    assert (total(told), told.balance("1130")) == (3000, 1000)


@pytest.mark.parametrize(("amount", "day"), [(999, 23), (1000, 22)], ids=["another amount", "a line of the day before"])
def test_what_is_not_the_same_money_is_not_cleared(told: Told, amount: int, day: int) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    line_of(told, pledge.reference, amount, day=day)
    assert (told.states, told.balance("1130"), total(told)) == (["confirmed"], 1000, 1000 + amount)


def test_a_bank_where_we_have_an_account_is_cleared_by_that_account_alone(told: Told) -> None:
    from fund.bank.told import clearing

    with told.fund.database.read() as session:
        known = clearing.Accounts(session)
    assert (known.may_reach("kbank", "1110.01"), known.may_reach("kbank", "1110.02")) == (True, False)
    assert known.may_reach("scb", "1110.02")  # nowhere with SCB: any account may be its


def test_unidentified_money_that_is_named_clears_what_was_confirmed(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    told.fund.take_and_settle(a_csv([a_gift(1000, "?", day=23)]))
    with told.fund.database.write() as session:
        (line,) = queries.waiting_lines(session, limit=9)
        explaining.name_line(session, line.id, pledge.reference, reason="the donor called", by=OFFICER)
    assert (told.states, total(told), told.balance("1130"), told.balance("2100", "U")) == (["cleared"], 1000, 0, 0)
    assert told.findings() == []


def test_an_undone_match_lets_it_wait_for_its_line_again(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    line_of(told, pledge.reference)
    (callback,) = told.callbacks()
    assert callback.line_id is not None
    with told.fund.database.write() as session:
        undoing.undo_match(session, callback.line_id, reason="wrong", by=OFFICER)
    assert (told.states, told.balance("1130"), told.balance("1110.01")) == (["confirmed"], 1000, 0)
    with told.fund.database.write() as session:
        explaining.name_line(session, callback.line_id, pledge.reference, reason="right after all", by=OFFICER)
    assert (told.states, told.balance("1130"), total(told)) == (["cleared"], 0, 1000)


def one_sum(told: Told, *, came: int = 2800) -> tuple[Told, list[queries.InboxLine]]:
    """Three gifts of ten baht, confirmed, and a line without a reference that came for them."""
    references = [told.fund.pledge(slug=slug, key=slug * 9).reference for slug in ("general", "chum-phae", "phon")]
    told.confirm(*(scb(reference, number=reference) for reference in references))
    told.fund.take_and_settle(a_csv([a_gift(came, "SCB PAYMENTS", day=23)]))
    with told.fund.database.read() as session:
        return told, queries.waiting_lines(session, limit=9)


def test_many_come_in_one_sum_less_a_fee(told: Told) -> None:
    told, (line,) = one_sum(told)
    assert line.is_booked
    with told.fund.database.write() as session:
        assert deciding.clear_sum(session, line.id, "scb", TODAY, reason="the bank's list", by=OFFICER) == 3
    assert told.states == ["cleared"] * 3
    assert (told.balance("2100", "U"), told.balance("5300", "OPS")) == (0, 200)
    assert [told.balance("1130", fund) for fund in ("GEN", "D4005", "D4012")] == [0, 0, 0]
    assert [told.balance("1110.01", fund) for fund in ("D4005", "D4012", "U")] == [1000, 1000, 0]
    assert told.balance("1110.01", "OPS") == OPENING - 200
    assert told.findings(but=("log_covers_what_is_booked", "bank_balances_meet")) == []


@pytest.mark.parametrize("came", [3001, 2399], ids=["more than was confirmed", "a fee of more than a fifth"])
def test_a_line_that_cannot_be_their_sum_is_refused(told: Told, came: int) -> None:
    told, (line,) = one_sum(told, came=came)
    with told.fund.database.write() as session, pytest.raises(NotThisSumError):
        deciding.clear_sum(session, line.id, "scb", TODAY, reason="x", by=OFFICER)
    assert told.states == ["confirmed"] * 3


def test_a_line_on_an_account_that_the_bank_does_not_pay_into_is_no_sum_of_its(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, (line,) = one_sum(told)
    known = profile.current

    def with_an_account_at_scb(session: Session) -> profile.Profile:
        fund = known(session)
        return replace(fund, accounts=(fund.accounts[0], replace(fund.accounts[1], bank="SCB")))

    monkeypatch.setattr(profile, "current", with_an_account_at_scb)
    with told.fund.database.write() as session:
        assert [*deciding.lines_of_sums(session, [Sum("scb", TODAY, 3, 3000)]).values()] == [[]]
        with pytest.raises(NotThisAccountError):
            deciding.clear_sum(session, line.id, "scb", TODAY, reason="x", by=OFFICER)
    assert told.states == ["confirmed"] * 3


def test_a_sum_is_cleared_once(told: Told) -> None:
    told, (line,) = one_sum(told, came=3000)
    with told.fund.database.write() as session:
        with pytest.raises(NothingConfirmedError):
            deciding.clear_sum(session, line.id, "scb", date(2026, 11, 22), reason="x", by=OFFICER)
        deciding.clear_sum(session, line.id, "scb", TODAY, reason="x", by=OFFICER)
        with pytest.raises(NothingConfirmedError):
            deciding.clear_sum(session, line.id, "scb", TODAY, reason="x", by=OFFICER)
    told.confirm(scb(told.fund.pledge(key="another").reference, "30.00", number="z"))
    with told.fund.database.write() as session, pytest.raises(AlreadySettledError):
        deciding.clear_sum(session, line.id, "scb", TODAY, reason="x", by=OFFICER)


def test_an_undone_sum_lets_all_of_them_wait_again(told: Told) -> None:
    told, (line,) = one_sum(told)
    with told.fund.database.write() as session:
        deciding.clear_sum(session, line.id, "scb", TODAY, reason="x", by=OFFICER)
        undoing.undo_match(session, line.id, reason="another sum", by=OFFICER)
    assert told.states == ["confirmed"] * 3
    assert (told.balance("2100", "U"), told.balance("5300", "OPS")) == (-2800, 0)
    assert told.findings(but=("log_covers_what_is_booked", "bank_balances_meet")) == []


def test_what_has_not_cleared_in_three_days_is_late(told: Told) -> None:
    told.confirm(scb(told.fund.pledge().reference))
    (one,) = told.callbacks()
    assert not one.is_late
    with clock.at(later(3) + timedelta(seconds=1)):
        assert one.is_late


def test_a_line_of_the_next_day_still_clears(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    with clock.at(later(1)):
        told.fund.take_and_settle(a_csv([a_payment(pledge.reference, day=24)], last=24))
    assert told.states == ["cleared"]


def test_a_refund_of_cleared_money_is_expected_and_none_is_decided_before(
    told: Told, office: tuple[Actor, Actor]
) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    (gift,) = told.donations()
    with told.fund.database.write() as session:
        refunds.ask(session, gift.id, reason="โอนผิด", by=office[0])
    with pytest.raises(NotEnoughError), told.fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])  # what stands on 1130 is not ours to give
    line_of(told, pledge.reference)
    with told.fund.database.write() as session:
        refunds.decide(session, gift.id, by=office[1])
        due = standing.expected(session, {-1000}, set(), set())
    assert [one.kind for one in due[-1000]] == ["refund-left"]


def test_what_a_bank_tells_after_its_collection_s_line_is_on_that_line(told: Told) -> None:
    with told.fund.database.write() as session:
        of = a_collection(session, "10", "20")
    line_of(told, of.reference, 3000)
    told.tell(scb(of.reference, "30.00"), scb(of.reference, "30.00", "scb-2"), scb(of.reference, "29.00", "scb-3"))
    told.file()
    assert sorted(told.states) == ["on-statement", "unknown", "unknown"]
