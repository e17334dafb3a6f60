"""What somebody tries who wants money twice, another's signature, or the worker to stand still."""

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fund import clock
from fund.cases.handing import evidence, handovers, links, states
from fund.cases.handing.errors import HandoverNotFoundError, KnownPictureError, OwnHandoverError
from fund.cases.handing.handovers import Said
from fund.grants import paying
from ledger.identifiers import new_id
from tests.fund.cases.handing.builders import MOTHER, Handed, a_pdf, handed, signature
from tests.fund.grants.office import TODAY, Office, money


def test_a_colleague_who_made_the_link_does_not_sign_by_it(help_out: Handed) -> None:
    key = help_out.act(links.make, help_out.chain, 1, by="nim")
    with pytest.raises(OwnHandoverError):
        help_out.office.act(links.answer, help_out.folder, key, Said("receive", "N im", "mother"), signature())
    help_out.office.act(links.answer, help_out.folder, key, MOTHER, signature())


def test_cash_that_was_returned_whole_is_over_and_others_are_opened_still(office: Office, tmp_path: Path) -> None:
    cash = handed(office, tmp_path, 30_000, kind="cash")
    cash.row()
    office.act(paying.return_rest, cash.request_id, 1, money(30_000), by=office.fai)
    other = handed(office, tmp_path, 20_000, code=cash.code)
    office.act(handovers.follow_money)
    assert office.act(handovers.open_new) == 1
    assert other.row().state == states.WAITING


def test_one_paper_for_two_handovers_at_once_is_taken_for_one(office: Office, tmp_path: Path) -> None:
    one, same = handed(office, tmp_path, 20_000), a_pdf("the same")
    both = [one, handed(office, tmp_path, 30_000, code=one.code)]

    def hand_in(help_out: Handed) -> str:
        with clock.at(TODAY), office.database.write() as session:
            try:
                words = (session, tmp_path, help_out.chain, 1, "voucher", same, MOTHER)
                evidence.file(*words, by=office.nok)
            except KnownPictureError:
                return "known"
            time.sleep(0.3)
        return "taken"

    with ThreadPoolExecutor() as pool:
        assert sorted(pool.map(hand_in, both)) == ["known", "taken"]


def test_the_worker_waits_for_who_acts_on_a_handover(help_out: Handed) -> None:
    help_out.row()
    office = help_out.office
    office.act(paying.came_back, help_out.request_id, 1, money(50_000), by=office.fai)

    def follow() -> None:
        with clock.at(TODAY):
            office.act(handovers.follow_money)

    with ThreadPoolExecutor() as pool:
        first, second = pool.submit(follow), pool.submit(follow)
        assert (first.result(), second.result()) == (None, None)


def test_a_form_of_another_handover_is_not_answered_as_handed_in(office: Office, tmp_path: Path) -> None:
    one = handed(office, tmp_path, 20_000)
    other = handed(office, tmp_path, 30_000, code=one.code)
    filed = one.file(row_id=new_id())
    with pytest.raises(HandoverNotFoundError):
        other.file(row_id=filed)
