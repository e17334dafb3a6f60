"""What orders candidates and never matches: a name like the donor's, a payer who gave there before."""

from dataclasses import replace

import pytest

from fund.bank import explaining, hints, queries, settling
from fund.bank.matching import Waits
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors.details import ContactDetails
from tests.fund.bank.builders import OFFICER, Fund, a_csv, a_gift

PAYER = "X1234 นาย สมชาย ศ++"


@pytest.mark.parametrize("name", ["สมชาย ศรีสุข", "นาย สมชาย ศรีสุข", "นาย  สมชาย ศ"])
def test_a_masked_name_is_like_the_donors(name: str) -> None:
    assert hints.is_like(PAYER, name)


@pytest.mark.parametrize("name", ["สมหญิง ศรีสุข", "สมชาย แก้วมณี", "สมชาย", "", "นาย"])
def test_another_name_is_not(name: str) -> None:
    assert not hints.is_like(PAYER, name)


def test_candidates_come_with_what_is_known_of_the_payer_and_the_likeliest_is_first(fund: Fund) -> None:
    references = []
    for number, name in enumerate(("มาลี แก้วมณี", "สมชาย ศรีสุข")):
        contact = ContactDetails(name=name)
        request = PledgeRequest(fund.campaign().id, 1000, f"form-{number}", contact)
        with fund.database.write() as session:
            references.append(donations.pledge(session, request, by=OFFICER).pledge.reference)
    fund.take_and_settle(a_csv([a_gift(300, f"จาก {PAYER}", day=1)], last=1))
    with fund.database.write() as session:
        (before,) = queries.waiting_lines(session, limit=9)
        explaining.name_line(session, before.id, fund.campaign().code, reason="โทรมา", by=OFFICER)
    with fund.database.read() as session:
        asked = settling.candidates(session, replace(before, text=" ".join(references), amount_satang=1000))
    assert isinstance(asked, Waits)
    assert [one.subject for one in asked.candidates] == references[::-1]
    assert {"name", "seen"} <= {one.what for one in asked.candidates[0].reasons}
    assert [one.mark for one in asked.candidates[0].reasons][-2:] == ["~", "~"]
