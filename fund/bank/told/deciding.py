"""What staff decide about money that a bank told us of: it never came, or one line brought many of one day.

Knows who says so and why. Refuses to take back what may still come, and a line that cannot be the sum of them
or stands on an account where that bank's payments do not arrive.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col

from fund import audit, clock, postings
from fund.audit import Actor
from fund.bank import entering, reasons, saying, settling
from fund.bank.models import InboxRow, LineRow
from fund.bank.queries import InboxLine
from fund.bank.reasons import Reason
from fund.bank.told import clearing, moving, queries, states
from fund.bank.told.errors import (
    NothingConfirmedError,
    NotOpenError,
    NotThisAccountError,
    NotThisSumError,
    TooEarlyError,
    UnknownCallbackError,
)
from fund.bank.told.queries import LATE_AFTER, Callback, Sum
from fund.donations import service as donations
from ledger import book, periods
from ledger.money import format_baht

_MOST_LINES: Final = 5
_DEAREST: Final = 5  # a bank's fee is at most a fifth of what it brings: gifts are small


@dataclass(frozen=True, slots=True)
class SumLine:
    """A waiting line that may be all that a bank confirmed of one day, less this fee."""

    id: UUID
    occurred_on: date
    amount_satang: int
    fee_satang: int


def take_back(session: Session, callback_id: UUID, *, reason: str, by: Actor) -> None:
    """The money never came: the gift is reversed, its receipt voided. Raises NotOpenError, TooEarlyError."""
    words = saying.words(reason)
    callback = queries.take(session, callback_id)
    if callback is None:
        raise UnknownCallbackError()
    if callback.state != states.CONFIRMED or callback.donation_id is None:
        raise NotOpenError()
    if not callback.is_late:
        raise TooEarlyError(days=LATE_AFTER.days)
    booked_on = max(clock.today(), periods.open_from(session))
    donations.reverse(session, callback.donation_id, reason=words, booked_on=booked_on, by=by)
    moving.move_all(session, "take back", [callback_id])
    audit.record(session, by, "callback.taken_back", callback_id)
    session.flush()


def clear_sum(session: Session, line_id: UUID, bank: str, day: date, *, reason: str, by: Actor) -> int:
    """This line is all that a bank confirmed of one day, in one sum less its fee; how many gifts that were.

    Raises NothingConfirmedError, NotThisAccountError, NotThisSumError, AlreadySettledError.
    """
    words = saying.words(reason)
    queries.together(session, with_lines=False)
    some = [one for one in queries.take_confirmed(session, bank) if one.occurred_on == day]
    if not some:
        raise NothingConfirmedError()
    line = saying.take(session, line_id)
    if not clearing.Accounts(session).may_reach(bank, line.account):
        raise NotThisAccountError()
    _require_sum(some, line)
    money = entering.money(session, line, periods.open_from(session))
    theirs = clearing.confirmed_money(session, some)
    entry = postings.confirmed_cleared(money, theirs, was_unidentified=line.is_booked)
    posted = book.post(session, entry, by=by.name)
    clearing.put_on_line(session, some, line_id)
    why = (Reason(reasons.SAID, True),)
    settling.note(session, [settling.match(line_id, "named", why, posted.entry_id, words=words, by=by)])
    settling.leave_inbox(session, [line_id])
    audit.record(session, by, "line.explained_named", line_id)
    session.flush()
    return len(some)


def lines_of_sums(session: Session, sums: Sequence[Sum]) -> dict[Sum, list[SumLine]]:
    """For each sum the waiting lines, at most five, that may have brought it."""
    rows = session.execute(
        sqlalchemy.select(col(LineRow.id), col(LineRow.account), col(LineRow.occurred_on), col(LineRow.amount_satang))
        .join(InboxRow, col(InboxRow.line_id) == col(LineRow.id))
        .where(col(InboxRow.state) == "waiting", col(LineRow.amount_satang) > 0)
        .order_by(col(LineRow.id))
    ).all()
    known = clearing.Accounts(session)
    found: dict[Sum, list[SumLine]] = {}
    for one in sums:
        may_be = [
            row
            for row in rows
            if row.occurred_on >= one.day
            and known.may_reach(one.bank, row.account)
            and may_be_sum(one.amount_satang, row.amount_satang)
        ]
        found[one] = [
            SumLine(row.id, row.occurred_on, row.amount_satang, one.amount_satang - row.amount_satang)
            for row in may_be[:_MOST_LINES]
        ]
    return found


def may_be_sum(confirmed_satang: int, line_satang: int) -> bool:
    """Whether a line can be this much less a bank's fee."""
    return 0 <= confirmed_satang - line_satang <= confirmed_satang // _DEAREST


def _require_sum(some: list[Callback], line: InboxLine) -> None:
    confirmed = sum(one.amount_satang for one in some)
    is_in_time = min(one.occurred_on for one in some) <= line.occurred_on
    if not may_be_sum(confirmed, line.amount_satang) or not is_in_time:
        raise NotThisSumError(confirmed=format_baht(confirmed), line=format_baht(line.amount_satang))
