"""Cash out of a box, counted by two and banked; a gift given back by two: each through HTTP alone."""

from collections.abc import Iterator
from datetime import time, timedelta

import pytest

from fund import clock
from fund.bank.sample_files import SampleLine
from fund.people import demo_people
from fund.settings import Settings
from ledger.money import parse_baht
from tests.fund.browsing import served
from tests.stories import people
from tests.stories.pages import Page, Visitor
from tests.stories.people import DAY, DISTRICT_FUND, NOW, came_in, give, hand_in, kbank, paid, transferred

SOON = NOW + timedelta(minutes=10)
PNG = b"\x89PNG\r\n\x1a\n of a slip"


@pytest.fixture
def treasurer(settings: Settings) -> Iterator[Visitor]:
    """Somebody else, signed in as the demonstration's treasurer."""
    with served(settings, tells_errors=True) as client:
        visitor = Visitor(client)
        people.sign_in(visitor, demo_people.name_of("treasurer"))
        yield visitor


def a_box(officer: Visitor, donor: Visitor) -> str:
    """The address of a new box of the district's campaign."""
    code = people.poster(donor).ref1
    page = officer.send(
        officer.open("/staff/cash/new"), "/staff/cash/new", name="Market", place="Main entrance", campaign=code
    )
    return page.address.split("testserver.local")[-1]


def count(visitor: Visitor, box: str, **pieces: str) -> Page:
    return visitor.send(visitor.open(box), "/count", **pieces)


def carry(officer: Visitor, baht: str, reference: str = "") -> Page:
    """The officer carries so much to the first account, and hands in a picture of the slip."""
    page, day = officer.open("/staff/cash/carry"), DAY.isoformat()
    return officer.upload(
        page, "/carry", "slip.png", PNG, field="slip", amount=baht, carried_on=day, reference=reference
    )


def test_a_box_is_counted_by_two_carried_and_banked(donor: Visitor, officer: Visitor, treasurer: Visitor) -> None:
    box = a_box(officer, donor)
    assert "You have counted" in count(officer, box, n10000="3", n1000="5").words
    seen = treasurer.open(box).words
    assert "has counted" in seen and "350" not in seen
    assert "differ" in count(treasurer, box, n10000="2", n1000="5").words
    assert "350.00" not in officer.open(box).words
    count(treasurer, box, n10000="3", n1000="5")
    agreed = count(officer, box, n10000="3", n1000="5").words
    assert "off by -100.00 baht" in agreed and "350.00" in agreed
    assert came_in(donor, DISTRICT_FUND) == 35_000
    assert "no more than 350.00 baht" in carry(officer, "400").words
    way = carry(officer, "350", "CD-778812")
    assert "On its way" in way.words and treasurer.open(way.link("/cash/ways/")).content == PNG
    hand_in(officer, kbank(transferred("350", "ฝากเงินสด CD778812")))
    told = treasurer.open("/staff/cash").words
    assert "On the bank's statement" in told and "Market 0.00" in told
    assert came_in(donor, DISTRICT_FUND) == 35_000


def test_a_line_of_less_than_was_carried_waits_with_the_difference(
    donor: Visitor, officer: Visitor, treasurer: Visitor
) -> None:
    box = a_box(officer, donor)
    count(officer, box, n10000="1")
    count(treasurer, box, n10000="1")
    carry(officer, "100")
    hand_in(officer, kbank(transferred("98", "ฝากเงินสด")))
    assert "cash carried to the bank: 100.00 (-2.00)" in officer.open("/staff/lines").words
    page = officer.open("/staff/cash")
    assert officer.send(page, "/withdraw", reason="").status == 400
    officer.send(page, "/withdraw", reason="The bank counted 98 baht.")
    carry(officer, "98")
    officer.send(officer.open("/staff/lines"), "/again")
    assert "2.00" in officer.open(box).words
    assert people.waiting(officer) == []


def test_a_gift_is_given_back_by_two_and_the_donor_sees_it(
    donor: Visitor, officer: Visitor, treasurer: Visitor
) -> None:
    gift = give(donor, choice="100", name="นางสาวขวัญใจ ใจดี")
    hand_in(officer, kbank(paid(gift.payment)))
    number = donor.open(gift.link).link("/r/").split("/")[2]
    assert officer.send(officer.open("/staff/refunds"), "/find", q="D123").status == 404
    page = officer.send(officer.open("/staff/refunds"), "/find", q=number.lower())
    refund = page.address.split("testserver.local")[-1]
    assert officer.send(page, "/ask", reason=" ").status == 400
    asked = officer.send(page, "/ask", reason="Sent twice by mistake.")
    assert officer.send(asked, "/decide").status == 403, "who asked decides nothing"
    declined = treasurer.send(treasurer.open(refund), "/decline", reason="Which of the two?").words
    assert "Declined demo-treasurer" in declined
    officer.send(officer.open(refund), "/ask", reason="The second one.")
    assert "To be paid back" in treasurer.send(treasurer.open(refund), "/decide").words
    assert "is being given back" in donor.open(gift.link).words
    assert "voided" in donor.open(donor.open(gift.link).link("/r/")).words
    assert treasurer.open(f"{refund}/origin").status == 403
    assert "What the bank wrote" in officer.open(f"{refund}/origin").words
    sent_out(officer, "100")
    officer.send(officer.open("/staff/lines"), "/choose", reason="It is on the order.")
    assert "Left our account" in officer.open(refund).words
    assert "was given back" in donor.open(gift.link).words


def sent_out(officer: Visitor, baht: str) -> None:
    """A line of as much goes out on the day of the decision."""
    out = SampleLine(NOW.date(), -parse_baht(baht), "คืนเงิน", time(15))
    opening = people.KBANK_OPENING + parse_baht(baht)
    later = kbank(out, opening_satang=opening, from_on=people.NEXT_DAY + timedelta(days=1), to_on=NOW.date())
    with clock.at(SOON):
        hand_in(officer, later, "later.csv")
