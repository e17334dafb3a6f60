"""Notes and coins: how many of each somebody counted, and what they make together.

Knows the baht's denominations. Refuses what is no whole number of them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fund.cash.errors import PiecesError

DENOMINATIONS: Final = (100_000, 50_000, 10_000, 5_000, 2_000, 1_000, 500, 200, 100, 50, 25)
"""Satang, the largest first: notes down to 20 baht, then coins."""

MOST: Final = 100_000
_THAI_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Pieces:
    """How many of each denomination (in satang); those of which there are none are left out."""

    counts: tuple[tuple[int, int], ...]

    @property
    def amount_satang(self) -> int:
        """What they make together."""
        return sum(satang * count for satang, count in self.counts)

    def written(self) -> str:
        """`100000x3 2000x1`: the same for the same pieces, however they were typed."""
        return " ".join(f"{satang}x{count}" for satang, count in self.counts)


def of(counts: Mapping[int, int]) -> Pieces:
    """So many of each denomination. Raises PiecesError."""
    if not set(counts) <= set(DENOMINATIONS) or any(not 0 <= count <= MOST for count in counts.values()):
        raise PiecesError()
    return Pieces(tuple((satang, counts[satang]) for satang in DENOMINATIONS if counts.get(satang)))


def read(typed: Mapping[int, str]) -> Pieces:
    """What somebody typed for each denomination; an empty field is none. Raises PiecesError."""
    told = {satang: text.strip().replace(",", "").translate(_THAI_DIGITS) for satang, text in typed.items()}
    if not all(_NUMBER.fullmatch(text) for text in told.values() if text):
        raise PiecesError()
    return of({satang: int(text) for satang, text in told.items() if text})


def parse(written: str) -> Pieces:
    """The pieces that were written down before."""
    pairs = (one.split("x") for one in written.split())
    return Pieces(tuple((int(satang), int(count)) for satang, count in pairs))
