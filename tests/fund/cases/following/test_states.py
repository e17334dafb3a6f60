"""The table of referrals, follow-ups and complaints: every act from every state, by every role; the database's too."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from fund import clock
from fund.cases.following import states, steps
from fund.cases.following.errors import NotInThisStateError
from fund.cases.following.states import SAYS, TRANSITIONS, Machine
from fund.db import Database
from fund.migrations.versions import v0032_following
from fund.people.powers import ACTIONS, Grant, Person, may
from fund.people.roles import ROLES
from ledger.columns import Instant, Uid
from ledger.identifiers import new_id
from tests.fund.cases.builders import DISTRICT, a_fund
from tests.fund.cases.following.builders import a_complaint

MACHINES: tuple[Machine, ...] = ("referral", "follow_up", "complaint")
EVERY_ACT = sorted({one.act for one in TRANSITIONS})
WHO = {
    ("referral", "open"): {"accept": "partner", "decline": "partner", "take_back": "case_manager"},
    ("referral", "accepted"): {"finish": "partner", "take_back": "case_manager"},
    ("referral", "declined"): {"look_at": "case_manager"},
    ("follow_up", "open"): {
        "attend": "case_manager watcher",
        "risk": "case_manager watcher",
        "drop_out": "case_manager watcher",
        "let_be": "case_manager",
    },
    ("follow_up", "missed"): {
        "attend": "case_manager watcher",
        "risk": "case_manager watcher",
        "drop_out": "case_manager watcher",
        "look_at": "core_team",
    },
    **{("follow_up", state): {"look_at": "core_team"} for state in ("at_risk", "dropped_out", "late")},
    **{("complaint", state): {"answer": "core_team", "close": "core_team"} for state in ("open", "answered")},
}
"""Who does what by hand at each state, written down once more; nobody does anything at a state that is not here."""


def roles_of(machine: Machine, state: str, act: str) -> set[str]:
    """The roles that may, by the table; nobody where it refuses."""
    try:
        power = states.after(machine, state, act).power
    except NotInThisStateError:
        return set()
    people = {role: Person(new_id(), role, (Grant(role),)) for role in ROLES}
    return {role for role, person in people.items() if power and may(person, power)}


@pytest.mark.parametrize("machine", MACHINES)
def test_every_act_at_every_state_is_allowed_to_these_roles_and_refused_to_all_others(machine: Machine) -> None:
    for state in SAYS[machine]:
        for act in EVERY_ACT:
            told = WHO.get((machine, state), {}).get(act, "")
            assert roles_of(machine, state, act) == set(told.split()), (state, act)


def test_every_power_of_the_table_is_one_and_every_state_has_its_word() -> None:
    assert {one.power for one in TRANSITIONS if one.power} <= ACTIONS.keys()
    assert all(one.next in SAYS[one.machine] for one in TRANSITIONS)
    assert {one.act for one in TRANSITIONS if one.power and one.state} == states.ACTS.keys()


def test_the_database_has_the_same_table() -> None:
    assert sorted(v0032_following.WAYS) == states.ways()


@pytest.mark.parametrize(
    "forged",
    [
        "2, 'complaint', 1, 'open', 'accept', 'accepted'",  # no such way
        "2, 'complaint', 1, 'answered', 'close', 'closed'",  # not where the last step led
        "3, 'complaint', 1, 'open', 'close', 'closed'",  # a number left out
        "2, 'referral', 1, 'open', 'accept', 'accepted'",  # another machine
    ],
)
def test_the_database_refuses_a_step_that_does_not_follow(database: Database, forged: str) -> None:
    a_fund(database)
    matter_id = a_complaint(database, district=DISTRICT)
    columns = "(matter_id, number, machine, after, came_from, act, state, done_at, done_by)"
    statement = sa.text(f"INSERT INTO following_step {columns} VALUES (:id, {forged}, :now, 'x')").bindparams(
        sa.bindparam("id", matter_id, type_=Uid()), sa.bindparam("now", clock.now(), type_=Instant())
    )
    with database.write() as session, pytest.raises(DBAPIError):
        session.execute(statement)


def test_every_act_has_its_word_in_the_trail() -> None:
    assert {one.act for one in TRANSITIONS} == steps._PAST.keys()
