"""The whole life of grants against a model of plain dicts; and models with one defect each, which must be found."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from fund import clock
from fund.db import Database
from tests.examples import count
from tests.fund.grants.machine import TRANCHE_ACTS, Machine
from tests.fund.grants.model import Model, Request, Tranche
from tests.fund.grants.office import TODAY, Office, an_office

RUNS, STEPS = 12, 30
ACTS = ("edit", "approve", "award", "ask_back", "decline", *TRANCHE_ACTS)


class ForgetsTheWeek(Model):
    """Counts each grant for itself: what a payee had in the week before is forgotten."""

    def needed(self, request: Request) -> int:
        awards, self.awards = self.awards, []
        needed = super().needed(request)
        self.awards = awards
        return needed


class KeepsOldApprovals(Model):
    """Lets approvals of an older version count."""

    def take(self, request: Request, act: str, by: str, *, number: int = 0, amount: int = 0) -> None:
        super().take(request, act, by, number=number, amount=amount)
        if act == "edit":
            request.approvals[request.version + 1] |= request.approvals[request.version]


class LetsOnePay(Model):
    """Knows no sides."""

    def take(self, request: Request, act: str, by: str, *, number: int = 0, amount: int = 0) -> None:
        super().take(request, act, by, number=number, amount=amount)
        request.sides.clear()


class FreesWhatIsOrdered(Model):
    """Believes that money is free again when its payment is ordered."""

    def move(self, tranche: Tranche, act: str, amount: int, *, is_cash: bool) -> None:
        super().move(tranche, act, amount, is_cash=is_cash)
        if act == "authorise":
            self.free[tranche.fund] += tranche.amount


@pytest.fixture
def office(database: Database) -> Office:
    with clock.at(TODAY):
        made = an_office(database)
        made.employ("aud", "case_manager", "core_team", "finance", "treasurer")
        return made


def run(office: Office, runs: int, **more: object) -> Counter[str]:
    """Run the machine; what each act came to, how often."""
    met: Counter[str] = Counter()
    with clock.at(TODAY):
        payees = {"guardian": office.payee(), "shop": office.payee(kind="shop")}
        payees["cash"] = office.payee(kind="cash", bank="", account="")
    driven = type("Driven", (Machine,), {"office": office, "payees": payees, "tally": met, **more})
    run_state_machine_as_test(
        seed(0)(driven) if settings.get_current_profile_name() == "gate" else driven,
        settings=settings(
            max_examples=runs,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
            phases=[Phase.generate],
        ),
    )
    return met


def test_grants_live_as_their_model_does(office: Office) -> None:
    met = run(office, count(RUNS))
    undone = {act for act in ACTS if not met[f"{act} done"]}
    assert len(undone) <= (0 if count(RUNS) > RUNS else 6), sorted(met.items())
    assert met.total() > 20 * count(RUNS)


@pytest.mark.parametrize("defect", [ForgetsTheWeek, KeepsOldApprovals, LetsOnePay, FreesWhatIsOrdered])
def test_a_model_with_a_defect_is_found(office: Office, defect: type[Model]) -> None:
    """The control."""
    with pytest.raises(AssertionError):
        run(office, 3, model_class=defect)
