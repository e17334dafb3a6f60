"""The morning's letter: to whom something waits for, once a working day, and nothing in it that names anybody."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Final

import pytest

from fund import clock, jobs, outbox
from fund.db import Database
from fund.home import digest, waiting
from fund.outbox import MOST_ATTEMPTS, Job
from fund.people import staff
from fund.people.powers import Grant
from fund.settings import Settings
from tests.builders import a_founded_fund
from tests.fund.browsing import MAKER
from tests.fund.mail_server import MailServer, mail_server

SEVEN: Final = datetime(2026, 11, 25, 7, tzinfo=clock.BANGKOK)  # a Wednesday
NUMBER: Final = "KK-2570-999999"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture
def settings(database: Database, database_url: str, tmp_path: Path, mail: MailServer) -> Settings:
    """A founded fund where a paper was given up, and Nok may have it tried again."""
    a_founded_fund(database)
    url = f"smtp://127.0.0.1:{mail.port}"
    made = Settings(database_url=database_url, mail_dir=str(tmp_path), smtp_url=url, mail_from="fund@example.org")
    with clock.at(SEVEN - timedelta(days=1)):
        comes_to_work(database, "nok", "finance")
        work(database, made)
        give_up(database, "receipt.render", NUMBER)
    mail.letters.clear()
    return made


def comes_to_work(database: Database, name: str, role: str, email: str | None = None) -> None:
    address = f"{name}@fund.example" if email is None else email
    with database.write() as session:
        _, token = staff.invite(session, name, [Grant(role)], email=address, by=MAKER)
        staff.accept(session, token, "a hash")


def give_up(database: Database, kind: str, subject: str) -> None:
    with database.write() as session:
        outbox.add(session, kind, subject)
        job = outbox.claim(session)
        assert job is not None
        outbox.fail(session, Job(job.id, job.kind, job.subject, MOST_ATTEMPTS), "no paper")


def work(database: Database, settings: Settings) -> None:
    while jobs.work_once(database, settings):
        pass


def morning(database: Database, settings: Settings, moment: datetime = SEVEN) -> None:
    """What the service does by the clock at this moment."""
    with clock.at(moment):
        digest.write_daily(database, settings)
        work(database, settings)


def letters(mail: MailServer) -> list[EmailMessage]:
    """The letters of what waits, by whom they are to."""
    read = [message_from_bytes(letter, policy=default) for letter in mail.letters]
    return sorted((one for one in read if "What waits for you" in one["Subject"]), key=lambda one: str(one["To"]))


def test_each_for_whom_something_waits_gets_one_letter_a_day(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    comes_to_work(database, "ton", "storekeeper")  # for whom nothing waits
    comes_to_work(database, "fon", "finance", email="")
    for minutes in (0, 10, 240):
        morning(database, settings, SEVEN + timedelta(minutes=minutes))
    assert [one["To"] for one in letters(mail)] == ["nok@fund.example"]
    morning(database, settings, SEVEN + timedelta(days=1))
    assert len(letters(mail)) == 2


def test_it_counts_what_waits_in_both_languages_and_leads_home(
    database: Database, settings: Settings, mail: MailServer
) -> None:
    morning(database, settings)
    (letter,) = letters(mail)
    lines = letter.get_content().splitlines()
    assert "1 · Papers and jobs that failed (overdue)" in lines
    assert "1 · เอกสารและงานเบื้องหลังที่ทำไม่สำเร็จ (เลยกำหนด)" in lines
    assert lines.count(f"{settings.address}/staff") == 2
    assert named(letter) == []


def named(letter: EmailMessage) -> list[str]:
    """What of the work's own names stands in a letter."""
    with_subject = f"{letter['Subject']} {letter.get_content()}"
    return [name for name in (NUMBER, "KK-", "nok") if name in with_subject]


def test_a_letter_that_names_what_waits_would_be_found(
    database: Database, settings: Settings, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    wordy = [replace(one, says=f"{one.says} {NUMBER}") for one in waiting.WAITING]
    monkeypatch.setattr(waiting, "WAITING", wordy)
    morning(database, settings)
    assert named(letters(mail)[0]) == [NUMBER, "KK-"]


def test_what_is_late_comes_first(database: Database, settings: Settings, mail: MailServer) -> None:
    morning(database, settings)
    rows = [row for row in letters(mail)[0].get_content().splitlines() if " · " in row and row[0].isdigit()]
    english = rows[len(rows) // 2 :]
    late = ["(overdue)" in row for row in english]
    assert len(english) > 1 and late == sorted(late, reverse=True) and late[0]


@pytest.mark.parametrize("moment", [
    SEVEN - timedelta(minutes=1), SEVEN + timedelta(hours=5), SEVEN + timedelta(days=3), SEVEN + timedelta(days=4),
])  # fmt: skip
def test_none_goes_at_night_in_the_afternoon_or_at_a_weekend(
    database: Database, settings: Settings, mail: MailServer, moment: datetime
) -> None:
    morning(database, settings, moment)
    assert letters(mail) == []


def test_none_goes_to_who_may_not_come_in(database: Database, settings: Settings, mail: MailServer) -> None:
    with database.write() as session:
        row = staff.named(session, "nok")
        assert row is not None
        staff.suspend(session, row.id, by=MAKER)
    morning(database, settings)
    assert letters(mail) == []


def test_a_letter_of_yesterday_is_not_sent(database: Database, settings: Settings, mail: MailServer) -> None:
    with clock.at(SEVEN):
        digest.write_daily(database, settings)
    with clock.at(SEVEN + timedelta(days=1)):
        work(database, settings)
    assert letters(mail) == []


def test_advice_alone_brings_no_letter(database: Database, settings: Settings, mail: MailServer) -> None:
    with database.write() as session:
        _, token = staff.invite(
            session, "kaew", [Grant("case_manager", "district:4005")], email="kaew@fund.example", by=MAKER
        )
        kaew = staff.accept(session, token, "a hash")
        assert [one.kind.is_advice for one in waiting.waiting(session, kaew)] == [True]
    morning(database, settings)
    assert [one["To"] for one in letters(mail)] == ["nok@fund.example"]
