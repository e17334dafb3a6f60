"""The breach register over HTTP: reported by anybody on staff, a clock of 72 hours, steps that are only added."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from fund import clock
from fund.clock import BANGKOK
from fund.db import Database
from fund.rights import breaches
from tests.fund.browsing import Browser
from tests.fund.donations.builders import found
from tests.fund.rights.builders import DESK, as_one, desk, send

NOTICED = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
REGISTER = f"{DESK}/breaches"


def typed(moment: datetime) -> str:
    return moment.astimezone(BANGKOK).strftime("%Y-%m-%dT%H:%M")


def reported(client: Browser, name: str = "core one", **changes: str) -> Any:
    form = {"words": "A notebook with names was lost; noticed by the watcher", "at": typed(NOTICED), "risk": "some"}
    with clock.at(NOTICED + timedelta(hours=1)):
        return send(as_one(client, name), REGISTER, **{**form, "people": "12", **changes})


def step(client: Browser, address: str, what: str, after: timedelta, **changes: str) -> Any:
    form = {"step": what, "words": "by letter 12/2569", "at": typed(NOTICED + after)}
    with clock.at(NOTICED + after):
        return send(as_one(client, "core one"), f"{address}/steps", **{**form, **changes})


def shown(client: Browser, address: str, after: timedelta) -> str:
    with clock.at(NOTICED + after):
        return str(as_one(client, "auditor one").get(address).text)


def test_the_clock_runs_for_72_hours_and_is_red_afterwards(database: Database, database_url: str) -> None:
    found(database)
    with desk(database_url) as client:
        address = reported(client).headers["location"]
        assert "71 hours left" in shown(client, address, timedelta(hours=1))
        assert "0 hours left" in shown(client, DESK, timedelta(hours=72))
        for page in (address, DESK, REGISTER):
            assert '<span class="badge badge-bad">Late' in shown(client, page, timedelta(hours=72, seconds=1))
    with database.read() as session, clock.at(NOTICED):
        assert breaches.running(session) == (1, NOTICED + timedelta(hours=72))


def test_the_office_told_in_time_stops_the_clock(database: Database, database_url: str) -> None:
    found(database)
    with desk(database_url) as client:
        address = reported(client).headers["location"]
        assert step(client, address, "office_told", timedelta(hours=72)).status_code == 303
        assert "Told in time" in shown(client, address, timedelta(hours=99))
        late = reported(client, words="Another notebook").headers["location"]
        step(client, late, "office_told", timedelta(hours=72, minutes=1))
        assert "Told late" in shown(client, late, timedelta(hours=99))


def test_nothing_is_closed_before_all_were_told(database: Database, database_url: str) -> None:
    found(database)
    day = timedelta(days=1)
    with desk(database_url) as client:
        address = reported(client).headers["location"]
        assert step(client, address, "closed", day).status_code == 409
        step(client, address, "office_told", day)
        assert step(client, address, "assessed", day, risk="high", people="4000").status_code == 303
        assert step(client, address, "closed", day).status_code == 409
        assert step(client, address, "people_told", day).status_code == 303
        assert step(client, address, "closed", day).status_code == 303
        assert step(client, address, "contained", day).status_code == 409
        page = shown(client, address, day)
    assert "4000" in page and "A high risk" in page
    with database.read() as session:
        assert breaches.running(session) == (0, None)


def test_without_risk_it_is_closed_without_the_office(database: Database, database_url: str) -> None:
    found(database)
    with desk(database_url) as client:
        address = reported(client, risk="none", people="").headers["location"]
        assert "Need not be told" in shown(client, address, timedelta(days=9))
        assert step(client, address, "closed", timedelta(hours=1)).status_code == 303


def test_everybody_on_staff_reports_and_few_see_it(database: Database, database_url: str) -> None:
    found(database)
    with desk(database_url) as client:
        thanks = reported(client, "watcher one")
        assert (thanks.status_code, "It stands in the register" in thanks.text) == (200, True)
        with clock.at(NOTICED + timedelta(hours=1)):
            assert client.get(REGISTER).status_code == 403
        with database.read() as session:
            (one,) = breaches.register(session)
        assert (one.reported_by, one.people) == ("watcher one", 12)
        assert "A notebook" in shown(client, f"{REGISTER}/{one.id}", timedelta(hours=1))
        assert send(as_one(client, "finance one"), f"{REGISTER}/{one.id}/steps").status_code == 403


def test_a_report_that_is_not_whole_is_refused(database: Database, database_url: str) -> None:
    found(database)
    wrong = [{"words": ""}, {"words": "x" * 2001}, {"at": "x"}, {"at": "2099-01-01T00:00"}, {"risk": "x"}]
    with desk(database_url) as client:
        assert [reported(client, **one).status_code for one in [*wrong, {"people": "-1"}]] == [400] * 6
    with database.read() as session:
        assert breaches.register(session) == []


def test_a_step_that_is_not_whole_is_refused(database: Database, database_url: str) -> None:
    found(database)
    wrong = [{"step": "x"}, {"at": "2020-01-01T00:00"}, {"risk": "x"}, {"people": "many"}]
    with desk(database_url) as client:
        address = reported(client).headers["location"]
        after = timedelta(hours=2)
        assert [step(client, address, "contained", after, **one).status_code for one in wrong] == [400] * 4


def test_the_register_is_only_added_to(database: Database, database_url: str) -> None:
    found(database)
    with desk(database_url) as client:
        step(client, reported(client).headers["location"], "contained", timedelta(hours=2))
    for table in ("rights_breach", "rights_breach_step"):
        with database.write() as session, pytest.raises(Exception, match="append-only"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
