"""The schematic map: a tile for each district, about where it lies, shaded by a figure.

Knows the layout from the folders of the provinces (`districts.csv`), by the districts' national codes. A district
without a tile there gets one below the others. A shade only repeats the number that stands on the tile.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

PROVINCES: Final = Path(__file__).parents[1] / "provinces"
SHADES: Final = 4
COLUMNS: Final = 6


@dataclass(frozen=True, slots=True)
class Tile:
    """A district's place on the map, and its short names."""

    district: str
    row: int
    column: int
    name_th: str
    name_en: str

    def name(self, language: str) -> str:
        """Its name in `th` or `en`."""
        return self.name_th if language == "th" else self.name_en


@dataclass(frozen=True, slots=True)
class Shade:
    """What one shade stands for: the numbers from the first to the last."""

    step: int
    first: int
    last: int


def tiles(names: Mapping[str, tuple[str, str]]) -> list[Tile]:
    """The tiles of these districts (code → Thai and English name), row by row."""
    laid = [known()[code] for code in names if code in known()]
    below = max((one.row for one in laid), default=0) + 1
    others = [code for code in names if code not in known()]
    more = [
        Tile(code, below + place // COLUMNS, 1 + place % COLUMNS, *names[code]) for place, code in enumerate(others)
    ]
    return sorted([*laid, *more], key=lambda one: (one.row, one.column))


@cache
def known() -> dict[str, Tile]:
    """Every district whose place is written down."""
    laid = [tile for path in sorted(PROVINCES.glob("*/districts.csv")) for tile in _read(path.read_text("utf-8"))]
    return {tile.district: tile for tile in laid}


def shade(number: int | None, largest: int) -> int:
    """How dark a tile is: 0 for nothing, up to `SHADES` for the largest number."""
    return -(-number * SHADES // largest) if number and largest > 0 else 0


def legend(largest: int) -> list[Shade]:
    """What the shades stand for; those that no number has are left out."""
    steps = [Shade(step, largest * (step - 1) // SHADES + 1, largest * step // SHADES) for step in range(1, SHADES + 1)]
    return [Shade(0, 0, 0), *(one for one in steps if one.first <= one.last)]


def _read(text: str) -> list[Tile]:
    rows = csv.DictReader(text.splitlines())
    return [
        Tile(row["dopa_code"], int(row["tile_row"]), int(row["tile_column"]), row["name_th"], row["name_en"])
        for row in rows
        if row.get("tile_row")
    ]
