"""The outbox: at least once, never lost, never twice at the same time."""

from datetime import timedelta

import pytest

from fund import clock, outbox
from fund.db import Database


def _claim(database: Database) -> outbox.Job | None:
    with database.write() as session:
        return outbox.claim(session)


def test_a_job_is_claimed_by_one_worker_only(database: Database) -> None:
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
    first = _claim(database)
    assert first is not None
    assert (first.kind, first.subject, first.attempts) == ("receipt.render", "KK-2570-000001", 1)
    assert _claim(database) is None


def test_a_job_of_a_rolled_back_change_is_never_done(database: Database) -> None:
    with pytest.raises(ValueError, match="no"), database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
        raise ValueError("no")
    assert _claim(database) is None


def test_the_same_job_asked_for_twice_is_there_once(database: Database) -> None:
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
        outbox.add_many(session, "receipt.render", ["KK-2570-000001", "KK-2570-000002"])
        assert outbox.waiting(session) == 2


def test_a_job_whose_worker_died_is_claimed_again_when_its_lease_ends(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
    assert _claim(database) is not None
    later = clock.now() + outbox.LEASE + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    again = _claim(database)
    assert again is not None
    assert again.attempts == 2


def test_a_finished_job_does_not_come_back(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
    job = _claim(database)
    assert job is not None
    with database.write() as session:
        outbox.finish(session, job)
    later = clock.now() + timedelta(days=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert _claim(database) is None


def test_a_job_that_keeps_failing_is_given_up_and_shown_to_staff(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.write() as session:
        outbox.add(session, "receipt.render", "KK-2570-000001")
    start = clock.now()
    for attempt in range(outbox.MOST_ATTEMPTS):
        monkeypatch.setattr(clock, "now", lambda n=attempt: start + timedelta(hours=2 * n))
        job = _claim(database)
        assert job is not None
        with database.write() as session:
            outbox.fail(session, job, "no paper")
    with database.read() as session:
        assert [row.failure for row in outbox.failed(session)] == ["no paper"]
        assert outbox.waiting(session) == 0
    with database.write() as session:
        assert outbox.try_failed_again(session) == 1
    assert _claim(database) is not None
