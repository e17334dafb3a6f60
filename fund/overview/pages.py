"""Pages of the overview: the province on a map and in a table, one district, the same as tables to take away.

Whoever has a role for some districts sees those. Counts and codes of places only; schools are shown to whoever may see
the district's cases.
"""

from typing import Annotated, Final

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, URLEncodedBody
from litestar.response import Redirect

from fund import clock, limits, profile, web
from fund.db import Database
from fund.downloads import csv_answer
from fund.errors import NotFoundError, StateError
from fund.limits import Limit
from fund.overview import counts, periods, queries, reports, tables, tiles
from fund.overview.figures import ANSWERS, FIGURES, OF_CHILDREN, Counted, OfSchool
from fund.overview.periods import Period
from fund.overview.report_paper import report_pdf
from fund.people import door, places, powers
from fund.people.powers import Place
from fund.settings import Settings
from fund.web import AnyRequest

COUNTS: Final = Limit("overview-count", 20)
HOME: Final = "/staff/overview"
DISTRICT: Final = HOME + "/districts/{district:str}"
SEE: Final = "overview.see"


class PeriodForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which period a button is about."""

    csrf_token: Annotated[str, msgspec.Meta(max_length=500)] = ""
    period: Annotated[str, msgspec.Meta(max_length=20)] = ""


@get(HOME, guards=[door.require(SEE)], sync_to_thread=True)
def overview(
    request: AnyRequest,
    database: NamedDependency[Database],
    period: FromQuery[str] = "",
    figure: FromQuery[str] = "found",
) -> Response[str]:
    """The districts on the map, coloured by a figure, and every figure in a table."""
    return _overview(request, database, period, figure)


@get(HOME + "/figures.csv", guards=[door.require(SEE)], sync_to_thread=True)
def table(request: AnyRequest, database: NamedDependency[Database], period: FromQuery[str] = "") -> Response[bytes]:
    """The table of the page: a row a district, and one for all of them."""
    chosen = _period(database, period)
    counted = _seen(request, database, chosen)
    return csv_answer(f"overview-{chosen.key}.csv", *tables.of_districts(counted, _names(database)))


@get(DISTRICT, guards=[door.require(SEE)], sync_to_thread=True)
def district(
    request: AnyRequest, district: FromPath[str], database: NamedDependency[Database], period: FromQuery[str] = ""
) -> Response[str]:
    """One district: its figures, what offices answered, and, for whoever may see its cases, its schools."""
    chosen = _period(database, period)
    counted, names = _seen_of(request, database, chosen, district), _names(database)
    return web.page(
        request, "overview/district.html", district=district, chosen=chosen, periods=_offered(database),
        counted=counted, names=names, figures=FIGURES, of_children=OF_CHILDREN, answers=ANSWERS,
        schools=_schools(request, counted, district), may_see_schools=_may_see_schools(request, district),
        offices=counted.offices_of(district),
    )  # fmt: skip


@get(DISTRICT + "/figures.csv", guards=[door.require(SEE)], sync_to_thread=True)
def district_table(
    request: AnyRequest, district: FromPath[str], database: NamedDependency[Database], period: FromQuery[str] = ""
) -> Response[bytes]:
    """The tables of a district's page in one file."""
    chosen = _period(database, period)
    counted = _seen_of(request, database, chosen, district)
    schools = _schools(request, counted, district)
    told = tables.of_district(counted, district, schools, _names(database))
    return csv_answer(f"overview-{district}-{chosen.key}.csv", *told)


@post(HOME + "/count", guards=[door.require(SEE)], sync_to_thread=True)
def count_again(request: AnyRequest, data: URLEncodedBody[PeriodForm], database: NamedDependency[Database]) -> Redirect:
    """Count now, for whoever has just changed something."""
    chosen = _period(database, data.period)
    with database.write() as session:
        limits.count(session, COUNTS, f"account:{door.actor(request).name}")
        counts.count(session, chosen)
    return Redirect(f"{HOME}?period={chosen.key}", status_code=303)


@post(HOME + "/reports", guards=[door.require("overview.report")], sync_to_thread=True)
def make_report(
    request: AnyRequest, data: URLEncodedBody[PeriodForm], database: NamedDependency[Database]
) -> Response[str]:
    """Make the assembly's report of a term that is over; once it is made it stays as it is."""
    chosen = _period(database, data.period)
    try:
        with database.write() as session:
            reports.make(session, chosen, by=door.actor(request))
    except StateError as refused:
        return _overview(request, database, chosen.key, "found", refused)
    return Redirect(f"{HOME}/reports/{chosen.key}/report.pdf", status_code=303)


@get(HOME + "/reports/{key:str}/report.pdf", guards=[door.require(SEE)], sync_to_thread=True)
def report(
    key: FromPath[str], database: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[bytes]:
    """The paper of a report that was made."""
    with database.read() as session:
        told, is_demo = reports.one(session, key), profile.is_demo(session)
        fund, names = profile.current(session, told.made_on), places.districts(session)
    return Response(
        report_pdf(told, fund, names, is_demo=is_demo, seconds=int(settings.render_seconds)),
        media_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="report-{key}.pdf"'},
    )


def _overview(
    request: AnyRequest, database: Database, period: str, figure: str, refused: StateError | None = None
) -> Response[str]:
    if figure not in FIGURES:
        raise NotFoundError()
    chosen = _period(database, period)
    counted = _seen(request, database, chosen)
    with database.read() as session:
        names = places.districts(session)
        made = reports.ended(session, clock.today()) if door.visitor(request).may("overview.report") else []
    shown = {one.district: tables.on_tile(one, figure) for one in counted.districts}
    largest = max((number for number in shown.values() if number), default=0)
    return web.page(
        request, "overview/overview.html", status=web.status_of(refused), chosen=chosen, periods=_offered(database),
        counted=counted, names=_names(database), figure=figure, figures=FIGURES, shown=shown, largest=largest,
        tiles=tiles.tiles(names), shade=tiles.shade, legend=tiles.legend(largest), offices=counted.offices_of(),
        answers=ANSWERS, reports=made, error=refused and web.message_of(refused, web.language(request)),
    )  # fmt: skip


def _period(database: Database, key: str) -> Period:
    """The period of an address; the present term where it names none."""
    with database.read() as session:
        fund = profile.current(session)
    return periods.named(fund, key) if key else periods.present(fund, clock.today())[1]


def _offered(database: Database) -> list[Period]:
    with database.read() as session:
        since = queries.begun_on(session) or clock.today()
        return periods.offered(profile.current(session), since, clock.today())


def _names(database: Database) -> dict[str, tuple[str, str]]:
    with database.read() as session:
        return places.names(session)


def _seen(request: AnyRequest, database: Database, chosen: Period) -> Counted:
    """The figures of the districts that this person may see, those without any too."""
    person = door.visitor(request).person
    with database.read() as session:
        districts = places.districts(session)
    seen = [code for code in districts if powers.may(person, SEE, Place(district=code))]
    return counts.of(database, chosen).only(seen, is_all=len(seen) == len(districts))


def _seen_of(request: AnyRequest, database: Database, chosen: Period, district: str) -> Counted:
    powers.require(door.visitor(request).person, SEE, Place(district=district))
    counted = _seen(request, database, chosen)
    if district not in {one.district for one in counted.districts}:
        raise NotFoundError()
    return counted


def _schools(request: AnyRequest, counted: Counted, district: str) -> list[OfSchool]:
    return counted.schools_of(district) if _may_see_schools(request, district) else []


def _may_see_schools(request: AnyRequest, district: str) -> bool:
    """Whether they may see the district's cases."""
    return door.visitor(request).may("cases.see", Place(district=district))


ROUTES = [overview, table, district, district_table, count_again, make_report, report]
