"""The trail: who did what to what, from where and why; nothing in it names a donor, and nothing in it can be changed.

T50 as far as there are views: each is a row, and one that is gone is found.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, select

from fund import audit, sealing
from fund.audit import Act, Actor, AuditRow, ReasonError, Sought
from fund.db import Database
from fund.settings import Settings
from ledger.identifiers import new_id
from tests.ledger.builders import open_book
from tests.ledger.plans import work
from tests.ledger.test_log_tampering import unguarded

NOK = Actor("นก", UUID("019ab0c4-5f00-7c3e-9d2b-6a1f0e8d7c55"), "203.0.113.0/24")
TON = Actor("ต้น", new_id(), "2001:db8:1::/48")
DAY = date(2026, 11, 20)


def trail(database: Database, sought: Sought = Sought(), limit: int = 100) -> list[Act]:
    with database.read() as session:
        return audit.acts(session, sought, limit=limit)


def note(database: Database, by: Actor, action: str, *subjects: object, reason: str = "") -> None:
    with database.write() as session:
        for subject in subjects:
            audit.record(session, by, action, subject, reason=reason)


def look(database: Database, by: Actor, *subjects: str, reason: str = "") -> None:
    with database.write() as session:
        audit.viewed_each(session, by, "case", subjects, reason=reason)


def test_an_act_says_who_what_which_when_from_where_and_why(database: Database) -> None:
    note(database, NOK, "case.closed", "C7", reason="law")
    (act,) = trail(database)
    assert (act.actor, act.person_id, act.came_from) == (NOK.name, NOK.person_id, NOK.came_from)
    assert (act.action, act.subject, act.reason) == ("case.closed", "C7", "law")
    assert abs(datetime.now(UTC) - act.recorded_at) < timedelta(seconds=10)


def test_a_look_is_a_row_for_each_thing_that_was_shown(database: Database) -> None:
    look(database, NOK, "C1", "C2", "C3", reason="audit")
    look(database, TON, "C2")
    note(database, TON, "case.closed", "C2")
    who = [(act.actor, act.reason) for act in trail(database, Sought(subject="C2", is_view=True))]
    assert who == [(TON.name, ""), (NOK.name, "audit")]


def test_a_reason_is_one_of_the_list(database: Database) -> None:
    for reason in ("because", "คุณสมชายขอ", "Audit", " "):
        with pytest.raises(ReasonError), database.write() as session:
            audit.record(session, NOK, "case.closed", "C7", reason=reason)
    assert trail(database) == []


WHOLE = {"actor": "a", "action": "case.closed", "subject": "C7", "reason": "", "came_from": ""}
UNFIT = {
    "action": ("closed", "case closed", "case.สมชาย", "Case.closed", "case.closed.twice", ".", ""),
    "subject": ("สมชาย", "a\nb", "x" * 201, "é"),
    "reason": ("คุณสมชาย", "asked by Somchai", "because!", "x" * 41),
    "came_from": ("สมชาย", "house 7", "203.0.113.9 of Somchai", "1" * 51),
}


@pytest.mark.parametrize("column", UNFIT)
def test_the_database_takes_no_names_and_no_free_words(database: Database, column: str) -> None:
    for value in UNFIT[column]:
        with pytest.raises(DBAPIError), database.write() as session:
            insert(session.connection(), {**WHOLE, column: value})
    with database.write() as session:
        insert(session.connection(), WHOLE)  # nothing but that was wrong
    assert len(trail(database)) == 1


def insert(connection: Connection, row: dict[str, str]) -> None:
    given = {**row, "id": str(new_id()), "recorded_at": "2026-11-20T03:00:00.000000+00:00"}
    names = ", ".join(given)
    values = ", ".join(f"CAST(:{name} AS {CASTS.get(name, 'text')})" for name in given)
    if connection.dialect.name == "sqlite":
        values = ", ".join(f":{name}" for name in given)
    connection.execute(text(f"INSERT INTO fund_audit ({names}) VALUES ({values})"), given)


CASTS = {"id": "uuid", "recorded_at": "timestamptz"}


@pytest.mark.parametrize("act", ["UPDATE fund_audit SET reason = 'law'", "DELETE FROM fund_audit", "REPLACE"])
def test_a_row_is_neither_changed_nor_taken_away(database: Database, act: str) -> None:
    note(database, NOK, "case.closed", "C7")
    if act == "REPLACE":
        act = "INSERT INTO fund_audit SELECT * FROM fund_audit"
        act = act.replace("INSERT", "INSERT OR REPLACE") if database.is_sqlite else act
    with pytest.raises(DBAPIError), database.write() as session:
        session.connection().exec_driver_sql(act)
    assert len(trail(database)) == 1


# Searching.


@pytest.fixture
def filled(database: Database) -> Database:
    """Acts of three days in Bangkok: by hand, so that each has its own moment."""
    with database.write() as session:
        for number in range(12):
            moment = datetime(2026, 11, 20, 1, tzinfo=UTC) + timedelta(hours=6 * number)
            by, action = (NOK, TON)[number % 2], ("case.closed", "case.viewed", "line.viewed")[number % 3]
            row = AuditRow(recorded_at=moment, actor=by.name, action=action, subject=f"C{number % 4}")
            row.person_id, row.came_from = by.person_id, by.came_from
            session.add(row)
    return database


def test_every_question_answers_as_counting_by_hand_does(filled: Database) -> None:
    rows = trail(filled)
    for actor in ("", NOK.name, "nobody"):
        for action in ("", "case.viewed", "case"):
            for subject in ("", "C1"):
                for since, until in ((None, None), (DAY, DAY), (DAY + timedelta(days=1), None), (None, DAY)):
                    sought = Sought(actor, action, subject, since, until)
                    assert trail(filled, sought) == [act for act in rows if is_sought(act, sought)]


def is_sought(act: Act, sought: Sought) -> bool:
    day = (act.recorded_at + timedelta(hours=7)).date()
    given = ((sought.actor, act.actor), (sought.action, act.action), (sought.subject, act.subject))
    is_same = all(wanted in ("", there) for wanted, there in given)
    return is_same and (sought.since or day) <= day <= (sought.until or day)


def test_pages_go_on_where_the_last_one_ended_also_among_rows_of_one_moment(database: Database) -> None:
    look(database, NOK, *(f"C{number}" for number in range(7)))  # one page shown: one moment
    note(database, TON, "case.closed", "C9")
    seen: list[Act] = []
    with database.read() as session:
        while page := audit.acts(
            session, Sought(), before=(seen[-1].recorded_at, seen[-1].id) if seen else None, limit=3
        ):
            seen += page
    assert seen == trail(database) and len({act.id for act in seen}) == 8


SEARCHES = {
    "everything": Sought(),
    "an actor": Sought(actor=NOK.name),
    "an action": Sought(action="case.viewed"),
    "a subject": Sought(subject="C7"),
    "who has looked at it": Sought(subject="C7", is_view=True),
    "a day": Sought(since=DAY, until=DAY),
    "an actor on a day": Sought(actor=NOK.name, since=DAY, until=DAY),
}


def search(session: Session, sought: Sought) -> list[Act]:
    return audit.acts(session, sought, limit=5)


def works(database: Database) -> dict[str, int]:
    return {name: work(database, partial(search, sought=sought)) for name, sought in SEARCHES.items()}


def grown(database: Database) -> dict[str, tuple[int, int]]:
    """Searches that are half as much work again in a trail of four times the length."""
    fill(database, 400)
    small = works(database)
    fill(database, 1_200)
    large = works(database)
    return {name: (small[name], large[name]) for name in small if large[name] > 1.5 * small[name] + 5}


def fill(database: Database, count: int) -> None:
    with database.write() as session:
        for number in range(count):
            by = Actor("นก") if number % 10 == 7 else Actor(f"officer {number % 10}")
            audit.record(session, by, ("case.closed", "case.viewed")[number % 2], f"C{number % 10}")
    if not database.is_sqlite:
        with database.engine.begin() as connection:
            connection.exec_driver_sql("ANALYZE fund_audit")


def test_a_search_is_no_more_work_in_a_longer_trail(database: Database) -> None:
    assert grown(database) == {}


def test_without_its_indexes_it_is(database: Database) -> None:
    """The control."""
    with database.engine.begin() as connection:
        for what in ("actor", "action", "subject", "recorded"):
            connection.exec_driver_sql(f"DROP INDEX fund_audit_{what}")
    assert "everything" in grown(database)


# In the log.


@pytest.fixture
def sealed(database: Database, tmp_path: Path) -> Iterator[Database]:
    """Views and acts, in the log."""
    settings = Settings(database_url="sqlite:///x", log_key_file=str(tmp_path / "log.key"))
    open_book(database)
    with database.write() as session:
        sealing.begin(session, settings)
    look(database, NOK, "C1", "C2", "C3", reason="audit")
    note(database, TON, "case.closed", "C2", reason="law")
    sealing.seal_news(database, settings)
    yield database


def wrong(connection: Connection) -> list[str]:
    with Session(connection) as session:
        return [one for one in sealing.verify(session) if not one.startswith("the guard ")]


DRILLS = {
    "a look is taken out": "DELETE FROM fund_audit WHERE action = 'case.viewed' AND subject = 'C2'",
    "another person looked": f"UPDATE fund_audit SET person_id = '{new_id()}' WHERE subject = 'C1'",
    "nobody's look": "UPDATE fund_audit SET person_id = NULL WHERE subject = 'C1'",
    "another reason": "UPDATE fund_audit SET reason = 'law' WHERE subject = 'C1'",
    "another network": "UPDATE fund_audit SET came_from = '192.0.2.0/24' WHERE subject = 'C1'",
    "another moment": "UPDATE fund_audit SET recorded_at = '2026-11-20T03:00:00.000000+00:00' WHERE subject = 'C1'",
}


@pytest.mark.parametrize("drill", DRILLS)
def test_whoever_owns_the_database_changes_no_look_unseen(sealed: Database, drill: str) -> None:
    with unguarded(sealed) as connection:
        assert wrong(connection) == []
        assert connection.exec_driver_sql(DRILLS[drill]).rowcount == 1
        assert wrong(connection) != []


def test_a_look_that_was_never_sealed_can_be_taken_out(sealed: Database) -> None:
    """The control: what finds it is the log."""
    look(sealed, NOK, "C4")
    with unguarded(sealed) as connection:
        taken = connection.exec_driver_sql("DELETE FROM fund_audit WHERE subject = 'C4'")
        assert taken.rowcount == 1
        assert wrong(connection) == []


def test_the_leaf_says_every_column_of_the_row() -> None:
    columns = set(AuditRow.__table__.columns.keys())  # type: ignore[attr-defined]
    assert columns == {audit.TRAIL.key, *audit.TRAIL.columns}
    assert audit.TRAIL.hashed == ()


def test_rows_are_written_in_the_actors_unit_of_work(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        audit.viewed(session, NOK, "case", "C1")
        session.flush()
        raise ZeroDivisionError
    with database.read() as session:
        assert session.exec(select(AuditRow).where(col(AuditRow.subject) == "C1")).all() == []
