"""A child's whole way over HTTP: found, asked for, paid, handed over, proven, looked in on, closed; no name is left."""

import json
import logging
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from fund import clock, jobs, sealed, sealing
from fund.audit import Actor
from fund.cases.following import chores
from fund.people import staff
from fund.people.powers import Grant
from fund.settings import Settings
from tests.fund.browsing import a_person
from tests.fund.canaries import Canary, left_by, left_in, seen
from tests.stories import people
from tests.stories.casework import CORE, FINANCE, MANAGER, Office, a_pdf, a_signature
from tests.stories.pages import Page
from tests.stories.test_giving import qr_on_paper

CHILD, MOTHER, NEIGHBOUR = Canary(1), Canary(2), Canary(3)
WORDS = f"{CHILD.name} ไม่มีค่ารถ"
PROGRAM = Path(__file__).parents[2] / "verify_receipt.py"
THING = "จักรยานของเรื่องนี้"
IN_A_MONTH = people.NOW + timedelta(days=31)


def work(office: Office, settings: Settings) -> None:
    """The worker does all that waits, and the log is sealed."""
    while jobs.work_once(office.database, settings):
        pass
    sealing.seal_news(office.database, settings)


def begin(office: Office, settings: Settings) -> None:
    """The log is signed, a second case manager gets letters, and a donor has given."""
    with office.database.write() as session:
        sealing.begin(session, settings)
        colleague = a_person(session, "colleague", Grant("case_manager", "district:4001"))
        staff.change_email(session, colleague.id, "colleague@fund.example", by=Actor("colleague", colleague.id))
    office.receive("100")


def find(office: Office) -> str:
    """A neighbour tells; the case manager takes it, asks the mother, and plans; the case's code."""
    family = office.family()
    told = {"name": CHILD.name, "where": WORDS, "words": WORDS, "district": "4001", "left": "yes"}
    told |= {"reporter_name": NEIGHBOUR.name, "reporter_phone": NEIGHBOUR.phone}
    assert family.send(family.open("/report"), "/report", **told).address.endswith("/report/thanks")
    manager = office.of(MANAGER)
    report = manager.open(manager.open("/staff/reports").link("/staff/reports/0"))
    case = manager.send(report, "/take", name=CHILD.name, birth_on="2016-05-04", national_id=CHILD.tax_id, grade="P4")
    code = re.split(r"[/?]", case.address)[5]
    child = manager.open(f"/staff/cases/{code}/child?why=case_work")
    known = manager.send(
        child, "/child", guardian=MOTHER.name, relation="mother", promptpay=MOTHER.phone, address=WORDS
    )
    assert known.status == 200 and MOTHER.name in known.words, known.words
    case = manager.open(f"/staff/cases/{code}?why=case_work")
    manager.send(case, "/needs", need="travel", urgency="1", need_words=WORDS)
    agreed = {"who": MOTHER.name, "consent_relation": "mother", "help": "yes", "photos": "yes"}
    manager.upload(case, "/consents", f"{CHILD.name}.pdf", a_pdf(), field="signed", **agreed)
    for act in ("assess", "plan"):
        manager.send(case, "/move", act=act, reason=WORDS)
    return code


def ask(office: Office, code: str) -> UUID:
    """The case manager asks, the core team reads and approves."""
    manager, asked = office.of(MANAGER), {"purpose": "travel", "amount_1": "60", "words": WORDS}
    page = manager.open(f"/staff/cases/{code}/requests")
    made = manager.upload(page, "/requests", f"{CHILD.name}.pdf", a_pdf(), field="paper", **asked)
    assert made.status == 200 and "/staff/requests/" in made.address, made.words
    core = office.of(CORE)
    page = core.open(made.address)
    assert WORDS in page.words and MOTHER.name in page.words
    assert "Awarded" in core.send(page, "/approve").words
    return UUID(made.address.rpartition("/")[2])


def give_goods(office: Office, code: str, folder: Path) -> None:
    """A bicycle, counted by one and valued by another, is asked for, awarded, and signed for on the screen.

    The paper that could be signed instead leads the family to its complaint.
    """
    keeper = office.of("storekeeper")
    lists = keeper.open("/staff/goods/lists")
    keeper.send(lists, "/things", name_th=THING, name_en="Bicycle of a story", unit_th="คัน", unit_en="bicycle")
    keeper.send(lists, "/places", kind="store", name="คลังของเรื่องนี้")
    page = keeper.open("/staff/goods/receive")
    (thing,) = re.findall(r'value="([^"]+)">Bicycle of a story', page.source)
    keeper.upload(page, "/receive", "b.pdf", a_pdf(), field="photo", accepted="2", giver="ร้านตัวอย่าง", thing=thing)
    valuer = office.of("valuer")
    arrival = re.findall(r'href="(/staff/goods/arrivals/[^"]+)">Bicycle of a', valuer.open("/staff/goods").source)[-1]
    ending = arrival.rpartition("/")[2]
    valuer.upload(valuer.open(arrival), ending, "p.pdf", a_pdf(), field="paper", worth="50")
    manager = office.of(MANAGER)
    made = manager.send(manager.open(f"/staff/cases/{code}/goods"), "/goods", thing=thing)
    assert "Waits for the core team" in made.words, made.words
    core = office.of(CORE)
    assert "Promised" in core.send(core.open(made.address), "/approve").words
    keeper = office.of("storekeeper")
    page = keeper.open(made.address)
    complaint = qr_on_paper(keeper.open(page.link("/voucher.pdf")).content, folder)
    told = {"who": MOTHER.name, "relation": "mother", "signature": a_signature()}
    done = keeper.upload(page, "/issue", "", b"", field="signed", **told)
    assert "Handed out" in done.words and MOTHER.name in done.words, done.words
    assert keeper.open(done.link("/signatures/")).content.startswith(b"\x89PNG")
    register = office.of("auditor").open("/staff/receipts?of=KK.in-kind.2570")
    assert "In-kind receipts" in register.words, register.words
    assert "Bicycle of a story" in office.of(MANAGER).open(f"/staff/cases/{code}?why=case_work").words
    (key,) = re.findall("/complaint/(.+)", complaint)
    assert office.family().open(f"/complaint/{key}").status == 200


def hand_over(office: Office, request_id: UUID) -> None:
    """The mother signs on the phone; somebody else accepts it."""
    link = office.link_for_the_family(request_id)
    assert office.answer(link, who=MOTHER.name).address.endswith("/handover/thanks")
    assert office.is_over(link)
    assert "Papers complete" in office.accept(request_id, CORE).words


def prove(office: Office, settings: Settings, code: str, folder: Path) -> None:
    """The audit receipt, its page for who holds the paper, and its proof, which an outsider's program checks."""
    auditor = office.of("auditor")
    page = auditor.open(auditor.open("/staff/audit-receipts").link("/staff/audit-receipts/KKA"))
    paper = auditor.open(page.link("/receipt.pdf")).content
    family, address = office.family(), qr_on_paper(paper, folder).removeprefix(settings.address)
    checked = family.open(address)
    assert (checked.status, code in checked.words, "60.00" in checked.words) == (200, True, True)
    proof = family.open(f"{address}/proof").content
    (folder / "proof.json").write_bytes(proof)
    done = subprocess.run([sys.executable, str(PROGRAM), str(folder / "proof.json")], capture_output=True, check=False)
    assert (done.returncode, b"gifts: D4001" in done.stdout) == (0, True), done.stdout.decode() + done.stderr.decode()
    assert json.loads(proof)


def follow(office: Office, settings: Settings, code: str) -> Page:
    """Thirty days after the help somebody looks in; the case is closed."""
    manager = office.of(MANAGER)
    manager.send(manager.open(f"/staff/cases/{code}?why=case_work"), "/move", act="help")
    with clock.at(IN_A_MONTH):
        chores.look_after(office.database, settings)
        work(office, settings)
        manager = office.of(MANAGER)
        due = manager.open(manager.open("/staff/follow-ups").link("/staff/follow-ups/0"))
        manager.send(due, due.address.rpartition("/")[2], act="attend", words=WORDS)
        assert office.stage(code) == "followed"
        case = manager.open(f"/staff/cases/{code}?why=case_work")
        return manager.send(case, "/move", act="close", reason=WORDS)


def live(office: Office, settings: Settings, folder: Path) -> str:
    """All of it; the case's code."""
    begin(office, settings)
    code = find(office)
    request_id = ask(office, code)
    run = office.pay(request_id, 6_000)
    assert "Settled" in run.words and MOTHER.name in run.words
    finance = office.of(FINANCE)
    assert MOTHER.phone in finance.send(finance.open(run.address), "/file").content.decode("utf-8-sig")
    hand_over(office, request_id)
    give_goods(office, code, folder)
    work(office, settings)
    prove(office, settings, code, folder)
    assert "Case closed" in follow(office, settings, code).words
    return code


@pytest.fixture
def asked(office: Office) -> list[str]:
    """Every address that was asked for or led to."""
    addresses: list[str] = []

    def note(answer: Any) -> None:
        addresses.append(f"{answer.request.url} {answer.headers.get('location', '')}")

    office.client.event_hooks["response"].append(note)
    return addresses


def left(office: Office, settings: Settings, asked: list[str], log: str) -> list[str]:
    """Where a name is found: log, addresses, letters, names and content of files, the database."""
    files = [*left_in(settings.files_path), *left_in(Path(settings.mail_dir))]
    said = {"log": log.encode(), "addresses": "\n".join(asked).encode(), "names": repr(files).encode()}
    return seen(said | left_by(office.database) | dict(files))


def test_a_child_is_found_helped_proven_followed_and_closed_and_no_name_is_left_on_the_way(
    office: Office, settings: Settings, asked: list[str], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)  # the browser's own, not ours
    code = live(office, settings, tmp_path)
    assert office.stage(code) == "closed"
    assert left(office, settings, asked, caplog.text) == []
    assert len(asked) > 50 and list(left_in(Path(settings.mail_dir)))


def test_what_is_not_sealed_is_found(
    office: Office, settings: Settings, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same hunt, where a report lies open and a name stands in an address."""
    monkeypatch.setattr(sealed, "seal", lambda _session, _subject, _place, _row, said: said.encode())
    family = office.family()
    family.send(family.open("/report"), "/report", name=CHILD.name, words=WORDS, district="4001", left="yes")
    family.open(f"/report?{CHILD.name}")
    assert {one.rpartition(": ")[2] for one in left(office, settings, asked, "")} >= {"address", "text"}
