"""Handing over by the pages: the link, the answer, the voucher on paper, who decides; no name on the way."""

import base64
import subprocess
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from fund import clock
from fund.audit import Sought, acts
from fund.cases.handing import states
from tests.fund.browsing import Browser, browser, come_in, form_token
from tests.fund.cases.handing.builders import MOTHER, Handed, a_photo, handed
from tests.fund.grants.office import TODAY, an_office

SIGNED = "data:image/png;base64," + base64.b64encode(a_photo(5, (64, 24), kind="PNG")).decode()
ANSWER = {"answer": "receive", "who": MOTHER.who, "relation": "mother", "signature": SIGNED}


@pytest.fixture
def house(database_url: str, database: object, tmp_path: Path) -> Iterator[tuple[Browser, Handed]]:
    with clock.at(TODAY), browser(database_url, files_dir=str(tmp_path / "files")) as client:
        office = an_office(client.app.state.database)
        yield client, handed(office, tmp_path / "files", 150_000, 50_000)


def page_of(help_out: Handed) -> str:
    return f"/staff/handovers/{help_out.request_id}/1"


def as_one(client: Browser, name: str) -> Browser:
    come_in(client, name)
    return client


def send(client: Browser, address: str, **typed: str) -> int:
    token = form_token(client)
    return client.post(address, data={"csrf_token": token, **typed}).status_code


def test_from_link_to_complete_without_a_name_in_any_address(house: tuple[Browser, Handed]) -> None:
    client, help_out = house
    where = page_of(help_out)
    as_one(client, "nok")
    token = form_token(client)
    shown = client.post(f"{where}/link", data={"csrf_token": token})
    assert (shown.status_code, shown.headers["cache-control"]) == (200, "no-store")
    path = shown.text.split('href="/handover/')[1].split('"')[0]
    client.cookies.clear()
    asked = client.get(f"/handover/{path}")
    assert asked.headers["x-robots-tag"] == "noindex, nofollow" and "1,500.00" in asked.text
    assert help_out.code not in asked.text and "set-cookie" not in asked.headers
    assert client.post(f"/handover/{path}", data={**ANSWER, "signature": ""}).status_code == 400
    assert client.post(f"/handover/{path}", data=ANSWER).headers["location"] == "/handover/thanks"
    over = client.get(f"/handover/{path}")
    assert (over.status_code, over.text.replace(path, "forged")) == (404, client.get("/handover/forged").text)
    as_one(client, "fon")
    told = client.get(where)
    assert MOTHER.who in told.text
    (evidence_id,) = {part.split('"')[0] for part in told.text.split(f"{where}/evidence/")[1:]}
    assert client.get(f"{where}/evidence/{evidence_id}").content.startswith(b"\x89PNG")
    assert send(client, f"{where}/evidence/{evidence_id}", act="accept") == 303
    assert help_out.row().is_complete
    with help_out.office.database.read() as session:
        assert MOTHER.who not in repr(acts(session, Sought(), limit=200))


def test_a_paper_is_handed_in_sent_back_and_stated_lost(house: tuple[Browser, Handed]) -> None:
    client, help_out = house
    where = page_of(help_out)
    as_one(client, "nok")
    token = form_token(client)
    typed = {"csrf_token": token, "kind": "voucher", "answer": "complain", "who": MOTHER.who, "relation": "mother"}
    picture = {"paper": ("x.jpg", a_photo(3), "image/jpeg")}
    refused = client.post(f"{where}/evidence", data=typed, files=picture)
    assert refused.status_code == 400 and MOTHER.who in refused.text
    assert client.post(f"{where}/evidence", data={**typed, "problem": "ขาด"}, files=picture).status_code == 303
    assert send(client, f"{where}/look", act="settle", words="ok") == 403
    as_one(client, "ton")
    assert send(client, f"{where}/look", act="settle", words="ส่งเพิ่มแล้ว") == 303
    assert help_out.row().state == states.SETTLED
    assert send(client, f"{where}/lost", replaces="voucher", words="หาย") == 303
    assert "รอตรวจ" in client.get("/staff/handovers", headers={"accept-language": "th"}).text


def test_the_voucher_says_number_case_and_amount_in_thai(house: tuple[Browser, Handed], tmp_path: Path) -> None:
    client, help_out = house
    where = page_of(help_out)
    as_one(client, "nok")
    paper = client.get(f"{where}/voucher.pdf")
    (tmp_path / "v.pdf").write_bytes(paper.content)
    told = subprocess.run(["pdftotext", "-layout", tmp_path / "v.pdf", "-"], capture_output=True, check=True).stdout
    text = told.decode()
    for words in ("ใบสำคัญรับเงิน", "000001", help_out.code, "1,500.00", "หนึ่งพันห้าร้อยบาทถ้วน", "/complaint/"):
        assert words in text, words
    assert "000001" in client.get(f"{where}/voucher.pdf").headers["content-disposition"]


def test_late_evidence_is_red_on_the_list(house: tuple[Browser, Handed]) -> None:
    client, help_out = house
    help_out.row()
    with clock.at(TODAY + timedelta(days=15)):
        said = as_one(client, "nok").get("/staff/handovers").text
        shown = client.get(f"/staff/cases/{help_out.code}").text
    assert "badge-bad" in said and help_out.code in said
    assert "badge-bad" in shown and page_of(help_out) in shown


def test_who_manages_cases_elsewhere_finds_nothing(house: tuple[Browser, Handed]) -> None:
    client, help_out = house
    assert as_one(client, "thip").get(page_of(help_out)).status_code == 403
    assert as_one(client, "aud").get(page_of(help_out)).status_code == 200
