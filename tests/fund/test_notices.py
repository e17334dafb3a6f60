"""Letters: who is written to and when, what stands in them, and what becomes of those that are not taken."""

from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from uuid import UUID

import pytest
from sqlmodel import col, select

from fund import audit, clock, jobs, notices, outbox
from fund.audit import Actor, AuditRow
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import refunds
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors import queries as donors
from fund.donors import service as contacts
from fund.donors.details import ContactDetails
from fund.outbox import OutboxRow
from fund.people import staff
from fund.people.powers import Grant
from fund.settings import Settings
from receipts import service as receipts
from tests.builders import OFFICER, a_founded_fund
from tests.fund.donations.builders import an_arrival
from tests.fund.mail_server import MailServer, mail_server

ADDRESS, NAME = "somchai.canary@example.com", "คุณสมชาย คานารี"
MAKER = Actor("operator")
PAIR = (("asks", "finance"), ("decides", "treasurer"))


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings(database: Database, database_url: str, tmp_path: Path, mail: MailServer) -> Settings:
    """A founded fund that writes through the server."""
    a_founded_fund(database)
    return Settings(
        database_url=database_url,
        files_dir=str(tmp_path / "files"),
        mail_dir=str(tmp_path / "mail"),
        smtp_url=f"smtp://127.0.0.1:{mail.port}",
        mail_from="fund@example.org",
    )


def a_receipt(database: Database, email: str = ADDRESS) -> str:
    """A gift of a donor who gave an address, with its receipt."""
    with database.write() as session:
        campaign = gifts.open_campaigns(session)[0].campaign
        told = ContactDetails(NAME, NAME, "", email)
        request = PledgeRequest(campaign.id, 1000, donations.new_form_key(), contact=told, wants_receipt=True)
        pledged = donations.pledge(session, request, by=OFFICER)
        gift = donations.receive(session, an_arrival(session, pledged), by=OFFICER)
        assert gift.receipt_number
        return gift.receipt_number


def a_person(database: Database, name: str, role: str, email: str = "") -> UUID:
    with database.write() as session:
        return staff.invite(session, name, [Grant(role)], email=email, by=MAKER)[0]


def settled(database: Database, settings: Settings, mail: MailServer) -> None:
    """Let the invitations go, and forget them."""
    work(database, settings)
    mail.letters.clear()


def work(database: Database, settings: Settings) -> None:
    while jobs.work_once(database, settings):
        pass


def ask(database: Database, kind: str, subject: str) -> None:
    with database.write() as session:
        outbox.add(session, kind, subject)


def letters(mail: MailServer) -> list[EmailMessage]:
    return [message_from_bytes(letter, policy=default) for letter in mail.letters]


def rows(database: Database) -> list[OutboxRow]:
    with database.read() as session:
        return list(session.exec(select(OutboxRow).where(col(OutboxRow.kind).startswith("notice."))))


def test_a_donor_whose_gift_is_given_back_is_told_and_no_amount(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    number = a_receipt(database)
    work(database, settings)
    mail.letters.clear()
    asks, decides = (Actor(name, a_person(database, name, role)) for name, role in PAIR)
    with database.write() as session:
        gift = gifts.donations_of_receipt(session, number)[0].id
        refunds.ask(session, gift, reason="Sent twice.", by=asks)
        refunds.decide(session, gift, by=decides)
    work(database, settings)
    (letter,) = letters(mail)
    text = letter.get_content()
    assert letter["To"] == ADDRESS and text.count(f"{settings.address}/r/{number}/") == 2 and "void" in text
    assert not any(told in text for told in (NAME, ADDRESS, "10.00", "Sent twice"))


def test_a_donor_who_gave_an_address_gets_the_receipts_link_once(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    number = a_receipt(database)
    work(database, settings)
    ask(database, "receipt.render", number)  # whoever asks for the paper again
    work(database, settings)
    (letter,) = letters(mail)
    assert letter["To"] == ADDRESS and "ใบเสร็จ" in letter["Subject"] and "receipt" in letter["Subject"]
    text = letter.get_content()
    assert text.count(f"{settings.address}/r/{number}/") == 2  # in Thai, and in English
    assert NAME not in text and ADDRESS not in text


def test_the_row_of_a_letter_names_nobody(database: Database, settings: Settings) -> None:
    number = a_receipt(database)
    work(database, settings)
    (row,) = rows(database)
    assert (row.kind, row.subject, row.done_at is not None) == ("notice.receipt", number, True)
    assert ADDRESS not in str(row.model_dump()) and NAME not in str(row.model_dump())


def test_who_gave_no_address_gets_no_letter_and_has_no_row(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    a_receipt(database, email="")
    work(database, settings)
    assert rows(database) == [] and mail.letters == []


def test_who_was_erased_before_it_is_sent_gets_none(database: Database, settings: Settings, mail: MailServer) -> None:
    number = a_receipt(database)
    ask(database, "notice.receipt", number)
    with database.write() as session:
        contact_id = gifts.contact_of_receipt(session, number)
        assert contact_id and donors.contact(session, contact_id).email == ADDRESS
        contacts.forget(session, contact_id, by=OFFICER)
    work(database, settings)
    assert mail.letters == []


def test_a_void_receipt_is_not_sent(database: Database, settings: Settings, mail: MailServer) -> None:
    number = a_receipt(database)
    ask(database, "notice.receipt", number)
    with database.write() as session:
        receipts.void(session, number, reason="wrong", by="officer")
    work(database, settings)
    assert mail.letters == []


def test_without_a_server_no_donors_address_is_laid_down(
    database: Database, settings: Settings, tmp_path: Path
) -> None:
    a_receipt(database)
    house = Settings(settings.database_url, files_dir=settings.files_dir, mail_dir=settings.mail_dir)
    work(database, house)
    assert rows(database) == [] and not (tmp_path / "mail").exists()


def test_an_invitations_letter_brings_a_link_that_opens(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    person_id = a_person(database, "แก้ว", "finance", "kaew@example.org")
    work(database, settings)
    (letter,) = letters(mail)
    token = letter.get_content().split("/staff/invitation/")[1].split()[0]
    with database.read() as session:
        assert staff.invited(session, token).id == person_id
    assert token not in str([row.model_dump() for row in rows(database)])


def test_nobody_suspended_or_without_an_address_is_written_to(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    gone, without = a_person(database, "แก้ว", "finance", "kaew@example.org"), a_person(database, "ฝน", "finance")
    with database.write() as session:
        staff.suspend(session, gone, by=MAKER)
        notices.tell(session, notices.APPROVAL, [gone, without], "month:2026-10")
    work(database, settings)
    assert mail.letters == []


def test_an_approval_that_waits_is_told_once_to_each(database: Database, settings: Settings, mail: MailServer) -> None:
    people = [a_person(database, name, "treasurer", f"{number}@example.org") for number, name in enumerate("กข")]
    settled(database, settings, mail)
    for _ in range(2):
        with database.write() as session:
            notices.tell(session, notices.APPROVAL, people, "month:2026-10")
    work(database, settings)
    assert sorted(letter["To"] for letter in letters(mail)) == ["0@example.org", "1@example.org"]
    assert "month:2026-10" in letters(mail)[0].get_content()


def test_the_administrator_hears_of_a_job_that_was_given_up(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    a_person(database, "ผู้ดูแล", "administrator", "admin@example.org")
    a_person(database, "แก้ว", "finance", "kaew@example.org")
    settled(database, settings, mail)
    ask(database, "receipt.render", "KK-2570-999999")
    moment = clock.now()
    for _ in range(outbox.MOST_ATTEMPTS):
        moment += timedelta(hours=2)
        with clock.at(moment):
            jobs.work_once(database, settings)
    with clock.at(moment):
        work(database, settings)
    (letter,) = letters(mail)
    assert letter["To"] == "admin@example.org" and "receipt.render" in letter.get_content()


def test_a_letter_that_is_refused_is_tried_again_and_in_the_end_shown(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    a_person(database, "ผู้ดูแล", "administrator", "admin@example.org")
    officer = a_person(database, "แก้ว", "finance", "kaew@example.org")
    settled(database, settings, mail)
    mail.refuses = "RCPT"
    ask(database, notices.FAILED_CHECK, f"{officer} 2026-11-23")
    moment = clock.now()
    for _ in range(outbox.MOST_ATTEMPTS + 3):
        moment += timedelta(hours=2)
        with clock.at(moment):
            jobs.work_once(database, settings)
    with database.read() as session:
        (failed,) = outbox.failed(session)
    assert failed.failure == "SMTPRecipientsRefused" and failed.attempts == outbox.MOST_ATTEMPTS
    assert "example.org" not in str(failed.model_dump())
    assert [row.kind for row in rows(database) if row.done_at is None] == [notices.FAILED_CHECK]  # none about a letter


def test_it_goes_once_the_server_takes_letters_again(database: Database, settings: Settings, mail: MailServer) -> None:
    mail.refuses = "MAIL"
    number = a_receipt(database)
    work(database, settings)
    assert mail.letters == [] and rows(database)[0].done_at is None
    mail.refuses = ""
    with clock.at(clock.now() + timedelta(minutes=1)):
        work(database, settings)
    assert number in letters(mail)[0].get_content()


def named(database: Database) -> list[str]:
    """Acts in whose rows the donor's name or address stands."""
    with database.read() as session:
        rows = session.exec(select(AuditRow)).all()
    assert {"contact.kept", "pledge.made", "donations.received", "contact.forgotten"} <= {row.action for row in rows}
    return [row.action for row in rows if any(sign in str(row.model_dump()) for sign in (NAME, ADDRESS, "somchai"))]


def test_on_a_donors_whole_way_the_trail_names_nobody(database: Database, settings: Settings) -> None:
    number = a_receipt(database)
    work(database, settings)
    with database.write() as session:
        contact_id = gifts.contact_of_receipt(session, number)
        assert contact_id
        contacts.forget(session, contact_id, by=OFFICER)
    assert named(database) == []
    with database.write() as session:  # the control: a verb that is careless with its subject
        audit.record(session, OFFICER, "contact.kept", ADDRESS)
    assert named(database) == ["contact.kept"]


def test_who_watches_over_the_money_hears_of_a_way_in_that_was_moved(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    """A treasurer taken over by an address and a reset: the auditor hears of both, at an address of their own."""
    with database.write() as session:
        chief, _ = staff.invite(session, "chief", [Grant("administrator")], by=MAKER)
        treasurer, _ = staff.invite(session, "นงลักษณ์", [Grant("treasurer")], by=MAKER)
        staff.invite(session, "auditor", [Grant("auditor")], email="auditor@example.com", by=MAKER)
        keeper, _ = staff.invite(session, "keeper", [Grant("storekeeper")], email="keeper@example.com", by=MAKER)
    work(database, settings)
    mail.letters.clear()
    with database.write() as session:
        staff.change_email(session, treasurer, "other@example.com", by=Actor("chief", chief))
        staff.reset(session, treasurer, by=Actor("chief", chief))
        staff.reset(session, keeper, by=Actor("chief", chief))  # no money moves by this one: nobody else is told
    work(database, settings)
    told = [letter for letter in letters(mail) if "auditor@example.com" in str(letter["To"])]
    assert len(told) == 2
    assert all("นงลักษณ์" in letter.get_content() and "/staff/trail?subject=" in letter.get_content() for letter in told)
