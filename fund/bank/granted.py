"""Payments of grants on bank lines: what is expected of them, and the steps that a line shows.

Knows that a person says which payment a line is, never the matcher alone, so that who reconciles is somebody else than
who asked, approved, prepared or authorised. Refuses, with the grants' verbs, everybody who did one of these.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund.audit import Actor
from fund.bank.moves import LASTS, ExpectedOut
from fund.grants import awaited, paying, steps
from fund.grants.awaited import Awaited
from fund.grants.errors import OtherAmountError
from fund.grants.models import StepRow, chain_of, id_of
from fund.postings import Money
from ledger.money import format_baht

LEFT, CAME_BACK = "payment-left", "payment-came-back"
ISSUED, RETURNED = "advance-issued", "advance-returned"
UNSPENT = "unspent-returned"
_KIND: Final = {
    awaited.LEAVE: LEFT,
    awaited.COME_BACK: CAME_BACK,
    awaited.ISSUE: ISSUED,
    awaited.RETURN_REST: RETURNED,
    awaited.RETURN_UNSPENT: UNSPENT,
}
_BACK: Final[dict[str, Any]] = {
    CAME_BACK: paying.came_back,
    RETURNED: paying.return_rest,
    UNSPENT: paying.return_unspent,
}
KINDS: Final = frozenset(_KIND.values())
_PARTS_LAST: Final = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Paid:
    """A payment that a line shows: the name of its tranche in the books, and the entry."""

    about: str
    entry_id: UUID


def expected(session: Session, amounts: Collection[int], waiting: Collection[int]) -> Iterator[ExpectedOut]:
    """What lines of these amounts (+ in) may be, for a person to say.

    What a payee may have sent back is thought of for lines that wait for a person alone (`waiting`, their amounts):
    any small gift could be a part of any payment.
    """
    returned = awaited.unspent(session, [amount for amount in waiting if amount > 0])
    for one in (*awaited.awaited(session, amounts), *returned):
        fitting = (
            [amount for amount in amounts if 0 < amount <= one.amount_satang] if one.is_at_most else [one.amount_satang]
        )
        yield from (_expected(one, amount) for amount in fitting)


def settle(session: Session, money: Money, kind: str, about: str, *, was_unidentified: bool, by: Actor) -> list[Paid]:
    """The money of a line is this payment, or the payments of this run. Raises what the grants' verbs do."""
    if about.startswith(awaited.RUN):
        whole = awaited.of_run(session, UUID(about.removeprefix(awaited.RUN)))
        if sum(satang for *_, satang in whole) != money.amount_satang:
            raise OtherAmountError(expected=format_baht(sum(satang for *_, satang in whole)))
        return [
            _left(session, request_id, number, replace(money, amount_satang=satang, version=_part(money, place)), by)
            for place, (request_id, number, satang) in enumerate(whole, 1)
        ]
    request_id, number = _tranche(about)
    if kind == LEFT:
        return [_left(session, request_id, number, money, by)]
    if kind == ISSUED:
        paying.issue_advance(session, request_id, number, money, by=by)
    else:
        _BACK[kind](session, request_id, number, money, was_unidentified=was_unidentified, by=by)
    return [_paid(session, request_id, number)]


def _left(session: Session, request_id: UUID, number: int, money: Money, by: Actor) -> Paid:
    paying.left(session, request_id, number, money, by=by)
    return _paid(session, request_id, number)


def _paid(session: Session, request_id: UUID, number: int) -> Paid:
    """The last entry of a tranche, which was booked just now."""
    chain = chain_of(request_id)
    booked = select(StepRow.entry_id).where(
        StepRow.chain == chain, StepRow.number == number, col(StepRow.entry_id).is_not(None)
    )
    entry_id = session.exec(booked.order_by(col(StepRow.step).desc()).limit(1)).one()
    assert entry_id is not None
    return Paid(steps.subject_of(chain, number), entry_id)


def _part(money: Money, place: int) -> str:
    return f"{money.version or 0}.{place}"


def _tranche(about: str) -> tuple[UUID, int]:
    chain, _, number = about.rpartition(":")
    return id_of(chain), int(number)


def _expected(one: Awaited, amount_satang: int) -> ExpectedOut:
    return ExpectedOut(
        _KIND[one.act],
        one.about,
        amount_satang,
        one.since,
        reference=one.reference,
        account=one.account,
        number=one.payee.account if one.payee else "",
        name=one.payee.name if one.payee else "",
        is_for_a_person=True,
        lasts=_PARTS_LAST if one.is_at_most else LASTS,
    )
