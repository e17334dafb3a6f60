"""The demonstration: the same year every time, sound books, and never in a real fund."""

from datetime import date
from pathlib import Path
from random import Random

import pytest

from fund import checks, clock, demo, demo_year
from fund.bank import queries as bank
from fund.db import Database
from fund.settings import Settings
from ledger import balances
from tests.builders import a_founded_fund

UNTIL = date(2026, 11, 22)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(database_url=database_url, files_dir=str(tmp_path / "files"))


def test_the_year_is_whole_and_the_last_month_still_waits(
    database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "MONTHS", 2)
    steps: list[int] = []
    demo.load(database, settings, until=UNTIL, tell=lambda done, of: steps.append(done))
    assert steps == [0, 1, 2]
    assert demo.is_loaded(database)
    with database.read() as session, clock.at(demo._morning(UNTIL)):
        assert checks.run(session) == []
        waiting = bank.waiting_lines(session, limit=100)
        assert {line.occurred_on.month for line in waiting if line.amount_satang < 0} == {11}
        assert balances.balance(session, "5300", "OPS") > 0


def test_it_never_gets_into_a_real_fund(database: Database, settings: Settings) -> None:
    a_founded_fund(database)
    with pytest.raises(demo.NotADemonstrationError):
        demo.is_loaded(database)
    with pytest.raises(Exception, match="already holds a fund"):
        demo.load(database, settings, until=UNTIL, tell=lambda done, of: None)


def test_a_part_of_the_year_is_not_taken_for_the_whole(database: Database, settings: Settings) -> None:
    a_founded_fund(database, as_demo=True)
    with pytest.raises(demo.LoadInterruptedError, match="Delete"):
        demo.is_loaded(database)


def test_the_same_seed_lives_the_same_year() -> None:
    def year() -> list[demo_year.Month]:
        seed = Random(demo.SEED)
        return [demo_year.month(seed, first, last, 30) for first, last in demo_year.months_until(UNTIL, 12)]

    assert year() == year()


def test_a_year_has_twelve_months_that_follow_each_other() -> None:
    months = demo_year.months_until(UNTIL, 12)
    assert months[0][0] == date(2025, 12, 1)
    assert months[-1] == (date(2026, 11, 1), UNTIL)
    assert [last.day for _, last in months[:3]] == [31, 31, 28]


def test_the_terminal_is_told_where_to_look_and_how_to_sign_in(settings: Settings) -> None:
    assert any("ten-baht-demo" in line for line in demo.addresses(settings))
