"""A paper poured into the layout of another is the paper that a layout from the start would have made."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts import layouts, press_worker, render
from receipts.queries import Receipt
from tests.receipts.builders import a_receipt

NAMES = st.sampled_from(
    ["", "ก", "บาท น้ำใจ", "คุณสมหญิง ใจดี", "Office of Five", "ปิ่น ปี่ ฝ้าย ญู ฐิ", "ท้าว " * 12, "é 王 <b>&amp;", "\u0e49\u0e34"]
)
MOMENT = datetime(2026, 11, 23, tzinfo=UTC)
GIFTS = st.builds(
    a_receipt, donor_name=NAMES, amount_satang=st.integers(1, 10**12), place_th=st.sampled_from(["", "อำเภอน้ำพอง"])
)


@pytest.fixture(scope="module")
def printers() -> Iterator[tuple[press_worker.Printer, press_worker.Printer]]:
    yield press_worker.Printer(), press_worker.Printer()


def printed(printer: press_worker.Printer, receipt: Receipt) -> tuple[bytes, list[str]]:
    html = render.receipt_html(receipt, "https://fund.example", is_demo=True)
    return printer.print("receipt", html, render.attached_facts(receipt), MOMENT)


def differing(quick: press_worker.Printer, whole: press_worker.Printer, receipts: list[Receipt]) -> int:
    """How many papers are not to the byte what they are when nothing is remembered."""
    count = 0
    for receipt in receipts:
        whole._kept.forget()
        count += printed(quick, receipt) != printed(whole, receipt)
    return count


@settings(max_examples=12, deadline=None)
@given(receipts=st.lists(GIFTS, min_size=2, max_size=3))
def test_a_poured_paper_is_the_one_laid_out_whole(
    printers: tuple[press_worker.Printer, press_worker.Printer], receipts: list[Receipt]
) -> None:
    assert differing(*printers, receipts) == 0


def test_papers_alike_are_laid_out_once(printers: tuple[press_worker.Printer, press_worker.Printer]) -> None:
    quick, _ = printers
    quick._kept.forget()
    printed(quick, a_receipt())
    html = render.receipt_html(a_receipt(donor_name="ป้าน้อย", amount_satang=1234), "https://fund.example", is_demo=True)
    assert quick._kept.poured("receipt", html) is not None


def test_a_layout_that_does_not_look_whether_lines_fit_prints_wrong(
    printers: tuple[press_worker.Printer, press_worker.Printer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control."""
    printers[0]._kept.forget()
    monkeypatch.setattr(layouts, "_frame", lambda box: ())
    assert differing(*printers, [a_receipt(), a_receipt(donor_name="W" * 55)]) == 1


@pytest.mark.parametrize("name", ["ป้าน้อย", "王", "é" * 30])
def test_nothing_of_one_donor_is_in_the_paper_of_the_next(
    printers: tuple[press_worker.Printer, press_worker.Printer], name: str
) -> None:
    printed(printers[0], a_receipt(donor_name=name))
    assert differing(*printers, [a_receipt(donor_name="คุณสมหญิง")]) == 0
