"""The figures of the overview are what somebody finds who looks at every row."""

from datetime import date
from random import Random
from statistics import median_low

import pytest
from sqlmodel import Session, select

from fund.cases.following.models import MatterRow, ReferralRow
from fund.cases.following.models import StepRow as MatterStepRow
from fund.cases.models import StandingRow
from fund.clock import bangkok_day
from fund.db import Database
from fund.overview import counting, periods
from fund.overview.figures import Children, Counted, Money, added
from fund.overview.periods import Period
from tests.builders import a_founded_fund, a_fund_profile
from tests.examples import count
from tests.fund.overview import histories

PERIODS = ("2568", "2569", "2569-1", "2569-2", "2569-m7", "2569-m11")


def naively(session: Session, period: Period) -> tuple[object, ...]:
    children, money, days = histories.naive(session, period)
    every = [one for of in days.values() for one in of]
    return children, money, {one: median_low(of) for one, of in days.items()}, median_low(every) if every else None


def as_told(counted: Counted) -> tuple[object, ...]:
    return (
        {(one.district, one.school): one.children for one in counted.schools},
        {
            one.district: one.money
            for one in counted.districts
            if one.money.committed_satang or one.money.waiting_satang
        },
        {one.district: one.days_to_help for one in counted.districts if one.days_to_help is not None},
        counted.days_to_help,
    )


def with_money(told: tuple[object, ...]) -> tuple[object, ...]:
    """Without districts whose money is nought."""
    children, money, *rest = told
    assert isinstance(money, dict)
    return children, {one: of for one, of in money.items() if of != Money()}, *rest


def test_every_figure_is_what_the_rows_say(database: Database) -> None:
    random = Random(40)
    fund = a_founded_fund(database)
    for _ in range(count(15)):
        with histories.unguarded(database) as session:
            histories.live(session, random)
            for key in PERIODS:
                period = periods.named(fund, key)
                counted = counting.counted(session, period)
                assert as_told(counted) == with_money(naively(session, period)), key
                sums = added(Children, (one.children for one in counted.schools))
                assert counted.total.children == sums
            offices_are_right(session, periods.named(fund, "2569"))


def offices_are_right(session: Session, period: Period) -> None:
    at = {row.code: row.district for row in session.exec(select(StandingRow))}
    sent = {row.matter_id: row.done_at for row in session.exec(select(MatterStepRow)) if row.act == "send"}
    states = {row.id: row for row in session.exec(select(MatterRow))}
    answers = [
        (at[states[row.id].code or ""], row.office, counting.ANSWERED[states[row.id].state])
        for row in session.exec(select(ReferralRow))
        if period.since <= bangkok_day(sent[row.id]) <= period.last
    ]
    for one in counting.counted(session, period).offices:
        mine = [answer for district, office, answer in answers if (district, office) == (one.district, one.office)]
        assert one.answers.sent == len(mine)
        assert all(getattr(one.answers, answer) == mine.count(answer) for answer in set(mine))


def test_a_figure_that_forgets_a_kind_of_step_is_found(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    fund = a_founded_fund(database)
    monkeypatch.delitem(counting.ACTS, "reopen")
    with histories.unguarded(database) as session:
        histories.live(session, Random(40), count=30)
        period = periods.named(fund, "2569")
        assert as_told(counting.counted(session, period)) != with_money(naively(session, period))


def test_terms_make_a_school_year_without_a_gap() -> None:
    fund = a_fund_profile()
    year, first, second = (periods.named(fund, key) for key in ("2569", "2569-1", "2569-2"))
    assert (first.since, first.until, second.until) == (year.since, second.since, year.until)
    assert periods.present(fund, date(2027, 5, 15)) == (year, second, periods.named(fund, "2570-m5"))
    assert periods.before(fund, second) == first
    assert all(periods.named(fund, one.key) == one for one in periods.offered(fund, year.since, second.last))
