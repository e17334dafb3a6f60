"""Statements from the officer's desk to the books: what is new, what waits, what was there before."""

from datetime import time, timedelta

import pytest

from fund import clock
from tests.stories.pages import Visitor
from tests.stories.people import (
    DISTRICT_FUND,
    KBANK_OPENING,
    NEXT_DAY,
    NOW,
    came_in,
    give,
    hand_in,
    kbank,
    paid,
    poster,
    state,
    transferred,
    waiting,
)

SOON = NOW + timedelta(minutes=10)


def test_an_unknown_transfer_waits_and_is_later_named_by_staff(donor: Visitor, officer: Visitor) -> None:
    code = poster(donor).ref1
    hand_in(officer, kbank(transferred("250", "จาก X1234 นาย ไม่ทราบชื่อ")))
    assert "Another 250.00 baht" in donor.open("/").words
    [line] = waiting(officer)
    assert officer.send(officer.open("/staff/lines"), line, campaign=code, reason="").status == 400
    officer.send(officer.open("/staff/lines"), line, campaign=code, reason="He called and knew day and amount.")
    assert waiting(officer) == []
    assert "Another" not in donor.open("/").words
    assert came_in(donor, DISTRICT_FUND) == 25_000


def test_a_line_that_was_named_is_not_named_again(donor: Visitor, officer: Visitor) -> None:
    code = poster(donor).ref1
    hand_in(officer, kbank(transferred("250", "ไม่มีข้อความ")))
    page, [line] = officer.open("/staff/lines"), waiting(officer)
    answers = [officer.send(page, line, campaign=code, reason="seen the slip").status for _ in range(2)]
    assert answers == [200, 409]
    assert came_in(donor, DISTRICT_FUND) == 25_000


def test_money_sent_back_leaves_no_gift(donor: Visitor, officer: Visitor) -> None:
    hand_in(officer, kbank(transferred("99", "โอนผิด"), transferred("99", "คืนเงิน", at=time(15), is_out=True)))
    officer.send(officer.open("/staff/lines"), "/send-back", reason="He called: it was meant for somebody else.")
    assert waiting(officer) == []
    assert "Another" not in donor.open("/").words


@pytest.mark.parametrize("kind", ["fee", "tax-withheld", "running-cost"])
def test_money_that_went_out_is_explained(officer: Visitor, kind: str) -> None:
    told = hand_in(officer, kbank(transferred("15", "ค่าธรรมเนียม", is_out=True)))
    assert "Lines not yet in the books -15.00" in told.words
    officer.send(officer.open("/staff/lines"), "/explain", kind=kind, reason="It stands on the bank's advice.")
    assert "Lines not yet in the books 0.00" in officer.open("/staff/statements").words


def test_the_same_file_twice_does_nothing(donor: Visitor, officer: Visitor) -> None:
    file = kbank(paid(give(donor, choice="20").payment), transferred("77", "ไม่มีข้อความ"))
    assert "0 known, 2 new" in hand_in(officer, file).words
    assert "0 new lines" in hand_in(officer, file, "another-name.csv").words
    assert came_in(donor, DISTRICT_FUND) == 2_000
    assert len(waiting(officer)) == 1


def test_an_overlapping_file_adds_only_its_new_lines(donor: Visitor, officer: Visitor) -> None:
    first, second, third = (give(donor, choice="20") for _ in range(3))
    twins = [paid(first.payment), paid(poster(donor), baht="10"), paid(poster(donor), baht="10")]
    hand_in(officer, kbank(*twins))
    later = [paid(second.payment, on=NEXT_DAY), paid(third.payment, on=NEXT_DAY)]
    with clock.at(SOON):
        assert "3 known, 2 new" in hand_in(officer, kbank(*twins, *later)).words
    assert {state(donor, gift) for gift in (first, second, third)} == {"settled"}
    assert came_in(donor, DISTRICT_FUND) == 8_000


def test_a_file_of_the_next_day_continues_where_the_last_one_ended(donor: Visitor, officer: Visitor) -> None:
    hand_in(officer, kbank(paid(poster(donor), baht="10")))
    after = kbank(paid(poster(donor), baht="10", on=NEXT_DAY), opening_satang=KBANK_OPENING + 1_000, from_on=NEXT_DAY)
    with clock.at(SOON):
        assert "They meet: every baht is explained" in hand_in(officer, after).words
    assert came_in(donor, DISTRICT_FUND) == 2_000
