"""Follow-ups: opened on their days, missed in time, holding the money until somebody looked, opening a case anew."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlmodel import Session, col, select

from fund import clock, outbox, profile, sealed
from fund.audit import Actor
from fund.cases import consents, service
from fund.cases import queries as cases
from fund.cases.errors import ReasonMissingError
from fund.cases.following import follow_ups
from fund.cases.following.models import FollowUpRow, MatterRow
from fund.cases.models import ConsentRow
from fund.db import Database
from fund.grants import paying
from fund.grants import queries as grants
from fund.people import duties
from fund.people.errors import ConflictError
from tests.fund.cases.following.builders import HELPED, a_helped_case
from tests.fund.grants.office import Office, an_office

AFTER_30 = HELPED + timedelta(days=30)


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    """People of each role, and a founded fund, on the day on which help arrives."""
    office = an_office(database)
    with clock.at(HELPED):
        yield office


def opened(database: Database, on: datetime) -> list[date]:
    """On which days somebody is to look in, of those that open by then."""
    with clock.at(on), database.write() as session:
        follow_ups.open_due(session)
        return sorted(session.exec(select(col(FollowUpRow.due_on))).all())


def first(database: Database, code: str) -> UUID:
    with database.read() as session:
        row = session.exec(select(MatterRow).where(MatterRow.code == code, MatterRow.state == "open")).one()
        return row.id


def note(database: Database, follow_up_id: UUID, act: str, words: str = "", *, by: Actor) -> str:
    with clock.at(AFTER_30), database.write() as session:
        return follow_ups.note(session, follow_up_id, act, words, by=by)


def a_due_follow_up(office: Office, *, with_money: bool = False) -> tuple[str, UUID]:
    """A helped case, with a grant of two parts where it has money, on the day of its first follow-up."""
    office.give(1_000_000)
    code = a_helped_case(office.database, by=office.nok)
    if with_money:
        office.awarded(100_000, 100_000, case_code=code)
    opened(office.database, AFTER_30)
    return code, first(office.database, code)


def held(office: Office, code: str) -> list[str]:
    asked = office.ask(grants.requests_of_case, code)
    return [part.state for one in asked for part in office.ask(grants.tranches, one.id)]


def test_the_days_are_the_profiles_and_the_next_term_begins_once() -> None:
    fund = profile.Profile("", "", "", "", None, None, (), "KK")  # type: ignore[arg-type]
    assert follow_ups.due_days(fund, date(2026, 11, 23)) == [date(2026, 12, 23), date(2027, 2, 21), date(2027, 5, 16)]
    assert follow_ups.due_days(fund, date(2026, 11, 1))[-1] == date(2027, 5, 16)
    assert follow_ups.due_days(fund, date(2026, 4, 16))[0] == date(2026, 5, 16)
    assert len(follow_ups.due_days(fund, date(2026, 4, 16))) == 2


def test_they_open_by_themselves_and_once(office: Office) -> None:
    database = office.database
    a_helped_case(database, by=office.nok)
    assert opened(database, AFTER_30 - timedelta(days=1)) == []
    assert opened(database, AFTER_30) == opened(database, AFTER_30) == [date(2026, 12, 23)]
    assert len(opened(database, AFTER_30 + timedelta(days=99))) == 1  # nobody has looked in yet


def test_a_look_on_the_day_or_later_is_not_asked_for_again(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office)
    note(office.database, follow_up_id, "attend", by=office.nok)
    assert opened(office.database, AFTER_30 + timedelta(days=59)) == [date(2026, 12, 23)]
    later = datetime(2027, 5, 15, 3, tzinfo=UTC)
    assert opened(office.database, later) == [date(2026, 12, 23), date(2027, 2, 21)]
    with clock.at(later):
        office.act(follow_ups.note, first(office.database, code), "attend", by=office.nok)
    assert opened(office.database, later + timedelta(days=1))[-1] == date(2027, 5, 16)


def test_they_are_counted_from_the_last_help_and_of_no_erased_child(office: Office) -> None:
    database = office.database
    code = a_helped_case(database, by=office.nok)
    with clock.at(HELPED + timedelta(days=20)), database.write() as session:
        service.move(session, code, "help", by=office.nok)
    assert opened(database, AFTER_30) == []
    assert opened(database, AFTER_30 + timedelta(days=20)) == [date(2027, 1, 12)]
    with database.write() as session:
        sealed.destroy(session, cases.case(session, code).child_id)
    assert len(opened(database, AFTER_30 + timedelta(days=99))) == 1


def test_a_child_at_school_moves_the_case_on_and_holds_nothing(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office, with_money=True)
    assert note(office.database, follow_up_id, "attend", by=office.nok) == "attending"
    assert office.ask(cases.case, code).stage == "followed" and held(office, code) == ["awarded", "awarded"]


def test_a_child_at_risk_holds_the_money_until_the_core_team_has_looked(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office, with_money=True)
    with pytest.raises(ReasonMissingError):
        note(office.database, follow_up_id, "risk", by=office.nok)
    note(office.database, follow_up_id, "risk", "ขาดเรียนบ่อย", by=office.nok)
    assert held(office, code) == ["held", "held"]
    told = {row.subject.split()[0] for row in office.ask(outbox_of, "notice.follow_up")}
    assert {str(office.nok.person_id), str(office.ton.person_id), str(office.kaew.person_id)} <= told
    assert str(office.fah.person_id) not in told
    assert office.act(follow_ups.look_at, follow_up_id, "พบครอบครัวแล้ว", by=office.kaew) == 2
    assert held(office, code) == ["awarded", "awarded"]


def outbox_of(session: Session, kind: str) -> list[outbox.OutboxRow]:
    return list(session.exec(select(outbox.OutboxRow).where(outbox.OutboxRow.kind == kind)))


def test_money_that_waits_for_another_reason_is_not_let_go(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office, with_money=True)
    asked = office.ask(grants.requests_of_case, code)[0].id
    office.act(paying.hold, asked, 1, "consent", by=office.nok)
    note(office.database, follow_up_id, "risk", "ขาดเรียน", by=office.nok)
    assert office.act(follow_ups.look_at, follow_up_id, "พบแล้ว", by=office.kaew) == 1
    assert held(office, code) == ["held", "awarded"]


def test_two_bad_follow_ups_are_both_looked_at_before_money_goes_on(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office, with_money=True)
    note(office.database, follow_up_id, "risk", "ขาดเรียน", by=office.nok)
    opened(office.database, AFTER_30 + timedelta(days=60))
    second = first(office.database, code)
    note(office.database, second, "risk", "ยังขาดเรียน", by=office.nok)
    assert office.act(follow_ups.look_at, follow_up_id, "พบแล้ว", by=office.kaew) == 0
    assert held(office, code) == ["held", "held"]
    assert office.act(follow_ups.look_at, second, "พบแล้ว", by=office.kaew) == 2


def test_a_missed_one_holds_the_money_and_a_late_note_does_not_let_it_go(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office, with_money=True)
    for days, missed in ((13, 0), (15, 1), (15, 0)):
        with clock.at(AFTER_30 + timedelta(days=days)):
            assert office.act(follow_ups.miss_late) == missed
    assert held(office, code) == ["held", "held"]
    assert note(office.database, follow_up_id, "attend", by=office.nok) == "late"
    assert held(office, code) == ["held", "held"]
    assert office.act(follow_ups.look_at, follow_up_id, "โทรแล้ว มาเรียนปกติ", by=office.kaew) == 2


@pytest.mark.parametrize("is_closed", [False, True])
def test_a_repeat_drop_out_opens_the_case_anew(office: Office, is_closed: bool) -> None:
    code, follow_up_id = a_due_follow_up(office)
    if is_closed:
        office.act(service.move, code, "close", reason="กลับมาเรียนแล้ว", by=office.nok)
    assert note(office.database, follow_up_id, "drop_out", "ไปทำงาน", by=office.nok) == "dropped_out"
    assert office.ask(cases.case, code).stage == "reopened"


def test_who_is_tied_to_the_child_notes_nothing_and_no_consent_lets_no_money_go(office: Office) -> None:
    code, follow_up_id = a_due_follow_up(office, with_money=True)
    office.act(duties.declare, office.nok.person_id, code, "relative", by=office.nok)
    with pytest.raises(ConflictError):
        note(office.database, follow_up_id, "attend", by=office.nok)
    note(office.database, follow_up_id, "risk", "ขาดเรียน", by=office.nim)
    withdraw_help(office, code)
    assert office.act(follow_ups.look_at, follow_up_id, "พบแล้ว", by=office.kaew) == 0
    assert held(office, code) == ["held", "held"]


def withdraw_help(office: Office, code: str) -> None:
    with office.database.write() as session:
        row = session.exec(select(ConsentRow).where(ConsentRow.code == code, ConsentRow.scopes == "help")).one()
        consents.withdraw_consent(session, code, row.id, by=office.nim)
