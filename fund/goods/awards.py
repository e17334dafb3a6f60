"""Goods for a case: asked for, awarded out of the store, handed out, brought back.

An award reserves units of lots in the act that completes the approvals, and posts nothing; each promise is resolved
once, by handing out or by letting go. Refuses an award of what is not in store, whoever asked or approved to hand out,
and expired goods. One request is for one thing in one size.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, case, col, func, select

from fund import audit, clock
from fund.audit import Actor
from fund.goods import holding, states, steps, stock, things
from fund.goods.errors import (
    BeyondIssueError,
    ChoiceError,
    ExpiredError,
    NotInStockError,
    NotNowError,
    QuantityError,
    RequestNotFoundError,
)
from fund.goods.models import ArrivalRow, LotRow, RequestRow, RequestStepRow, StepRow, StopRow
from fund.goods.states import REASONS
from fund.goods.steps import person_of
from fund.grants import roles, rules
from fund.grants import service as grants
from fund.people import duties, turns
from fund.people.duties import Side
from ledger.identifiers import new_id

VERSION: Final = 1
"""A request for goods is never edited: it is withdrawn and made anew, so an approval is of what stands there."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a case needs: so many of one thing in one size, for a child of this district and school."""

    case_code: str
    district: str
    thing_id: UUID
    size: str
    quantity: int
    school: str = ""


@dataclass(frozen=True, slots=True)
class Issue:
    """What was handed out for a case in one go, the `number`-th of its chain, and what it was worth (satang)."""

    chain: str
    number: int
    case_code: str
    district: str
    thing_id: UUID
    size: str
    quantity: int
    returned: int
    value_satang: int
    lot_id: UUID
    issued_by: str
    issued_person: UUID
    issued_at: datetime


def request(session: Session, wanted: Wanted, *, request_id: UUID | None = None, by: Actor) -> UUID:
    """Ask for goods; the request's id. The same id again asks for nothing more.

    Raises QuantityError, ThingNotFoundError, GrantRoleError, and RequestNotFoundError for an id of another case.
    """
    known = session.get(RequestRow, request_id) if request_id else None
    if known is not None:
        if known.case_code != wanted.case_code:
            raise RequestNotFoundError()
        return known.id
    roles.require(session, states.ROLES["request"], who=by, district=wanted.district)
    things.require_size(session, wanted.thing_id, wanted.size)
    if not steps.is_quantity(wanted.quantity):
        raise QuantityError()
    request_id = request_id or new_id()
    row = RequestRow(
        id=request_id,
        chain=f"goods-grant:{request_id}",
        case_code=wanted.case_code,
        district=wanted.district,
        school=wanted.school,
        thing_id=wanted.thing_id,
        size=wanted.size,
        quantity=wanted.quantity,
        made_at=clock.now(),
    )
    duties.take_part(session, row.chain, Side.REQUEST, case_code=row.case_code, by=by)
    session.add(row)
    session.flush()
    _step(session, row, "request", by=by)
    return request_id


def approve(session: Session, request_id: UUID, *, by: Actor) -> bool:
    """Approve; whether that awarded it: two approve from the limit on, by what the goods are worth.

    What the same case was awarded in seven days, in goods and in money, counts too.

    Raises NotInStockError and what `duties.approve` does.
    """
    asked = _ready(session, request_id, "approve", by)
    turns.wait_for(session, f"goods {asked.thing_id} {asked.size}")
    picked = stock.shared_out(stock.answering(session, asked), asked.quantity)
    free = sum(quantity for _, quantity in picked)
    if free < asked.quantity:
        raise NotInStockError(free=free, quantity=asked.quantity)
    worth = sum(one.value_satang * quantity for one, quantity in picked)
    lately = lately_satang(session, asked.case_code) + grants.awarded_to_case(session, asked.case_code)
    least = 1 if worth + lately < rules.limit_satang(session, clock.today()) else 2
    given = len(duties.approvals(session, asked.chain, VERSION))
    is_last = duties.approve(session, asked.chain, VERSION, of=max(least, given + 1), by=by)
    _step(session, asked, "award" if is_last else "approve", by=by)
    if is_last:
        for one, quantity in picked:
            steps.take(session, one.lot_id, one.place.id, "reserve", quantity, request=asked.chain, by=by)
    return is_last


def decline(session: Session, request_id: UUID, reason: str, *, by: Actor) -> None:
    """Say no. Raises ChoiceError, NotNowError."""
    _end(session, request_id, "decline", reason, by)


def withdraw(session: Session, request_id: UUID, reason: str, *, by: Actor) -> None:
    """Ask for it no more, before it is awarded. Raises ChoiceError, NotNowError."""
    _end(session, request_id, "withdraw", reason, by)


def cancel(session: Session, request_id: UUID, reason: str, *, by: Actor) -> None:
    """Take back what is promised and not handed out. Raises ChoiceError, NotNowError where nothing is."""
    asked = _end(session, request_id, "cancel", reason, by)
    promised = promises(session, asked.chain)
    if not promised:
        raise NotNowError()
    for one in promised:
        _resolve(session, one, "release", by)


def stop_case(session: Session, case_code: str, *, by: Actor) -> int:
    """Let go all that is promised to a case, and end what it asks for: its consent was taken back. How many."""
    of_case = select(RequestRow).where(RequestRow.case_code == case_code).order_by(col(RequestRow.chain))
    stopped = 0
    for asked in session.exec(of_case).all():
        turns.wait_for(session, f"chain {asked.chain}")
        promised = promises(session, asked.chain)
        if not promised and state_of(session, asked.chain) != states.ASKED:
            continue
        for one in promised:
            _resolve(session, one, "release", by)
        session.add(StopRow(chain=asked.chain, stopped_at=clock.now(), stopped_by=by.name))
        audit.record(session, by, "goods_request.stopped", asked.chain)
        session.flush()
        stopped += 1
    return stopped


def bring(session: Session, request_id: UUID, place_id: UUID, to: UUID, *, by: Actor) -> None:
    """Carry what is promised at one place to another, where it is handed out. Raises NotNowError, SamePlaceError."""
    asked = _of(session, request_id)
    here = [one for one in promises(session, asked.chain) if one.place_id == place_id]
    if not here:
        raise NotNowError()
    for one in here:
        _resolve(session, one, "release", by)
        holding.move(session, one.lot_id, place_id, to, one.quantity, by=by)
        steps.take(session, one.lot_id, to, "reserve", one.quantity, request=asked.chain, by=by)


def issue(session: Session, request_id: UUID, lot_id: UUID, place_id: UUID, number: int, *, by: Actor) -> int:
    """Hand out one promise, as neither who asked nor who approved: it is booked. Its number among the request's issues.

    Raises NotNowError, ExpiredError, OtherSideError, GrantRoleError.
    """
    asked = _of(session, request_id)
    roles.require(session, states.ROLES["issue"], who=by, district=asked.district)
    duties.take_part(session, asked.chain, Side.PREPARE, by=by)
    found = [
        one
        for one in promises(session, asked.chain)
        if (one.lot_id, one.place_id, one.number) == (lot_id, place_id, number)
    ]
    if not found:
        raise NotNowError()
    expires_on = session.get_one(ArrivalRow, lot_id).expires_on
    if expires_on is not None and expires_on < clock.today():
        raise ExpiredError()
    known = session.exec(select(func.count()).where(StepRow.request == asked.chain, StepRow.act == "issue")).one()
    _resolve(session, found[0], "issue", by, issue_number=known + 1, side=Side.PREPARE.value)
    return known + 1


def bring_back(session: Session, request_id: UUID, number: int, quantity: int, place_id: UUID, *, by: Actor) -> None:
    """So much of what was handed out is in store again. Raises NotNowError, BeyondIssueError, PlaceNotFoundError."""
    things.require_place(session, place_id)
    asked = _of(session, request_id)
    row = session.exec(select(StepRow).where(StepRow.request == asked.chain, StepRow.issue_number == number)).first()
    if row is None:
        raise NotNowError()
    roles.require(session, states.ROLES["return"], who=by, district=asked.district)
    turns.wait_for(session, f"lot {row.lot_id}")
    rest = row.quantity - _returned(session, row)
    if not 0 < quantity <= rest:
        raise BeyondIssueError(rest=rest)
    of = {"of_place": row.place_id, "of_number": row.number}
    steps.take(session, row.lot_id, place_id, "return", quantity, by=by, **of)


def promises(session: Session, chain: str) -> list[StepRow]:
    """What is promised to a request and neither handed out nor let go, in the order in which it was promised."""
    rows = list(session.exec(select(StepRow).where(StepRow.request == chain)))
    resolved = {(row.lot_id, row.place_id, row.resolves) for row in rows if row.resolves}
    open_ones = [row for row in rows if row.act == "reserve" and (row.lot_id, row.place_id, row.number) not in resolved]
    return sorted(open_ones, key=lambda row: (row.taken_at, str(row.lot_id), str(row.place_id)))


def issued(session: Session, chain: str | None = None) -> list[Issue]:
    """What was handed out, of one request or of all, first to last."""
    question = (
        select(StepRow, RequestRow, LotRow)
        .join(RequestRow, col(RequestRow.chain) == col(StepRow.request))
        .join(LotRow, col(LotRow.id) == col(StepRow.lot_id))
        .where(StepRow.act == "issue")
        .order_by(col(StepRow.taken_at), col(StepRow.issue_number))
    )
    if chain is not None:
        question = question.where(StepRow.request == chain)
    return [
        Issue(
            chain=asked.chain,
            number=step.issue_number or 0,
            case_code=asked.case_code,
            district=asked.district,
            thing_id=asked.thing_id,
            size=asked.size,
            quantity=step.quantity,
            returned=_returned(session, step),
            value_satang=step.quantity * lot.value_satang,
            lot_id=lot.id,
            issued_by=step.taken_by,
            issued_person=step.taken_person,
            issued_at=step.taken_at,
        )
        for step, asked, lot in session.exec(question)
    ]


def lately_satang(session: Session, case_code: str) -> int:
    """What the goods are worth that a case was awarded in the last seven days, but for what was let go again."""
    awarded = (
        select(RequestStepRow.chain)
        .join(RequestRow, col(RequestRow.chain) == col(RequestStepRow.chain))
        .where(RequestRow.case_code == case_code, RequestStepRow.act == "award")
        .where(col(RequestStepRow.taken_at) > clock.now() - grants.WEEK)
    )
    counted = case((col(StepRow.act) == "reserve", 1), else_=-1)
    worth = (
        select(func.coalesce(func.sum(counted * StepRow.quantity * LotRow.value_satang), 0))
        .join(LotRow, col(LotRow.id) == col(StepRow.lot_id))
        .where(col(StepRow.request).in_(awarded), col(StepRow.act).in_(["reserve", "release"]))
    )
    return int(session.exec(worth).one())


def state_of(session: Session, chain: str) -> str:
    """Where a request stands."""
    if session.get(StopRow, chain) is not None:
        return states.STOPPED
    return _last(session, chain).next


def _returned(session: Session, step: StepRow) -> int:
    question = select(func.coalesce(func.sum(StepRow.quantity), 0)).where(
        StepRow.lot_id == step.lot_id, StepRow.of_place == step.place_id, StepRow.of_number == step.number
    )
    return int(session.exec(question).one())


def _resolve(session: Session, promise: StepRow, act: str, by: Actor, **more: Any) -> None:
    steps.take(
        session, promise.lot_id, promise.place_id, act, promise.quantity,
        partner="reserve", resolves=promise.number, request=promise.request, by=by, **more,
    )  # fmt: skip


def _end(session: Session, request_id: UUID, act: str, reason: str, by: Actor) -> RequestRow:
    if reason not in REASONS:
        raise ChoiceError()
    asked = _ready(session, request_id, act, by)
    side = states.after(state_of(session, asked.chain), act).duty
    duties.take_part(session, asked.chain, side, by=by)
    _step(session, asked, act, reason=reason, by=by)
    return asked


def _ready(session: Session, request_id: UUID, act: str, by: Actor) -> RequestRow:
    """A request on which `by` may do this now. Raises NotNowError, GrantRoleError."""
    asked = _of(session, request_id)
    roles.require(session, states.ROLES[act], who=by, district=asked.district)
    states.after(state_of(session, asked.chain), act)
    return asked


def _of(session: Session, request_id: UUID) -> RequestRow:
    """A request that nobody else touches until this unit of work ends. Raises RequestNotFoundError."""
    asked = session.get(RequestRow, request_id)
    if asked is None:
        raise RequestNotFoundError()
    turns.wait_for(session, f"chain {asked.chain}")
    return asked


def _last(session: Session, chain: str) -> RequestStepRow:
    rows = select(RequestStepRow).where(RequestStepRow.chain == chain)
    return session.exec(rows.order_by(col(RequestStepRow.number).desc()).limit(1)).one()


def _step(session: Session, asked: RequestRow, act: str, *, reason: str = "", by: Actor) -> None:
    last = None if act == "request" else _last(session, asked.chain)
    this = states.after(last.next if last else "", act)
    row = RequestStepRow(
        chain=asked.chain,
        number=last.number + 1 if last else 1,
        before=last.number if last else None,
        state=this.state,
        act=act,
        next=this.next,
        duty=this.duty.value,
        reason=reason,
        taken_by=by.name,
        taken_person=person_of(by),
        taken_at=clock.now(),
    )
    session.add(row)
    audit.record(session, by, f"goods_request.{_PAST[act]}", asked.chain)
    session.flush()


_PAST: Final = {
    "request": "made",
    "approve": "approved",
    "award": "awarded",
    "decline": "declined",
    "withdraw": "withdrawn",
    "cancel": "cancelled",
}
"""How the trail says each act."""
