"""School terms as the fund's profile dates them: 2569/1 begins in May, 2569/2 in November of that Buddhist year.

Knows those for which something may be asked on a day: the one that runs, and the next.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

_BUDDHIST = 543


@dataclass(frozen=True, slots=True)
class Term:
    """A term by its name (Buddhist year, slash, number) and the day on which it begins."""

    name: str
    begins_on: date


def running(starts: Sequence[str], day: date) -> Term:
    """The term of a day; holidays belong to the term before them."""
    return [term for term in _around(starts, day) if term.begins_on <= day][-1]


def to_ask_for(starts: Sequence[str], day: date) -> list[Term]:
    """The term of this day and the one after it."""
    after = next(term for term in _around(starts, day) if term.begins_on > day)
    return [running(starts, day), after]


def _around(starts: Sequence[str], day: date) -> list[Term]:
    """The terms of last year, this year and the next, in order."""
    in_order = sorted(starts)
    return [
        Term(f"{year + _BUDDHIST}/{number}", date(year, *map(int, start.split("-"))))
        for year in (day.year - 1, day.year, day.year + 1)
        for number, start in enumerate(in_order, 1)
    ]
