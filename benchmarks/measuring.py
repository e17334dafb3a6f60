"""How a thing is measured: beside its limit, in alternation, more than once.

Knows rates per second and ratios of neighbours. Refuses to compare what was not measured side by side: a ratio is
made from each pair of runs that followed each other, never from two bests.
"""

import gc
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

Measure = Callable[[], float]
"""Does the work once and answers how many a second."""


@dataclass(frozen=True, slots=True)
class Scale:
    """How much is measured: the full run, or a quick look."""

    is_quick: bool = False

    def of(self, full: int, quick: int) -> int:
        """One of the two counts."""
        return quick if self.is_quick else full


@dataclass(frozen=True, slots=True)
class Figure:
    """Rates of one thing and of one limit, run by run, in the same order."""

    name: str
    unit: str
    ours: tuple[float, ...]
    limit_name: str
    limits: tuple[float, ...]

    @property
    def rate(self) -> float:
        return median(self.ours)

    @property
    def limit(self) -> float:
        return median(self.limits)

    @property
    def ratios(self) -> list[float]:
        """Each run's rate over the limit's rate in the same round."""
        return [ours / limit for ours, limit in zip(self.ours, self.limits, strict=True)]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    def row(self) -> tuple[str, ...]:
        """The figure as it stands in the table."""
        spread = f"{min(self.ratios):.2f}–{max(self.ratios):.2f}"
        rate, limit = (f"{value:,.0f}" if value >= 100 else f"{value:,.1f}" for value in (self.rate, self.limit))
        return (self.name, f"{rate} {self.unit}/s", self.limit_name, f"{limit}/s", f"{self.ratio:.2f}", spread)


@dataclass(frozen=True, slots=True)
class Note:
    """Something beside the figures that is no rate, such as the memory that was needed."""

    text: str


Finding = Figure | Note


def side_by_side(
    name: str, unit: str, ours: Measure, limits: Mapping[str, Measure], *, rounds: int
) -> Iterator[Figure]:
    """Measure ours and every limit in turn, `rounds` times; one figure for each limit."""
    rates: list[float] = []
    beside: dict[str, list[float]] = {limit: [] for limit in limits}
    for number in range(1, rounds + 1):
        tell(f"{name} ({number} of {rounds})")
        rates.append(_alone(ours))
        for limit, measure in limits.items():
            beside[limit].append(_alone(measure))
    for limit in limits:
        yield Figure(name, unit, tuple(rates), limit, tuple(beside[limit]))


def rate(count: int, act: Callable[[], object]) -> float:
    """How many a second, when `act` does `count` of them."""
    begin = time.perf_counter()
    act()
    return count / (time.perf_counter() - begin)


def table(figures: Sequence[Figure]) -> str:
    """The figures in columns."""
    heading = ("figure", "rate", "limit, measured in the same run", "limit's rate", "ratio", "spread")
    rows = [heading, *(figure.row() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heading))]
    return "\n".join(_line(row, widths) for row in rows)


def tell(text: str) -> None:
    """Say on standard error what is going on."""
    sys.stderr.write(f"  {text}\n")
    sys.stderr.flush()


def _alone(measure: Measure) -> float:
    """Measure without paying for what others left behind."""
    gc.collect()
    return measure()


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    """Words to the left, figures to the right."""
    cells = zip(row, widths, range(len(row)), strict=True)
    return "  ".join(cell.ljust(width) if column in (0, 2) else cell.rjust(width) for cell, width, column in cells)
