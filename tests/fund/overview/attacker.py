"""Who reads published tables and works out what was hidden: from sums, exactly and by bounds.

Knows only what stands on paper: cells that are shown, groups, totals. Every cell is a whole number from nought up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from fund.overview.suppression import Published

Cell = tuple[str, str]
"""A row (a district) and a column."""


@dataclass
class Reader:
    """The sums that were read, and between which bounds each cell lies."""

    sums: list[tuple[frozenset[Cell], int]] = field(default_factory=list)
    bounds: dict[Cell, tuple[int, int]] = field(default_factory=dict)

    def read(self, published: Published, term: str = "") -> None:
        """Take in one table: each shown number is a sum of cells, and so is each total."""
        for column, total in published.totals.items():
            cells = [frozenset((one, column + term) for one in row.members) for row in published.rows]
            for row, of in zip(published.rows, cells, strict=True):
                shown = row.counts[column]
                if shown is not None:
                    self.sums.append((of, shown))
            if total is not None:
                self.sums.append((frozenset().union(*cells), total))

    def recovered(self) -> dict[Cell, int]:
        """Every cell that can be only one number."""
        exact = solved(self.sums)
        cells = {cell for of, _ in self.sums for cell in of}
        self.bounds = {cell: (0, min(total for of, total in self.sums if cell in of)) for cell in cells}
        for _ in range(len(self.sums)):
            if not self._narrowed():
                break
        return exact | {cell: low for cell, (low, high) in self.bounds.items() if low == high}

    def _narrowed(self) -> bool:
        changed = False
        for of, total in self.sums:
            lows, highs = sum(self.bounds[one][0] for one in of), sum(self.bounds[one][1] for one in of)
            for cell in of:
                low, high = self.bounds[cell]
                new = max(low, total - (highs - high)), min(high, total - (lows - low))
                changed |= new != (low, high)
                self.bounds[cell] = new
        return changed


def solved(sums: Sequence[tuple[frozenset[Cell], int]]) -> dict[Cell, int]:
    """What the sums determine, by elimination in whole fractions."""
    pivots: dict[Cell, dict[Cell | None, Fraction]] = {}
    for of, total in sums:
        row: dict[Cell | None, Fraction] = {cell: Fraction(1) for cell in of} | {None: Fraction(total)}
        _take_out(row, pivots)
        pivot = next((cell for cell in sorted(one for one in row if one) if row[cell]), None)
        if pivot is None:
            continue
        row = {cell: value / row[pivot] for cell, value in row.items()}
        for other in pivots.values():
            _take_out(other, {pivot: row})
        pivots[pivot] = row
    return {cell: int(row.get(None, Fraction(0))) for cell, row in pivots.items() if set(_cells(row)) == {cell}}


def _take_out(row: dict[Cell | None, Fraction], pivots: Mapping[Cell, Mapping[Cell | None, Fraction]]) -> None:
    for pivot, known in pivots.items():
        times = row.get(pivot, Fraction(0))
        if times:
            for cell, value in known.items():
                row[cell] = row.get(cell, Fraction(0)) - times * value


def _cells(row: Mapping[Cell | None, Fraction]) -> Iterable[Cell]:
    return (cell for cell, value in row.items() if cell is not None and value)
