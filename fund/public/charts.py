"""Pictures of figures as plain geometry, which a template draws as SVG.

Knows bars, their scale and their places, in whole pixels and hundredths of a percent. Refuses floats: an amount
becomes a height by whole division, so that a picture never says more than its table.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from fund.figures.queries import MonthFlow

PLOT_PIXELS: Final = 180
TOP_PIXELS: Final = 24
SLOTS: Final = 12
_WHOLE: Final = 10_000  # hundredths of a percent


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the month chart; `x` and `width` in percent of the picture, the rest in pixels."""

    kind: str  # `in` or `out`
    x: str
    width: str
    y: int
    height: int


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across the chart and the amount it stands for."""

    y: int
    amount_satang: int


@dataclass(frozen=True, slots=True)
class MonthChart:
    """Twelve months of bars over a scale that ends at a round amount."""

    height: int
    base: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    labels: tuple[tuple[str, date], ...]  # where, and which month


def month_chart(flows: Sequence[MonthFlow], since: date) -> MonthChart:
    """The chart of a year that begins with the month of `since`; months still to come are empty."""
    largest = max((amount for flow in flows for amount in (flow.came_in_satang, flow.went_out_satang)), default=0)
    top, base = round_above(largest), TOP_PIXELS + PLOT_PIXELS
    bars = [bar for slot, flow in enumerate(flows) for bar in _bars(slot, flow, top)]
    ticks = tuple(Tick(base - PLOT_PIXELS * part // 2, top * part // 2) for part in (1, 2))
    labels = tuple(
        (_percent((2 * slot + 1) * _WHOLE // (2 * SLOTS)), _month_after(since, slot)) for slot in range(SLOTS)
    )
    return MonthChart(base + 28, base, tuple(bars), ticks, labels)


def round_above(amount_satang: int) -> int:
    """The smallest of 1, 2 or 5 times a power of ten baht that is not below the amount."""
    step = 1_000
    while True:
        for times in (1, 2, 5):
            if step * times >= amount_satang:
                return step * times
        step *= 10


def share(amount_satang: int, largest_satang: int) -> str:
    """How long a bar is for this amount, in percent of the bar for the largest."""
    return _percent(max(amount_satang, 0) * _WHOLE // largest_satang if largest_satang > 0 else 0)


def _bars(slot: int, flow: MonthFlow, top: int) -> list[Bar]:
    """Two bars side by side in the middle three quarters of their month's slot."""
    start, width = slot * _WHOLE // SLOTS, _WHOLE // SLOTS
    places = (("in", flow.came_in_satang, start + width // 8), ("out", flow.went_out_satang, start + width // 2))
    return [_bar(kind, amount, x, width * 3 // 8, top) for kind, amount, x in places if amount > 0]


def _bar(kind: str, amount_satang: int, x: int, width: int, top: int) -> Bar:
    height = max(amount_satang * PLOT_PIXELS // top, 2)  # what is there can be seen
    return Bar(kind, _percent(x), _percent(width), TOP_PIXELS + PLOT_PIXELS - height, height)


def _percent(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02d}%"


def _month_after(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    return date(day.year + years, month + 1, 1)
