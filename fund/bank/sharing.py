"""Whose money it is that moves between our own accounts: each fund its share, to the satang.

Knows proportions and the largest remainders. Money that waits to be named stays where it is, unless there is no other.
"""

from collections.abc import Mapping
from typing import Final

from fund import postings

_ELSEWHERE: Final = postings.OPERATING_FUND


def shares(held: Mapping[str, int], amount_satang: int) -> dict[str, int]:
    """How many of the satang that leave an account are each fund's, by what it holds there; they sum to the amount.

    What the named funds do not hold is taken from the operating fund: the bank says that it has left.
    """
    named = {fund: satang for fund, satang in sorted(held.items()) if satang > 0 and fund != postings.TECHNICAL_FUND}
    total = sum(named.values())
    if total < amount_satang:
        missing = amount_satang - total
        return {**named, _ELSEWHERE: named.get(_ELSEWHERE, 0) + missing}
    return {fund: satang for fund, satang in _divided(named, amount_satang, total).items() if satang}


def _divided(held: Mapping[str, int], amount_satang: int, total: int) -> dict[str, int]:
    whole = {fund: satang * amount_satang // total for fund, satang in held.items()}
    left = amount_satang - sum(whole.values())
    by_remainder = sorted(held, key=lambda fund: (-(held[fund] * amount_satang % total), fund))
    return {fund: share + (fund in by_remainder[:left]) for fund, share in whole.items()}
