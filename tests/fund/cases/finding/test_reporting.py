"""Anybody reports a child at risk: in a minute, without an account, sealed, throttled; nonsense harms nobody."""

import pytest
from sqlalchemy import text
from sqlmodel import select

from fund import outbox
from fund.cases.errors import PurposeMissingError
from fund.cases.finding import pages, queries, service
from fund.cases.finding.errors import LinkEndedError, SignMissingError, WhoMissingError
from fund.cases.finding.models import ReportRow
from fund.cases.finding.told import Reporter, Source, Told
from fund.db import Database
from fund.limits import Limit
from tests.fund.cases.finding.builders import (
    HERE,
    REPORTER,
    SCHOOL,
    TOLD,
    a_report,
    as_one,
    at_work,
    by,
    found,
    report_ids,
    send,
    tell,
)


def test_a_neighbour_reports_and_a_case_manager_reads_it(database: Database, database_url: str) -> None:
    found(database)
    with at_work(database_url) as client:
        answer = tell(client)
        assert (answer.status_code, answer.headers["location"]) == (303, "/report/thanks")
        assert "A case manager of the district reads it" in client.get("/report/thanks").text
    (report_id,) = report_ids(database)
    with database.write() as session:
        opened = queries.opened(session, report_id, purpose="case_work", by=by(session))
    assert opened.told == Told(TOLD.name, TOLD.nickname, 11, signs=("absent", "money"), where=TOLD.where)
    assert opened.reporter == REPORTER


def test_one_sign_and_a_nickname_are_enough(database: Database, database_url: str) -> None:
    found(database)
    with at_work(database_url) as client:
        blank = dict.fromkeys(("age", "where", "reporter_name", "reporter_phone", "reporter_relation"), "")
        assert tell(client, name="", hurt="yes", **blank).status_code == 303
    with database.read() as session:
        row = session.exec(select(ReportRow)).one()
    assert row.is_urgent and row.reporter is None and row.reported_by == "reporter"


UNREADABLE: tuple[tuple[dict[str, str], str], ...] = (
    ({"name": "", "nickname": "", "where": ""}, "name"),
    ({"absent": "", "money": "", "words": ""}, "signs"),
    ({"age": "eleven"}, "age"),
    ({"reporter_phone": "12"}, "reporter_phone"),
    ({"district": "9999"}, "district"),
    ({"grade": "X"}, "grade"),
    ({"name": "a\0b"}, "name"),
    ({"words": "ก" * 2_001}, "words"),
)


def test_what_cannot_be_read_is_said_at_the_field_and_nothing_typed_is_lost(
    database: Database, database_url: str
) -> None:
    found(database)
    with at_work(database_url) as client:
        for typed, field in UNREADABLE:
            answer = tell(client, **{"school_name": "โรงเรียนในซอย", **typed})
            assert (answer.status_code, f'id="{field}-error"' in answer.text) == (400, True), field
            assert "โรงเรียนในซอย" in answer.text
    assert report_ids(database) == []


def test_a_form_sent_twice_is_one_report(database: Database, database_url: str) -> None:
    found(database)
    with at_work(database_url) as client:
        assert [tell(client, form_key="k" * 22).status_code for _ in range(2)] == [303, 303]
    assert len(report_ids(database)) == 1


def test_one_report_too_many_is_told_when_and_loses_nothing(
    database: Database, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(database)
    monkeypatch.setattr(pages, "REPORTS", Limit("report", 2))
    with at_work(database_url) as client:
        answers = [tell(client) for _ in range(3)]
        assert "Wait 10 minutes and try again." in answers[-1].text and TOLD.where in answers[-1].text
    assert [one.status_code for one in answers] == [303, 303, 429]
    assert 0 < int(answers[-1].headers["retry-after"]) <= 600 and len(report_ids(database)) == 2


def test_the_real_limit_stops_a_machine_and_not_a_school() -> None:
    assert (pages.REPORTS.most, pages.REPORTS.window.total_seconds()) == (30, 600)


def test_a_school_s_link_brings_reports_of_that_school_until_it_is_ended(database: Database, database_url: str) -> None:
    found(database)
    with at_work(database_url) as client:
        made = send(as_one(client, "manager here"), "/staff/report-links", place=f"school:{SCHOOL}")
        poster = client.get(made.headers["location"])
        key = made.headers["location"].rpartition("/")[2]
        assert f"/report/{key}" in poster.text and "<svg" in poster.text
        again = send(client, "/staff/report-links", place=f"school:{SCHOOL}")
        assert again.headers["location"] == made.headers["location"]
        assert tell(client, f"/report/{key}").status_code == 303
        assert "1 reports came" in client.get("/staff/report-links").text
        assert send(client, f"/staff/report-links/{key}/end").status_code == 303
        ended = client.get(f"/report/{key}")
        assert (ended.status_code, 'href="/report"' in ended.text) == (410, True)
        assert tell(client, f"/report/{key}").status_code == 410
        assert client.get("/report/RNOSUCHKEY00").status_code == 404
        assert send(client, f"/staff/report-links/{key}/end").status_code == 409
        other = send(client, "/staff/report-links", place=f"school:{SCHOOL}").headers["location"]
    with database.write() as session:
        row = session.exec(select(ReportRow)).one()
        assert (row.channel, row.school, row.link_key) == ("link", SCHOOL, key) and other != made.headers["location"]
        with pytest.raises(LinkEndedError):
            service.end_link(session, key, by=by(session))


def test_another_district_s_manager_has_nothing_to_do_with_a_school_s_link(
    database: Database, database_url: str
) -> None:
    found(database)
    with database.write() as session:
        key = service.make_link(session, SCHOOL, by=by(session))
    with at_work(database_url) as client:
        as_one(client, "manager there")
        assert client.get(f"/staff/report-links/{key}").status_code == 404
        assert send(client, f"/staff/report-links/{key}/end").status_code == 404
        assert send(client, "/staff/report-links", place=f"school:{SCHOOL}").status_code == 400


def test_staff_report_from_the_inside_with_more_facts(database: Database, database_url: str) -> None:
    found(database)
    more = {"place": f"school:{SCHOOL}", "name": "ธนภัทร", "ill": "yes", "national_id": "1-1037-02399-77-1"}
    with at_work(database_url) as client:
        as_one(client, "manager here")
        assert send(client, "/staff/reports/new", **more | {"place": "district:4002"}).status_code == 400
        assert send(client, "/staff/reports/new", **more).status_code == 400
        assert "1-1037-02399-77-1" not in client.get("/staff/reports").text
        good = send(client, "/staff/reports/new", **more | {"national_id": "", "birth_on": "2015-06-05"})
        assert good.headers["location"].startswith("/staff/reports/")
        assert "5 June 2015" in client.get(good.headers["location"]).text
        as_one(client, "teacher")
        sent = send(client, "/staff/reports/new", **more | {"national_id": ""})
        assert sent.headers["location"] == "/report/thanks"
        assert client.get(good.headers["location"]).status_code == 403


def test_case_managers_of_the_district_hear_of_it_once_a_day_and_nothing_of_it(database: Database) -> None:
    found(database)
    with database.write() as session:
        for _ in range(3):
            a_report(session)
        a_report(session, Told("น้องเอ", signs=("hurt",)))
        a_report(session, district="4003")  # where nobody is: the core team hears
        rows = session.exec(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == "notice.report")).all()
        whom = {name: str(by(session, name).person_id) for name in ("manager here", "core")}
    told = sorted(row.subject.split(" ")[0] for row in rows)
    assert told == sorted([whom["manager here"], whom["manager here"], whom["core"]])
    assert all(TOLD.name not in row.subject for row in rows)


def test_a_report_says_who_and_what(database: Database) -> None:
    found(database)
    with database.write() as session:
        for told, refusal in ((Told(signs=("ill",)), WhoMissingError), (Told("เอ"), SignMissingError)):
            with pytest.raises(refusal):
                service.report(session, told, Reporter(), Source("open", HERE), form_key="k")


def test_nobody_opens_a_report_without_a_purpose_and_each_look_is_one_row(database: Database) -> None:
    found(database)
    with database.write() as session:
        report_id = a_report(session)
    for purpose in ("", "just looking"):
        with pytest.raises(PurposeMissingError), database.write() as session:
            queries.opened(session, report_id, purpose=purpose, by=by(session))
    with database.write() as session:
        for purpose in ("case_work", "audit"):
            queries.opened(session, report_id, purpose=purpose, by=by(session))
    with database.read() as session:
        seen = text("SELECT reason FROM fund_audit WHERE action = 'report.viewed' ORDER BY recorded_at, id")
        assert list(session.execute(seen).scalars()) == ["case_work", "audit"]
