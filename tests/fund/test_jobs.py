"""The worker: makes papers once, survives what fails, stops when told."""

import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from fund import clock, files, jobs, outbox, papers
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.service import PledgeRequest
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.donors.models import ContactRow
from fund.settings import Settings
from tests.builders import OFFICER, a_founded_fund


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, files_dir=str(tmp_path / "files"))


def _ask_for(database: Database, kind: str, subject: str) -> None:
    with database.write() as session:
        outbox.add(session, kind, subject)


def test_with_nothing_to_do_it_says_so(database: Database, settings: Settings) -> None:
    assert not jobs.work_once(database, settings)


def test_a_job_that_fails_is_kept_for_later(database: Database, settings: Settings) -> None:
    _ask_for(database, "receipt.render", "KK-2570-999999")
    assert jobs.work_once(database, settings)
    with database.read() as session:
        assert outbox.waiting(session) == 1


def test_a_paper_that_is_already_made_is_not_made_again(database: Database, settings: Settings) -> None:
    with database.write() as session:
        sha256 = files.store(session, settings.files_path, b"%PDF", files.NOBODY)
        papers.record(session, "KK-2570-000001", sha256)
    _ask_for(database, "receipt.render", "KK-2570-000001")
    assert jobs.work_once(database, settings)
    with database.read() as session:
        assert outbox.waiting(session) == 0


def test_the_worker_does_what_comes_and_stops_when_told(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setitem(jobs.KINDS, "test.note", lambda _database, _settings, subject: done.append(subject))
    stop = threading.Event()
    worker = threading.Thread(target=jobs.work, args=(database, settings, stop))
    worker.start()
    _ask_for(database, "test.note", "a")
    for _ in range(100):
        if done:
            break
        time.sleep(0.05)
    stop.set()
    worker.join(timeout=10)
    assert done == ["a"]
    assert not worker.is_alive()


def test_a_database_that_is_away_is_waited_for(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stop = threading.Event()

    def away(_database: Database, _settings: Settings) -> bool:
        stop.set()
        raise OSError("away")

    monkeypatch.setattr(jobs, "work_once", away)
    jobs.work(database, settings, stop)
    assert "could not reach" in caplog.text


def test_what_fails_by_the_clock_rests_while_jobs_go_on(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done, stop = list[str](), threading.Event()

    def fails(_database: Database, _settings: Settings) -> None:
        raise OSError("no key")

    def finish(_database: Database, _settings: Settings, subject: str) -> None:
        done.append(subject)
        stop.set()

    monkeypatch.setattr(jobs, "CHORES", {fails: 0})
    monkeypatch.setitem(jobs.KINDS, "test.note", finish)
    _ask_for(database, "test.note", "a")
    jobs.work(database, settings, stop)
    assert done == ["a"]
    assert len(caplog.records) == 1


def test_the_worker_forgets_who_meant_to_give_and_never_did(database: Database, settings: Settings) -> None:
    profile = a_founded_fund(database)
    told = ContactDetails(name="ก ข")
    with database.write() as session:
        campaign = gifts.campaigns(session)[0]
        request = PledgeRequest(campaign.id, 1000, donations.new_form_key(), told, wants_receipt=True)
        donations.pledge(session, request, by=OFFICER)
    jobs.tidy(database, settings)
    assert _names(database) == ["ก ข"]
    with clock.at(clock.now() + timedelta(days=profile.pledge_days + 31)):
        jobs.tidy(database, settings)
    assert _names(database) == []


def _names(database: Database) -> list[str]:
    with database.read() as session:
        return [one.name for one in donors.contacts(session, list(session.exec(select(ContactRow.id)))).values()]
