"""Gifts from the form or the poster to the thank-you and the receipt, through HTTP only."""

import subprocess
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import pytest

from fund import clock, jobs
from fund.db import Database
from fund.settings import Settings
from tests.stories import people
from tests.stories.pages import Visitor
from tests.stories.people import DISTRICT, DISTRICT_FUND, came_in, camt053, give, hand_in, kbank, paid, poster, state


def test_a_gift_by_pledge_goes_from_the_form_to_a_receipt_that_anyone_can_check(
    donor: Visitor, officer: Visitor, database: Database, settings: Settings, tmp_path: Path
) -> None:
    gift = give(donor, choice="20", name="นางสาวขวัญใจ ใจดี")
    assert (gift.payment.ref1, gift.payment.amount_satang) == (gift.reference, 2_000)
    assert state(donor, gift) == "open"
    assert "0 known, 1 new" in hand_in(officer, kbank(paid(gift.payment))).words
    assert state(donor, gift) == "settled"
    assert came_in(donor, DISTRICT_FUND) == 2_000
    thanks = donor.open(gift.link)
    receipt = thanks.link("/r/")
    assert not donor.open(receipt).has_link("receipt.pdf")
    assert jobs.work_once(database, settings)
    paper = donor.open(donor.open(receipt).link("receipt.pdf"))
    assert paper.status == 200, paper.words
    address = qr_on_paper(paper.content, tmp_path)
    checked = donor.open(address.removeprefix(settings.address))
    assert (checked.status, "20.00" in checked.words, "ขวัญใจ" in checked.words) == (200, True, False)


def qr_on_paper(paper: bytes, folder: Path) -> str:
    """The address in the QR on the first page of a PDF."""
    (folder / "paper.pdf").write_bytes(paper)
    command = ["pdftoppm", "-r", "200", "-png", "-singlefile", str(folder / "paper.pdf"), str(folder / "paper")]
    subprocess.run(command, check=True)
    return people.zbarimg(folder / "paper.png")


def test_a_receipt_opens_by_its_link_alone_and_checks_by_its_code_alone(donor: Visitor, officer: Visitor) -> None:
    gift = give(donor, choice="10", name="ทดสอบ")
    hand_in(officer, kbank(paid(gift.payment)))
    number, token = donor.open(gift.link).link("/r/").split("/")[2:4]
    asked = donor.open("/verify")
    assert donor.open(f"/r/{number}/{token}").status == 200
    assert donor.open(f"/r/{number}/{token[:-1]}").status == 404
    assert donor.send(asked, "/verify", number=number, code="").status == 404
    assert donor.send(asked, "/verify", number=number, code=token).status == 404


def test_a_gift_by_the_poster_alone_belongs_to_its_campaign(donor: Visitor, officer: Visitor) -> None:
    payment = poster(donor, DISTRICT)
    assert payment.amount_satang is None
    assert "All of its lines are settled" in hand_in(officer, kbank(paid(payment, baht="10"))).words
    assert came_in(donor, DISTRICT_FUND) == 1_000


@pytest.mark.parametrize(("bank", "name"), [(kbank, "a.csv"), (camt053, "a.xml")], ids=["kbank", "camt053"])
def test_two_identical_ten_baht_gifts_in_the_same_minute_are_two_gifts(
    donor: Visitor, officer: Visitor, bank: Callable[..., bytes], name: str
) -> None:
    line = paid(poster(donor), baht="10", at=time(12, 30))
    assert "0 known, 2 new" in hand_in(officer, bank(line, line), name).words
    assert came_in(donor, DISTRICT_FUND) == 2_000


@pytest.mark.parametrize("version", [2, 8])
def test_a_camt053_statement_settles_a_pledge(donor: Visitor, officer: Visitor, version: int) -> None:
    gift = give(donor, choice="100")
    hand_in(officer, camt053(paid(gift.payment), version=version), "statement.xml")
    assert state(donor, gift) == "settled"
    assert came_in(donor, DISTRICT_FUND) == 10_000


@pytest.mark.parametrize(
    "typed",
    [
        lambda reference: " ".join(reference),
        lambda reference: f"{reference[:4]}-{reference[4:8]} {reference[8:]}",
        str.lower,
        lambda reference: reference.translate(str.maketrans("01582", "OLSBZ")),
        lambda reference: f"โอนเงิน{reference.lower().replace('0', 'o')}ขอบคุณ",
    ],
    ids=["spaced", "in-groups", "lower-case", "look-alikes", "glued-to-words"],
)
def test_a_badly_copied_reference_is_still_found(donor: Visitor, officer: Visitor, typed: Callable[[str], str]) -> None:
    gift = give(donor, choice="20")
    hand_in(officer, kbank(paid(gift.payment, references=[typed(gift.reference)])))
    assert state(donor, gift) == "settled"


def test_the_amount_that_arrived_is_the_gift_whatever_was_pledged(donor: Visitor, officer: Visitor) -> None:
    gift = give(donor, choice="100")
    hand_in(officer, kbank(paid(gift.payment, baht="60.50")))
    assert "60.50" in donor.open(gift.link).words
    assert came_in(donor, DISTRICT_FUND) == 6_050


def test_a_reference_paid_twice_is_two_gifts_of_one_donor(donor: Visitor, officer: Visitor) -> None:
    gift = give(donor, choice="20", name="ผู้ให้สองครั้ง")
    hand_in(officer, kbank(paid(gift.payment), paid(gift.payment, at=time(9, 1))))
    thanks = donor.open(gift.link)
    assert "paid once more" in thanks.words
    assert len({link for link in thanks.links if link.startswith("/r/")}) == 2
    assert came_in(donor, DISTRICT_FUND) == 4_000


def test_money_that_comes_after_the_pledge_expired_is_still_that_donor_s(donor: Visitor, officer: Visitor) -> None:
    with clock.at(people.NOW - timedelta(days=40)):
        gift = give(donor, choice="20")
    assert state(donor, gift) == "expired"
    assert "too old" in donor.open(gift.link).words
    hand_in(officer, kbank(paid(gift.payment)))
    assert state(donor, gift) == "settled"


def test_a_closed_campaign_says_so_and_money_for_its_old_qr_still_arrives(donor: Visitor, officer: Visitor) -> None:
    gift, printed = give(donor, choice="20"), poster(donor)
    officer.send(officer.open("/staff/campaigns"), f"/{printed.ref1}/close")
    assert donor.open(f"/give/{DISTRICT}").status == donor.open(f"/poster/{printed.ref1}").status == 410
    assert state(donor, gift) == "open"
    assert not donor.open(gift.link).has_link("qr.png")
    hand_in(officer, kbank(paid(gift.payment), paid(printed, baht="10")))
    assert state(donor, gift) == "settled"
    assert came_in(donor, DISTRICT_FUND) == 3_000


def test_a_form_sent_twice_makes_one_pledge(donor: Visitor) -> None:
    form = donor.open(f"/give/{DISTRICT}")
    first, second = (donor.send(form, f"/give/{DISTRICT}", choice="20") for _ in range(2))
    assert first.address == second.address
    other = donor.send(form, f"/give/{DISTRICT}", choice="100")
    assert other.status == 422
    assert "/gift/" not in other.address


def test_a_form_sent_again_the_day_after_is_told_that_it_was_recorded(donor: Visitor) -> None:
    form = donor.open(f"/give/{DISTRICT}")
    first = donor.send(form, f"/give/{DISTRICT}", choice="20")
    with clock.at(datetime(2026, 11, 25, 10, tzinfo=clock.BANGKOK)):
        again = donor.send(form, f"/give/{DISTRICT}", choice="20")
    assert (again.status, again.has_link(first.address.split("/gift/")[1])) == (409, True)


def test_a_donor_comes_back_with_reference_and_amount(donor: Visitor) -> None:
    gift = give(donor, choice="20")
    asked = donor.open("/return")
    found = donor.send(asked, "/return", reference=gift.reference.lower(), amount="๒๐")
    assert gift.reference in found.words
    assert gift.link not in found.source
    assert donor.send(asked, "/return", reference=gift.reference, amount="10").status == 404
