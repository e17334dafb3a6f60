"""The time, and the day it is in Bangkok.

Knows that books are dated by Thailand's clock (UTC+7 all year) wherever the machine stands.
The demonstration and the tests set the clock with `at`; the service itself never does.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

BANGKOK = timezone(timedelta(hours=7), "Asia/Bangkok")

_set_to: ContextVar[datetime | None] = ContextVar("set_to", default=None)


def now() -> datetime:
    """This moment, in UTC."""
    return _set_to.get() or datetime.now(UTC)


def bangkok_day(moment: datetime) -> date:
    """The day it is in Bangkok at that moment."""
    return moment.astimezone(BANGKOK).date()


def today() -> date:
    """The day it is in Bangkok."""
    return bangkok_day(now())


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Let it be `moment` (with its time zone) for as long as the block runs, in this thread."""
    token = _set_to.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _set_to.reset(token)
