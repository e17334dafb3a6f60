"""Pages of audit receipts: anyone who holds one may check it; the child's name is for who may see the case alone."""

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from fund import jobs
from fund.audit import Sought, acts
from fund.audit_receipts import pages
from fund.cases import case_page
from fund.people.powers import Grant
from receipts.proofs import receipt_file
from tests.fund.audit_receipts.proving import CHILD, GUARDIAN, Proving
from tests.fund.browsing import form_token, signed_in
from tests.fund.canaries import left_by, left_in, seen
from tests.fund.cases.test_canaries import led_to
from tests.receipts.papers import fold, texts

PROGRAM = Path(__file__).parents[3] / "verify_receipt.py"


@pytest.fixture
def issued(proving: Proving) -> Proving:
    proving.pay()
    proving.hand_over()
    proving.job()
    proving.seal()
    return proving


def test_the_proof_of_an_audit_receipt_is_checked_by_an_outsider(issued: Proving, tmp_path: Path) -> None:
    (paper,) = issued.papers()
    with issued.office.database.read() as session:
        told = receipt_file(session, paper.number)
    (tmp_path / "proof.json").write_text(told, encoding="utf-8")
    command = [sys.executable, str(PROGRAM), str(tmp_path / "proof.json")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and paper.facts.case_code in done.stdout and "gifts: D4001" in done.stdout


LIES = {
    "a gift that did not pay": (b'"start_satang":', b'"start_satang":1'),
    "another place in the log": (b'"position":', b'"position":1'),
    "more money": (b'"amount_satang":', b'"amount_satang":1'),
}


def test_a_proof_that_says_something_else_is_refused(issued: Proving, tmp_path: Path) -> None:
    (paper,) = issued.papers()
    with issued.office.database.read() as session:
        told = receipt_file(session, paper.number)
    facts = paper.facts.canonical()
    for lie, (true, false) in LIES.items():
        changed = told.replace(base64.b64encode(facts).decode(), base64.b64encode(facts.replace(true, false)).decode())
        assert changed != told and json.loads(changed), lie
        (tmp_path / "proof.json").write_text(changed, encoding="utf-8")
        command = [sys.executable, str(PROGRAM), str(tmp_path / "proof.json")]
        assert subprocess.run(command, capture_output=True, check=False).returncode != 0, lie


def test_whoever_holds_the_paper_may_check_it_and_no_page_but_one_names_the_child(
    issued: Proving, database_url: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (paper,) = issued.papers()
    jobs.render_receipt(issued.office.database, issued.settings, paper.number)
    one = f"/staff/audit-receipts/{paper.number}"
    files_dir, addresses = issued.settings.files_dir, list[str]()
    with signed_in(database_url, "Malee", Grant("case_manager", "district:4001"), files_dir=files_dir) as client:
        client.event_hooks["response"].append(lambda answer: addresses.extend([str(answer.url), *led_to(answer)]))
        checked = client.get(f"/v/{paper.number}/{paper.check_code}")
        proof = client.get(f"/v/{paper.number}/{paper.check_code}/proof")
        listed, shown = client.get("/staff/audit-receipts"), client.get(one)
        kept = client.get(f"{one}/receipt.pdf")
        told = [client.get(f"/staff/{at}") for at in issued.told_at()]
        typed = {"csrf_token": form_token(client), "why": "audit"}
        named = client.post(f"{one}/named.pdf", data=typed)
        unsaid = client.post(f"{one}/named.pdf", data={**typed, "why": ""})
    assert {checked.status_code, proof.status_code, listed.status_code, shown.status_code, kept.status_code} == {200}
    assert paper.facts.case_code in checked.text and paper.number in listed.text and "1,000.00" in checked.text
    assert all(f'href="{one}"' in answer.text for answer in told)
    for answer in (checked, proof, listed, shown):
        assert CHILD not in answer.text and GUARDIAN not in answer.text
    for read in texts(kept.content, tmp_path).values():
        assert fold(CHILD) not in read and fold("ใบรับรองการจ่ายเงิน") in read
    assert named.headers["cache-control"] == "no-store" and unsaid.status_code >= 400
    for read in texts(named.content, tmp_path).values():
        assert fold(CHILD) in read and fold("Malee") in read
    said = {"log": "".join(capfd.readouterr()).encode(), "addresses": "\n".join(addresses).encode()}
    kept_here = dict(left_in(Path(files_dir))) | left_by(issued.office.database)
    assert len(addresses) > 8 and seen(said | kept_here) == []
    with issued.office.database.read() as session:
        (look,) = acts(session, Sought(subject=paper.number, is_view=True), limit=9)
    assert (look.action, look.reason) == ("audit_receipt.viewed", "audit")


def nobody_else_gets_the_name(issued: Proving, database_url: str) -> None:
    (paper,) = issued.papers()
    one = f"/staff/audit-receipts/{paper.number}"
    with signed_in(database_url, "Malee", Grant("case_manager", "district:4002")) as client:
        assert client.get(one).status_code == 404 and paper.number not in client.get("/staff/audit-receipts").text
    with signed_in(database_url, "Tida", Grant("finance")) as client:
        assert client.get(one).status_code == 200
        typed = {"csrf_token": form_token(client), "why": "audit"}
        assert client.post(f"{one}/named.pdf", data=typed).status_code == 404


def test_who_may_not_see_the_case_gets_no_name(issued: Proving, database_url: str) -> None:
    nobody_else_gets_the_name(issued, database_url)


def test_a_page_that_names_the_child_to_whoever_comes_is_found(
    issued: Proving, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_page, "theirs", lambda *_: None)
    monkeypatch.setattr(pages, "_printed", lambda *_, child, **__: child.name.encode())
    with pytest.raises(AssertionError, match="200 == 404"):
        nobody_else_gets_the_name(issued, database_url)
