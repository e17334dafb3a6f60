"""Gifts that carry no reference (tag 29): found by account, amount and moment, or left to a person.

Knows that a line and a pledge belong together only where neither could belong to another; that among pledges of equal
effect (one campaign, nobody named, no receipt wanted) the order does not matter; and that the bank's clock and ours
differ a little. Refuses to choose between what is not equal.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from fund.bank import reasons
from fund.bank.matching import Candidate, Match, Rival, Waits
from fund.bank.reasons import Reason
from fund.donations.queries import PledgeView
from ledger.money import format_plain_baht

PAID_WITHIN: Final = timedelta(hours=1)
CLOCKS_DIFFER: Final = timedelta(minutes=2)  # some files tell no seconds
MOST_CANDIDATES: Final = 5

Place = tuple[str, int]
"""An account and an amount in satang."""


@dataclass(frozen=True, slots=True)
class Gift:
    """A line without a reference; `number` is the caller's, None for one that is only a rival."""

    number: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class _Cluster:
    """Lines and pledges of one account and amount that could belong together, first to last.

    `reach` is, for each gift, the first and the last but one of the pledges that it could be.
    """

    gifts: list[Gift]
    reach: list[tuple[int, int]]
    pledges: Sequence[PledgeView]


def find(
    gifts: Mapping[Place, Sequence[Gift]],
    rivals: Sequence[Rival],
    pledges: Sequence[PledgeView],
    homes: Mapping[UUID, Collection[str]],
) -> dict[int, Match | Waits]:
    """What each numbered gift is; those for which no pledge is open in time are left out. Sorts, then goes once."""
    open_ones: dict[Place, list[PledgeView]] = defaultdict(list)
    for pledge in sorted(pledges, key=lambda one: one.made_at):
        for account in homes.get(pledge.campaign_id, ()):
            open_ones[account, pledge.amount_satang].append(pledge)
    others: dict[Place, list[Gift]] = defaultdict(list)
    for rival in rivals:
        others[rival.account, rival.amount_satang].append(Gift(None, rival.at))
    found: dict[int, Match | Waits] = {}
    for place in gifts.keys() & open_ones.keys():
        for cluster in _clusters([*gifts[place], *others[place]], open_ones[place]):
            found.update(_decide(cluster))
    return found


def _clusters(gifts: Sequence[Gift], pledges: Sequence[PledgeView]) -> Iterator[_Cluster]:
    """Cut where no gift before could be a pledge behind: all windows are equally long, so one pass will do."""
    made = [pledge.made_at for pledge in pledges]
    together: list[Gift] = []
    reach: list[tuple[int, int]] = []
    for gift in sorted(gifts, key=lambda one: one.at):
        low, high = bisect_left(made, gift.at - PAID_WITHIN), bisect_right(made, gift.at + CLOCKS_DIFFER)
        if low == high:
            continue
        if reach and low >= reach[-1][1]:
            yield _Cluster(together, reach, pledges)
            together, reach = [], []
        together.append(gift)
        reach.append((low, high))
    if together:
        yield _Cluster(together, reach, pledges)


def _decide(cluster: _Cluster) -> Iterator[tuple[int, Match | Waits]]:
    first, last = cluster.reach[0][0], cluster.reach[-1][1]
    among = cluster.pledges[first:last]
    is_single = len(cluster.gifts) == len(among) == 1
    order = [first] if is_single else _in_order(cluster) if _are_equal(among) else None
    for place, gift in enumerate(cluster.gifts):
        if gift.number is None:
            continue
        if order is None:
            yield gift.number, _waits(cluster, place)
        else:
            yield gift.number, _match(cluster.pledges[order[place]], is_single=is_single)


def _are_equal(pledges: Sequence[PledgeView]) -> bool:
    """Whether it makes no difference to anybody which of them is paid."""
    is_nobodys = all(pledge.contact_id is None and not pledge.wants_receipt for pledge in pledges)
    return is_nobodys and len({pledge.campaign_id for pledge in pledges}) == 1


def _in_order(cluster: _Cluster) -> list[int] | None:
    """A pledge for every gift, first come first; None where there are not enough."""
    taken, following = [], 0
    for low, high in cluster.reach:
        following = max(following, low)
        if following >= high:
            return None
        taken.append(following)
        following += 1
    return taken


def _match(pledge: PledgeView, *, is_single: bool) -> Match:
    equal = () if is_single else (Reason(reasons.EQUALS, True),)
    return Match("pledge", (*_reasons(pledge), *equal), pledge.campaign_id, pledge.id)


def _waits(cluster: _Cluster, place: int) -> Waits:
    low, high = cluster.reach[place]
    nearest = cluster.pledges[max(low, high - MOST_CANDIDATES) : high]
    offered = tuple(Candidate("pledge", pledge.reference, _reasons(pledge)) for pledge in reversed(nearest))
    return Waits((Reason(reasons.RIVALS, False), Reason(reasons.NO_REFERENCE, False)), offered)


def _reasons(pledge: PledgeView) -> tuple[Reason, ...]:
    return (Reason(reasons.AMOUNT, True, format_plain_baht(pledge.amount_satang)), Reason(reasons.TIME, True))
