"""Random histories of cases, follow-ups, referrals and grants, as rows; and the figures made from them one by one.

The rows are written past the guards and are not kept. `naive` looks at every row and knows no SQL.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, select

from fund import clock
from fund.cases import stages
from fund.cases.finding.models import EndRow, ReportRow
from fund.cases.following.models import MatterRow, ReferralRow
from fund.cases.following.models import StepRow as MatterStepRow
from fund.cases.following.states import BAD, SAYS
from fund.cases.handing import states as handing
from fund.cases.handing.models import HandoverRow
from fund.cases.models import CaseRow, StandingRow, StepRow
from fund.db import Database
from fund.grants.models import AwardRow
from fund.grants.models import StandingRow as GrantStandingRow
from fund.grants.states import TRANSITIONS
from fund.overview.figures import Children, Money
from fund.overview.periods import Period
from tests.ledger.disarmed import disarm

BEGUN: Final = datetime(2026, 3, 1, tzinfo=UTC)
DISTRICTS: Final = ("4001", "4002", "4003")
_BY: Final = "somebody"
Key = tuple[str, str]


@contextmanager
def unguarded(database: Database) -> Iterator[Session]:
    """A session in which rows may be anything; nothing of it is kept."""
    with database.engine.connect() as connection:
        if database.is_sqlite:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        disarm(connection)
        with Session(bind=connection) as session:
            yield session
        connection.rollback()
        connection.invalidate()


def live(session: Session, random: Random, count: int = 12) -> None:
    """So many children, each with a history of its own."""
    for number in range(count):
        code = f"C{number:09}"
        where: dict[str, Any] = {"district": random.choice(DISTRICTS), "school": random.choice(("", "s1", "s2"))}
        at = _later(random, BEGUN, 250)
        session.add(CaseRow(code=code, child_id=_id(random), opened_at=at, opened_by=_BY))
        _report(session, random, code, at, where)
        stage = _walk(session, random, code, at)
        session.add(StandingRow(code=code, grade="P1", stage=stage, rank=0, moved_at=at, **where))
        for _ in range(random.randint(0, 3)):
            _matter(session, random, code, at)
        for _ in range(random.randint(0, 2)):
            _grant(session, random, code, random.choice(DISTRICTS))
    session.flush()


def naive(session: Session, period: Period) -> tuple[dict[Key, Children], dict[str, Money], dict[str, list[int]]]:
    """Children by district and school, money by district, and every child's days to help, row by row."""
    at = {row.code: (row.district, row.school) for row in session.exec(select(StandingRow))}
    seen: dict[Key, set[tuple[str, str]]] = defaultdict(set)
    for figure, code, moment in _happened(session):
        if moment is None or period.since <= clock.bangkok_day(moment) <= period.last:
            seen[at[code]].add((figure, code))
    children = {key: Children(**Counter(figure for figure, _ in of)) for key, of in seen.items()}
    return children, _money(session, period), _days(session, period, at)


def _happened(session: Session) -> Iterator[tuple[str, str, datetime | None]]:
    acts = {"help": "helped", "refer": "referred", "reopen": "dropped_out_again"}
    for case in session.exec(select(CaseRow)):
        yield "found", case.code, case.opened_at
    for step in session.exec(select(StepRow)):
        if step.act in acts:
            yield acts[step.act], step.code, step.done_at
    matters = {row.id: row for row in session.exec(select(MatterRow))}
    for taken in session.exec(select(MatterStepRow)):
        if taken.machine == "follow_up" and taken.act == "attend":
            yield "back_at_school", matters[taken.matter_id].code or "", taken.done_at
    for matter in matters.values():
        if matter.machine == "follow_up" and matter.state in ("open", *BAD):
            yield "open_follow_ups", matter.code or "", None
    for row in session.exec(select(HandoverRow)):
        if not row.is_complete and row.state in handing.RUNNING and row.lacks > 0 and row.due_on < clock.today():
            yield "late_evidence", row.case_code, None


def _money(session: Session, period: Period) -> dict[str, Money]:
    awarded = {row.chain: row.awarded_on for row in session.exec(select(AwardRow))}
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in session.exec(select(GrantStandingRow)):
        if row.number == 0 and row.state == "waiting":
            sums[row.district]["waiting_satang"] += row.amount_satang
        if row.number > 0 and period.since <= awarded[row.chain] <= period.last:
            is_gone, is_paid = row.state in ("cancelled", "given_up"), row.state in ("left", "issued", "cleared")
            sums[row.district]["committed_satang"] += 0 if is_gone else row.amount_satang
            sums[row.district]["paid_satang"] += row.amount_satang if is_paid else 0
    return {district: Money(**of) for district, of in sums.items()}


def _days(session: Session, period: Period, at: dict[str, Key]) -> dict[str, list[int]]:
    told = {row.id: row.reported_at for row in session.exec(select(ReportRow))}
    begun = {row.code: row.opened_at for row in session.exec(select(CaseRow))}
    for end in session.exec(select(EndRow)):
        if end.case_code:
            begun[end.case_code] = min(begun[end.case_code], told[end.report_id])
    helped: dict[str, datetime] = {}
    for step in session.exec(select(StepRow).where(StepRow.act == "help")):
        helped[step.code] = min(helped.get(step.code, step.done_at), step.done_at)
    days: dict[str, list[int]] = defaultdict(list)
    for code, moment in helped.items():
        day = clock.bangkok_day(moment)
        if period.since <= day <= period.last:
            days[at[code][0]].append((day - clock.bangkok_day(begun[code])).days)
    return {district: sorted(of) for district, of in days.items()}


def _report(session: Session, random: Random, code: str, at: datetime, where: dict[str, Any]) -> None:
    if random.random() < 0.5:
        report_id = _id(random)
        told: dict[str, Any] = {"form_key": str(report_id), "channel": "open", "is_urgent": False, "sealed": b"1"}
        moment = at - timedelta(days=random.randint(0, 30))
        session.add(ReportRow(id=report_id, reported_at=moment, reported_by=_BY, **told, **where))
        end: dict[str, Any] = {"outcome": "taken", "reason": "", "case_code": code, "ended_at": at, "ended_by": _BY}
        session.add(EndRow(report_id=report_id, **end))


def _walk(session: Session, random: Random, code: str, at: datetime) -> str:
    stage, came_from, act = stages.FOUND, "", "open"
    for number in range(1, random.randint(2, 12)):
        row: dict[str, Any] = {"came_from": came_from, "act": act, "stage": stage, "done_at": at, "done_by": _BY}
        session.add(StepRow(code=code, number=number, after=number - 1 or None, **row))
        came_from, at = stage, _later(random, at, 40)
        act = random.choice([name for name, one in stages.ACTS.items() if stage in one.stages])
        stage = stages.after(stage, act)
    return came_from


def _matter(session: Session, random: Random, code: str, at: datetime) -> None:
    machine, matter_id = random.choice(("referral", "follow_up")), _id(random)
    state = random.choice([one for one in SAYS[machine] if machine == "referral" or one != "let_be"])  # type: ignore[index]
    session.add(MatterRow(id=matter_id, machine=machine, code=code, state=state, moved_at=at))
    first = "send" if machine == "referral" else "open"
    steps = [("", first, "open")] + ([("open", "attend", "attending")] if state in ("attending", "looked_at") else [])
    if machine == "referral":
        steps = steps[:1]
        office = random.choice(("o1", "o2"))
        session.add(ReferralRow(id=matter_id, office=office, consent_id=matter_id, sealed=b"1"))
    for number, (came_from, act, following) in enumerate(steps, 1):
        at = _later(random, at, 60)
        row: dict[str, Any] = {"came_from": came_from, "act": act, "state": following, "done_at": at, "done_by": _BY}
        session.add(MatterStepRow(matter_id=matter_id, number=number, machine=machine, after=number - 1 or None, **row))


def _grant(session: Session, random: Random, code: str, district: str) -> None:
    chain, moment, satang = f"grant:{_id(random)}", _later(random, BEGUN, 300), random.randint(1, 10**7)
    of: dict[str, Any] = {"chain": chain, "district": district, "version": 1, "step": 1, "amount_satang": satang}
    if random.random() < 0.3:
        session.add(GrantStandingRow(number=0, state=random.choice(("asked", "waiting", "declined")), **of))
        return
    awarded_on = clock.bangkok_day(moment)
    session.add(AwardRow(chain=chain, version=1, awarded_on=awarded_on))
    session.add(GrantStandingRow(number=0, state="awarded", **of))
    state = random.choice(sorted({one.next for one in TRANSITIONS if one.part == "tranche"}))
    session.add(GrantStandingRow(number=1, state=state, due_on=awarded_on, **of))
    went: dict[str, Any] = {"chain": chain, "number": 1, "went": 3, "went_to": "left", "requester": _id(random)}
    days: dict[str, Any] = {"went_on": awarded_on, "due_on": awarded_on + timedelta(days=7), "moved_at": moment}
    how: dict[str, Any] = {"lacks": random.randint(0, 2), "pending": 0, "is_complete": random.random() < 0.5}
    running = random.choice(sorted({*handing.RUNNING, handing.OVER}))
    session.add(HandoverRow(case_code=code, payee_kind="guardian", state=running, **went, **days, **how))


def _later(random: Random, at: datetime, days: int) -> datetime:
    return at + timedelta(hours=random.randint(0, 24 * days))


def _id(random: Random) -> UUID:
    return UUID(int=random.getrandbits(128), version=4)
