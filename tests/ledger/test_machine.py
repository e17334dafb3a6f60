"""The ledger beside its model: the same acts are accepted, the same refused, on both databases at once."""

import shutil
from collections import Counter
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from fund.db import Database
from fund.settings import Settings
from tests import examples
from tests.conftest import _administer
from tests.ledger.builders import open_book
from tests.ledger.machine import LosesALeg, Machine
from tests.ledger.model import DEFECTS, Model

STEPS = 50
RUNS = {"sqlite": 100, "postgresql": 25}  # twenty times as many at night
LEAST = {"sqlite": 20, "postgresql": 1}
"""How often each act must have been accepted, and refused in each of its ways, at night; on SQLite once in the gate."""
PARTS = 4
"""Runs resemble each other: where one of the rarer acts was missed, other parts are run until all were met."""

MET = {
    "gift: done", "gift: PeriodClosedError", "fee: done", "spend: done", "spend: NotEnoughError", "spend all: done",
    "spend more: NotEnoughError", "opening: done", "till: done", "till: AccountBelowZeroError", "award: done",
    "award: NotEnoughError", "authorise: done", "authorise: AccountBelowZeroError", "pay out: done",
    "pay out: AccountBelowZeroError", "unidentified: done", "name: done", "name: AccountBelowZeroError", "batch: done",
    "batch: UnknownAccountError", "batch: NotEnoughError", "malformed: no entry at all",
    "malformed: UnknownAccountError", "malformed: UnknownFundError", "malformed: SubjectMissingError",
    "malformed: UnbalancedError", "malformed: PurposeNotAllowedError", "malformed: UnknownKindError", "same key: done",
    "same key, else: KeyReusedError", "reverse any: done", "reverse any: NotAMirrorError",
    "reverse one undone: AlreadyReversedError", "reverse by the same: done", "reverse a reversal: NotAMirrorError",
    "close: done", "close: AlreadyClosedError", "close: EarlierMonthOpenError", "close: BooksBeginLaterError",
    "open: done", "open: AlreadyOpenError", "open: TwoPeopleError", "open: LaterMonthClosedError",
    "checkpoint: done", "seal: done", "erase: done", "crash: done", "advance: done",
}  # fmt: skip
"""What must have been met: each act accepted (done), and refused in its ways."""


def sqlite_copies(template: Path, folder: Path) -> Callable[[], str]:
    """Makes a fresh copy of a book with the small chart, each time it is asked."""
    numbers = count()

    def make() -> str:
        path = folder / f"run{next(numbers)}.db"
        shutil.copy(template, path)
        return with_keys(f"sqlite:///{template}", f"sqlite:///{path}")

    return make


def postgres_copies(template_url: str) -> Callable[[], str]:
    server, _, template = template_url.rpartition("/")

    def make() -> str:
        _administer(f"DROP DATABASE IF EXISTS {template}_run WITH (FORCE)")
        _administer(f"CREATE DATABASE {template}_run TEMPLATE {template}")
        return with_keys(template_url, f"{server}/{template}_run")

    return make


def with_keys(template: str, copy: str) -> str:
    """The copy, whose keys lie where it looks for them; the template's, if it has any."""
    keys, place = (Settings(database_url=url).master_key_path for url in (template, copy))
    if keys.exists():
        shutil.copy(keys, place)
    return copy


@pytest.fixture
def makers(books: Database, database_url: str, tmp_path: Path) -> list[Callable[[], str]]:
    """One maker of fresh books for SQLite; on PostgreSQL one for each, to run side by side."""
    books.close()  # what others are copied from has nobody signed in
    if books.is_sqlite:
        return [sqlite_copies(Path(database_url.removeprefix("sqlite:///")), tmp_path)]
    twin = Database(f"sqlite:///{tmp_path}/twin.db")
    twin.migrate()
    open_book(twin)
    twin.close()
    return [postgres_copies(database_url), sqlite_copies(tmp_path / "twin.db", tmp_path)]


def run(machine: type[Machine], runs: int, *, part: int = 0, **more: object) -> Counter[str]:
    """Run the machine, its class as changed by `more`; answer what each rule met how often."""
    met: Counter[str] = Counter()
    driven = type("Driven", (machine,), {"tally": met, **more})
    run_state_machine_as_test(
        seed(part)(driven) if settings.get_current_profile_name() == "gate" else driven,
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


def test_the_book_does_what_its_model_does(makers: list[Callable[[], str]], engine_name: str) -> None:
    least = examples.count(LEAST[engine_name]) // examples.NIGHTS
    met: Counter[str] = Counter()
    for part in range(PARTS):
        met += run(Machine, examples.count(RUNS[engine_name]), part=part, makers=makers)
        missed = {what: met[what] for what in MET if met[what] < least}
        if not missed:
            break
    assert missed == {}
    assert met.total() > 10 * examples.count(RUNS[engine_name])


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_model_with_a_defect_is_found(makers: list[Callable[[], str]], defect: type[Model]) -> None:
    """The control: were the book wrong in this way, the comparison would say so."""
    with pytest.raises(AssertionError):
        run(Machine, 100, makers=makers[:1], model_class=defect)


def test_a_book_that_loses_a_leg_is_found(makers: list[Callable[[], str]]) -> None:
    """The control: the model is right, the database is not."""
    with pytest.raises(AssertionError):
        run(LosesALeg, 100, makers=makers[:1])
