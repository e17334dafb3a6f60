"""The queue: those of one's districts, the most urgent first, page after page, and nobody else's."""

from datetime import timedelta

import pytest

from fund import clock
from fund.audit import Actor
from fund.cases import queues, records, service
from fund.cases.errors import ChoiceError
from fund.cases.places import CasePlace
from fund.cases.queues import Sought
from fund.cases.records import NeedSaid
from fund.db import Database
from fund.people.powers import Grant, Person
from tests.builders import a_founded_fund
from tests.fund.browsing import a_person
from tests.fund.cases.builders import OTHER_DISTRICT, a_case, a_case_manager

ALL = Sought()


@pytest.fixture
def malee(database: Database) -> tuple[Person, Actor]:
    a_founded_fund(database)
    return a_case_manager(database)


def cases(database: Database, by: Actor, *urgencies: int) -> list[str]:
    """A case for each, one after the other."""
    found = []
    for number, urgency in enumerate(urgencies):
        with clock.at(clock.now() - timedelta(days=30 - number)):
            found.append(a_case(database, by=by))
            with database.write() as session:
                records.note_need(session, found[-1], NeedSaid("food"), urgency, by=by)
    return found


def listed(database: Database, person: Person, sought: Sought = ALL, limit: int = 50) -> list[str]:
    with database.read() as session:
        return [one.code for one in queues.cases_of(session, person, sought, limit=limit)]


def test_the_most_urgent_come_first_then_those_that_have_waited_longest(
    database: Database, malee: tuple[Person, Actor]
) -> None:
    person, by = malee
    one, two, three, four = cases(database, by, 1, 3, 3, 0)
    assert listed(database, person) == [two, three, one, four]


def test_page_after_page_every_case_comes_once(database: Database, malee: tuple[Person, Actor]) -> None:
    person, by = malee
    every, seen = cases(database, by, 1, 3, 0, 3, 2), list[str]()
    while page := listed(database, person, Sought(after=seen[-1] if seen else ""), limit=2):
        seen += page
    assert sorted(seen) == sorted(every) and len(seen) == len(every)


def test_who_has_a_district_sees_its_cases_and_the_core_team_all(
    database: Database, malee: tuple[Person, Actor]
) -> None:
    person, by = malee
    here, there = a_case(database, by=by), a_case(database, place=CasePlace(OTHER_DISTRICT), by=by)
    other, _ = a_case_manager(database, "Other", OTHER_DISTRICT)
    with database.write() as session:
        core = a_person(session, "Core", Grant("core_team"))
        collector = a_person(session, "Collector", Grant("collector", "school:x"))
    assert [listed(database, one) for one in (person, other, collector)] == [[here], [there], []]
    assert set(listed(database, core)) == {here, there}


def test_closed_cases_are_left_out_until_they_are_asked_for(database: Database, malee: tuple[Person, Actor]) -> None:
    person, by = malee
    code = a_case(database, by=by)
    with database.write() as session:
        service.move(session, code, "close", reason="ย้าย", by=by)
        service.assign(session, code, person.id, by=by)
        assert queues.counts(session, person)["closed"] == 1
    assert listed(database, person) == []
    assert listed(database, person, Sought(stage="closed", is_mine=True)) == [code]
    with pytest.raises(ChoiceError):
        listed(database, person, Sought(stage="nowhere"))
