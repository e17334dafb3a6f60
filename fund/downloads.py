"""Tables to take away: CSV that Excel opens in Thai and that runs nothing.

Knows the neutralising of cells that a spreadsheet would take for a formula; amounts stay numbers.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final

from litestar import Response

_FORMULA: Final = re.compile(r"[\s\ufeff\u200b-\u200f]*[=+\-@＝＋－＠]|[\t\r\n\0']")
_AMOUNT: Final = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


def cell(text: str) -> str:
    """`text` as it may stand in a cell: what looks like a formula gets an apostrophe before it.

    So does what begins with an apostrophe: whoever takes the first one off has every text as it was.
    """
    is_formula = _FORMULA.match(text) and not _AMOUNT.fullmatch(text)
    return f"'{text}" if is_formula else text


def csv_answer(name: str, heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Response[bytes]:
    """A CSV file to save as `name`, UTF-8 with the mark that Excel needs."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerows([cell(text) for text in row] for row in (heading, *rows))
    return Response(
        written.getvalue().encode("utf-8-sig"),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
