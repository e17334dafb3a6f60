"""The table of states: the same in code and database, for every state, act and role; all else is refused by both."""

from itertools import cycle, product
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from fund.audit import Actor
from fund.db import Database
from fund.errors import FundError
from fund.grants import paying, service, states, steps
from fund.grants.errors import GrantRoleError, NotInThisStateError
from fund.grants.models import chain_of
from fund.migrations import roles
from fund.people.errors import NobodyError
from fund.people.models import GrantRow, PersonRow
from fund.people.powers import ACTIONS
from fund.people.roles import ROLES
from tests.fund.grants.office import TODAY, Office, money, without_references

Where = tuple[UUID, int]


def states_of(office: Office) -> dict[tuple[str, str], Where]:
    """A request or tranche in each state there is, by (part, state)."""
    no, yes = {"by": office.ton, "reason": "ไม่ครบ"}, {"by": office.fah}
    cash = office.payee(kind="cash", bank="", account="")
    there = {
        "asked": office.request(1_000),
        "questioned": office.request(1_000),
        "waiting": office.request(9_000_000),
        "declined": office.request(1_000),
        "awarded": office.awarded(1_000),
        "held": office.awarded(1_000),
        "prepared": office.awarded(1_000),
        "authorised": office.authorised(1_000),
        "left": office.paid(1_000),
        "came_back": office.paid(1_000),
        "held_back": office.paid(1_000),
        "reprepared": office.paid(1_000),
        "given_up": office.paid(1_000),
        "cancelled": office.awarded(1_000),
        "allowed": office.authorised(1_000, payee_id=cash),
        "issued": office.authorised(1_000, payee_id=cash),
        "cleared": office.authorised(1_000, payee_id=cash),
    }
    office.act(service.ask_back, there["questioned"], **no)
    office.act(service.decline, there["declined"], **no)
    office.approve(there["waiting"], "ton", "kaew")
    office.act(paying.hold, there["held"], 1, **no)
    office.act(paying.prepare, there["prepared"], 1, **yes)
    for name in ("came_back", "held_back", "reprepared", "given_up"):
        office.act(paying.came_back, there[name], 1, money(1_000), by=office.fai)
    office.act(paying.hold, there["held_back"], 1, **no)
    office.act(paying.prepare, there["reprepared"], 1, **yes)
    office.act(paying.give_up, there["given_up"], 1, "ปิดบัญชี", by=office.tree)
    office.act(paying.cancel, there["cancelled"], 1, **no)
    for name in ("issued", "cleared"):
        office.act(paying.issue_advance, there[name], 1, money(1_000), by=office.fai)
    office.act(paying.account_for, there["cleared"], 1, 1_000, **yes)
    parts: dict[tuple[str, str], Where] = {("request", "awarded"): (there["awarded"], 0)}
    for name, request_id in there.items():
        is_request = name in {*states.OPEN_REQUESTS, states.DECLINED}
        parts["request" if is_request else "tranche", name] = (request_id, 0 if is_request else 1)
    return parts


def one_of_each_role(office: Office) -> dict[str, Actor]:
    """People who have done nothing yet, for the district that the requests are of."""
    with office.database.write() as session:
        rows = {role: PersonRow(name=role, name_key=role, made_at=TODAY, made_by="operator") for role in ROLES}
        session.add_all(rows.values())
        session.flush()
        for role, row in rows.items():
            scope = "district:4001" if role == "case_manager" else ""
            session.add(GrantRow(person_id=row.id, role=role, scope=scope, given_at=TODAY, given_by="operator"))
    return {role: Actor(role, row.id) for role, row in rows.items()}


def ready(session: Session, where: Where, act: str, by: Actor) -> type[FundError] | None:
    """Why this act cannot be done there, if it cannot."""
    try:
        steps.ready(session, chain_of(where[0]), where[1], act, by=by)
    except FundError as refusal:
        return type(refusal)
    return None


def test_the_table_in_the_database_is_the_table_in_the_code(office: Office) -> None:
    question = text("SELECT part, state, act, next, duty, is_booked FROM grants_transition")
    rows = office.ask(lambda session: session.connection().execute(question).all())
    in_code = {(one.part, one.state, one.act, one.next, one.duty, one.is_booked) for one in states.TRANSITIONS}
    assert {(*row[:5], bool(row[5])) for row in rows} == in_code
    assert {one.act for one in states.TRANSITIONS} == states.ROLES.keys() == steps._PAST.keys()


def test_every_act_in_every_state_is_as_the_table_says_and_another_role_s_is_refused(office: Office) -> None:
    there, people = states_of(office), one_of_each_role(office)
    known = {(one.part, one.state, one.act) for one in states.TRANSITIONS}
    parts = {act: {one.part for one in states.TRANSITIONS if one.act == act} for act in states.ROLES}
    others = {act: cycle(sorted(ROLES.keys() - may)) for act, may in states.ROLES.items()}
    assert there.keys() == {(one.part, one.next) for one in states.TRANSITIONS}
    with office.database.write() as session:
        for ((part, state), where), (act, may) in product(there.items(), states.ROLES.items()):
            if part not in parts[act]:
                continue
            expected = None if (part, state, act) in known else NotInThisStateError
            assert ready(session, where, act, people[min(may)]) is expected, (part, state, act)
            assert ready(session, where, act, people[next(others[act])]) is GrantRoleError
        session.rollback()


def test_every_act_by_every_role_is_as_the_table_says(office: Office) -> None:
    where, people = (office.awarded(1_000), 1), one_of_each_role(office)
    with office.database.write() as session:
        for (act, may), (role, by) in product(states.ROLES.items(), people.items()):
            assert (ready(session, where, act, by) is GrantRoleError) == (role not in may), (act, role)
        session.rollback()


BY_POWER = {
    "runs.prepare": "prepare", "runs.authorise": "authorise", "runs.turn_down": "turn_down", "runs.stay": "stay",
    "runs.give_up": "give_up", "advances.prepare": "prepare", "advances.allow": "allow",
    "advances.account": "account_for",
}  # fmt: skip


@pytest.mark.parametrize("power", BY_POWER)
def test_who_comes_through_the_door_is_who_may_act(power: str) -> None:
    """The page asks the table of powers, the verb its own."""
    assert ACTIONS[power].roles == states.ROLES[BY_POWER[power]]


def test_a_role_counts_in_its_own_district_and_only_a_hold_comes_by_itself(office: Office) -> None:
    there = office.awarded(1_000)
    with pytest.raises(GrantRoleError):
        office.request(1_000, district="4002")
    with pytest.raises(NobodyError):
        office.act(paying.prepare, there, 1, by=Actor("finance"))
    office.act(paying.hold, there, 1, "ขาดเรียน", by=Actor("worker"))


COPIED = "part, duty, is_booked, tranche, person, side, taken_at, taken_by"
STEP = (
    f"INSERT INTO grants_step (chain, number, step, before, state, act, next, {COPIED})"
    f" SELECT chain, number, step + 1, step, {{state}}, :act, :next, {COPIED}"
    " FROM grants_step WHERE chain = :chain AND number = 1 AND step = {of}"
)


def tried(office: Office, request_id: UUID, act: str, following: str, *, state: str = "next", of: int = 2) -> None:
    """A step written by hand, behind the step `of`, as whoever took that one."""
    office.sql(STEP.format(state=state, of=of), act=act, next=following, chain=chain_of(request_id))


def test_the_database_takes_no_step_that_the_table_does_not_know(office: Office) -> None:
    prepared = office.awarded(1_000)
    office.act(paying.prepare, prepared, 1, by=office.fah)
    not_known = [("prepare", "authorised"), ("leave", "left"), ("prepare", "prepared"), ("authorise", "authorised")]
    for act, following in not_known:
        with pytest.raises(DBAPIError):
            tried(office, prepared, act, following)
    with pytest.raises(DBAPIError):  # from a state that is not the last one
        tried(office, prepared, "prepare", "prepared", state="'awarded'")
    with pytest.raises(DBAPIError):  # a second step behind the first
        tried(office, prepared, "prepare", "prepared", of=1)
    for change in ("UPDATE grants_step SET next = 'left'", "DELETE FROM grants_step", "DELETE FROM grants_transition"):
        with pytest.raises(DBAPIError):
            office.sql(change)


def test_without_its_references_the_database_takes_any_step(office: Office) -> None:
    """The control."""
    prepared = office.awarded(1_000)
    office.act(paying.prepare, prepared, 1, by=office.fah)
    with without_references(office) as connection:
        values = {"act": "prepare", "next": "authorised", "chain": chain_of(prepared)}
        assert connection.execute(text(STEP.format(state="next", of=2)), values).rowcount == 1


def test_the_application_adds_no_way_to_the_table_of_steps(database: Database) -> None:
    if database.is_sqlite:
        way = "INSERT INTO grants_transition SELECT part, state, 'skip', next, duty, is_booked FROM grants_transition"
        with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
            session.connection().exec_driver_sql(f"{way} LIMIT 1")
        return
    database.migrate()
    with database.engine.connect() as connection:
        application, _ = roles.names(connection)
        asked = f"SELECT has_table_privilege('{application}', 'grants_{{}}', 'INSERT')"
        may = {table: connection.exec_driver_sql(asked.format(table)).scalar() for table in ("transition", "step")}
    assert may == {"transition": False, "step": True}
