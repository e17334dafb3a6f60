"""One human, one side: by the service, by raw SQL, by a second way in, in a race, through a stand-in, with a tie.

Each refusal is tried on the database itself, and on one whose rule was taken out: there it goes through.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import select

from fund import clock
from fund.audit import Actor, AuditRow
from fund.db import Database
from fund.errors import FundError
from fund.people import duties, staff
from fund.people.duties import Side
from fund.people.errors import (
    AppointmentError,
    ApprovedError,
    ConflictError,
    NobodyError,
    NoSlotError,
    OtherSideError,
    StandInError,
    StandInNotFoundError,
    StandInOverError,
    StandInPartError,
)
from fund.people.models import PersonRow

CHAIN, PAPER = "month:2026-10", "ab" * 32
TODAY = datetime(2026, 11, 23, 3, tzinfo=UTC)
FIRST, LAST = date(2026, 11, 20), date(2026, 11, 25)
NAMES = ("นก", "ต้น", "แก้ว", "ฝน")


@dataclass
class Office:
    """Four people and their books."""

    database: Database
    nok: Actor
    ton: Actor
    kaew: Actor
    fon: Actor

    def act(self, verb: Callable[..., Any], *words: Any, **more: Any) -> Any:
        """One verb in a unit of work of its own."""
        with self.database.write() as session:
            return verb(session, *words, **more)

    def take(self, by: Actor, side: Side, chain: str = CHAIN, **more: Any) -> None:
        self.act(duties.take_part, chain, side, by=by, **more)

    def approve(self, by: Actor, version: int = 1, of: int = 2, **more: Any) -> bool:
        return bool(self.act(duties.approve, CHAIN, version, of=of, by=by, **more))

    def appoint(self, who: Actor, instead_of: Actor, by: Actor, *sides: Side) -> UUID:
        ids = (who.person_id, instead_of.person_id)
        return UUID(str(self.act(duties.appoint, *ids, FIRST, LAST, PAPER, sides=sides or tuple(Side), by=by)))

    def sql(self, statement: str, **values: object) -> int:
        """What somebody writes past the service."""
        with self.database.write() as session:
            given = {name: str(value) for name, value in values.items()}
            return int(session.connection().execute(text(statement), given).rowcount)


@pytest.fixture
def office(database: Database) -> Iterator[Office]:
    with clock.at(TODAY):
        people = [PersonRow(name=name, name_key=name, made_at=TODAY, made_by="operator") for name in NAMES]
        with database.write() as session:
            session.add_all(people)
        yield Office(database, *(Actor(row.name, row.id) for row in people))


def test_nobody_stands_on_two_sides(office: Office) -> None:
    for first, second in permutations(Side, 2):
        chain = f"{first}:{second}"
        office.take(office.nok, first, chain)
        with pytest.raises(OtherSideError, match=office.nok.name):
            office.take(office.nok, second, chain)
        office.take(office.ton, second, chain)
        office.take(office.nok, second, f"another:{chain}")


def test_the_same_side_again_is_no_second_part(office: Office) -> None:
    for _ in range(2):
        office.take(office.nok, Side.REQUEST)
    with office.database.read() as session:
        assert [(part.name, part.side) for part in duties.parts(session, CHAIN)] == [("นก", Side.REQUEST)]


def test_the_refusal_says_whose_turn_it_is_not(office: Office) -> None:
    office.take(office.nok, Side.REQUEST)
    office.take(office.ton, Side.PREPARE)
    with pytest.raises(OtherSideError) as refused:
        office.approve(office.nok)
    assert refused.value.facts["names"] == "ต้น, นก"


def test_it_is_the_human_who_counts_not_what_they_are_called(office: Office) -> None:
    """After a new name, a new role, from another browser or the command line: the person is the same."""
    office.take(office.nok, Side.REQUEST)
    with pytest.raises(OtherSideError):
        office.take(Actor("กนกวรรณ", office.nok.person_id, "192.0.2.0/24"), Side.APPROVE)
    for nobody in (Actor("operator"), Actor("worker"), Actor(office.nok.name)):
        with pytest.raises(NobodyError):
            office.take(nobody, Side.APPROVE)


def test_every_part_taken_is_in_the_trail(office: Office) -> None:
    office.take(office.nok, Side.REQUEST)
    office.approve(office.ton, of=1)
    with office.database.read() as session:
        rows = session.exec(select(AuditRow.actor, AuditRow.action, AuditRow.subject)).all()
    assert sorted(rows) == sorted([("นก", "duty.taken", CHAIN), ("ต้น", "duty.taken", CHAIN)])


# Two approvals.


def test_two_approvals_are_two_peoples(office: Office) -> None:
    assert not office.approve(office.ton)
    with pytest.raises(ApprovedError):
        office.approve(office.ton)
    assert office.approve(office.kaew)
    with pytest.raises(NoSlotError):
        office.approve(office.fon)


def test_what_was_approved_before_an_edit_counts_for_nothing(office: Office) -> None:
    office.approve(office.ton)
    assert not office.approve(office.kaew, version=2)
    assert office.approve(office.ton, version=2)
    with office.database.read() as session:
        assert duties.approvals(session, CHAIN, 1) == [office.ton.person_id]


def test_who_asked_never_approves_whatever_the_version(office: Office) -> None:
    office.take(office.nok, Side.REQUEST)
    for version in (1, 2):
        with pytest.raises(OtherSideError):
            office.approve(office.nok, version=version)


# Past the service.

PART = (
    "INSERT INTO duties_participant (chain, person, side, taken_on, taken_at)"
    " VALUES (:chain, {person}, :side, '2026-11-23', '2026-11-23T03:00:00.000000+00:00')"
)
APPROVAL = (
    "INSERT INTO duties_approval (chain, version, slot, person, side, approved_at)"
    " VALUES (:chain, 1, {slot}, {person}, :side, '2026-11-23T03:00:00.000000+00:00')"
)
PERSON = {True: ":person", False: "CAST(:person AS uuid)"}


def part(office: Office, by: Actor, side: str) -> int:
    statement = PART.format(person=PERSON[office.database.is_sqlite])
    return office.sql(statement, chain=CHAIN, person=by.person_id, side=side)


def approval(office: Office, by: Actor, slot: int, side: str = "approve") -> int:
    statement = APPROVAL.format(slot=slot, person=PERSON[office.database.is_sqlite])
    return office.sql(statement, chain=CHAIN, person=by.person_id, side=side)


def ways_around(office: Office) -> dict[str, Callable[[], object]]:
    """What somebody with the application's own rights would try, who asked for it and wants to approve it."""
    nok = office.nok.person_id
    replace = PART.format(person=PERSON[office.database.is_sqlite])
    if office.database.is_sqlite:
        replace = replace.replace("INSERT", "INSERT OR REPLACE")
    else:
        replace += " ON CONFLICT (chain, person) DO UPDATE SET side = 'approve'"
    return {
        "a second side": lambda: part(office, office.nok, "approve"),
        "a side nobody knows": lambda: part(office, office.fon, "Approve"),
        "another side in its place": lambda: office.sql(replace, chain=CHAIN, person=nok, side="approve"),
        "a changed side": lambda: office.sql("UPDATE duties_participant SET side = 'approve'"),
        "a forgotten side": lambda: office.sql("DELETE FROM duties_participant"),
        "an approval without the side": lambda: approval(office, office.nok, 2),
        "an approval from another side": lambda: approval(office, office.nok, 2, side="request"),
        "a second approval": lambda: approval(office, office.ton, 2),
        "the same slot": lambda: approval(office, office.kaew, 1),
        "a third slot": lambda: approval(office, office.kaew, 3),
        "another's approval made one's own": lambda: office.sql("UPDATE duties_approval SET slot = 2"),
        "an approval taken back": lambda: office.sql("DELETE FROM duties_approval"),
        "a tie forgotten": lambda: office.sql("DELETE FROM duties_conflict"),
        "a longer time": lambda: office.sql("UPDATE duties_stand_in SET until = '2027-01-01'"),
    }


def got_through(office: Office) -> list[str]:
    office.take(office.nok, Side.REQUEST)
    office.approve(office.ton)
    office.take(office.kaew, Side.APPROVE)
    office.act(duties.declare, office.fon.person_id, "C7", "teacher", by=office.fon)
    office.appoint(office.fon, office.kaew, by=office.nok)
    through = []
    for name, attempt in ways_around(office).items():
        try:
            attempt()
        except DBAPIError:
            continue
        through.append(name)
    return through


def test_no_way_around_it_by_sql(office: Office) -> None:
    assert got_through(office) == []


def test_without_its_triggers_ways_around_are_open(office: Office) -> None:
    """The control."""
    with office.database.engine.begin() as connection:
        for table in ("participant", "approval", "conflict", "stand_in"):
            if office.database.is_sqlite:
                for kind in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER duties_{table}_no_{kind}")
            else:
                connection.exec_driver_sql(f"DROP TRIGGER duties_{table}_no_change ON duties_{table}")
    assert {"a changed side", "an approval taken back", "a tie forgotten"} & set(got_through(office))


# Races.


def together(*acts: Callable[[], object]) -> list[type]:
    """Everything at the same moment; what each came to."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> type:
        start.wait()
        with clock.at(TODAY):
            try:
                return type(act())
            except (FundError, IntegrityError) as refusal:
                return type(refusal)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_who_takes_two_sides_at_once_gets_one(office: Office) -> None:
    for number in range(10):
        chain = f"payment:{number}"
        found = together(*(partial(office.take, office.nok, side, chain) for side in list(Side)[:4]))
        assert sorted(found, key=str).count(OtherSideError) == 3 and found.count(type(None)) == 1


def test_three_who_approve_at_once_fill_two_slots(office: Office) -> None:
    for version in range(1, 8):
        people = (office.nok, office.ton, office.kaew)
        found = together(*(partial(office.approve, by, version) for by in people))
        assert (found.count(bool), found.count(NoSlotError)) == (2, 1)
        with office.database.read() as session:
            assert len(set(duties.approvals(session, CHAIN, version))) == 2


# Stand-ins.


def test_a_stand_in_is_shown_with_the_paper_that_appointed_them(office: Office) -> None:
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    office.take(office.fon, Side.APPROVE, stand_in=stand_in)
    with office.database.read() as session:
        (shown,) = duties.parts(session, CHAIN)
        in_force = duties.stand_ins(session, LAST)
    assert shown.name == "ฝน" and shown.standing_in == in_force[0]
    assert (in_force[0].for_name, in_force[0].paper_sha256, in_force[0].appointed_by) == ("ต้น", PAPER, "แก้ว")


def test_a_document_says_for_whom_somebody_stood_in_and_how_long(office: Office) -> None:
    office.appoint(office.fon, office.ton, by=office.kaew)
    with office.database.read() as session:
        (shown,) = duties.stand_ins(session, LAST)
    said = duties.standing_in_words(shown, "th")
    assert said == "ปฏิบัติหน้าที่แทน ต้น ตั้งแต่ 20 พฤศจิกายน 2569 ถึง 25 พฤศจิกายน 2569"
    assert duties.standing_in_words(shown, "en") == "standing in for ต้น, from 20 November 2026 to 25 November 2026"


def test_who_stands_in_takes_the_side_for_both(office: Office) -> None:
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    office.take(office.fon, Side.APPROVE, stand_in=stand_in)
    with pytest.raises(OtherSideError):
        office.take(office.ton, Side.AUTHORISE)


def test_nobody_approves_through_another_what_they_asked_for(office: Office) -> None:
    office.take(office.ton, Side.REQUEST)
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    with pytest.raises(StandInPartError, match="ต้น"):
        office.approve(office.fon, stand_in=stand_in)


def test_a_stand_in_and_who_they_stand_in_for_are_one_approval(office: Office) -> None:
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    office.approve(office.fon, stand_in=stand_in)
    with pytest.raises(ApprovedError):
        office.approve(office.ton)
    with pytest.raises(DBAPIError):
        approval(office, office.ton, 2)
    assert office.approve(office.nok)


@pytest.mark.parametrize("day", [FIRST - timedelta(days=1), LAST + timedelta(days=1)])
def test_outside_its_days_an_appointment_is_none(office: Office, day: date) -> None:
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    with clock.at(datetime.combine(day, TODAY.timetz())), pytest.raises(StandInError):
        office.take(office.fon, Side.APPROVE, stand_in=stand_in)
    for inside in (FIRST, LAST):
        with clock.at(datetime.combine(inside, TODAY.timetz())):
            office.take(office.fon, Side.APPROVE, chain=f"on:{inside}", stand_in=stand_in)


def test_an_appointment_is_nobody_elses_and_ends_when_it_is_ended(office: Office) -> None:
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    with pytest.raises(StandInError):
        office.take(office.nok, Side.APPROVE, stand_in=stand_in)
    office.act(duties.dismiss, stand_in, by=office.kaew)
    with pytest.raises(StandInError):
        office.take(office.fon, Side.APPROVE, stand_in=stand_in)
    with pytest.raises(StandInOverError):
        office.act(duties.dismiss, stand_in, by=office.kaew)
    with pytest.raises(StandInNotFoundError):
        office.act(duties.dismiss, office.fon.person_id, by=office.kaew)
    with office.database.read() as session:
        ended = duties.appointment(session, stand_in)
    assert (ended.ended_by, ended.ended_at) == ("แก้ว", TODAY)


def test_an_appointment_is_for_its_sides_and_for_no_other(office: Office) -> None:
    stand_in = office.appoint(office.fon, office.ton, office.kaew, Side.AUTHORISE, Side.RECONCILE)
    for side in set(Side) - {Side.AUTHORISE, Side.RECONCILE}:
        with pytest.raises(StandInError):
            office.take(office.fon, side, chain=f"as:{side}", stand_in=stand_in)
    for side in (Side.AUTHORISE, Side.RECONCILE):
        office.take(office.fon, side, chain=f"as:{side}", stand_in=stand_in)


def approved_past_the_service(office: Office) -> None:
    """An approval through somebody who was appointed to authorise alone."""
    stand_in = office.appoint(office.fon, office.ton, office.kaew, Side.AUTHORISE)
    office.take(office.fon, Side.APPROVE)
    given = {"chain": CHAIN, "ton": office.ton.person_id, "fon": office.fon.person_id, "appointed": stand_in}
    office.sql(through(office), **given, day=LAST, until=LAST)


def test_the_database_knows_the_sides_too(office: Office) -> None:
    with pytest.raises(DBAPIError, match="duties:side"):
        approved_past_the_service(office)


def test_without_its_trigger_the_database_takes_any_side(office: Office) -> None:
    """The control."""
    on = "" if office.database.is_sqlite else " ON duties_participant"
    with office.database.engine.begin() as connection:
        connection.exec_driver_sql(f"DROP TRIGGER duties_participant_side_appointed{on}")
    approved_past_the_service(office)


def test_the_database_knows_the_days_and_the_end_too(office: Office) -> None:
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    office.take(office.fon, Side.APPROVE)
    given = {"chain": CHAIN, "ton": office.ton.person_id, "fon": office.fon.person_id, "appointed": stand_in}
    rows = {"out of time": ("2026-11-26", LAST), "of its own days": ("2026-11-26", "2026-12-31"), "good": (LAST, LAST)}
    for name, (day, until) in rows.items():
        if name == "good":
            office.sql(through(office), **given, day=day, until=until)
        else:
            with pytest.raises(DBAPIError):
                office.sql(through(office), **given, day=day, until=until)
    office.act(duties.dismiss, stand_in, by=office.kaew)
    office.take(office.fon, Side.APPROVE, chain="month:2026-11")
    with pytest.raises(DBAPIError):
        office.sql(through(office), **{**given, "chain": "month:2026-11"}, day=LAST, until=LAST)


def through(office: Office) -> str:
    """Somebody's side through another, written by hand."""
    statement = (
        "INSERT INTO duties_participant (chain, person, side, taken_on, taken_at, through, stand_in_id, since, until)"
        " VALUES (:chain, :ton, 'approve', :day, '2026-11-23T03:00:00.000000+00:00', :fon, :appointed,"
        f" '{FIRST}', :until)"
    )
    if office.database.is_sqlite:
        return statement
    for name, kind in {"ton": "uuid", "fon": "uuid", "appointed": "uuid", "day": "date", "until": "date"}.items():
        statement = statement.replace(f":{name}", f"CAST(:{name} AS {kind})")
    return statement


def test_a_stand_in_is_appointed_by_a_third_in_writing_and_for_a_time(office: Office) -> None:
    fon, ton = office.fon.person_id, office.ton.person_id
    wrong = {
        "by oneself": (fon, ton, FIRST, LAST, PAPER, office.fon),
        "by whom it is for": (fon, ton, FIRST, LAST, PAPER, office.ton),
        "for oneself": (fon, fon, FIRST, LAST, PAPER, office.kaew),
        "backwards": (fon, ton, LAST, FIRST, PAPER, office.kaew),
        "without a paper": (fon, ton, FIRST, LAST, "", office.kaew),
        "with no digest": (fon, ton, FIRST, LAST, "Z" * 64, office.kaew),
        "over already": (fon, ton, FIRST, FIRST + timedelta(days=2), PAPER, office.kaew),
        "of nobody": (UUID(int=7), ton, FIRST, LAST, PAPER, office.kaew),
        "for nobody": (fon, UUID(int=7), FIRST, LAST, PAPER, office.kaew),
    }
    for *words, by in wrong.values():
        with pytest.raises(AppointmentError):
            office.act(duties.appoint, *words, by=by)
    with pytest.raises(AppointmentError):
        office.act(duties.appoint, fon, ton, FIRST, LAST, PAPER, sides=(), by=office.kaew)


def test_who_is_suspended_stands_in_for_nobody(office: Office) -> None:
    office.act(staff.suspend, office.fon.person_id, by=office.kaew)
    with pytest.raises(AppointmentError):
        office.appoint(office.fon, office.ton, by=office.kaew)


# Ties.


def test_who_declared_a_tie_decides_nothing_in_that_case(office: Office) -> None:
    office.act(duties.declare, office.nok.person_id, "C7", "relative", by=office.nok)
    for side in Side:
        if side is not Side.REQUEST:
            with pytest.raises(ConflictError):
                office.take(office.nok, side, chain=f"grant:7:{side}", case_code="C7")
    office.take(office.nok, Side.REQUEST, chain="grant:7", case_code="C7")
    office.take(office.nok, Side.APPROVE, chain="grant:8", case_code="C8")


def test_a_tie_bars_through_a_stand_in_too(office: Office) -> None:
    office.act(duties.declare, office.ton.person_id, "C7", "teacher", by=office.kaew)
    stand_in = office.appoint(office.fon, office.ton, by=office.kaew)
    with pytest.raises(ConflictError):
        office.take(office.fon, Side.APPROVE, case_code="C7", stand_in=stand_in)


def test_the_database_knows_ties_too(office: Office) -> None:
    office.act(duties.declare, office.nok.person_id, "C7", "relative", by=office.nok)
    office.take(office.ton, Side.REQUEST, case_code="C7")
    with pytest.raises(DBAPIError):
        part(office, office.nok, "approve")
    part(office, office.kaew, "approve")


def test_a_tie_declared_twice_is_one(office: Office) -> None:
    for _ in range(2):
        office.act(duties.declare, office.nok.person_id, "C7", "relative", by=office.nok)
    with office.database.read() as session:
        assert duties.is_tied(session, office.nok.person_id or UUID(int=0), "C7")
        assert not duties.is_tied(session, office.nok.person_id or UUID(int=0), "C8")
        assert len(session.exec(select(AuditRow).where(AuditRow.action == "conflict.declared")).all()) == 1


def test_a_chain_is_of_the_case_it_began_with(office: Office) -> None:
    """Nobody drops the case from a chain to get in."""
    office.act(duties.declare, office.nok.person_id, "C7", "relative", by=office.nok)
    office.take(office.ton, Side.REQUEST, case_code="C7")
    with pytest.raises(ConflictError):
        office.take(office.nok, Side.APPROVE, case_code="")
