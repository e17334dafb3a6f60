"""A table to take away runs nothing in a spreadsheet, and holds every word as it was."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund import downloads
from tests import examples
from tests.web.life import Life
from tests.web.routes import STREAM, table

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
BLANK = " \u00a0\u3000\ufeff\u200b\u200e\u200f"
dangers = st.builds("{}{}{}".format, st.text(BLANK, max_size=2), st.sampled_from(DANGEROUS), st.text(max_size=8))
words = st.text(max_size=12) | dangers
rows = st.lists(st.lists(words, min_size=2, max_size=2), min_size=1, max_size=5)


def written(table: list[list[str]]) -> list[list[str]]:
    """What a spreadsheet reads out of the file that is made of a table."""
    content = downloads.csv_answer("x.csv", ["a", "b"], table).content
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))[1:]


def recovered(cell: str) -> str:
    return cell.removeprefix("'")


def is_harmless(cell: str) -> bool:
    """Whether no spreadsheet takes it for a formula; a plain number may have its sign."""
    return cell.startswith("'") or downloads._AMOUNT.fullmatch(cell) is not None or not is_dangerous(cell)


def is_dangerous(text: str) -> bool:
    return text.startswith(DANGEROUS) or text.lstrip(BLANK).startswith(tuple("=+-@＝＋－＠"))


def check_tables(most: int) -> None:
    @settings(max_examples=most, report_multiple_bugs=False)
    @given(rows)
    def each(table: list[list[str]]) -> None:
        cells = written(table)
        assert [cell for row in cells for cell in row if not is_harmless(cell)] == []
        assert [[recovered(cell) for cell in row] for row in cells] == table

    each()


def test_every_cell_is_harmless_and_can_be_had_back() -> None:
    check_tables(examples.count(500))


NEGLIGENT: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "without its sign": lambda text: text.lstrip("=+-@"),
    "marked but not by the mark it may begin with": lambda text: f"'{text}" if text.startswith(DANGEROUS) else text,
}


@pytest.mark.parametrize("defect", NEGLIGENT)
def test_a_table_that_is_written_carelessly_would_be_found(defect: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the same body over cells that are left alone, shortened, or marked so that two become one."""
    monkeypatch.setattr(downloads, "cell", NEGLIGENT[defect])
    with pytest.raises(AssertionError):
        check_tables(500)


def test_every_table_that_the_service_hands_out_is_written_here(life: Life) -> None:
    life.sign_in()
    asked = [one for one in table(life.client.app) if one.method == "GET" and not one.path.endswith(STREAM)]
    answers = {one.path: life.client.get(life.path(one)) for one in asked}
    tables = {path: answer for path, answer in answers.items() if "text/csv" in answer.headers.get("content-type", "")}
    assert "/figures.csv" in tables
    for path, answer in tables.items():
        cells = [cell for row in csv.reader(answer.content.decode("utf-8-sig").splitlines()) for cell in row]
        assert [cell for cell in cells if not is_harmless(cell)] == [], path
    writing = [str(path) for path in Path("fund").rglob("*.py") if "csv.writer" in path.read_text(encoding="utf-8")]
    ours = {"fund/bank/sample_files.py", "fund/sheets/workbook_worker.py", "fund/cases/finding/screening.py"}
    assert set(writing) <= {"fund/downloads.py", "fund/grants/files/writing.py"} | ours  # for a bank; for our readers
