"""The assembly's report as paper: several A4 pages in Thai with English beside it, of the family of the receipts.

Knows what a report tells and how it stands on paper; the press makes the PDF. Counts nothing.
"""

from collections.abc import Mapping

from fund.overview import periods, tiles
from fund.overview.reports import BASE, COLUMNS, Told
from fund.profile import Profile
from receipts import press, sheets

Names = Mapping[str, tuple[str, str]]


def report_pdf(told: Told, fund: Profile, names: Names, *, is_demo: bool, seconds: int = 30) -> bytes:
    """The paper of a report; `names` of the districts by code, Thai and English. Raises RenderError."""
    return press.pdf("assembly", report_html(told, fund, names, is_demo=is_demo), seconds=seconds)


def report_html(told: Told, fund: Profile, names: Names, *, is_demo: bool) -> str:
    """The report before it is printed."""
    alone = {line.districts[0]: line.counts[BASE] for line in told.lines if len(line.districts) == 1}
    return sheets.html(
        "assembly",
        told=told,
        fund=fund,
        names=names,
        period=periods.named(fund, told.period),
        columns=COLUMNS,
        map=_map(names),
        alone=alone,
        largest=max((count for count in alone.values() if count), default=0),
        shade=tiles.shade,
        groups=[line for line in told.lines if len(line.districts) > 1],
        is_demo=is_demo,
    )


def _map(names: Names) -> list[list[tiles.Tile | None]]:
    """The tiles as rows of a grid; None where no district lies."""
    laid = {(one.row, one.column): one for one in tiles.tiles(names)}
    rows, columns = max((row for row, _ in laid), default=0), max((column for _, column in laid), default=0)
    return [[laid.get((row, column)) for column in range(1, columns + 1)] for row in range(1, rows + 1)]
