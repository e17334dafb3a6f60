"""Cases: opened once for each child, moved by the table of stages alone, found by nothing that says who it is."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from fund import audit, clock, sealed
from fund.audit import Actor, Sought
from fund.cases import codes, queries, service
from fund.cases.errors import (
    CaseNotFoundError,
    ErasedChildError,
    KnownChildError,
    NotInThisStageError,
    PlaceOfCaseError,
    PurposeMissingError,
    ReasonMissingError,
)
from fund.cases.places import CasePlace
from fund.db import Database
from fund.people import duties
from fund.people.errors import ConflictError
from ledger.columns import Instant
from ledger.identifiers import new_id
from tests.fund.cases.builders import DISTRICT, HERE, OTHER_DISTRICT, a_case, a_child, a_fund, national_id


@pytest.fixture
def by(database: Database) -> Actor:
    return a_fund(database)


def test_a_case_is_opened_with_a_code_that_says_nothing(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    assert codes.is_valid(code)
    with database.write() as session:
        view = queries.case(session, code)
        told = queries.child_of(session, code, purpose="case_work", by=by)
    assert (view.stage, view.at, view.opened_by) == ("found", HERE, by.name)
    assert told.child == a_child()


def test_the_same_form_again_opens_no_second_case(database: Database, by: Actor) -> None:
    form_key = new_id()
    with database.write() as session:
        once, twice = (service.open_case(session, a_child(), HERE, child_id=form_key, by=by) for _ in range(2))
    assert once == twice


def test_a_child_with_the_same_id_has_one_case(database: Database, by: Actor) -> None:
    code = a_case(database, a_child(national_id=national_id(1)), by=by)
    with database.read() as session:
        assert queries.case_by_national_id(session, national_id(1)) == code
        assert queries.case_by_national_id(session, national_id(2)) is None
    with database.write() as session, pytest.raises(KnownChildError):
        service.open_case(session, a_child(name="อีกคน", national_id=national_id(1)), HERE, by=by)


def test_a_corrected_id_is_found_and_the_former_one_no_more(database: Database, by: Actor) -> None:
    code = a_case(database, a_child(national_id=national_id(1)), by=by)
    with database.write() as session:
        service.change_child(session, code, a_child(national_id=national_id(2)), by=by)
    with database.read() as session:
        assert queries.case_by_national_id(session, national_id(1)) is None
        assert queries.case_by_national_id(session, national_id(2)) == code


def test_a_child_without_any_number_is_a_case_like_any_other(database: Database, by: Actor) -> None:
    codes_of = {a_case(database, a_child(birth_on=None), by=by) for _ in range(2)}
    assert len(codes_of) == 2


def test_a_case_belongs_to_a_district_that_is_here(database: Database, by: Actor) -> None:
    for place in (CasePlace("9999"), CasePlace(DISTRICT, "no-such-school")):
        with database.write() as session, pytest.raises(PlaceOfCaseError):
            service.open_case(session, a_child(), place, by=by)


def test_a_case_moves_with_the_child(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    with database.write() as session:
        service.move_place(session, code, CasePlace(OTHER_DISTRICT), by=by)
        assert queries.case(session, code).at.district == OTHER_DISTRICT


def test_nobody_sees_a_child_without_a_purpose(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    for purpose in ("", "because", "ดาว"):
        with database.write() as session, pytest.raises(PurposeMissingError):
            queries.child_of(session, code, purpose=purpose, by=by)
    with database.read() as session:
        assert audit.acts(session, Sought(subject=code, is_view=True), limit=9) == []


def test_a_case_that_is_not_there_is_not_found(database: Database, by: Actor) -> None:
    with database.write() as session, pytest.raises(CaseNotFoundError):
        queries.child_of(session, codes.new_code(), purpose="case_work", by=by)
    with database.write() as session, pytest.raises(CaseNotFoundError):
        service.move(session, codes.new_code(), "assess", by=by)


def test_a_search_among_children_is_one_look(database: Database, by: Actor) -> None:
    for number in range(3):
        a_case(database, a_child(name=f"เด็กคนที่ {number}"), by=by)
    a_case(database, place=CasePlace(OTHER_DISTRICT), by=by)
    with database.write() as session:
        found = list(queries.children_near(session, f"district:{DISTRICT}", purpose="case_work", by=by))
    assert len(found) == 3
    with database.read() as session:
        assert len(audit.acts(session, Sought(is_view=True), limit=9)) == 1


def test_a_step_that_the_table_has_not_is_refused(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    with database.write() as session, pytest.raises(NotInThisStageError):
        service.move(session, code, "help", by=by)
    with database.write() as session:
        assert service.move(session, code, "assess", by=by) == "assessed"
        assert [step.stage for step in queries.case(session, code).steps] == ["found", "assessed"]


def test_a_case_is_closed_and_opened_anew_with_a_reason(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    for act, stage in (("close", "closed"), ("reopen", "reopened")):
        with database.write() as session, pytest.raises(ReasonMissingError):
            service.move(session, code, act, reason="  ", by=by)
        with database.write() as session:
            assert service.move(session, code, act, reason="ย้ายไปอยู่กับยาย", by=by) == stage


def test_who_is_tied_to_the_child_moves_nothing_and_is_not_put_in_charge(database: Database, by: Actor) -> None:
    code = a_case(database, by=by)
    assert by.person_id
    with database.write() as session:
        duties.declare(session, by.person_id, code, "relative", by=by)
    with database.write() as session, pytest.raises(ConflictError):
        service.move(session, code, "assess", by=by)
    with database.write() as session, pytest.raises(ConflictError):
        service.assign(session, code, by.person_id, by=by)


def test_an_erased_child_is_gone_with_the_index_and_nothing_more_is_written(database: Database, by: Actor) -> None:
    code = a_case(database, a_child(national_id=national_id(1)), by=by)
    with database.write() as session:
        sealed.destroy(session, queries.case(session, code).child_id)
    with database.write() as session:
        assert queries.case_by_national_id(session, national_id(1)) is None
        assert queries.child_of(session, code, purpose="audit", by=by).child is None
        assert list(queries.children_near(session, f"district:{DISTRICT}", purpose="audit", by=by)) == []
    with database.write() as session, pytest.raises(ErasedChildError):
        service.change_child(session, code, a_child(), by=by)


@pytest.mark.parametrize(
    "forged",
    [
        "(2, 1, 'found', 'close', 'helped')",  # no such way
        "(2, 1, 'planned', 'help', 'helped')",  # not where the last step led
        "(3, 1, 'found', 'assess', 'assessed')",  # a number left out
        "(1, NULL, '', 'open', 'found')",
    ],
)
def test_the_database_refuses_a_step_that_does_not_follow(database: Database, by: Actor, forged: str) -> None:
    code = a_case(database, by=by)
    number, after, *names = forged.strip("()").split(", ")
    written = f"VALUES ('{code}', {number}, {after}, {', '.join(names)}, :now, 'x')"
    columns = "(code, number, after, came_from, act, stage, done_at, done_by)"
    statement = sa.text(f"INSERT INTO cases_step {columns} {written}")
    with database.write() as session, pytest.raises(DBAPIError):
        session.execute(statement.bindparams(sa.bindparam("now", clock.now(), type_=Instant())))
