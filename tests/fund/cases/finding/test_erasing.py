"""What was reported is kept no longer than needed: closed reports and reporters go by the clock, confirmed by two."""

from datetime import UTC, datetime

from fund import clock
from fund.cases.finding import queries, service
from fund.cases.finding.told import Told
from fund.cases.places import CasePlace
from fund.db import Database
from fund.home import looks
from fund.people.powers import Grant
from fund.rights import erasing
from fund.settings import Settings
from tests.fund.browsing import a_person
from tests.fund.cases.finding.builders import HERE, PEOPLE, REPORTER, TOLD, a_report, by, found
from tests.fund.cases.finding.test_deciding import CHILD, opened

LATER = datetime(2035, 1, 2, 3, tzinfo=UTC)


def test_a_closed_report_goes_by_the_clock_and_a_taken_one_stays_with_its_child(database: Database) -> None:
    found(database)
    with database.write() as session:
        closed, taken = a_report(session), a_report(session)
        service.close(session, closed, "nonsense", "เล่นกัน", by=by(session))
        code = service.take(session, taken, CHILD, CasePlace(HERE), by=by(session))
        a_person(session, "core two", Grant("core_team"))
    with clock.at(LATER):
        erasing.propose_overdue(database, Settings())
        with database.read() as session:
            proposed = {one.kind.name: one for one in erasing.proposed(session)}
            assert proposed["report"].subjects == (closed,) and len(proposed["reporter"].subjects) == 2
        for kind in ("report", "reporter"):
            with database.write() as session:
                assert not erasing.confirm(session, proposed[kind].id, by=by(session, "core"))
                assert erasing.confirm(session, proposed[kind].id, by=by(session, "core two"))
    with database.write() as session:
        gone, (kept,) = opened(session, closed), queries.of_case(session, code, purpose="case_work", by=by(session))
    assert (gone.told, gone.reporter, gone.report.reason) == (None, None, "nonsense")
    assert (kept.told, kept.reporter) == (TOLD, None)


def test_what_is_still_young_stays(database: Database) -> None:
    found(database)
    with database.write() as session:
        report_id = a_report(session)
    erasing.propose_overdue(database, Settings())
    with database.write() as session:
        assert erasing.proposed(session) == []
        assert opened(session, report_id).reporter == REPORTER


def test_reports_wait_for_the_case_managers_of_their_district_and_the_urgent_are_late_at_once(
    database: Database,
) -> None:
    found(database)
    with database.write() as session:
        here, there = (
            a_person(session, "one", PEOPLE["manager here"]),
            a_person(session, "two", PEOPLE["manager there"]),
        )
        a_report(session)
        assert (looks.reports_waiting(session, here).count, looks.reports_waiting(session, here).is_late) == (1, False)
        a_report(session, Told("น้องเอ", signs=("hurt",)))
        assert (looks.reports_waiting(session, here).count, looks.reports_waiting(session, here).is_late) == (2, True)
        assert looks.reports_waiting(session, there) == looks.NOTHING
