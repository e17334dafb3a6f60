"""The assembly's report of a term: what leaves the house, made once and then the same for ever.

Knows the figures as `suppression` lets them out, and nothing of a child. Refuses a term that is not over: two
reports of the same days, or of days within them, could be taken from each other.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fund import audit, clock, profile
from fund.audit import Actor
from fund.figures import queries as books
from fund.overview import counting, periods, queries, suppression
from fund.overview.errors import NoReportError, NotOverError
from fund.overview.figures import Answers, Counted, Money, added
from fund.overview.models import ReportRow
from fund.overview.periods import Period
from fund.people import places
from ledger import balances

BASE = "found"
COLUMNS = (BASE, "helped", "referred", "back_at_school", "dropped_out_again")
"""What the table of districts says of children."""

LATE = ("open_follow_ups", "late_evidence")


class Line(msgspec.Struct, frozen=True):
    """A district, or several together; None where a count is hidden, and money is rounded beside it."""

    districts: tuple[str, ...]
    counts: Mapping[str, int | None]
    money: Money
    days_to_help: int | None

    @property
    def is_whole(self) -> bool:
        """Whether every count of it is shown."""
        return None not in self.counts.values()


class Told(msgspec.Struct, frozen=True):
    """What a report says. `before` are the totals that the report of the term before has told, if there is one."""

    period: str
    made_on: date
    since: date
    last: date
    lines: tuple[Line, ...]
    totals: Mapping[str, int | None]
    money: Money
    given_satang: int
    days_to_help: int | None
    offices: Mapping[str, int | None]
    late: Mapping[str, int | None]
    before: Mapping[str, int | None] | None = None
    money_before: Money | None = None
    given_before_satang: int | None = None


def ended(session: Session, today: date) -> list[tuple[Period, datetime | None]]:
    """The terms that are over, the newest first, and when the report of each was made."""
    since = queries.begun_on(session)
    if since is None:
        return []
    over = [one for one in periods.offered(profile.current(session), since, today) if _is_over(one, today)]
    rows = {one.key: session.get(ReportRow, one.key) for one in over}
    return [(one, row.made_at if (row := rows[one.key]) else None) for one in over]


def make(session: Session, period: Period, *, by: Actor) -> Told:
    """The report of a term; made before, it is that one. Raises NotOverError."""
    if not _is_over(period, clock.today()):
        raise NotOverError()
    row = session.get(ReportRow, period.key)
    if row is not None:
        return msgspec.json.decode(row.content, type=Told)
    fund = profile.current(session)
    earlier = session.get(ReportRow, periods.before(fund, period).key)
    before = msgspec.json.decode(earlier.content, type=Told) if earlier else None
    counted = counting.counted(session, period).only(list(places.districts(session)))
    told = of(counted, period, given_satang=_given(session, period), before=before)
    row = ReportRow(period=period.key, content=msgspec.json.encode(told).decode(), made_at=clock.now(), made_by=by.name)
    try:
        with session.begin_nested():
            session.add(row)
            session.flush()
    except IntegrityError:  # somebody else made it at this moment
        return one(session, period.key)
    audit.record(session, by, "report.made", period.key)
    return told


def one(session: Session, key: str) -> Told:
    """A report that was made. Raises NoReportError."""
    row = session.get(ReportRow, key)
    if row is None:
        raise NoReportError()
    return msgspec.json.decode(row.content, type=Told)


def of(counted: Counted, period: Period, *, given_satang: int, before: Told | None) -> Told:
    """What may be told of these figures. Pure but for today."""
    table = {one.district: {name: one.figure(name) or 0 for name in COLUMNS} for one in counted.districts}
    shown = suppression.published(table, BASE)
    total = counted.total
    answers = added(Answers, (answers for _, answers in counted.offices_of()))
    return Told(
        period.key,
        clock.today(),
        period.since,
        period.last,
        tuple(_line(counted, row) for row in shown.rows),
        shown.totals,
        total.money,
        given_satang,
        counted.days_to_help if shown.totals["helped"] is not None else None,
        {name: suppression.shown(count) for name, count in asdict(answers).items() if name in ("sent", "accepted")},
        {name: suppression.shown(total.figure(name) or 0) for name in LATE},
        before.totals if before else None,
        before.money if before else None,
        before.given_satang if before else None,
    )


def _line(counted: Counted, row: suppression.Row) -> Line:
    districts = [counted.of(district) for district in row.members]
    money = added(Money, (one.money for one in districts))
    if not row.is_whole:
        money = Money(**{name: suppression.rounded(satang) for name, satang in asdict(money).items()})
    is_told = len(districts) == 1 and row.counts["helped"] is not None
    return Line(row.members, row.counts, money, districts[0].days_to_help if is_told else None)


def _is_over(period: Period, today: date) -> bool:
    return period.kind == "term" and period.until <= today


def _given(session: Session, period: Period) -> int:
    """What people gave in these days."""
    moved = balances.movements(session, since=period.since, until=period.last)
    return -sum(one.amount_satang for one in moved if one.account in books.GIVEN)
