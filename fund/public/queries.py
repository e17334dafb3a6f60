"""The open books as one view: the year's figures, their chart, and where to give for each fund.

Knows figures and campaigns. Never reaches bank lines or children. Refuses years that have no books.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from fund.donations import queries as donations
from fund.donations.queries import CampaignView
from fund.errors import MalformedError
from fund.figures import latest
from fund.figures import queries as figures
from fund.figures.latest import Gift
from fund.figures.queries import FundFlow, YearFigures
from fund.profile import Profile
from fund.public import charts
from fund.public.charts import MonthChart


class NoBooksError(MalformedError):
    message = "There are no books of that year. Choose one of the years on the first page."


@dataclass(frozen=True, slots=True)
class FundLine:
    """A fund's row: its flow, how long its bar is, and the campaign that feeds it, if one is open."""

    fund: FundFlow
    share: str
    campaign: CampaignView | None


@dataclass(frozen=True, slots=True)
class OpenBooks:
    """What the first page shows of one year."""

    figures: YearFigures
    years: list[int]
    chart: MonthChart
    lines: list[FundLine]
    latest: list[Gift]


def open_books(session: Session, profile: Profile, year: int | None, today: date) -> OpenBooks:
    """The books of fiscal year `year` (the present one); NoBooksError for a year without any."""
    moved = figures.everything_moved(session, profile, today)
    known = figures.years(moved, profile, today)
    if year is not None and year not in known:
        raise NoBooksError()
    of_year = figures.of_year(session, profile, year or known[0], today, moved)
    return OpenBooks(
        figures=of_year,
        years=known,
        chart=charts.month_chart(of_year.months, of_year.since),
        lines=_lines(of_year.funds, _appeals(session, today)),
        latest=latest.gifts(session),
    )


def _appeals(session: Session, today: date) -> dict[str, CampaignView]:
    """The open campaign of each fund: its own, not one of a school below it."""
    campaigns = donations.campaigns(session)
    return {one.fund: one for one in campaigns if one.parent_id is None and one.is_open(today)}


def _lines(flows: Iterable[FundFlow], appeals: dict[str, CampaignView]) -> list[FundLine]:
    shown = [one for one in flows if not one.is_technical]
    largest = max((one.flow.came_in_satang for one in shown), default=0)
    return [FundLine(one, charts.share(one.flow.came_in_satang, largest), appeals.get(one.code)) for one in shown]
