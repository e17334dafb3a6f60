"""A school's collection from the list to everybody's receipt, and what happens when the transfer is not the sum."""

import re
from pathlib import Path

import pytest

from fund import jobs
from fund.db import Database
from fund.settings import Settings
from tests.stories.pages import Page, Visitor
from tests.stories.people import DISTRICT_FUND, came_in, hand_in, kbank, paid, poster, scanned, waiting

LIST = "ชื่อ-สกุล\tชั้น\tจำนวนเงิน\tใบเสร็จ\tอีเมล\nเด็กชายเก่ง กล้า\tป.1\t๑๐\tใช่\tkeng@example.org\nเด็กหญิงแก้ว ใส\tป.2\t20\tใช่\t\nครูใจดี\t\t30.50\t\t\nรวม\t\t60.50\t\t\n"
ADDRESS = re.compile(r"/staff/collections/[0-9a-f-]{36}")


def begin(officer: Visitor, pasted: str = LIST) -> Page:
    """The page of a list that was handed in for the district's campaign."""
    page = officer.open("/staff/collections")
    page.form("/staff/collections").fields.update(campaign=poster(officer).ref1, pasted=pasted)
    return officer.upload(page, "/staff/collections", "", b"")


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
