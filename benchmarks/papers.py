"""Receipts as PDF, a second: through the press with its limited child process, and through two of them at once.

The limit is WeasyPrint called bare on the same HTML and style sheet, with fonts loaded and the style sheet parsed
once: in this process, or in two processes at once. No limits on memory or files, no text layer, no accessible PDF/UA.
"""

import logging
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from itertools import count
from typing import Any, Final

from benchmarks.crowd import Turn, crowd
from benchmarks.measuring import Finding, Note, Scale, rate, side_by_side
from benchmarks.places import Places
from ledger.identifiers import new_id
from receipts import codes, fonts, kinds, press, render, sheets
from receipts.queries import Receipt
from tests.receipts.builders import some_facts

ADDRESS: Final = "https://fund.example"
_numbers = count(1)


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """The figures of printing."""
    many, rounds = scale.of(15, 3), scale.of(5, 2)
    with crowd(1, Bare) as alone:
        _rate_of_press(2, 1)  # fonts and styles are loaded with the first paper
        alone.rate("", 2)
        yield from side_by_side(
            "receipts as PDF · one at a time", "papers", partial(_rate_of_press, many, 1),
            {"WeasyPrint bare, warm": partial(alone.rate, "", many)}, rounds=rounds,
        )  # fmt: skip
    with crowd(2, Bare) as both:
        _rate_of_press(4, 2)
        both.rate("", 2)
        yield from side_by_side(
            "receipts as PDF · two at a time", "papers", partial(_rate_of_press, 2 * many, 2),
            {"WeasyPrint bare, warm, two processes": partial(both.rate, "", many)}, rounds=rounds,
        )  # fmt: skip
    pdf = _print(a_receipt())
    yield Note(f"receipts as PDF · {len(pdf):,} bytes each, {len(_html(a_receipt())):,} characters of HTML")
    press.close()


def a_receipt() -> Receipt:
    """A ten-baht gift's receipt, none like the other."""
    number = next(_numbers)
    facts = replace(some_facts(), amount_satang=1_000 + 25 * number, donor_name=f"สมหญิง ใจดี {number}")
    code = codes.new_code
    return Receipt(kinds.series_of(facts).number(number), number, code(), code(), facts, new_id(), datetime.now(UTC))


def _rate_of_press(papers: int, at_once: int) -> float:
    receipts = [a_receipt() for _ in range(papers)]
    with ThreadPoolExecutor(at_once) as pool:
        return rate(papers, lambda: list(pool.map(_print, receipts)))


def _print(receipt: Receipt) -> bytes:
    return render.receipt_pdf(receipt, address=ADDRESS, is_demo=False)


def _html(receipt: Receipt) -> str:
    return render.receipt_html(receipt, ADDRESS, is_demo=False)


class Bare:
    """WeasyPrint in a process of the crowd."""

    def __init__(self, _number: int) -> None:
        import weasyprint
        from weasyprint.text.fonts import FontConfiguration

        logging.getLogger("weasyprint").setLevel(logging.ERROR)
        self._html = weasyprint.HTML
        self._fonts = FontConfiguration()
        rules = f"{fonts.font_faces()}\n{(sheets.TEMPLATES / 'receipt.css').read_text(encoding='utf-8')}"
        self._style = weasyprint.CSS(string=rules, font_config=self._fonts)

    def __call__(self, _work: str, papers: int) -> Turn:
        return partial(self._print, [_html(a_receipt()) for _ in range(papers)])

    def _print(self, pages: Sequence[str]) -> None:
        for page in pages:
            document: Any = self._html(string=page)
            document.write_pdf(stylesheets=[self._style], font_config=self._fonts)
