"""Where an invitation's link goes: by letter where one goes out, on the page where none does."""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import pytest
from sqlmodel import select

from fund import clock, jobs, outbox
from fund.audit import Actor, AuditRow
from fund.db import Database
from fund.outbox import MOST_ATTEMPTS, Job
from fund.people import duties, staff
from fund.people.powers import Grant
from fund.settings import Settings
from tests.builders import a_founded_fund
from tests.fund.browsing import Browser, a_person, browser, come_in, form_token
from tests.fund.mail_server import MailServer, mail_server

PEOPLE: Final = "/staff/people"
EMAIL: Final = "nok@fund.example"
CHOSEN: Final = {"password": "four words that fit"}
LINK: Final = re.compile(r"/staff/invitation/[\w-]{43}")


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings(database: Database, database_url: str, tmp_path: Path, mail: MailServer) -> Settings:
    a_founded_fund(database)
    url = f"smtp://127.0.0.1:{mail.port}"
    return Settings(database_url=database_url, mail_dir=str(tmp_path), smtp_url=url, mail_from="fund@example.org")


@pytest.fixture
def boss(settings: Settings) -> Iterator[Browser]:
    """An administrator of a fund that writes letters."""
    with browser(settings.database_url, smtp_url=settings.smtp_url, mail_from=settings.mail_from) as client:
        come_in(client, "boss", Grant("administrator"))
        yield client


def post(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **typed})


def invite(client: Browser, email: str = EMAIL) -> str:
    """The page that answers."""
    return str(post(client, PEOPLE, name="nok", role="valuer", email=email).text)


def page_of(client: Browser, database: Database) -> str:
    """The path of Nok's page."""
    with database.read() as session:
        row = staff.named(session, "nok")
    assert row is not None
    return f"{PEOPLE}/{row.id}"


def links(mail: MailServer) -> list[str]:
    """The link in each letter that was taken."""
    read = [message_from_bytes(letter, policy=default) for letter in mail.letters]
    return [LINK.findall(letter.get_content())[0] for letter in read]


def work(database: Database, settings: Settings) -> None:
    while jobs.work_once(database, settings):
        pass


def give_up(database: Database) -> None:
    """Let the letter that waits have been tried in vain for hours."""
    with database.write() as session:
        job = outbox.claim(session)
        assert job is not None
        outbox.fail(session, Job(job.id, job.kind, job.subject, MOST_ATTEMPTS), "SMTPDataError")


def test_a_link_that_goes_by_letter_is_not_shown(
    boss: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    page = invite(boss)
    assert LINK.search(page) is None and f"กำลังส่งจดหมายที่มีลิงก์ไปที่ {EMAIL}" in page
    work(database, settings)
    assert "✓ ส่งจดหมายที่มีลิงก์ไปที่" in boss.get(page_of(boss, database)).text
    (link,) = links(mail)
    boss.cookies.clear()
    assert boss.post(link, data=CHOSEN).status_code == 303


def test_who_gave_no_address_gets_the_link_from_the_page(boss: Browser) -> None:
    assert LINK.search(invite(boss, "")) is not None


def test_without_a_server_the_page_shows_it(settings: Settings) -> None:
    with browser(settings.database_url) as client:
        come_in(client, "boss", Grant("administrator"))
        assert LINK.search(invite(client)) is not None


def test_a_letter_that_does_not_go_out_is_told_and_the_next_link_is_shown(
    boss: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    invite(boss)
    mail.refuses = "RCPT"
    work(database, settings)
    path = page_of(boss, database)
    assert "ส่งจดหมายที่มีลิงก์ไม่สำเร็จ" in boss.get(path).text
    shown = LINK.findall(post(boss, f"{path}/reset").text)
    boss.cookies.clear()
    assert len(shown) == 1 and boss.post(shown[0], data=CHOSEN).status_code == 303


def test_a_link_sent_anew_ends_the_former(
    boss: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    invite(boss)
    work(database, settings)
    assert LINK.search(post(boss, f"{page_of(boss, database)}/reset").text) is None
    work(database, settings)
    former, new = links(mail)
    boss.cookies.clear()
    assert [boss.post(link, data=CHOSEN).status_code for link in (former, new)] == [404, 303]


def test_a_wrong_address_is_corrected_by_an_administrator(
    boss: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    invite(boss, "nko@fund.example")
    give_up(database)
    path = page_of(boss, database)
    assert post(boss, f"{path}/email", email="nobody").status_code == 400
    assert post(boss, f"{path}/email", email=EMAIL).status_code == 303
    assert post(boss, f"{path}/reset").status_code == 200
    work(database, settings)
    sent = [message_from_bytes(letter, policy=default) for letter in mail.letters]
    assert [letter["To"] for letter in sent if LINK.search(letter.get_content())] == [EMAIL]


def test_what_was_given_up_stands_on_a_page_without_whom_it_was_for_and_is_tried_again(
    boss: Browser, database: Database, settings: Settings, mail: MailServer
) -> None:
    assert "ไม่มีงานค้าง" in boss.get("/staff/jobs").text
    invite(boss)
    give_up(database)
    page = boss.get("/staff/jobs").text
    assert "จดหมาย: คำเชิญ" in page and "SMTPDataError" in page and EMAIL not in page and "nok" not in page
    assert post(boss, "/staff/jobs/again").status_code == 303
    work(database, settings)
    assert len(mail.letters) == 1 and "ไม่มีงานค้าง" in boss.get("/staff/jobs").text


def test_one_job_is_tried_again_and_the_others_rest(boss: Browser, database: Database, settings: Settings) -> None:
    invite(boss)
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-999999")
    for _ in range(2):
        give_up(database)
    ids = re.findall(r"/staff/jobs/([0-9a-f-]{36})/again", boss.get("/staff/jobs").text)
    assert len(ids) == 2 and post(boss, f"/staff/jobs/{ids[0]}/again").status_code == 303
    assert re.findall(r"/staff/jobs/([0-9a-f-]{36})/again", boss.get("/staff/jobs").text) == ids[1:]
    assert post(boss, f"/staff/jobs/{ids[0]}/again").status_code == 303  # somebody was quicker
    with database.read() as session:
        assert outbox.waiting(session) == 1
        noted = select(AuditRow.subject).where(AuditRow.action == "job.tried_again")
        assert session.exec(noted).all() == [ids[0]], "what was not given up is not tried, and not noted"


def test_who_has_looked_at_a_person_stands_on_their_page(boss: Browser, database: Database) -> None:
    invite(boss)
    path = page_of(boss, database)
    with browser(boss.app.state.settings.database_url) as auditor:
        come_in(auditor, "auditor of ours", Grant("auditor"))
        assert auditor.get(path).status_code == 200
    page = boss.get(path).text
    assert page.index("ใครเข้าดูแล้วบ้าง") < page.index("<bdi>auditor of ours</bdi>")
    assert "<bdi>boss</bdi>" in page
    assert boss.get(f"{PEOPLE}/00000000-0000-7000-8000-000000000000").status_code == 404


def test_whoever_stands_in_for_somebody_is_shown_so(boss: Browser, database: Database) -> None:
    invite(boss)
    path, today = page_of(boss, database), clock.today()
    with database.write() as session:
        ton, kaew = (a_person(session, name, Grant("finance")) for name in ("ton", "kaew"))
        duties.appoint(
            session, UUID(path.rpartition("/")[2]), ton.id, today, today, "a" * 64, by=Actor("kaew", kaew.id)
        )
    assert "ปฏิบัติหน้าที่แทน ton ตั้งแต่" in boss.get(path).text
    assert "ปฏิบัติหน้าที่แทน" not in boss.get(f"{PEOPLE}/{ton.id}").text
