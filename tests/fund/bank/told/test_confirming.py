"""A callback is a hint; asked back and confirmed it is a gift on 1130; a person may take back what never came."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from datetime import UTC
from time import sleep

import pytest

from fund import clock, postings
from fund.bank.errors import ReasonMissingError
from fund.bank.told import bodies, clearing, confirming, deciding, queries
from fund.bank.told.clearing import LineGift
from fund.bank.told.errors import NotOpenError, TooEarlyError, UnknownCallbackError
from fund.bank.told.inbox import Arrived, store
from fund.bank.told.inquiry import BankAwayError, Found
from fund.donations import hearing
from fund.donations import queries as gifts
from fund.postings import Money
from ledger import book
from ledger.identifiers import new_id
from receipts import queries as receipts
from tests.fund.bank.builders import OFFICER
from tests.fund.bank.told.builders import Told, kbank, later, scb


def test_a_callback_of_a_pledge_is_a_hint_that_its_donor_reads(told: Told) -> None:
    pledge = told.fund.pledge()
    told.tell(scb(pledge.reference))
    assert told.file() == 1
    assert told.states == ["hint"]
    with told.fund.database.read() as session:
        assert hearing.heard(session, [pledge.id]) == {pledge.id}
    assert told.donations() == []
    assert told.balance("1130") == 0


def test_references_are_found_however_they_are_written(told: Told) -> None:
    pledge, campaign = told.fund.pledge(), told.fund.campaign("mueang-khon-kaen")
    told.tell(
        scb(pledge.reference.lower(), number="a"),
        scb("", number="b", billPaymentRef2=campaign.code),
        scb(pledge.reference, number="c", billPaymentRef2=campaign.code),
    )
    told.file()
    found = [(one.pledge_id, one.campaign_id) for one in told.callbacks("hint")]
    of_pledge = (pledge.id, pledge.campaign_id)
    assert sorted(found, key=str) == sorted([of_pledge, of_pledge, (None, campaign.id)], key=str)


def test_kbanks_own_number_of_the_qr_may_be_a_reference(told: Told) -> None:
    told.tell(kbank(told.fund.pledge().reference), bank="kbank")
    told.file()
    assert told.states == ["hint"]


def test_what_names_nobody_waits_for_a_person(told: Told) -> None:
    first, second = told.fund.pledge(key="1" * 22), told.fund.pledge(key="2" * 22)
    told.tell(scb("D0000000001", number="a"), scb(first.reference, number="b", billPaymentRef2=second.reference))
    told.file()
    assert told.states == ["unknown", "unknown"]


def test_confirmed_it_settles_the_pledge_on_1130_with_its_receipt(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference, billPaymentRef2=told.fund.campaign().code))
    (gift,) = told.donations()
    assert (gift.pledge_id, gift.amount_satang, gift.receipt_number is not None) == (pledge.id, 1000, True)
    assert (told.balance("1130"), told.balance("4110") + told.balance("4100")) == (1000, -1000)
    assert told.states == ["confirmed"]
    assert told.findings() == []


def test_the_bank_is_asked_once_however_often_it_told(told: Told) -> None:
    one = scb(told.fund.pledge().reference)
    told.confirm(one, one)
    told.tell(one)
    told.file()
    told.ask()
    assert told.bank.asked == ["scb-1"]
    assert len(told.donations()) == 1


@pytest.mark.parametrize(("says", "state"), [(9_99, "contradicted"), (None, "hint")])
def test_another_amount_or_no_answer_books_nothing(told: Told, says: int | None, state: str) -> None:
    pledge = told.fund.pledge()
    told.tell(scb(pledge.reference))
    told.file()
    told.bank.amounts["scb-1"] = says
    if says is None:
        with pytest.raises(BankAwayError):
            told.ask()
    else:
        told.ask()
    assert (told.states, told.donations(), told.balance("1130")) == ([state], [], 0)


def test_a_control_would_book_what_the_bank_denies(told: Told) -> None:
    """The defect: whoever takes the callback's word for the bank's answer books an amount that never came."""
    told.tell(scb(told.fund.pledge().reference, "999.00"))
    told.file()
    (hint,) = told.callbacks("hint")
    with told.fund.database.write() as session:
        confirming.confirm(session, [hint], {hint.id: Found(hint.amount_satang)}, by=OFFICER)
    assert told.balance("1130") == 99_900


def test_what_the_bank_does_not_know_is_asked_again_and_denied_after_an_hour(told: Told) -> None:
    told.tell(scb(told.fund.pledge().reference))
    told.file()
    told.bank.amounts["scb-1"] = None
    with pytest.raises(BankAwayError):
        told.ask()
    with clock.at(later(1)):
        told.ask()
    assert told.states == ["denied"]
    with told.fund.database.read() as session:
        assert [one.state for one in queries.to_be_looked_into(session)] == ["denied"]


def test_a_bank_that_is_away_is_asked_again(told: Told) -> None:
    told.bank.is_away = True
    with pytest.raises(BankAwayError):
        told.confirm(scb(told.fund.pledge().reference))
    told.bank.is_away = False
    told.ask()
    assert told.states == ["confirmed"]


def test_one_that_cannot_be_booked_holds_up_no_other(told: Told) -> None:
    pledge, other = told.fund.pledge(key="1" * 22), told.fund.pledge(key="2" * 22)
    told.tell(scb(pledge.reference, number="a"), scb(other.reference, number="b"))
    told.file()
    first = next(one for one in told.callbacks() if one.pledge_id == pledge.id)
    money = Money(first.identity, "1110.01", 7, clock.today(), clock.today())
    with told.fund.database.write() as session:  # its money's key is taken by another entry
        book.post(session, postings.unidentified_received(money), by="officer")
    told.bank.amounts = {"a": 1000, "b": 1000}
    with pytest.raises(BankAwayError):
        told.ask()
    assert sorted(told.states) == ["confirmed", "hint"]


def test_the_same_number_with_other_words_books_nothing(told: Told) -> None:
    reference = told.fund.pledge().reference
    told.tell(scb(reference, "10.00"))
    told.tell(scb(reference, "1000.00"))
    told.file()
    assert (told.states, told.donations()) == (["contradicted"], [])


def test_other_words_that_come_in_another_process_at_the_same_time_book_nothing(told: Told) -> None:
    reference = told.fund.pledge().reference
    first = bodies.read("scb", scb(reference, "10.00"))
    assert first is not None
    with ThreadPoolExecutor() as other, told.fund.database.write() as session:
        store(session, [Arrived("scb", first, b"{}", clock.now())])
        slower = other.submit(copy_context().run, told.tell, scb(reference, "1000.00"))
        sleep(0.5)  # it finds nothing and waits to insert
        session.commit()
        assert slower.result() == 0
    told.file()
    assert (told.states, told.donations()) == (["contradicted"], [])


def test_the_same_moment_in_another_time_zone_is_no_contradiction(told: Told) -> None:
    reference, here = told.fund.pledge().reference, clock.now().astimezone(clock.BANGKOK)
    told.tell(scb(reference, transactionDateandTime=here.isoformat(timespec="seconds")))
    told.tell(scb(reference, transactionDateandTime=here.astimezone(UTC).isoformat(timespec="seconds")))
    assert told.states == ["new"]


def test_money_that_never_came_is_taken_back_with_its_receipt(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    (one,) = told.callbacks()
    with clock.at(later(4)), told.fund.database.write() as session:
        deciding.take_back(session, one.id, reason="the bank's letter", by=OFFICER)
    (gift,) = told.donations()
    with told.fund.database.read() as session:
        assert gift.receipt_number is not None
        assert receipts.by_number(session, gift.receipt_number).is_void
        assert not gifts.pledges_by_id(session, [pledge.id])[pledge.id].is_settled
    assert (told.states, told.balance("1130")) == (["taken-back"], 0)
    assert told.findings() == []


def test_it_is_not_taken_back_too_early_twice_or_for_no_reason(told: Told) -> None:
    told.confirm(scb(told.fund.pledge().reference))
    (one,) = told.callbacks()
    with told.fund.database.write() as session:
        with pytest.raises(ReasonMissingError):
            deciding.take_back(session, one.id, reason=" ", by=OFFICER)
        with pytest.raises(TooEarlyError):
            deciding.take_back(session, one.id, reason="x", by=OFFICER)
        with pytest.raises(UnknownCallbackError):
            deciding.take_back(session, new_id(), reason="x", by=OFFICER)
        with clock.at(later(4)):
            deciding.take_back(session, one.id, reason="x", by=OFFICER)
            with pytest.raises(NotOpenError):
                deciding.take_back(session, one.id, reason="x", by=OFFICER)


def test_what_was_taken_back_and_comes_after_all_is_a_gift_of_its_line(told: Told) -> None:
    pledge = told.fund.pledge()
    told.confirm(scb(pledge.reference))
    (one,) = told.callbacks()
    with clock.at(later(4)), told.fund.database.write() as session:
        deciding.take_back(session, one.id, reason="x", by=OFFICER)
        line = LineGift(
            new_id(), Money("line", "1110.01", 1000, clock.today(), clock.today()), pledge.campaign_id, pledge.id
        )
        assert clearing.clear_by_lines(session, [line], by=OFFICER) == {}
