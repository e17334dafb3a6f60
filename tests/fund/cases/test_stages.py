"""The table of stages: every act at every stage by every role, as written down here and as the database has it."""

from itertools import product

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from fund import clock
from fund.cases import stages
from fund.cases.errors import NotInThisStageError, NotTheirActError
from fund.cases.stages import ACTS, STAGES
from fund.db import Database
from fund.migrations.versions import v0030_cases as migration
from fund.people.roles import ROLES
from ledger.columns import Instant
from tests.fund.cases.builders import a_case, a_fund

HELPED = {"plan": "planned", "help": "helped", "follow": "followed", "close": "closed", "reopen": "reopened"}
WRITTEN = {
    "found": {"assess": "assessed", "close": "closed"},
    "assessed": {"plan": "planned", "close": "closed"},
    "planned": {"assess": "assessed", "help": "helped", "refer": "referred", "close": "closed"},
    "helped": HELPED | {"refer": "referred"},
    "referred": HELPED,
    "followed": HELPED | {"refer": "referred"},
    "closed": {"reopen": "reopened"},
    "reopened": {"assess": "assessed", "close": "closed"},
}
BY_THE_CORE_TEAM_TOO = {"close", "reopen"}


def led(stage: str, act: str) -> str | None:
    try:
        return stages.after(stage, act)
    except NotInThisStageError:
        return None


def is_theirs(act: str, role: str) -> bool:
    try:
        stages.require_role(act, {role})
    except NotTheirActError:
        return False
    return True


@pytest.mark.parametrize("role", ROLES)
def test_every_act_at_every_stage_by_every_role(role: str) -> None:
    for stage, act in product(STAGES, [*ACTS, "open", "erase"]):
        assert led(stage, act) == WRITTEN[stage].get(act)
        may = act in ACTS and (role == "case_manager" or (role == "core_team" and act in BY_THE_CORE_TEAM_TOO))
        assert is_theirs(act, role) == may
        assert (act in stages.open_acts(stage, {role})) == (may and act in WRITTEN[stage])


def test_an_act_that_is_added_to_the_table_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: with one more act at one stage the same question no longer finds what is written down."""
    more = stages.Act("x", stages.HELPED, frozenset({stages.FOUND}))
    monkeypatch.setitem(ACTS, "help", more)
    with pytest.raises(AssertionError):
        test_every_act_at_every_stage_by_every_role("case_manager")


def test_the_database_has_the_same_table(database: Database) -> None:
    """Every step that could be written by hand: those of the table are taken, all others refused."""
    code = a_case(database, by=a_fund(database))
    insert = sa.text(
        "INSERT INTO cases_step (code, number, after, came_from, act, stage, done_at, done_by)"
        f" VALUES ('{code}', 2, 1, 'found', :act, :stage, :now, 'x')"
    ).bindparams(sa.bindparam("now", clock.now(), type_=Instant()))
    for act, stage in product([*ACTS, "open"], STAGES):
        with database.engine.connect() as connection:
            taken = True
            try:
                connection.execute(insert, {"act": act, "stage": stage})
            except DBAPIError:
                taken = False
            connection.rollback()
        assert taken == (WRITTEN["found"].get(act) == stage), (act, stage)


def test_the_migration_names_every_way() -> None:
    assert list(migration.WAYS) == stages.ways()
    assert set(migration.STAGES) == set(STAGES)
