"""Follow-ups: whether a child comes to school, looked at some days after help and in the next term.

They open by themselves, on days of the fund's profile counted from the last help. One that is missed or bad holds the
case's money and tells the case managers and the core team; who drops out again has the case opened anew.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import clock, notices, profile
from fund.audit import WORKER, Actor
from fund.cases import queries as cases
from fund.cases import service as case_verbs
from fund.cases.errors import NotInThisStageError
from fund.cases.following import steps, telling
from fund.cases.following.models import FollowUpRow, HoldRow, MatterRow
from fund.cases.following.states import BAD, DROPPED_OUT, FOLLOW_UP, MISSED, OPEN
from fund.cases.handing import holding
from fund.cases.models import CaseRow
from fund.cases.models import StepRow as CaseStepRow
from fund.grants import paying
from fund.people.powers import Place
from fund.profile import Profile
from fund.sealed import KeyRow
from ledger.identifiers import new_id

HOLD: Final = "A follow-up was missed, or the child is not safely at school."
_LOOKED_BACK: Final = timedelta(days=400)
"""Help older than this, and its follow-ups, were dealt with or never will be."""


def due_days(fund: Profile, helped_on: date) -> list[date]:
    """The days on which to look in after help of this day: so many days later, and when the next term begins."""
    starts = (date(year, *_month_and_day(start)) for year in (helped_on.year, helped_on.year + 1)
              for start in fund.term_starts)  # fmt: skip
    term = min((day for day in starts if day > helped_on), default=None)
    days = {helped_on + timedelta(days=days) for days in fund.follow_up_days}
    return sorted(days | ({term} if term else set()))


def open_due(session: Session) -> int:
    """Open the follow-up whose day has come, after each case's last help; how many. The erased have none.

    One that is open already, or was noted on that day or later, is not asked for twice.
    """
    opened = 0
    for code, help_number, helped_on in _last_helps(session):
        days = due_days(profile.current(session, helped_on), helped_on)
        day = max((one for one in days if one <= clock.today()), default=None)
        if day is not None and not _is_asked(session, code, day):
            _open(session, code, help_number, day)
            opened += 1
    return opened


def miss_late(session: Session) -> int:
    """Note as missed what nobody looked at for so many days of the fund's profile, with what follows; how many."""
    limit = clock.now() - timedelta(days=profile.current(session).follow_up_missed_days)
    late = select(MatterRow.id).where(MatterRow.machine == FOLLOW_UP, MatterRow.state == OPEN)
    ids = session.exec(late.where(col(MatterRow.moved_at) < limit)).all()
    for follow_up_id in ids:
        _follows(session, steps.take(session, FOLLOW_UP, follow_up_id, "miss", by=WORKER))
    return len(ids)


def note(session: Session, follow_up_id: UUID, act: str, words: str = "", *, by: Actor) -> str:
    """Note how the child is, and do what follows from it; the state it leads to. Raises what a step does."""
    matter = steps.take(session, FOLLOW_UP, follow_up_id, act, words, by=by)
    if matter.state == DROPPED_OUT:
        _move(session, matter, "reopen", words, by)
    elif act in ("attend", "risk"):
        _move(session, matter, "follow", words, by)
    _follows(session, matter)
    return matter.state


def look_at(session: Session, follow_up_id: UUID, words: str, *, by: Actor) -> int:
    """Note that the core team has looked at it, and let the money go on that waits for nothing else; how many parts.

    Money stays held while there is no consent to help. Raises what a step does, and what a release does.
    """
    matter = steps.take(session, FOLLOW_UP, follow_up_id, "look_at", words, by=by)
    code = matter.code or ""
    if not cases.has_consent(session, code, "help"):
        return 0
    mine = select(HoldRow).where(HoldRow.follow_up_id == follow_up_id)
    held = holding.held(session, code)
    still = waited_for(session, code) | holding.waited_for(session, code)
    free = {(row.request_id, row.number) for row in session.exec(mine)} & held - still
    for request_id, number in sorted(free):
        paying.release(session, request_id, number, " ".join(words.split())[:200], by=by)
    return len(free)


def waited_for(session: Session, code: str) -> set[tuple[UUID, int]]:
    """The parts that wait until some follow-up of the case is looked at."""
    bad = select(MatterRow.id).where(
        MatterRow.machine == FOLLOW_UP, MatterRow.code == code, col(MatterRow.state).in_(BAD)
    )
    rows = session.exec(select(HoldRow).where(col(HoldRow.follow_up_id).in_(bad)))
    return {(row.request_id, row.number) for row in rows}


def _month_and_day(start: str) -> tuple[int, int]:
    month, day = start.split("-")
    return int(month), int(day)


def _last_helps(session: Session) -> Iterator[tuple[str, int, date]]:
    """The last help of each case whose child can still be read: the case, the step's number, the day."""
    since = clock.now() - _LOOKED_BACK
    last = select(CaseStepRow.code, func.max(CaseStepRow.number).label("number"))
    newest = last.where(CaseStepRow.act == "help").group_by(CaseStepRow.code).subquery()
    query = (
        select(CaseStepRow.code, CaseStepRow.number, CaseStepRow.done_at)
        .join(newest, (newest.c.code == CaseStepRow.code) & (newest.c.number == CaseStepRow.number))
        .join(CaseRow, col(CaseRow.code) == col(CaseStepRow.code))
        .join(KeyRow, col(KeyRow.subject) == col(CaseRow.child_id))
        .where(col(CaseStepRow.done_at) > since)
    )
    for code, number, done_at in session.exec(query).all():
        yield code, number, clock.bangkok_day(done_at)


def _is_asked(session: Session, code: str, day: date) -> bool:
    """Whether somebody is asked to look in on the child, or did on this day or later."""
    known = select(MatterRow.state, MatterRow.moved_at).where(MatterRow.machine == FOLLOW_UP, MatterRow.code == code)
    return any(state == OPEN or clock.bangkok_day(moved_at) >= day for state, moved_at in session.exec(known))


def _open(session: Session, code: str, help_number: int, day: date) -> None:
    new = new_id()
    steps.begin(session, FOLLOW_UP, new, "open", code, by=WORKER)
    session.add(FollowUpRow(id=new, code=code, help_number=help_number, due_on=day))
    session.flush()


def _move(session: Session, matter: MatterRow, act: str, reason: str, by: Actor) -> None:
    """Take the case to the stage that this leads to, if it leads anywhere from where it stands."""
    try:
        case_verbs.move(session, matter.code or "", act, reason=reason, by=by)
    except NotInThisStageError:
        return


def _follows(session: Session, matter: MatterRow) -> None:
    """What a missed or bad follow-up brings with it: the next money waits, and two are told."""
    if matter.state not in (*BAD, MISSED):
        return
    found = cases.case(session, matter.code or "")
    before = holding.held(session, found.code)
    shared = waited_for(session, found.code) | holding.waited_for(session, found.code)
    paying.hold_case(session, found.code, HOLD, by=WORKER)
    mine = (holding.held(session, found.code) - before) | shared
    known = {(row.request_id, row.number) for row in _holds(session, matter.id)}
    session.add_all(HoldRow(follow_up_id=matter.id, request_id=one, number=number) for one, number in mine - known)
    team = [one.id for one in telling.able(session, "core_team", Place())]
    telling.tell(session, notices.FOLLOW_UP, [*telling.in_charge(session, found), *team], matter.id, matter.state)
    session.flush()


def _holds(session: Session, follow_up_id: UUID) -> list[HoldRow]:
    return list(session.exec(select(HoldRow).where(HoldRow.follow_up_id == follow_up_id)))
