"""The one place where the figures of the overview are made: counted over the rows, for one period.

A case counts where it belongs today, once in each figure. Money is a cohort: what was awarded in the period, and how
much of that has left since. What waits is what waits today, whatever the period.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import datetime
from statistics import median_low
from typing import Any, Final

from sqlmodel import Session, col, func, select

from fund import clock
from fund.cases.finding.models import EndRow, ReportRow
from fund.cases.following import states as following
from fund.cases.following.models import MatterRow, ReferralRow
from fund.cases.following.models import StepRow as MatterStepRow
from fund.cases.handing import lateness
from fund.cases.handing.models import HandoverRow
from fund.cases.models import CaseRow, StandingRow, StepRow
from fund.grants import queries as grants
from fund.grants import states as grant_states
from fund.grants.models import AwardRow
from fund.grants.models import StandingRow as GrantStandingRow
from fund.overview.figures import Answers, Children, Counted, Money, OfDistrict, OfOffice, OfSchool, added
from fund.overview.periods import Period

ACTS: Final = {"help": "helped", "refer": "referred", "reopen": "dropped_out_again"}
"""Which step of a case counts as which figure."""

GONE: Final = (grant_states.CANCELLED, grant_states.GIVEN_UP)
PAID: Final = (grant_states.LEFT, grant_states.ISSUED, grant_states.CLEARED)
ANSWERED: Final = {
    following.OPEN: "unanswered",
    following.ACCEPTED: "accepted",
    following.FINISHED: "accepted",
    following.DECLINED: "declined",
    following.LOOKED_AT: "declined",
    following.TAKEN_BACK: "ended",
    following.LAPSED: "ended",
}
"""How the state of a referral is told as an answer."""

_Place = tuple[str, str]


def counted(session: Session, period: Period) -> Counted:
    """Every figure of a period, as the rows say now."""
    children, money, days = _children(session, period), _money(session, period), _days(session, period)
    districts = sorted({district for district, _ in children} | set(money) | set(days))
    return Counted(
        period.key,
        clock.now(),
        tuple(
            OfDistrict(
                district,
                added(Children, (one for (where, _), one in children.items() if where == district)),
                money.get(district, Money()),
                _median(days.get(district, [])),
            )
            for district in districts
        ),
        tuple(OfSchool(*place, one) for place, one in sorted(children.items())),
        tuple(_offices(session, period)),
        _median([one for of in days.values() for one in of]),
    )


def _children(session: Session, period: Period) -> dict[_Place, Children]:
    counts: dict[_Place, Counter[str]] = defaultdict(Counter)
    for district, school, figure, count in (
        *_found(session, period),
        *_moved(session, period),
        *_back(session, period),
        *_waiting(session),
    ):
        counts[district, school][figure] += count
    return {place: Children(**of) for place, of in counts.items()}


_Counts = Iterable[tuple[str, str, str, int]]
_PLACE: Final = (col(StandingRow.district), col(StandingRow.school))


def _found(session: Session, period: Period) -> _Counts:
    cases = select(*_PLACE, func.count()).join(CaseRow, col(CaseRow.code) == col(StandingRow.code))
    for district, school, count in session.exec(cases.where(*_in(CaseRow.opened_at, period)).group_by(*_PLACE)):
        yield district, school, "found", count


def _moved(session: Session, period: Period) -> _Counts:
    once = select(StepRow.code, StepRow.act).where(*_in(StepRow.done_at, period), col(StepRow.act).in_(ACTS))
    steps = once.distinct().subquery()
    of = select(*_PLACE, steps.c.act, func.count()).join(steps, steps.c.code == col(StandingRow.code))
    for district, school, act, count in session.exec(of.group_by(*_PLACE, steps.c.act)):
        yield district, school, ACTS[act], count


def _back(session: Session, period: Period) -> _Counts:
    """Children who were seen at school."""
    once = select(MatterRow.code).join(MatterStepRow, col(MatterStepRow.matter_id) == col(MatterRow.id))
    seen = once.where(*_in(MatterStepRow.done_at, period), MatterStepRow.machine == following.FOLLOW_UP)
    codes = seen.where(MatterStepRow.act == "attend").distinct().subquery()
    of = select(*_PLACE, func.count()).join(codes, codes.c.code == col(StandingRow.code)).group_by(*_PLACE)
    for district, school, count in session.exec(of):
        yield district, school, "back_at_school", count


def _waiting(session: Session) -> _Counts:
    """Children whom somebody should look in on, and those for whose help evidence should lie here."""
    open_ = select(MatterRow.code).where(
        MatterRow.machine == following.FOLLOW_UP, col(MatterRow.state).in_((following.OPEN, *following.BAD))
    )
    late: Any = select(col(HandoverRow.case_code).label("code")).where(
        *lateness.owed(), col(HandoverRow.due_on) < clock.today()
    )
    for figure, asked in (("open_follow_ups", open_), ("late_evidence", late)):
        codes = asked.distinct().subquery()
        of = select(*_PLACE, func.count()).join(codes, codes.c.code == col(StandingRow.code)).group_by(*_PLACE)
        for district, school, count in session.exec(of):
            yield district, school, figure, count


def _money(session: Session, period: Period) -> dict[str, Money]:
    district, state, amount = GrantStandingRow.district, GrantStandingRow.state, GrantStandingRow.amount_satang
    awarded = (
        select(district, state, func.sum(amount))
        .join(AwardRow, col(AwardRow.chain) == col(GrantStandingRow.chain))
        .where(grants.OF_TRANCHES, col(AwardRow.awarded_on) >= period.since, col(AwardRow.awarded_on) < period.until)
        .group_by(district, state)
    )
    waiting = select(district, func.sum(amount)).where(grants.OF_REQUESTS, state == grant_states.WAITING)
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for where, standing, satang in session.exec(awarded):
        sums[where]["committed_satang"] += 0 if standing in GONE else int(satang)
        sums[where]["paid_satang"] += int(satang) if standing in PAID else 0
    for where, satang in session.exec(waiting.group_by(district)):
        sums[where]["waiting_satang"] += int(satang)
    return {where: Money(**of) for where, of in sums.items()}


def _days(session: Session, period: Period) -> dict[str, list[int]]:
    """By district, how many days each child waited who was first helped in the period."""
    helps = select(StepRow.code, func.min(StepRow.done_at).label("helped_at")).where(StepRow.act == "help")
    recent = select(StepRow.code).where(StepRow.act == "help", *_in(StepRow.done_at, period))
    first = helps.where(col(StepRow.code).in_(recent)).group_by(col(StepRow.code)).subquery()
    told = (
        select(EndRow.case_code, func.min(ReportRow.reported_at).label("told_at"))
        .join(ReportRow, col(ReportRow.id) == col(EndRow.report_id))
        .where(col(EndRow.case_code).is_not(None))
        .group_by(col(EndRow.case_code))
        .subquery()
    )
    query = (
        select(StandingRow.district, CaseRow.opened_at, told.c.told_at, first.c.helped_at)
        .join(CaseRow, col(CaseRow.code) == col(StandingRow.code))
        .join(first, first.c.code == col(CaseRow.code))
        .join(told, told.c.case_code == col(CaseRow.code), isouter=True)
        .where(first.c.helped_at >= period.begins)
    )
    days: dict[str, list[int]] = defaultdict(list)
    for district, opened_at, told_at, helped_at in session.exec(query):
        days[district].append(_between(min(opened_at, told_at or opened_at), helped_at))
    return days


def _between(begun: datetime, ended: datetime) -> int:
    return (clock.bangkok_day(ended) - clock.bangkok_day(begun)).days


def _median(days: list[int]) -> int | None:
    return median_low(days) if days else None


def _offices(session: Session, period: Period) -> Iterable[OfOffice]:
    query = (
        select(StandingRow.district, ReferralRow.office, MatterRow.state, func.count())
        .select_from(MatterStepRow)
        .join(MatterRow, col(MatterRow.id) == col(MatterStepRow.matter_id))
        .join(ReferralRow, col(ReferralRow.id) == col(MatterRow.id))
        .join(StandingRow, col(StandingRow.code) == col(MatterRow.code))
        .where(*_in(MatterStepRow.done_at, period), MatterStepRow.machine == following.REFERRAL)
        .where(MatterStepRow.number == 1)
        .group_by(StandingRow.district, ReferralRow.office, MatterRow.state)
    )
    answers: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for district, office, state, count in session.exec(query):
        answers[district, office].update({"sent": count, ANSWERED[state]: count})
    for place, of in sorted(answers.items()):
        yield OfOffice(*place, Answers(**of))


def _in(moment: Any, period: Period) -> tuple[Any, Any]:
    return col(moment) >= period.begins, col(moment) < period.ends
