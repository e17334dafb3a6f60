"""Checkpoints and the balances of their days, counted once more from the postings themselves.

Knows what each checkpoint must say; names those that do not. Changes nothing. Looks at one account of one fund after
the other, so that what it keeps in mind does not grow with the whole book.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Final

from sqlalchemy import Connection, text

_PLACES: Final = "SELECT fund, account FROM ledger_checkpoint UNION SELECT fund, account FROM ledger_day ORDER BY 1, 2"
_CHECKPOINTS: Final = "SELECT upto, amount_satang FROM ledger_checkpoint WHERE fund = :fund AND account = :account"
_DAYS: Final = "SELECT upto, booked_on, amount_satang FROM ledger_day WHERE fund = :fund AND account = :account"
_COUNTED: Final = """
SELECT upto, booked_on, CAST(sum(amount_satang) AS bigint) FROM (
    SELECT p.booked_on, p.amount_satang, (
        SELECT min(c.upto) FROM ledger_checkpoint c
        WHERE c.fund = p.fund AND c.account = p.account AND c.upto > p.stamp) AS upto
    FROM ledger_posting p WHERE p.fund = :fund AND p.account = :account
) p
WHERE upto IS NOT NULL GROUP BY upto, booked_on
"""
"""What was booked on each day between a checkpoint and the one before it."""


def wrong(connection: Connection, settled: int) -> Iterator[str]:
    """The checkpoints, place by place, that are not the sums of their postings; none may reach beyond `settled`."""
    for fund, account in connection.execute(text(_PLACES)).all():
        yield from _wrong_at(connection, fund, account, settled)


def _wrong_at(connection: Connection, fund: str, account: str, settled: int) -> Iterator[str]:
    here = {"fund": fund, "account": account}
    stored: dict[int, int] = dict(connection.execute(text(_CHECKPOINTS), here).all())
    days, counted = _by_day(connection, _DAYS, here), _by_day(connection, _COUNTED, here)
    booked: dict[str, int] = {}
    for upto in sorted(stored.keys() | days.keys()):
        fresh = counted.get(upto, {})
        for day, amount in fresh.items():
            booked[day] = booked.get(day, 0) + amount
        if upto > settled or stored.get(upto) != sum(booked.values()):
            yield f"the checkpoint of {account} in {fund} at {upto} is not the sum of its postings"
        elif days.get(upto, {}) != _standing(booked, fresh):
            yield f"the days of the checkpoint of {account} in {fund} at {upto} are not the sums of their postings"


def _by_day(connection: Connection, query: str, here: Mapping[str, str]) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for upto, day, amount in connection.execute(text(query), here):
        found[upto][str(day)] = amount
    return found


def _standing(booked: Mapping[str, int], fresh: Mapping[str, int]) -> dict[str, int]:
    """What stood at the end of each day from the first one that a checkpoint changes."""
    in_order = sorted(booked)
    sums = accumulate(booked[day] for day in in_order)
    return {day: total for day, total in zip(in_order, sums, strict=True) if fresh and day >= min(fresh)}
