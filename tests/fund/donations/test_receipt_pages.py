"""A receipt's two doors over HTTP: the link opens it, the printed code confirms it, everything else is one answer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fund import files, papers
from fund.db import Database
from fund.donations import service
from ledger import log, notes
from receipts import queries as receipts
from receipts import service as receipts_service
from receipts.leaves import RECEIPTS
from receipts.queries import Receipt
from tests.fund.browsing import Browser, browser
from tests.fund.donations.builders import STAFF, VALID_TAX_ID, a_named_pledge, an_arrival, found


@dataclass
class Desk:
    """A browser, and the receipt of a gift of ten baht."""

    client: Browser
    database: Database
    receipt: Receipt
    folder: Path

    @property
    def link(self) -> str:
        return f"/r/{self.receipt.number}/{self.receipt.token}"


@pytest.fixture
def desk(database: Database, database_url: str, tmp_path: Path) -> Iterator[Desk]:
    found(database)
    with database.write() as session:
        donation = service.receive(session, an_arrival(session, a_named_pledge(session)), by=STAFF)
        receipt = receipts.by_number(session, donation.receipt_number or "")
    with browser(database_url, files_dir=str(tmp_path)) as client:
        yield Desk(client, database, receipt, tmp_path)


def bare(text: str) -> str:
    """A page without what differs between requests: the address in the language switch, what was typed."""
    return re.sub(r'/language/[^"]+| value="[^"]*"', "", text)


def test_the_link_shows_the_facts_but_not_the_tax_id(desk: Desk) -> None:
    answer = desk.client.get(desk.link)
    assert answer.headers["cache-control"] == "no-store"
    assert "10.00" in answer.text
    assert "<bdi>สมชาย ใจดี</bdi>" in answer.text
    assert VALID_TAX_ID not in answer.text


def test_the_proof_is_offered_once_the_receipt_stands_in_the_log(desk: Desk) -> None:
    proof = f"/api{desk.link.replace('/r/', '/receipts/')}/proof"
    assert proof not in desk.client.get(desk.link).text
    key = notes.new_key("receipts.example")
    with desk.database.write() as session:
        log.add_key(session, key)
    with desk.database.write() as session:
        log.seal(session, key, sources=(RECEIPTS,))
    assert proof in desk.client.get(desk.link).text
    assert desk.client.get(proof).json()["format"] == "sipbaht-inclusion-1"


def test_a_paper_that_is_not_made_yet_is_waited_for(desk: Desk) -> None:
    assert "กำลังทำใบเสร็จให้อยู่" in desk.client.get(desk.link).text
    assert desk.client.get(f"{desk.link}/receipt.pdf").status_code == 404


def test_the_paper_is_downloaded_as_it_was_made(desk: Desk) -> None:
    assert desk.receipt.owner is not None
    with desk.database.write() as session:
        sha256 = files.store(session, desk.folder, b"%PDF-made once", desk.receipt.owner)
        papers.record(session, desk.receipt.number, sha256)
    assert f'href="{desk.link}/receipt.pdf"' in desk.client.get(desk.link).text
    paper = desk.client.get(f"{desk.link}/receipt.pdf")
    assert paper.content == b"%PDF-made once"
    assert paper.headers["content-type"] == "application/pdf"
    assert f'filename="{desk.receipt.number}.pdf"' in paper.headers["content-disposition"]


def test_a_wrong_token_and_an_unknown_number_have_one_answer(desk: Desk) -> None:
    number, token = desk.receipt.number, desk.receipt.token
    misses = [f"/r/{number}/{token[:-1]}", f"/r/KK-2570-999999/{token}", f"/r/{number}/{desk.receipt.check_code}"]
    answers = [desk.client.get(miss + part) for miss in misses for part in ("", "/receipt.pdf")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({bare(answer.text) for answer in answers}) == 1


def test_the_scanned_code_confirms_amount_and_day_and_nothing_else(desk: Desk) -> None:
    page = desk.client.get(f"/v/{desk.receipt.number}/{desk.receipt.check_code}")
    assert page.status_code == 200
    assert "ใบเสร็จนี้เป็นของจริง" in page.text
    assert "10.00" in page.text
    for secret in ("สมชาย", VALID_TAX_ID, desk.receipt.token, "ชุมแพ"):
        assert secret not in page.text


def test_the_typed_code_may_be_spaced_and_in_lower_case(desk: Desk) -> None:
    code = desk.receipt.check_code.lower()
    typed = {"number": f" {desk.receipt.number.lower()} ", "code": f"{code[:4]} {code[4:]}"}
    assert "ใบเสร็จนี้เป็นของจริง" in desk.client.post("/verify", data=typed).text


def test_every_wrong_check_has_one_answer(desk: Desk) -> None:
    number, code = desk.receipt.number, desk.receipt.check_code
    typed = [(number, code[:-1]), ("KK-2570-999999", code), (number, desk.receipt.token), ("", ""), ("\0", "\0")]
    answers = [desk.client.post("/verify", data={"number": one, "code": other}) for one, other in typed]
    assert {answer.status_code for answer in answers} == {404}
    assert len({bare(answer.text) for answer in answers}) == 1


def test_every_wrong_scan_has_one_answer(desk: Desk) -> None:
    number, code = desk.receipt.number, desk.receipt.check_code
    scanned = [f"/v/{number}/{code[:-1]}", f"/v/KK-2570-999999/{code}", f"/v/{number}/{desk.receipt.token}", "/v/1/2"]
    answers = [desk.client.get(address) for address in scanned]
    assert {answer.status_code for answer in answers} == {404}
    assert len({bare(answer.text) for answer in answers}) == 1


def test_a_voided_receipt_says_so_at_both_doors(desk: Desk) -> None:
    with desk.database.write() as session:
        receipts_service.void(session, desk.receipt.number, reason="ผิดรายการ", by="officer")
    assert "ยกเลิกแล้ว" in desk.client.get(f"/v/{desk.receipt.number}/{desk.receipt.check_code}").text
    assert "ยกเลิกแล้ว" in desk.client.get(desk.link).text


def test_the_form_asks_for_both(desk: Desk) -> None:
    page = desk.client.get("/verify").text
    assert 'name="number"' in page
    assert 'name="code"' in page
