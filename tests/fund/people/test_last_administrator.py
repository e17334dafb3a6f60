"""Somebody can always make people: the last administrator who can come in is not ended, by nobody and in no race."""

from collections.abc import Callable
from typing import Final
from uuid import UUID

import pytest
from sqlmodel import Session

from fund.audit import Actor
from fund.db import Database
from fund.people import staff
from fund.people.errors import LastAdministratorError
from fund.people.powers import Grant, Person
from tests.fund.browsing import MAKER, a_person, come_in, form_token, signed_in
from tests.fund.donations.builders import found
from tests.fund.people.test_places import together

ADMINISTRATOR: Final = Grant("administrator")
Ending = Callable[[Session, Person, Actor], object]


def take_role(session: Session, whose: Person, by: Actor) -> UUID:
    return staff.end(session, staff.grants_of(session, whose.id)[0].id or UUID(int=0), by=by)


def suspend(session: Session, whose: Person, by: Actor) -> None:
    staff.suspend(session, whose.id, by=by)


def reset(session: Session, whose: Person, by: Actor) -> str:
    return staff.reset(session, whose.id, by=by)


ENDINGS: Final[dict[str, Ending]] = {"the role": take_role, "the person": suspend, "the way in": reset}


def actor(person: Person) -> Actor:
    return Actor(person.name, person.id)


def who_can_come_in(database: Database) -> list[str]:
    with database.read() as session:
        known = [one for one in staff.people(session) if one.has_password and not one.is_suspended]
    return [one.name for one in known if any(grant.role == "administrator" for grant in one.grants)]


@pytest.mark.parametrize("name", ENDINGS)
def test_of_two_administrators_one_is_ended_and_the_last_is_not(database: Database, name: str) -> None:
    with database.write() as session:
        one, other = (a_person(session, called, ADMINISTRATOR) for called in ("one", "other"))
        ENDINGS[name](session, other, actor(one))
    with pytest.raises(LastAdministratorError), database.write() as session:
        ENDINGS[name](session, one, actor(other))
    assert who_can_come_in(database) == ["one"]


@pytest.mark.parametrize("name", ["the role", "the person"])
def test_nor_does_the_operator_end_the_last_one(database: Database, name: str) -> None:
    with database.write() as session:
        one = a_person(session, "one", ADMINISTRATOR)
        staff.invite(session, "never came", [ADMINISTRATOR], by=MAKER)
    with pytest.raises(LastAdministratorError), database.write() as session:
        ENDINGS[name](session, one, MAKER)
    assert who_can_come_in(database) == ["one"]


def test_the_operator_lets_the_last_one_in_again_who_lost_every_way(database: Database) -> None:
    with database.write() as session:
        one = a_person(session, "one", ADMINISTRATOR)
        assert reset(session, one, MAKER)


@pytest.mark.parametrize("name", ENDINGS)
def test_two_who_end_each_other_at_once_leave_one(database: Database, name: str) -> None:
    for number in range(4):
        left, lost = ended_each_other(database, name, str(number))
        assert (left, lost) == (1, [type(None), LastAdministratorError])


def ended_each_other(database: Database, name: str, number: str) -> tuple[int, list[type]]:
    """How many can come in after two administrators ended each other at the same moment; what each came to."""
    with database.write() as session:
        one, other = (a_person(session, f"{called} {number}", ADMINISTRATOR) for called in ("one", "other"))
    came_to = together(
        database,
        lambda session: ENDINGS[name](session, other, actor(one)),
        lambda session: ENDINGS[name](session, one, actor(other)),
    )
    left = who_can_come_in(database)
    with database.engine.begin() as connection:  # the next two are alone again
        connection.exec_driver_sql("UPDATE people_person SET password_hash = ''")
    return len(left), sorted(came_to, key=str)


def test_without_the_rule_nobody_is_left(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control."""
    monkeypatch.setattr(staff, "_require_another_administrator", lambda *_: None)
    assert ended_each_other(database, "the person", "0") == (0, [type(None), type(None)])


def test_the_page_says_so(database: Database, database_url: str) -> None:
    found(database)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        with database.write() as session:
            other = a_person(session, "other", ADMINISTRATOR)
            itself = staff.named(session, "boss")
            assert itself is not None
        token = form_token(boss)
        with database.write() as session:
            staff.suspend(session, other.id, by=MAKER)
            (role,) = staff.grants_of(session, other.id)
        path = f"/staff/people/{other.id}"
        assert boss.post(f"{path}/roles/{role.id}/end", data={"csrf_token": token}).status_code == 303
        refused = boss.post(f"/staff/people/{itself.id}/suspend", data={"csrf_token": token})
        assert refused.status_code == 409 and "คนสุดท้าย" in refused.text


def test_whoever_is_no_administrator_is_ended_where_there_is_none(database: Database, database_url: str) -> None:
    found(database)
    with database.write() as session:
        valuer = a_person(session, "valuer", Grant("valuer"))
        staff.suspend(session, valuer.id, by=MAKER)
    with signed_in(database_url, "boss", ADMINISTRATOR) as boss:
        come_in(boss, "boss")
        token = form_token(boss)
        assert boss.post(f"/staff/people/{valuer.id}/resume", data={"csrf_token": token}).status_code == 303
