"""The time, and the day it is in Bangkok.

Knows that books are dated by Thailand's clock (UTC+7 all year) wherever the machine stands.
"""

from datetime import UTC, date, datetime, timedelta, timezone

BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


def bangkok_day(moment: datetime) -> date:
    """The day it is in Bangkok at that moment."""
    return moment.astimezone(BANGKOK).date()


def today() -> date:
    """The day it is in Bangkok."""
    return bangkok_day(now())
