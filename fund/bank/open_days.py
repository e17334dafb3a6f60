"""The day in whose books a line counts: its own, or the first open day after a closed month.

Knows the months as they stand in this unit of work; one that closes meanwhile, the ledger refuses, and the lines are
tried again.
"""

from datetime import date, timedelta

from sqlmodel import Session

from ledger import periods


def closed_months(session: Session) -> frozenset[date]:
    """The first days of the months that are closed now; one question for any number of lines."""
    last_acts = {period.starts_on: period.is_closed for period in periods.periods(session)}
    return frozenset(starts_on for starts_on, is_closed in last_acts.items() if is_closed)


def open_day(day: date, closed: frozenset[date]) -> date:
    """`day`, or the first day after it whose month is not closed."""
    while day.replace(day=1) in closed:
        day = (day.replace(day=28) + timedelta(days=4)).replace(day=1)
    return day
