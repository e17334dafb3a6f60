"""What must hold inside the books: sums, checkpoints, months, and the log.

Each function's first sentence is what staff read. Those in `READ_ALL` read the whole history, row after row; the others
answer from checkpoints.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

from sqlmodel import Session

from fund.invariants.asking import NotAskedError, found
from ledger import accounts, balances, log, periods
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
_FALSE_CHECKPOINT: Final = """
SELECT c.account, c.fund, c.upto FROM (
    SELECT fund, account, upto, amount_satang,
           lag(upto, 1, 0) OVER line AS since, lag(amount_satang, 1, 0) OVER line AS before_satang
    FROM ledger_checkpoint WINDOW line AS (PARTITION BY fund, account ORDER BY upto)
) c
WHERE c.amount_satang - c.before_satang <> coalesce((
    SELECT sum(p.amount_satang) FROM ledger_posting p
    WHERE p.fund = c.fund AND p.account = c.account AND p.stamp >= c.since AND p.stamp < c.upto), 0)
"""
# As the balances read them now: of each booked day the row of the last checkpoint that wrote one.
_FALSE_DAY: Final = """
SELECT t.account, t.fund, t.booked_on FROM (
    SELECT l.account, l.fund, p.booked_on,
           sum(sum(p.amount_satang)) OVER (PARTITION BY l.account, l.fund ORDER BY p.booked_on) AS amount_satang
    FROM ledger_last_checkpoint l
    JOIN ledger_posting p ON p.fund = l.fund AND p.account = l.account AND p.stamp < l.upto
    GROUP BY l.account, l.fund, p.booked_on
) t
WHERE NOT EXISTS (
    SELECT 1 FROM ledger_day d
    WHERE d.fund = t.fund AND d.account = t.account AND d.booked_on = t.booked_on AND d.amount_satang = t.amount_satang
      AND d.upto = (SELECT max(n.upto) FROM ledger_day n
                    WHERE n.fund = d.fund AND n.account = d.account AND n.booked_on = d.booked_on))
"""
# What an earlier checkpoint wrote of a day: what stood there by the one before it, and the day's share of its tail.
_FALSE_EARLIER_DAY: Final = """
SELECT d.account, d.fund, d.booked_on, d.upto FROM ledger_day d
WHERE d.amount_satang <> coalesce((
    SELECT e.amount_satang FROM ledger_day e
    WHERE e.fund = d.fund AND e.account = d.account AND e.booked_on <= d.booked_on AND e.upto < d.upto
    ORDER BY e.booked_on DESC, e.upto DESC LIMIT 1), 0) + coalesce((
    SELECT sum(p.amount_satang) FROM ledger_posting p
    WHERE p.fund = d.fund AND p.account = d.account AND p.stamp < d.upto AND p.booked_on <= d.booked_on
      AND p.stamp >= coalesce((SELECT max(c.upto) FROM ledger_checkpoint c
                               WHERE c.fund = d.fund AND c.account = d.account AND c.upto < d.upto), 0)), 0)
"""
_BEFORE_THE_BOOKS: Final = "SELECT e.id FROM ledger_entry e WHERE e.booked_on < :begins_on"
_MISSING_POSITION: Final = """
SELECT 0 WHERE (SELECT max(size) FROM ledger_head) > 0 AND NOT EXISTS (SELECT 1 FROM ledger_leaf WHERE position = 0)
UNION ALL
SELECT l.position + 1 FROM ledger_leaf l
WHERE NOT EXISTS (SELECT 1 FROM ledger_leaf n WHERE n.position = l.position + 1)
  AND l.position + 1 <> coalesce((SELECT max(size) FROM ledger_head), 0)
"""
_UNSEALED: Final = """
SELECT e.id FROM ledger_entry e
WHERE e.recorded_at < :before AND NOT EXISTS (
    SELECT 1 FROM ledger_leaf l WHERE l.kind = 'entry' AND l.subject = CAST(e.id AS text))
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


def checkpoints_are_the_sums_of_their_postings(session: Session) -> Iterator[str]:
    """Every balance kept to be quick is the one before it and the postings between them."""
    yield from found(session, _FALSE_CHECKPOINT)


def days_are_the_sums_of_their_postings(session: Session) -> Iterator[str]:
    """Every balance kept of a day is the sum of what was booked up to the end of that day."""
    yield from found(session, _FALSE_DAY)
    yield from found(session, _FALSE_EARLIER_DAY)


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
    """Whatever was booked more than a minute ago stands in the log, under a signed head."""
    if not log.keys(session):
        raise NoLogError()
    yield from found(
        session, _UNSEALED, before=datetime.now(UTC) - SEALED_WITHIN
    )  # by the clock of the books themselves


READ_ALL: Final = frozenset(
    {
        entries_are_whole,
        checkpoints_are_the_sums_of_their_postings,
        days_are_the_sums_of_their_postings,
        months_are_closed_in_order,
        log_positions_have_no_gap,
        log_covers_what_is_booked,
    }
)
