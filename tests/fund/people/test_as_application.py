"""On PostgreSQL the service's own role, which changes no row that stays, can do all that people and duties need."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from fund import clock
from fund.audit import Actor
from fund.db import Database
from fund.people import duties, places, staff
from fund.people.duties import Side
from fund.people.models import ChainRow
from fund.people.powers import Grant
from tests.fund.browsing import MAKER, a_person
from tests.fund.donations.builders import found
from tests.ledger.test_roles import names, signed_in


@pytest.fixture
def application(database: Database, database_url: str) -> Iterator[Database]:
    """A founded fund as the service sees it: by its own role, where the database has roles."""
    found(database)
    if database.is_sqlite:
        yield database
        return
    database.migrate()
    with signed_in(database_url, names(database)[0]) as opened:
        yield opened


def an_actor(session: Session, name: str, role: str = "administrator", scope: str = "") -> Actor:
    return Actor(name, a_person(session, name, Grant(role, scope)).id)


def test_people_come_and_go(application: Database) -> None:
    with application.write() as session:
        boss, other = (an_actor(session, name) for name in ("boss", "other"))
        watcher = an_actor(session, "watcher", "watcher", "school:1040050001")
        assert boss.person_id and other.person_id and watcher.person_id
        (given,) = staff.grants_of(session, watcher.person_id)
        assert given.id
        staff.end(session, given.id, by=boss)
        staff.change_email(session, watcher.person_id, "w@fund.example", by=watcher)
        staff.change_email(session, watcher.person_id, "", by=watcher)
        staff.change_password(session, watcher.person_id, "a hash", by=watcher)
        staff.suspend(session, other.person_id, by=boss)
        staff.resume(session, other.person_id, by=boss)
        staff.reset(session, other.person_id, by=boss)


def test_places_open_and_close(application: Database) -> None:
    with application.write() as session:
        places.register(session, "office", "health", "ก", "A", by=MAKER)
        places.rename(session, "office", "health", "ข", "B", by=MAKER)
        places.close(session, "office", "health", by=MAKER)
        places.reopen(session, "office", "health", by=MAKER)
        assert places.one(session, "office", "health").is_open


def test_duties_are_taken_also_by_a_stand_in(application: Database) -> None:
    today = clock.today()
    with application.write() as session:
        nok, ton, kaew = (an_actor(session, name, "finance") for name in ("nok", "ton", "kaew"))
        assert nok.person_id and ton.person_id
        duties.take_part(session, "payment:1", Side.PREPARE, by=kaew)
        appointed = duties.appoint(
            session, nok.person_id, ton.person_id, today, today + timedelta(3), "a" * 64, by=kaew
        )
        assert duties.approve(session, "payment:1", 1, of=1, stand_in=appointed, by=nok)
        duties.dismiss(session, appointed, by=kaew)


def test_a_lock_on_a_row_that_stays_is_refused_to_it(application: Database) -> None:
    """The control: why turns are taken by advisory locks."""
    if application.is_sqlite:
        pytest.skip("SQLite has no roles, and one writer at a time")
    with pytest.raises(DBAPIError, match="permission denied"), application.write() as session:
        session.exec(select(ChainRow).with_for_update()).all()
