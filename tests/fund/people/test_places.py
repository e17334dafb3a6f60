"""Schools and offices: registered, renamed, closed and never deleted; roles are given for one that is here and open."""

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final, Protocol
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from fund import clock
from fund.db import Database
from fund.errors import FundError
from fund.people import errors, places, powers, staff
from fund.people.models import GrantRow, PersonRow, PlaceRow
from fund.people.places import Kind
from fund.people.powers import Grant, Person, Place
from tests.fund.browsing import MAKER, Browser, as_demo, browser, come_in, form_token, signed_in
from tests.fund.donations.builders import found

PAGE: Final = "/staff/places"
SCHOOL: Final = Grant("watcher", "school:1040050001")
HERE, ELSEWHERE = "4005", "4012"
ADMINISTRATOR: Final = Grant("administrator")


def a_school(session: Session, code: str = "1040050001", district: str = HERE) -> None:
    places.register(session, "school", code, "โรงเรียนทดสอบ", "Test school", district=district, by=MAKER)


def an_office(session: Session, code: str = "health") -> None:
    places.register(session, "office", code, "สำนักงานสาธารณสุข", "Health office", by=MAKER)


def post(client: Browser, path: str, **typed: str) -> Any:
    return client.post(path, data={"csrf_token": form_token(client), **typed})


def test_a_school_is_registered_renamed_closed_and_opened_again(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        typed = {"kind": "school", "code": "1040050001", "name_th": "โรงเรียนเก่า", "name_en": "Old school"}
        assert post(boss, PAGE, district=HERE, **typed).headers["location"] == f"{PAGE}/school/1040050001"
        one = f"{PAGE}/school/1040050001"
        assert post(boss, one, name_th="โรงเรียนใหม่", name_en="New school").status_code == 303
        assert "โรงเรียนใหม่" in boss.get(one).text and "โรงเรียนเก่า" not in boss.get(PAGE).text
        assert post(boss, f"{one}/close").status_code == 303
        assert "โรงเรียนใหม่ · 1040050001" not in boss.get("/staff/people").text
        assert post(boss, f"{one}/reopen").status_code == 303
        assert "โรงเรียนใหม่ · 1040050001" in boss.get("/staff/people").text
    with database.read() as session:
        assert [row.version for row in session.exec(select(PlaceRow))] == [1, 2, 3, 4], (
            "each change is a row of its own"
        )


REFUSED = {
    "a code that is taken": ({"code": "taken"}, 409),
    "a code with words": ({"code": "a b"}, 400),
    "a code in Thai letters": ({"code": "โรงเรียน"}, 400),
    "a path for a code": ({"code": "../people"}, 400),
    "no name in Thai": ({"name_th": " "}, 400),
    "an invisible sign in a name": ({"name_en": "a\u202eb"}, 400),
    "a name that is too long": ({"name_th": "ก" * 151}, 400),
    "a name with what parts it from its code": ({"name_en": "a · b"}, 400),
    "a school without a district": ({"district": ""}, 400),
    "a school in a district elsewhere": ({"district": "9999"}, 400),
    "another kind of place": ({"kind": "palace"}, 400),
    "a field that is not asked": ({"version": "7"}, 400),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_place_that_does_not_fit_is_not_registered(database: Database, database_url: str, name: str) -> None:
    found(database)
    changes, status = REFUSED[name]
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        typed = {"kind": "school", "code": "taken", "name_th": "ก", "name_en": "A", "district": HERE}
        assert post(boss, PAGE, **typed).status_code == 303
        refused = post(boss, PAGE, **typed | {"code": "free"} | changes)
        assert refused.status_code == status
        assert boss.get(f"{PAGE}/school/free").status_code == 404


def test_what_is_not_there_is_not_found(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        for one in ("school/none", "office/none", "palace/none"):
            assert boss.get(f"{PAGE}/{one}").status_code == 404
            for act in ("", "/close", "/reopen"):
                assert post(boss, f"{PAGE}/{one}{act}", name_th="ก", name_en="A").status_code in (400, 404)


CHOSEN = {
    "by its name, with the code behind": ("โรงเรียนทดสอบ · 1040050001", 200),
    "by its code alone": (" 1040050001 ", 200),
    "with another name before the code": ("อะไรก็ได้ · 1040050001", 200),
    "one that is not here": ("9999999999", 400),
    "a name without a code": ("โรงเรียนทดสอบ", 400),
    "an office for a school's role": ("health", 400),
    "nothing": ("", 400),
}


@pytest.mark.parametrize("name", CHOSEN)
def test_a_role_is_given_for_a_school_that_is_chosen(database: Database, database_url: str, name: str) -> None:
    found(database)
    place, status = CHOSEN[name]
    with database.write() as session:
        a_school(session)
        an_office(session)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        answer = post(boss, "/staff/people", name="new", role="watcher", place=place)
        assert answer.status_code == status
        assert ("ผู้เฝ้าระวังในชุมชน · โรงเรียนทดสอบ" in boss.get("/staff/people").text) == (status == 200)


def test_scope_is_told_in_words(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        an_office(session)
        staff.invite(
            session, "a", [Grant("case_manager", f"district:{HERE}"), Grant("partner", "office:health")], by=MAKER
        )
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        page = boss.get("/staff/people").text
        assert "เขตอำเภอชุมแพ" in page and "สำนักงานสาธารณสุข" in page
        boss.cookies.set("language", "en")
        assert "Chum Phae district" in boss.get("/staff/people").text


def test_whoever_has_a_district_has_its_schools_and_no_others(database: Database) -> None:
    found(database)
    with database.write() as session:
        a_school(session)
        a_school(session, "1040120001", ELSEWHERE)
        here, elsewhere = (places.place_of(session, f"school:{code}") for code in ("1040050001", "1040120001"))
    manager = Person(UUID(int=1), "m", (Grant("case_manager", f"district:{HERE}"),))
    assert here == Place(district=HERE, school="1040050001")
    assert powers.may(manager, "campaigns.see", here) and not powers.may(manager, "campaigns.see", elsewhere)
    collector = Person(UUID(int=2), "c", (Grant("collector", "school:1040050001"),))
    assert powers.may(collector, "campaigns.see", here) and not powers.may(collector, "campaigns.see", elsewhere)
    assert not powers.may(collector, "campaigns.see", Place(district=HERE)), "a school is not its district"


def test_an_office_lies_in_no_district(database: Database) -> None:
    found(database)
    with database.write() as session:
        an_office(session)
        assert places.place_of(session, "office:health") == Place(office="health")
        assert places.place_of(session, f"district:{HERE}") == Place(district=HERE)
        with pytest.raises(errors.PlaceNotFoundError):
            places.place_of(session, "school:health")


def test_a_place_closes_once_nobody_has_a_role_for_it(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        a_school(session)
        made, _ = staff.invite(session, "somchai", [SCHOOL], by=MAKER)
        (given,) = staff.grants_of(session, made)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        path = f"{PAGE}/school/1040050001"
        refused = post(boss, f"{path}/close")
        assert refused.status_code == 409 and "somchai" in refused.text
        assert post(boss, f"/staff/people/{made}/roles/{given.id}/end").status_code == 303
        assert post(boss, f"{path}/close").status_code == 303
        assert post(boss, f"/staff/people/{made}/roles", role="watcher", place="1040050001").status_code == 400


class Act(Protocol):
    def __call__(self, session: Session) -> object: ...


def together(database: Database, *acts: Act) -> list[type]:
    """Everything at the same moment, each in a unit of work of its own; what each came to."""
    start = threading.Barrier(len(acts))

    def one(act: Act) -> type:
        start.wait()
        try:
            with database.write() as session:
                act(session)
        except (FundError, DBAPIError) as refusal:
            return type(refusal)
        return type(None)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def close(session: Session, *, code: str) -> None:
    places.close(session, "school", code, by=MAKER)


def give(session: Session, *, person: UUID, code: str) -> None:
    staff.give(session, person, Grant("watcher", f"school:{code}"), by=MAKER)


def test_a_place_is_closed_or_given_but_not_both_at_once(database: Database) -> None:
    found(database)
    for number in range(8):
        code = f"10400500{number:02}"
        with database.write() as session:
            a_school(session, code)
            made, _ = staff.invite(session, f"somchai {number}", [], by=MAKER)
        came_to = together(database, partial(close, code=code), partial(give, person=made, code=code))
        assert sorted(map(str, came_to)).count(str(type(None))) == 1, came_to
        with database.read() as session:
            assert places.one(session, "school", code).is_open == bool(places.whose(session, f"school:{code}"))


def a_grant_of_raw_hands(session: Session, scope: str) -> None:
    person = session.exec(select(PersonRow)).first()
    assert person is not None
    session.add(GrantRow(person_id=person.id, role="watcher", scope=scope, given_at=clock.now(), given_by="raw"))
    session.flush()


def test_the_database_refuses_a_role_for_a_place_that_is_not_here_or_is_closed(database: Database) -> None:
    found(database)
    with database.write() as session:
        staff.invite(session, "somchai", [], by=MAKER)
        for code in ("open", "closed"):
            a_school(session, code)
        close(session, code="closed")
        a_grant_of_raw_hands(session, "school:open")
    for scope in ("school:none", "school:closed", "office:open", "school:"):
        with pytest.raises(DBAPIError, match="people:place"), database.write() as session:
            a_grant_of_raw_hands(session, scope)


def test_without_its_trigger_the_database_takes_any_place(database: Database) -> None:
    """The control."""
    with database.write() as session:
        staff.invite(session, "somchai", [], by=MAKER)
    on = "" if database.is_sqlite else " ON people_grant"
    with database.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER people_grant_place_known{on}")
    with database.write() as session:
        a_grant_of_raw_hands(session, "school:none")


RAW: Final[tuple[tuple[Kind, str], ...]] = (("school", ""), ("office", "4005"))


@pytest.mark.parametrize(("kind", "district"), RAW)
def test_the_database_wants_a_district_for_a_school_and_for_nothing_else(
    database: Database, kind: Kind, district: str
) -> None:
    whose: dict[str, Any] = {
        "district": district,
        "name_th": "ก",
        "name_en": "A",
        "changed_at": clock.now(),
        "changed_by": "raw",
    }
    with pytest.raises(DBAPIError), database.write() as session:
        session.add(PlaceRow(kind=kind, code="x", version=1, is_open=True, **whose))
        session.flush()


def test_what_was_registered_cannot_be_changed_or_deleted(database: Database) -> None:
    found(database)
    with database.write() as session:
        a_school(session)
    for statement in ("DELETE FROM people_place", "UPDATE people_place SET name_th = 'x'"):
        with pytest.raises(DBAPIError, match="append-only"), database.engine.begin() as connection:
            connection.exec_driver_sql(statement)


def test_a_demonstration_has_schools_and_offices(database: Database, database_url: str) -> None:
    as_demo(database)
    with browser(database_url) as client:
        come_in(client, "demo-administrator")
        page = client.get(PAGE).text
        assert "โรงเรียนบ้านตัวอย่าง" in page and "เหล่ากาชาดจังหวัด" in page
        assert post(client, "/staff/people", name="new", role="partner", place="red-cross").status_code == 200
