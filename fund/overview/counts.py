"""The last count of each period, kept so that a page waits for none: as it is shown, in tables, files and papers.

The worker counts the present periods anew every few minutes; another one is counted when it is asked for and its count
is too old by then. Whoever has just changed something may have it counted again.
"""

from datetime import timedelta
from typing import Final

import msgspec
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from fund import clock, profile
from fund.db import Database
from fund.overview import counting, periods
from fund.overview.figures import Counted
from fund.overview.models import CountRow
from fund.overview.periods import Period
from fund.settings import Settings

FRESH_FOR: Final = timedelta(minutes=15)


def of(database: Database, period: Period) -> Counted:
    """The figures of a period as they were counted last, at most a quarter of an hour ago."""
    with database.read() as session:
        row = session.get(CountRow, period.key)
        if row is not None and row.counted_at > clock.now() - FRESH_FOR:
            return msgspec.json.decode(row.content, type=Counted)
    with database.write() as session:
        return count(session, period)


def count(session: Session, period: Period) -> Counted:
    """Count a period anew, and keep that."""
    counted = counting.counted(session, period)
    content = msgspec.json.encode(counted).decode()
    kept = CountRow(period=period.key, counted_at=counted.counted_at, content=content)
    try:
        with session.begin_nested():
            session.merge(kept)
            session.flush()
    except IntegrityError:  # somebody else counted it at this moment
        pass
    return counted


def keep_fresh(database: Database, _settings: Settings) -> None:
    """The worker's turn: count the present school year, term and month."""
    with database.read() as session:
        if not profile.is_installed(session):
            return
        present = periods.present(profile.current(session), clock.today())
    for period in present:
        with database.write() as session:
            count(session, period)
