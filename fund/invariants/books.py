"""What must hold inside the books: sums, checkpoints, months, and the log.

Each function's first sentence is what staff read. Those in `READ_ALL` read the whole history, row after row; the others
answer from checkpoints.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlmodel import Session

from fund import postings
from fund.invariants.asking import NotAskedError, found
from ledger import accounts, balances, leaves, log, periods, recount, trace, tracing
from ledger.money import format_baht

SEALED_WITHIN: Final = timedelta(minutes=1)

_UNFILLED: Final = (
    "SELECT e.id FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id"
    " GROUP BY e.id, e.lines HAVING COUNT(p.line) <> e.lines"
)
_UNBALANCED: Final = (
    "SELECT p.entry_id, p.fund FROM ledger_posting p JOIN ledger_account a ON a.code = p.account"
    " GROUP BY p.entry_id, p.fund, a.type = 'memorandum' HAVING SUM(p.amount_satang) <> 0"
)
_BEFORE_THE_BOOKS: Final = "SELECT e.id FROM ledger_entry e WHERE e.booked_on < :begins_on"
_MISSING_POSITION: Final = """
SELECT 0 WHERE (SELECT max(size) FROM ledger_head) > 0 AND NOT EXISTS (SELECT 1 FROM ledger_leaf WHERE position = 0)
UNION ALL
SELECT l.position + 1 FROM ledger_leaf l
WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf n WHERE n.position = l.position + 1)
  AND l.position + 1 <> coalesce((SELECT max(size) FROM ledger_head), 0)
"""
_UNSEALED: Final = """
SELECT w.kind, w.subject FROM (
    SELECT 'entry' AS kind, CAST(id AS text) AS subject, recorded_at AS made_at FROM ledger_entry
    UNION ALL SELECT 'receipt', number, issued_at FROM receipts_receipt
    UNION ALL SELECT 'void', number, voided_at FROM receipts_void
    UNION ALL SELECT 'audit', CAST(id AS text), recorded_at FROM fund_audit
) w
WHERE w.made_at < :before AND NOT EXISTS (SELECT 1 FROM ledger_leaf l WHERE l.kind = w.kind AND l.subject = w.subject)
"""


class NoLogError(NotAskedError):
    message = "This fund's log has no key yet: nothing that is booked is sealed. Run: sipbaht seal"


def books_balance_in_every_fund(session: Session) -> Iterator[str]:
    """Debits equal credits in every fund, for real and for memorandum accounts."""
    kinds = {account.code: account.type == "memorandum" for account in accounts.accounts(session)}
    sums: dict[tuple[str, bool], int] = {}
    for row in balances.trial_balance(session):
        place = (row.fund, kinds[row.account])
        sums[place] = sums.get(place, 0) + row.amount_satang
    for (fund, is_memorandum), amount_satang in sums.items():
        if amount_satang:
            yield f"{fund}{' (memorandum)' if is_memorandum else ''} · {format_baht(amount_satang)}"


def entries_are_whole(session: Session) -> Iterator[str]:
    """Every entry has as many postings as it says, and they sum to zero in each fund."""
    yield from found(session, _UNFILLED)
    yield from found(session, _UNBALANCED)


def no_fund_is_overspent(session: Session) -> Iterator[str]:
    """No fund has spent, or promised, more than it has."""
    for fund, amount_satang in balances.alarmed_funds(session):
        yield f"{fund} · {format_baht(amount_satang)}"


def kept_balances_are_the_sums_of_their_postings(session: Session) -> Iterator[str]:
    """Every balance kept to be quick, also of a day, is the sum of its postings."""
    connection = session.connection()
    yield from recount.wrong(connection, leaves.settled(connection))


def months_are_closed_in_order(session: Session) -> Iterator[str]:
    """Months are closed one after another, and nothing stands before the first that was."""
    last = {act.starts_on: act for act in periods.periods(session)}
    for before, month in pairwise(sorted(last)):
        is_next = last[before].is_closed and last[before].ends_on + timedelta(days=1) == month
        if last[month].is_closed and not is_next:
            yield f"{month:%Y-%m}"
    if last:
        yield from found(session, _BEFORE_THE_BOOKS, begins_on=min(last))


def log_positions_have_no_gap(session: Session) -> Iterator[str]:
    """The log has a leaf at every position below the size of its last signed head, and none behind it."""
    yield from found(session, _MISSING_POSITION)


def log_covers_what_is_booked(session: Session) -> Iterator[str]:
    """Whatever was booked, issued or noted more than a minute ago stands in the log, under a signed head."""
    if not log.keys(session):
        raise NoLogError()
    yield from found(session, _UNSEALED, before=datetime.now(UTC) - SEALED_WITHIN)  # by the books' own clock


def every_satang_has_its_place(session: Session) -> Iterator[str]:
    """What lies unspent on each fund's line, less what is owed, is the money that the fund has."""
    if tracing.is_behind(session):
        yield "the trace ends before the log"
        return
    for fund, has_satang in _money(session).items():
        free = sum(span.satang for span in trace.unspent(session, fund))
        traced = free - sum(span.satang for span in trace.owed(session, fund))
        if traced != has_satang:
            yield f"{fund} · {format_baht(traced)} · {format_baht(has_satang)}"


def trace_is_what_the_log_gives(session: Session) -> Iterator[str]:
    """Going through the whole log again gives every payment the same gifts."""
    yield from tracing.replay(session, no_money=postings.NO_MONEY)


def _money(session: Session) -> dict[str, int]:
    """What each fund has and owes in money, as far as the log goes."""
    end = log.head(session)
    last = log.last_entry(session, end.size - 1) if end else None
    chart = {one.code for one in accounts.accounts(session) if one.type in ("asset", "liability")}
    money: dict[str, int] = {}
    for row in balances.trial_balance(session, as_of=last) if last else ():
        if row.account in chart and row.account not in postings.NO_MONEY:
            money[row.fund] = money.get(row.fund, 0) + row.amount_satang
    return money


READ_ALL: Final = frozenset(
    {
        trace_is_what_the_log_gives,
        entries_are_whole,
        kept_balances_are_the_sums_of_their_postings,
        months_are_closed_in_order,
        log_positions_have_no_gap,
        log_covers_what_is_booked,
    }
)
