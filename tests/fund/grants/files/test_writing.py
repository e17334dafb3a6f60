"""Payment files: each column where the layout says, the sums at the end, and nothing that is cut off."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.grants.files import layouts, writing
from fund.grants.files.errors import (
    AccountNotCarriedError,
    BankNotCarriedError,
    FigureNotCarriedError,
    LayoutError,
    LayoutNotFoundError,
    NameNotCarriedError,
    WayNotCarriedError,
)
from fund.grants.files.writing import Line, Order

KRUNGTHAI = layouts.layout(None, "krungthai")
TABLE = layouts.layout(None, "table")
LINE = Line(1, 200_050, "ยายมา ใจดี", "KBANK", "1234567890")


def order(*lines: Line) -> Order:
    day = date(2026, 11, 24)
    return Order("P2345678901", day, date(2026, 11, 23), "KTB", "9870001234", "กองทุน", lines or (LINE,))


def test_every_line_of_krungthai_has_498_characters_and_begins_as_the_bank_says() -> None:
    head, first, second = writing.write(KRUNGTHAI, order(LINE, replace(LINE, position=2))).decode("cp874").splitlines()
    assert {len(head), len(first), len(second)} == {498}
    assert (head[:3], first[:3], second[:3]) == ("101", "102", "102")
    assert "24112026" in first and "00000000000200050" in first and "00000000000400100" in head


def test_a_table_holds_each_payment_and_ends_with_its_count_and_sum() -> None:
    promptpay = Line(2, 10_000, "โรงเรียนบ้านดง", "PROMPTPAY", "0812345678")
    rows = writing.write(TABLE, order(LINE, promptpay)).decode("utf-8-sig").splitlines()
    assert rows[1] == "1,KBANK,1234567890,ยายมา ใจดี,2000.50,2026-11-24,P2345678901-1"
    assert rows[2].startswith("2,PROMPTPAY,0812345678,")
    assert rows[-1] == "sum,2,9870001234,กองทุน,2100.50,2026-11-24,P2345678901"


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": "ก" * 101}, NameNotCarriedError),
        ({"name": "นาง 山田"}, NameNotCarriedError),
        ({"account": "1" * 21}, AccountNotCarriedError),
        ({"bank": "NOBANK"}, BankNotCarriedError),
        ({"bank": "PROMPTPAY"}, WayNotCarriedError),
        ({"amount_satang": 10**17}, FigureNotCarriedError),
    ],
)
def test_what_the_layout_cannot_carry_is_refused_by_its_line(change: dict[str, str], refusal: type[Exception]) -> None:
    wrong = replace(replace(LINE, position=7), **change)  # type: ignore[arg-type]
    with pytest.raises(refusal, match=r"Line 7") as told:
        writing.write(KRUNGTHAI, order(LINE, wrong))
    assert wrong.name not in str(told.value) and wrong.account not in str(told.value)


def test_a_name_that_a_spreadsheet_would_run_is_refused_in_a_table() -> None:
    with pytest.raises(NameNotCarriedError):
        writing.write(TABLE, order(replace(LINE, name="=HYPERLINK(1)")))


@given(st.text(st.characters(codec="cp874", exclude_categories=["C", "Z"]), min_size=1, max_size=100))
def test_whatever_name_fits_stands_whole_in_its_place(name: str) -> None:
    row = writing.write(KRUNGTHAI, order(replace(LINE, name=name))).decode("cp874").split("\r\n")[1]
    assert len(row) == 498 and row[58:158].rstrip(" ") == name


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("length = 9", "wide, not 9"),
        ('line = [{ field = "colour", width = 498 }]', "no field colour"),
        ('line = [{ value = "102", width = 498 }]', "nothing says how much"),
        ("length = [", "Invalid"),
        ("colour = 1", "unknown field"),
    ],
)
def test_a_layout_that_contradicts_itself_is_refused_with_the_reason(tmp_path: Path, written: str, reason: str) -> None:
    told = (layouts.SHIPPED / "krungthai.toml").read_text(encoding="utf-8")
    field = written.split(" ")[0]
    if f"\n{field} = [" in told:
        head, tail = told.split(f"\n{field} = [")
        told = head + tail[tail.index("\n]\n") + 2 :]
    kept = [row for row in told.splitlines() if not row.startswith(f"{field} =")]
    (tmp_path / "own.toml").write_text("\n".join([written, *kept]), encoding="utf-8")
    with pytest.raises(LayoutError, match=reason):
        layouts.layouts(tmp_path)


def test_a_layout_of_ones_own_stands_for_the_one_of_the_same_name(tmp_path: Path) -> None:
    told = (layouts.SHIPPED / "table.toml").read_text(encoding="utf-8").replace("%Y-%m-%d", "%d/%m/%Y")
    (tmp_path / "table.toml").write_text(told + "\n", encoding="utf-8")
    own = msgspec.structs.replace(layouts.layout(tmp_path, "table"), era=543)
    assert b"24/11/2569" in writing.write(own, order())
    with pytest.raises(LayoutNotFoundError):
        layouts.layout(tmp_path, "none")
