"""The whole life of goods against a model of plain numbers; and models with one defect each, which must be found."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.examples import count
from tests.fund.goods.machine import ACTS, Machine
from tests.fund.goods.model import Model, Request
from tests.fund.goods.store import Store

RUNS, STEPS = 40, 20


class KeepsPromises(Model):
    """Believes that an award that is cancelled still holds its goods."""

    def cancel(self, request: Request) -> None:
        promised = request.promised
        super().cancel(request)
        for lot, place, units in promised:
            self.lots[lot].held[place] += units


class TakesTheNewest(Model):
    """Does not look at what expires first."""

    def picked(self, quantity: int) -> list[tuple[int, int, int]]:
        for lot in self.lots:
            lot.expires = -lot.expires
        picked = super().picked(quantity)
        for lot in self.lots:
            lot.expires = -lot.expires
        return picked


class BooksTheAward(Model):
    """Books goods when they are awarded."""

    def award(self, request: Request, picked: list[tuple[int, int, int]]) -> None:
        super().award(request, picked)
        for lot, _, units in picked:
            self.post(self.lots[lot], units, debit="5200", credit="1200")


class LosesWhatComesBack(Model):
    """Believes that what comes back is worth nothing."""

    def bring_back(self, request: Request, number: int, units: int, place: int) -> bool:
        before = dict(self.books)
        done = super().bring_back(request, number, units, place)
        self.books = before
        return done


def run(store: Store, runs: int, **more: object) -> Counter[str]:
    """Run the machine; what each act came to, how often."""
    met: Counter[str] = Counter()
    driven = type("Driven", (Machine,), {"store": store, "tally": met, **more})
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


def test_goods_live_as_their_model_does(store: Store) -> None:
    met = run(store, count(RUNS))
    undone = {act for act in ACTS if not met[f"{act} done"]}
    assert len(undone) <= (0 if count(RUNS) > RUNS else 2), sorted(met.items())
    assert met.total() > 10 * count(RUNS)


@pytest.mark.parametrize("defect", [KeepsPromises, TakesTheNewest, BooksTheAward, LosesWhatComesBack])
def test_a_model_with_a_defect_is_found(store: Store, defect: type[Model]) -> None:
    """The control."""
    with pytest.raises(AssertionError):
        run(store, 10, model_class=defect)
