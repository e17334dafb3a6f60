"""Requests and awards: asked for, edited, approved by one or two, awarded out of the funds that may pay, or refused.

Knows that an award is made in the act that completes the approvals, that it is a commitment of each part, and that it
waits in a queue while no fund can pay. Refuses an approval of what was edited meanwhile; what a fund has not, may not,
or has promised is refused by the books.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import clock, postings
from fund.audit import Actor
from fund.grants import payees, purposes, roles, rules, states, steps
from fund.grants.errors import ApprovalMissingError, EditedError, GrantNotFoundError, PlanError, WantedError
from fund.grants.models import (
    AwardRow,
    PayeeRow,
    PlanRow,
    StandingRow,
    TrancheRow,
    VersionRow,
    chain_of,
)
from fund.grants.purposes import PURPOSES, Allowed
from fund.grants.steps import REQUEST, Ready
from fund.people import duties, turns
from fund.people.duties import Side
from ledger import accounts, periods
from ledger.errors import NotEnoughError, PurposeNotAllowedError, UnknownFundError
from ledger.identifiers import new_id
from ledger.money import LARGEST_SATANG

MOST_PARTS: Final = 60
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """One part of what is asked for, due on a day."""

    amount_satang: int
    due_on: date


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a case manager asks for: one part is a one-off, more are tranches. Urgency 1 cannot wait, 3 can."""

    case_code: str
    district: str
    purpose: str
    payee_id: UUID
    term: str
    plan: tuple[PlannedPart, ...]
    urgency: int = 2

    def __post_init__(self) -> None:
        texts = (self.case_code, self.district, self.term)
        is_told = all(
            0 < len(text) <= limit and text.isprintable() for text, limit in zip(texts, (40, 10, 20), strict=True)
        )
        if self.purpose not in PURPOSES or self.urgency not in (1, 2, 3) or not is_told:
            raise WantedError()
        days = [part.due_on for part in self.plan]
        if not 1 <= len(self.plan) <= MOST_PARTS or days != sorted(days):
            raise PlanError()
        if any(part.amount_satang <= 0 for part in self.plan) or self.amount_satang > LARGEST_SATANG:
            raise PlanError()

    @property
    def amount_satang(self) -> int:
        """All parts together."""
        return sum(part.amount_satang for part in self.plan)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an approval came to: awarded out of these funds, waiting for money, or `missing` so many approvals."""

    funds: tuple[str, ...] = ()
    missing: int = 0

    @property
    def is_awarded(self) -> bool:
        """Whether the grant is made."""
        return bool(self.funds)


class _NoFundError(Exception):
    """No fund that may pay has enough."""


def request(session: Session, wanted: Wanted, *, stand_in: UUID | None = None, by: Actor) -> UUID:
    """Ask for a grant; its id. Raises WantedError, OwnPaymentError, GrantRoleError and what `duties.take_part` does."""
    request_id = new_id()
    chain = chain_of(request_id)
    _require_known(session, wanted)
    payees.require_not_paid(session, wanted.payee_id, by)
    roles.require(session, states.ROLES["request"], who=by, district=wanted.district)
    duties.take_part(session, chain, Side.REQUEST, case_code=wanted.case_code, stand_in=stand_in, by=by)
    asked = _write_version(session, chain, 1, wanted, by)
    steps.write(session, steps.first(chain, REQUEST, "request", wanted.district), None, by, of=asked)
    return request_id


def edit(session: Session, request_id: UUID, wanted: Wanted, *, stand_in: UUID | None = None, by: Actor) -> int:
    """Ask for something else in its place: a new version, for which nothing is approved yet. The number of it.

    Case and district stay. Raises WantedError, OwnPaymentError and NotInThisStateError.
    """
    chain = chain_of(request_id)
    step = steps.on_side(session, steps.ready(session, chain, REQUEST, "edit", by=by), stand_in, by)
    newest = newest_version(session, chain)
    if (wanted.case_code, wanted.district) != (newest.case_code, newest.district):
        raise WantedError()
    _require_known(session, wanted)
    payees.require_not_paid(session, wanted.payee_id, by)
    asked = _write_version(session, chain, newest.version + 1, wanted, by)
    steps.write(session, step, None, by, of=asked)
    return asked.version


def approve(
    session: Session,
    request_id: UUID,
    version: int,
    *,
    beside_satang: int = 0,
    stand_in: UUID | None = None,
    by: Actor,
) -> Outcome:
    """Approve the version that `by` has read; the last approval that is needed awards it, or puts it into the queue.

    `beside_satang` is what the case was given beside money in the last seven days. Raises EditedError,
    NotInThisStateError, GrantRoleError and what `duties.approve` does.
    """
    chain = chain_of(request_id)
    step = steps.ready(session, chain, REQUEST, "approve", by=by)
    asked = newest_version(session, chain)
    if asked.version != version:
        raise EditedError()
    payees.require_not_paid(session, asked.payee_id, by)
    needed = approvals_needed(session, asked, beside_satang)
    duties.approve(session, chain, version, of=needed, stand_in=stand_in, by=by)
    steps.write(session, step, None, by)
    missing = needed - len(duties.approvals(session, chain, version))
    return Outcome(missing=missing) if missing > 0 else _award(session, asked, by)


def award(
    session: Session, request_id: UUID, *, beside_satang: int = 0, stand_in: UUID | None = None, by: Actor
) -> Outcome:
    """Try again to award what waits for money. Raises ApprovalMissingError where the limit now asks for another."""
    chain = chain_of(request_id)
    steps.on_side(session, steps.ready(session, chain, REQUEST, "award", by=by), stand_in, by)
    asked = newest_version(session, chain)
    missing = approvals_needed(session, asked, beside_satang) - len(duties.approvals(session, chain, asked.version))
    if missing > 0:
        raise ApprovalMissingError(count=missing)
    return _award(session, asked, by)


def ask_back(session: Session, request_id: UUID, reason: str, *, stand_in: UUID | None = None, by: Actor) -> None:
    """Send a request back to who made it, with what is not clear; the words stay."""
    steps.take(session, chain_of(request_id), REQUEST, "ask_back", reason=reason, stand_in=stand_in, by=by)


def decline(session: Session, request_id: UUID, reason: str, *, stand_in: UUID | None = None, by: Actor) -> None:
    """Refuse a request for good, with the reason; the words stay."""
    steps.take(session, chain_of(request_id), REQUEST, "decline", reason=reason, stand_in=stand_in, by=by)


def approvals_needed(session: Session, asked: VersionRow, beside_satang: int = 0) -> int:
    """One below the limit of today, two from it on; what the same payee was awarded in seven days counts too."""
    awarded = _awarded_to_payee(session, asked.payee_id, clock.today()) + beside_satang
    return 1 if asked.amount_satang + awarded < rules.limit_satang(session, clock.today()) else 2


def awarded_to_case(session: Session, case_code: str) -> int:
    """What grants of money a case was awarded in the seven days up to today came to (satang)."""
    awarded = (
        select(func.coalesce(func.sum(VersionRow.amount_satang), 0))
        .join(
            AwardRow,
            (col(AwardRow.chain) == col(VersionRow.chain)) & (col(AwardRow.version) == col(VersionRow.version)),
        )
        .where(VersionRow.case_code == case_code, col(AwardRow.awarded_on) > clock.today() - WEEK)
    )
    return int(session.exec(awarded).one())


def newest_version(session: Session, chain: str) -> VersionRow:
    """What is asked for now. Raises GrantNotFoundError."""
    rows = select(VersionRow).where(VersionRow.chain == chain)
    row = session.exec(rows.order_by(col(VersionRow.version).desc()).limit(1)).first()
    if row is None:
        raise GrantNotFoundError()
    return row


def plan(session: Session, asked: VersionRow) -> list[PlanRow]:
    """The parts of a version, in order."""
    rows = select(PlanRow).where(PlanRow.chain == asked.chain, PlanRow.version == asked.version)
    return list(session.exec(rows.order_by(col(PlanRow.number))))


def books_of(tranche: TrancheRow) -> postings.Tranche:
    """What a tranche is to the books."""
    subject = steps.subject_of(tranche.chain, tranche.number)
    return postings.Tranche(subject, tranche.fund, tranche.purpose, tranche.scope, tranche.amount_satang)


def day_in_books(session: Session) -> date:
    """Today, or the first day that may still be booked on."""
    return max(clock.today(), periods.open_from(session))


def _require_known(session: Session, wanted: Wanted) -> None:
    """The district has a fund here, and the payee is kept."""
    districts = {fund.code for fund in accounts.funds(session)}
    if f"D{wanted.district}" not in districts or session.get(PayeeRow, wanted.payee_id) is None:
        raise WantedError()


def _write_version(session: Session, chain: str, version: int, wanted: Wanted, by: Actor) -> VersionRow:
    whose: dict[str, Any] = {"chain": chain, "version": version, "parts": len(wanted.plan)}
    who: dict[str, Any] = {"person": by.person_id, "made_at": clock.now()}
    asked = VersionRow(
        **whose,
        **who,
        case_code=wanted.case_code,
        district=wanted.district,
        purpose=wanted.purpose,
        amount_satang=wanted.amount_satang,
        payee_id=wanted.payee_id,
        term=wanted.term,
        urgency=wanted.urgency,
    )
    session.add(asked)
    session.flush()
    session.add_all(
        PlanRow(**whose, number=number, amount_satang=part.amount_satang, due_on=part.due_on)
        for number, part in enumerate(wanted.plan, 1)
    )
    session.flush()
    return asked


def _awarded_to_payee(session: Session, payee_id: UUID, on: date) -> int:
    """What was awarded to the same place in the seven days up to this one; others who award to it wait."""
    same_as = session.get_one(PayeeRow, payee_id).same_as
    turns.wait_for(session, f"payee {same_as.hex() if same_as else payee_id}")
    awarded = (
        select(func.coalesce(func.sum(VersionRow.amount_satang), 0))
        .join(PayeeRow, col(PayeeRow.id) == col(VersionRow.payee_id))
        .join(
            AwardRow,
            (col(AwardRow.chain) == col(VersionRow.chain)) & (col(AwardRow.version) == col(VersionRow.version)),
        )
        .where(PayeeRow.same_as == same_as, col(AwardRow.awarded_on) > on - WEEK)
    )
    return int(session.exec(awarded).one())


def _award(session: Session, asked: VersionRow, by: Actor) -> Outcome:
    """Make the grant out of the funds that can pay, or leave it in the queue."""
    standing = session.get_one(StandingRow, (asked.chain, REQUEST))
    try:
        with session.begin_nested():
            funds = _make_grant(session, asked, steps.after(standing, "award"), by)
    except _NoFundError:
        session.refresh(standing)
        if standing.state == states.ASKED:
            steps.write(session, steps.after(standing, "queue"), None, by)
        return Outcome()
    return Outcome(funds=funds)


def _make_grant(session: Session, asked: VersionRow, step: Ready, by: Actor) -> tuple[str, ...]:
    steps.write(session, step, None, by)
    session.add(AwardRow(chain=asked.chain, version=asked.version, awarded_on=clock.today()))
    session.flush()
    candidates: Sequence[Allowed] = purposes.allowed_funds(session, asked.district, asked.purpose, clock.today())
    paying = []
    for part in plan(session, asked):
        candidates = _commit_part(session, asked, part, candidates, by)
        paying.append(candidates[0].fund)
    return tuple(dict.fromkeys(paying))


def _commit_part(
    session: Session, asked: VersionRow, part: PlanRow, candidates: Sequence[Allowed], by: Actor
) -> Sequence[Allowed]:
    """Commit one part out of the first fund that can pay it; that one and those behind it.

    Funds that could not are not asked again for later parts, so that awards lock funds in one order only.
    """
    for place, allowed in enumerate(candidates):
        tranche = TrancheRow(
            chain=part.chain,
            number=part.number,
            version=part.version,
            fund=allowed.fund,
            purpose=asked.purpose,
            scope=allowed.scope,
            district=asked.district,
            amount_satang=part.amount_satang,
            due_on=part.due_on,
            payee_id=asked.payee_id,
        )
        try:
            with session.begin_nested():
                session.add(tranche)
                session.flush()
                step = steps.first(part.chain, part.number, "award", asked.district)
                award = postings.tranche_awarded(books_of(tranche), day_in_books(session))
                steps.write(session, step, award, by, of=tranche)
        except (NotEnoughError, UnknownFundError, PurposeNotAllowedError):
            continue
        return candidates[place:]
    raise _NoFundError()
