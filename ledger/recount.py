"""Checkpoints and the balances of their days, counted once more from the postings themselves.

Knows what each checkpoint must say; names those that do not. Changes nothing.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from sqlalchemy import Connection

Place = tuple[str, str, int]
"""A fund, an account and the mark up to which a checkpoint counts."""

_CHECKPOINTS: Final = "SELECT fund, account, upto, amount_satang FROM ledger_checkpoint"
_DAYS: Final = "SELECT fund, account, upto, booked_on, amount_satang FROM ledger_day"
_COUNTED: Final = """
SELECT fund, account, upto, booked_on, CAST(sum(amount_satang) AS bigint) FROM (
    SELECT p.fund, p.account, p.booked_on, p.amount_satang, (
        SELECT min(c.upto) FROM ledger_checkpoint c
        WHERE c.fund = p.fund AND c.account = p.account AND c.upto > p.stamp) AS upto
    FROM ledger_posting p
) p
WHERE upto IS NOT NULL GROUP BY fund, account, upto, booked_on
"""
"""What was booked on each day between a checkpoint and the one before it."""


def wrong(connection: Connection, settled: int) -> Iterator[str]:
    """The checkpoints, in log order, that are not the sums of their postings; none may reach beyond `settled`."""
    stored = {(fund, account, upto): amount for fund, account, upto, amount in connection.exec_driver_sql(_CHECKPOINTS)}
    days, counted = _by_day(connection, _DAYS), _by_day(connection, _COUNTED)
    known: dict[tuple[str, str], dict[str, int]] = defaultdict(dict)
    for place in sorted(stored.keys() | days.keys(), key=lambda place: (place[2], place)):
        fund, account, upto = place
        booked = known[fund, account]
        for day, amount in counted.get(place, {}).items():
            booked[day] = booked.get(day, 0) + amount
        if upto > settled or stored.get(place) != sum(booked.values()):
            yield f"the checkpoint of {account} in {fund} at {upto} is not the sum of its postings"
        elif days.get(place, {}) != _standing(booked, counted.get(place, {})):
            yield f"the days of the checkpoint of {account} in {fund} at {upto} are not the sums of their postings"


def _by_day(connection: Connection, query: str) -> dict[Place, dict[str, int]]:
    found: dict[Place, dict[str, int]] = defaultdict(dict)
    for fund, account, upto, day, amount in connection.exec_driver_sql(query):
        found[fund, account, upto][str(day)] = amount
    return found


def _standing(booked: Mapping[str, int], fresh: Mapping[str, int]) -> dict[str, int]:
    """What stood at the end of each day from the first one that a checkpoint changes."""
    in_order = sorted(booked)
    sums = accumulate(booked[day] for day in in_order)
    return {day: total for day, total in zip(in_order, sums, strict=True) if fresh and day >= min(fresh)}
