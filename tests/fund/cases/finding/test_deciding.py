"""A case manager takes a report into a case, lays it to one, or closes it; nothing is joined by itself."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session, col, func, select

from fund import clock, sealed
from fund.cases import queries as cases
from fund.cases import service as case_service
from fund.cases.children import Child
from fund.cases.finding import queries, service
from fund.cases.finding.errors import EndReasonError, ReportEndedError, ReportErasedError, ReportNotFoundError
from fund.cases.finding.models import EndRow, IdentityRow, ReportRow
from fund.cases.finding.told import Told
from fund.cases.models import CaseRow
from fund.cases.places import CasePlace
from fund.db import Database
from fund.people import staff
from fund.sealed import KeyRow
from ledger.identifiers import new_id
from tests.fund.cases.finding.builders import (
    HERE,
    REPORTER,
    SCHOOL,
    THERE,
    TOLD,
    a_report,
    as_one,
    at_work,
    by,
    found,
    send,
)

NATIONAL_ID = "1103702399779"
OTHER_ID = "3100600445635"
CHILD = Child("ธนภัทร ศรีสุข", "ภัทร", date(2015, 6, 5), NATIONAL_ID)


def a_case(session: Session, child: Child = CHILD, *, district: str = HERE) -> str:
    return case_service.open_case(session, child, CasePlace(district), by=by(session))


def opened(session: Session, report_id: UUID, name: str = "manager here") -> queries.Opened:
    return queries.opened(session, report_id, purpose="case_work", by=by(session, name))


def alike(session: Session, report_id: UUID) -> list[queries.Alike]:
    return queries.alike(session, opened(session, report_id), purpose="case_work", by=by(session))


def has_key(session: Session, subject: UUID) -> bool:
    return session.get(KeyRow, subject) is not None


def test_a_taken_report_becomes_the_child_s_own(database: Database) -> None:
    found(database)
    with database.write() as session:
        report_id = a_report(session)
        code = service.take(session, report_id, CHILD, CasePlace(HERE), by=by(session))
        assert cases.case(session, code).child_id == report_id
        (one,) = queries.of_case(session, code, purpose="case_work", by=by(session))
        assert (one.told, one.reporter, one.report.outcome) == (TOLD, REPORTER, "taken")
        sealed.destroy(session, report_id)  # the child is erased: the report is too, and who reported stays apart
        (one,) = queries.of_case(session, code, purpose="case_work", by=by(session))
        assert (one.told, one.reporter) == (None, REPORTER)


def test_a_merged_report_goes_under_the_child_s_key_and_its_own_is_gone(database: Database) -> None:
    found(database)
    with database.write() as session:
        code, report_id = a_case(session), a_report(session)
        service.merge(session, report_id, code, "family", by=by(session))
        assert not has_key(session, report_id)
        (one,) = queries.of_case(session, code, purpose="case_work", by=by(session))
        assert (one.told, one.reporter, one.report.reason) == (TOLD, REPORTER, "family")
        sealed.destroy(session, cases.case(session, code).child_id)
        assert opened(session, report_id).told is None


def test_a_closed_report_keeps_its_reason_and_is_never_ended_again(database: Database) -> None:
    found(database)
    with database.write() as session:
        code, report_id = a_case(session), a_report(session)
        service.close(session, report_id, "nonsense", "เล่นกัน", by=by(session))
        assert opened(session, report_id).report.outcome == "closed"
        for act in (
            lambda: service.close(session, report_id, "twice", by=by(session)),
            lambda: service.merge(session, report_id, code, "family", by=by(session)),
            lambda: service.take(session, report_id, CHILD, CasePlace(HERE), by=by(session)),
        ):
            with pytest.raises(ReportEndedError):
                act()
        assert queries.waiting(session, staff.person(session, by(session).person_id)) == []  # type: ignore[arg-type]


def test_a_report_is_not_ended_without_one_of_the_reasons(database: Database) -> None:
    found(database)
    with database.write() as session:
        report_id = a_report(session)
        for reason in ("", "because", "family"):
            with pytest.raises(EndReasonError):
                service.close(session, report_id, reason, by=by(session))
        with pytest.raises(EndReasonError):
            service.merge(session, report_id, "C", "nonsense", by=by(session))


def test_what_was_erased_while_it_waited_can_only_be_closed(database: Database) -> None:
    found(database)
    with database.write() as session:
        report_id = a_report(session)
        sealed.destroy(session, report_id)
        with pytest.raises(ReportErasedError):
            service.take(session, report_id, CHILD, CasePlace(HERE), by=by(session))
        assert alike(session, report_id) == []
        service.close(session, report_id, "not_found", "นานแล้ว", by=by(session))
        assert opened(session, report_id).report.reason == "not_found"


def test_one_child_is_shown_with_reasons_and_nothing_is_joined(database: Database) -> None:
    found(database)
    with database.write() as session:
        code = a_case(session, Child("ด.ช. ธนพัฒน์ ศรีสุข", "ภัทร", date(2015, 6, 5)))
        a_case(session, Child("มาลี แก้วมณี", "ลี", date(2012, 1, 1)))
        twin = a_report(session, Told("น้องธนภัทร ศรีสุข", signs=("left",)))
        report_id = a_report(session)
        a_report(session, district=THERE)  # another district's is not opened
        shown = alike(session, report_id)
    assert {one.case_code or one.report_id for one in shown} == {code, twin}
    assert {reason.mark for one in shown for reason in one.likeness.reasons} >= {"✓", "~"}
    with database.read() as session:
        assert session.exec(select(func.count()).select_from(EndRow)).one() == 0


def test_the_same_id_is_found_in_every_district_without_opening_anything(database: Database) -> None:
    found(database)
    with database.write() as session:
        code = a_case(session, Child("ชื่อใหม่", national_id=NATIONAL_ID), district=THERE)
        there = a_report(session, Told("อีกชื่อ", national_id=NATIONAL_ID, signs=("ill",)), district=THERE)
        other = a_report(session, Told("ธนภัทร ศรีสุข", national_id=OTHER_ID, signs=("ill",)), district=THERE)
        report_id = a_report(session, Told("ธนภัทร ศรีสุข", national_id=NATIONAL_ID, signs=("ill",)))
        shown = alike(session, report_id)
        assert [(one.case_code, one.report_id, one.likeness.score) for one in shown] == [
            ("", there, 100),
            (code, None, 100),
        ]
        sealed.destroy(session, there)  # the index goes with the key
        session.expire_all()
        kept = session.exec(select(IdentityRow.report_id).order_by(col(IdentityRow.report_id))).all()
        assert sorted(kept) == sorted([other, report_id])


def test_a_second_case_of_the_same_id_is_refused_at_its_field(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        code, report_id = a_case(session), a_report(session)
    with at_work(database_url) as client:
        address = f"/staff/reports/{report_id}"
        typed = {"name": "ธนภัทร ที่พิมพ์ไว้", "national_id": NATIONAL_ID}
        refused = send(as_one(client, "manager here"), f"{address}/take", **typed)
        assert (refused.status_code, 'id="national_id-error"' in refused.text) == (409, True)
        assert code in refused.text and "ธนภัทร ที่พิมพ์ไว้" in refused.text
        assert send(client, f"{address}/take", name="").status_code == 400
        assert send(client, f"{address}/take", name="เอ", school="NOSUCH").status_code == 400
        assert send(client, f"{address}/merge", code="C0000000000", reason="family").status_code == 404
        assert send(client, f"{address}/merge", code=code, reason="").status_code == 400
        assert send(client, f"{address}/close", reason="").status_code == 400
        merged = send(client, f"{address}/merge", code=f" {code[:5].lower()} {code[5:]}", reason="same_id")
        assert merged.headers["location"] == f"/staff/cases/{code}"
        assert send(client, f"{address}/close", reason="twice").status_code == 409


def test_another_district_s_report_is_not_there_and_the_attempt_is_noted(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        report_id, code = a_report(session), a_case(session, district=THERE)
    with at_work(database_url) as client:
        as_one(client, "manager there")
        tries: list[Any] = [client.get(f"/staff/reports/{report_id}")]
        tries += [send(client, f"/staff/reports/{report_id}/{act}") for act in ("take", "merge", "close")]
        assert [one.status_code for one in tries] == [404] * 4
        assert client.get(f"/staff/reports/{new_id()}").status_code == 404
        assert "1 wait" not in client.get("/staff/reports").text
        as_one(client, "manager here")
        foreign = send(client, f"/staff/reports/{report_id}/merge", code=code, reason="family")
        assert foreign.status_code == 404  # a case of another district is none of theirs
        for name in ("teacher", "auditor"):
            assert as_one(client, name).get(f"/staff/reports/{report_id}").status_code == 403
        assert send(as_one(client, "core"), f"/staff/reports/{report_id}/close", reason="twice").status_code == 403
    with database.read() as session:
        noted = text("SELECT count(*) FROM fund_audit WHERE action = 'report.refused' AND subject = :id")
        assert session.execute(noted, {"id": str(report_id)}).scalar_one() == 4
        assert session.exec(select(EndRow)).first() is None


def test_the_database_refuses_an_end_that_is_none(database: Database) -> None:
    found(database)
    with database.write() as session:
        report_id, code = a_report(session), a_case(session)
    whole: dict[str, Any] = {"outcome": "closed", "reason": "twice", "ended_at": clock.now(), "ended_by": "x"}
    for change in (
        {"outcome": "taken"},
        {"reason": ""},
        {"case_code": code},
        {"outcome": "merged", "case_code": code},
        {"outcome": "lost"},
    ):
        with pytest.raises(IntegrityError), database.write() as session:
            session.add(EndRow(report_id=report_id, **whole | change))
            session.flush()


def test_reports_and_their_ends_are_only_ever_added(database: Database) -> None:
    found(database)
    with database.write() as session:
        service.close(session, a_report(session), "twice", by=by(session))
    for table, column in (("finding_report", "reported_by"), ("finding_report_end", "ended_by")):
        for change in ("DELETE FROM {}", "UPDATE {} SET {} = 'x'"):
            with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
                session.execute(text(change.format(table, column)))


def test_a_report_that_is_not_there_is_not_taken(database: Database) -> None:
    found(database)
    with pytest.raises(ReportNotFoundError), database.write() as session:
        service.take(session, new_id(), CHILD, CasePlace(HERE, SCHOOL), by=by(session))
    with database.read() as session:
        assert session.exec(select(CaseRow)).first() is None and session.exec(select(ReportRow)).first() is None
