"""A school's collection from the list to everybody's receipt, and what happens when the transfer is not the sum."""

import re

import pytest

from fund import jobs
from fund.db import Database
from fund.people import demo_people
from fund.settings import Settings
from tests.fund.browsing import served
from tests.stories.pages import Page, Visitor
from tests.stories.people import DISTRICT_FUND, came_in, hand_in, kbank, paid, poster, scanned, sign_in, waiting

LIST = "\n".join(
    [
        "ชื่อ-สกุล\tชั้น\tจำนวนเงิน\tใบเสร็จ\tอีเมล",
        "เด็กชายเก่ง กล้า\tป.1\t๑๐\tใช่\tkeng@example.org",
        "เด็กหญิงแก้ว ใส\tป.2\t20\tใช่\t",
        "ครูใจดี\t\t30.50\t\t",
        "รวม\t\t60.50\t\t",
    ]
)
ADDRESS = re.compile(r"/staff/collections/[0-9a-f-]{36}")


def begin(officer: Visitor, pasted: str = LIST) -> Page:
    """The page of a list that was handed in for the district's campaign."""
    page = officer.open("/staff/collections")
    page.form("/staff/collections").fields.update(campaign=poster(officer).ref1, pasted=pasted)
    return officer.upload(page, "/staff/collections", "", b"")


def listed(officer: Visitor, page: Page, pasted: str) -> Page:
    """The page of another list, handed in on this one."""
    page.form("/roster").fields["pasted"] = pasted
    return officer.upload(page, "/roster", "", b"")


def confirmed(officer: Visitor, pasted: str = LIST) -> Page:
    """The page of a collection whose list was confirmed."""
    return officer.send(begin(officer, pasted), "/confirm")


def address(page: Page) -> str:
    """Where the collection of a page is."""
    found = ADDRESS.search(page.address)
    assert found, page.address
    return found.group()


def work(settings: Settings, database: Database) -> None:
    """The worker does what there is to do."""
    while jobs.work_once(database, settings):
        pass


def test_one_transfer_becomes_everybodys_gift_with_their_receipts(
    donor: Visitor, officer: Visitor, settings: Settings, database: Database
) -> None:
    listed = begin(officer)
    assert "3 people give 60.50 baht together, and 2 of them get a receipt." in listed.words
    page = officer.send(listed, "/confirm")
    payment = scanned(officer.open(page.link("/qr.png")).content)
    hand_in(officer, kbank(paid(payment)))
    assert came_in(donor, DISTRICT_FUND) == 6_050 and waiting(officer) == []
    work(settings, database)
    settled = officer.open(address(page))
    assert "The money is here" in settled.words and "2 receipts were issued" in settled.words
    assert officer.open(settled.link("/receipts/")).content.startswith(b"%PDF")
    assert "เด็กหญิงแก้ว ใส" in officer.open(f"{address(page)}/people").words


def test_a_transfer_that_is_not_the_sum_waits_until_the_list_is_right(
    donor: Visitor, officer: Visitor, settings: Settings, database: Database
) -> None:
    page = confirmed(officer)
    hand_in(officer, kbank(paid(scanned(officer.open(page.link("/qr.png")).content), baht="50.50")))
    assert "10.00 baht too little" in officer.open(address(page)).words
    line = officer.open("/staff/lines")
    assert "the collection awaits 60.50 baht, another sum came" in line.words
    assert "Whose money is it?" in officer.open(line.link("/collection/")).words
    refused = listed(officer, officer.open(f"{address(page)}/roster"), LIST.replace("๑๐", "").replace("30.50", "30.5x"))
    assert "row 2, Amount:" in refused.words and "row 4, Amount:" in refused.words
    right = listed(officer, refused, "ชื่อ\tบาท\nเด็กหญิงแก้ว ใส\t20\nครูใจดี\t30.50\n")
    officer.send(right, "/confirm")
    work(settings, database)
    assert "The money is here" in officer.open(address(page)).words
    assert waiting(officer) == [] and came_in(donor, DISTRICT_FUND) == 5_050


def test_money_left_over_is_an_unnamed_gift_by_an_officers_word(donor: Visitor, officer: Visitor) -> None:
    page = confirmed(officer)
    hand_in(officer, kbank(paid(scanned(officer.open(page.link("/qr.png")).content), baht="61")))
    choice = officer.open(officer.open("/staff/lines").link("/collection/"))
    assert "0.50 baht left over become an unnamed gift" in choice.words
    settled = officer.send(choice, choice.address.split("/collection/")[1], reason="He called.")
    assert settled.status == 200 and waiting(officer) == []
    assert came_in(donor, DISTRICT_FUND) == 6_100


@pytest.mark.parametrize("act", ["", "/people", "/roster", "/qr.png"])
def test_a_collector_of_another_school_finds_nothing_there(officer: Visitor, settings: Settings, act: str) -> None:
    page = confirmed(officer)
    assert officer.open(address(page) + act).status == 200
    with served(settings, tells_errors=True) as client:
        collector = Visitor(client)
        sign_in(collector, demo_people.name_of("collector"))
        assert collector.open("/staff/collections").status == 200
        assert collector.open(address(page) + act).status == 404


def test_a_number_that_no_database_holds_finds_nothing(
    officer: Visitor, settings: Settings, database: Database
) -> None:
    page = confirmed(officer)
    hand_in(officer, kbank(paid(scanned(officer.open(page.link("/qr.png")).content))))
    work(settings, database)
    papers = officer.open(address(page)).link("/receipts/").rpartition("/")[0]
    assert officer.open(f"{papers}/{10**20}").status == 404
    people = officer.open(f"{address(page)}/people?after={10**20}")
    assert people.status == 200 and "เด็กหญิงแก้ว ใส" not in people.words
