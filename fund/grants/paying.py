"""Tranches after the award: cancelled, held, prepared, authorised, left, come back, given up; advances of cash.

Knows that whoever takes one of these steps has taken none on another side of this grant. Refuses money of another
amount than the payment's, more than is left of an advance, and cash as a payment or a payment as cash.
"""

from uuid import UUID

from sqlmodel import Session, col, select

from fund import postings
from fund.audit import Actor
from fund.grants import steps
from fund.grants.errors import AboveRestError, GrantNotFoundError, NotInThisStateError, OtherAmountError
from fund.grants.models import PayeeRow, StandingRow, TrancheRow, VersionRow, chain_of
from fund.grants.payees import CASH
from fund.grants.service import books_of, day_in_books
from fund.postings import ADVANCES, GRANTS_PAID, Money
from ledger import balances
from ledger.journal import Entry
from ledger.money import format_baht


def hold(session: Session, request_id: UUID, number: int, reason: str, *, by: Actor) -> None:
    """Let nothing be prepared, authorised or sent for this tranche until it is released.

    What the bank was ordered to pay cannot be held.
    """
    steps.take(session, chain_of(request_id), number, "hold", reason=reason, by=by)


def hold_case(session: Session, case_code: str, reason: str, *, by: Actor) -> int:
    """Hold every tranche of a case that can be, and send its open requests back; how many.

    For a consent that was taken back, or a child who is not at school.
    """
    of_case = select(VersionRow.chain).where(VersionRow.case_code == case_code)
    standing = select(StandingRow.chain, StandingRow.number).where(col(StandingRow.chain).in_(of_case))
    found = session.exec(standing.order_by(col(StandingRow.chain), col(StandingRow.number))).all()
    return sum(_hold_if_it_can_be(session, chain, number, reason, by) for chain, number in found)


def release(
    session: Session, request_id: UUID, number: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Let a tranche that was held go on, after it was looked at; it is prepared anew."""
    steps.take(session, chain_of(request_id), number, "release", reason=reason, stand_in=stand_in, by=by)


def cancel(
    session: Session, request_id: UUID, number: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Take a promise back before it is authorised; its money is the fund's again."""
    tranche = tranche_row(session, request_id, number)
    entry = postings.tranche_cancelled(books_of(tranche), day_in_books(session))
    steps.take(session, tranche.chain, number, "cancel", entry=entry, reason=reason, stand_in=stand_in, by=by)


def prepare(session: Session, request_id: UUID, number: int, *, stand_in: UUID | None = None, by: Actor) -> None:
    """Prepare the payment of a tranche, for the first time or after it came back."""
    steps.take(session, chain_of(request_id), number, "prepare", stand_in=stand_in, by=by)


def turn_down(
    session: Session, request_id: UUID, number: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Do not authorise what was prepared: it goes back to be prepared anew."""
    steps.take(session, chain_of(request_id), number, "turn_down", reason=reason, stand_in=stand_in, by=by)


def authorise(session: Session, request_id: UUID, number: int, *, stand_in: UUID | None = None, by: Actor) -> None:
    """Order a payment that somebody else prepared: the promise becomes payable. Cash may from then on be issued."""
    tranche = tranche_row(session, request_id, number)
    act = "allow" if _is_cash(session, tranche) else "authorise"
    step = steps.ready(session, tranche.chain, number, act, by=by)
    entry = postings.payment_authorised(books_of(tranche), day_in_books(session)) if step.transition.is_booked else None
    steps.write(session, steps.on_side(session, step, stand_in, by), entry, by)


def left(
    session: Session, request_id: UUID, number: int, money: Money, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """The bank line shows that the payment has left. Raises OtherAmountError."""
    tranche = _paid_whole(session, request_id, number, money)
    entry = postings.payment_left(books_of(tranche), money)
    steps.take(session, tranche.chain, number, "leave", entry=entry, stand_in=stand_in, by=by)


def stayed(
    session: Session, request_id: UUID, number: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """What was authorised never left us: the bank refused the order, or the cash was not fetched."""
    steps.take(session, chain_of(request_id), number, "stay", reason=reason, stand_in=stand_in, by=by)


def came_back(
    session: Session,
    request_id: UUID,
    number: int,
    money: Money,
    *,
    was_unidentified: bool = False,
    stand_in: UUID | None = None,
    by: Actor,
) -> None:
    """The bank returned the payment: it is payable again. Raises OtherAmountError."""
    tranche = _paid_whole(session, request_id, number, money)
    step = steps.ready(session, tranche.chain, number, "come_back", by=by)
    if _on(session, GRANTS_PAID, tranche) < tranche.amount_satang:  # a part of it was returned by who received it
        raise OtherAmountError(expected=format_baht(_on(session, GRANTS_PAID, tranche)))
    entry = postings.payment_came_back(books_of(tranche), money, was_unidentified=was_unidentified)
    steps.write(session, steps.on_side(session, step, stand_in, by), entry, by)


def give_up(
    session: Session, request_id: UUID, number: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Do not try again to pay what came back; its money is the fund's again."""
    tranche = tranche_row(session, request_id, number)
    entry = postings.payment_given_up(books_of(tranche), day_in_books(session))
    steps.take(session, tranche.chain, number, "give_up", entry=entry, reason=reason, stand_in=stand_in, by=by)


def issue_advance(
    session: Session, request_id: UUID, number: int, money: Money, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """The bank line shows that the case manager has the cash, and owes an account of it. Raises OtherAmountError."""
    tranche = _paid_whole(session, request_id, number, money)
    entry = postings.advance_issued(books_of(tranche), money)
    steps.take(session, tranche.chain, number, "issue", entry=entry, stand_in=stand_in, by=by)


def account_for(
    session: Session, request_id: UUID, number: int, amount_satang: int, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """So much of an advance was handed over, by its papers. Raises AboveRestError."""
    tranche = tranche_row(session, request_id, number)
    step = steps.ready(session, tranche.chain, number, "account_for", by=by)
    _require_rest(session, ADVANCES, tranche, amount_satang)
    entry = postings.advance_accounted(books_of(tranche), amount_satang, step.last, day_in_books(session))
    _settle(session, tranche, step, entry, stand_in, by)


def return_rest(
    session: Session,
    request_id: UUID,
    number: int,
    money: Money,
    *,
    was_unidentified: bool = False,
    stand_in: UUID | None = None,
    by: Actor,
) -> None:
    """The bank line shows that what was left of an advance came back. Raises AboveRestError."""
    tranche = tranche_row(session, request_id, number)
    step = steps.ready(session, tranche.chain, number, "return_rest", by=by)
    _require_rest(session, ADVANCES, tranche, money.amount_satang)
    entry = postings.advance_returned(books_of(tranche), money, was_unidentified=was_unidentified)
    _settle(session, tranche, step, entry, stand_in, by)


def return_unspent(
    session: Session,
    request_id: UUID,
    number: int,
    money: Money,
    *,
    was_unidentified: bool = False,
    stand_in: UUID | None = None,
    by: Actor,
) -> None:
    """The bank line shows that a family, school or shop sent back what was not needed. Raises AboveRestError."""
    tranche = tranche_row(session, request_id, number)
    step = steps.ready(session, tranche.chain, number, "return_unspent", by=by)
    _require_rest(session, GRANTS_PAID, tranche, money.amount_satang)
    entry = postings.unspent_returned(books_of(tranche), money, was_unidentified=was_unidentified)
    steps.write(session, steps.on_side(session, step, stand_in, by), entry, by)


def tranche_row(session: Session, request_id: UUID, number: int) -> TrancheRow:
    """One tranche. Raises GrantNotFoundError."""
    row = session.get(TrancheRow, (chain_of(request_id), number))
    if row is None:
        raise GrantNotFoundError()
    return row


def _settle(
    session: Session, tranche: TrancheRow, step: steps.Ready, entry: Entry, stand_in: UUID | None, by: Actor
) -> None:
    """Account for a part of an advance, and clear it when nothing is left of it."""
    steps.write(session, steps.on_side(session, step, stand_in, by), entry, by)
    if not _on(session, ADVANCES, tranche):
        steps.take(session, tranche.chain, tranche.number, "clear", by=by)


def _hold_if_it_can_be(session: Session, chain: str, number: int, reason: str, by: Actor) -> bool:
    try:
        steps.take(session, chain, number, "hold", reason=reason, by=by)
    except NotInThisStateError:  # nothing was written
        return False
    return True


def _is_cash(session: Session, tranche: TrancheRow) -> bool:
    return session.get_one(PayeeRow, tranche.payee_id).kind == CASH


def _paid_whole(session: Session, request_id: UUID, number: int, money: Money) -> TrancheRow:
    tranche = tranche_row(session, request_id, number)
    if money.amount_satang != tranche.amount_satang:
        raise OtherAmountError(expected=format_baht(tranche.amount_satang))
    return tranche


def _on(session: Session, account: str, tranche: TrancheRow) -> int:
    return balances.subject_balance(session, account, tranche.fund, steps.subject_of(tranche.chain, tranche.number))


def _require_rest(session: Session, account: str, tranche: TrancheRow, amount_satang: int) -> None:
    rest = _on(session, account, tranche)
    if not 0 < amount_satang <= rest:
        raise AboveRestError(rest=format_baht(rest))
