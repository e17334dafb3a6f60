"""What is read of a list, and what is refused in it, cell by cell."""

import io
from itertools import product
from pathlib import Path
from time import perf_counter

import openpyxl
import pytest

from fund.collections import rosters, states
from fund.collections.errors import NoRosterError, RosterTooLargeError, TooManyColumnsError, TooManyPeopleError
from fund.collections.rosters import Layout
from fund.donations.states import NotInThisStateError
from fund.sheets.errors import FormulaError, HeavyWorkbookError
from tests.fund.collections.builders import LARGEST, a_list, read

HEADINGS = "ชื่อ,ชั้น,จำนวนเงิน,ใบเสร็จ,อีเมล\n"


def workbook(*rows: list[object], merged: str = "") -> bytes:
    book, content = openpyxl.Workbook(), io.BytesIO()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    book.save(content)
    return content.getvalue()


def test_columns_are_known_by_their_headings_below_a_title() -> None:
    title = "รายชื่อผู้บริจาค ภาคเรียนที่ 2\t\t\t\n\t\t\t\n"
    roster = read(title + "ที่\tคำนำหน้า\tชื่อ - นามสกุล\tชั้น/ห้อง\tจำนวนเงิน (บาท)\n1\tเด็กชาย\tกล้า หาญ\tป.4/2\t๑๐\n")
    [one] = roster.entries
    assert (one.row, one.name, one.group, one.amount_satang) == (4, "เด็กชาย กล้า หาญ", "ป.4/2", 1_000)
    assert one.wants_receipt  # where no column says who wants one


def test_columns_without_headings_are_named_by_a_person() -> None:
    rows = rosters.rows_of(rosters.table("ป.1;ก ข;10\nป.2;ค ง;1,000.50".encode()))
    assert rosters.recognise(rows).columns == ("", "", "")
    assert [one.column for one in rosters.read(rows, rosters.recognise(rows), largest_satang=LARGEST).problems] == [
        "name",
        "amount",
    ]
    roster = rosters.read(rows, Layout(("class", "name", "amount")), largest_satang=LARGEST)
    assert (roster.problems, roster.sum_satang) == ((), 101_050)


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("ก,,10.005,,", "amount"),
        ("ก,,0,,", "amount"),
        ("ก,,-5,,", "amount"),
        ("ก,,,,", "amount"),
        ("ก,,สิบ,,", "amount"),
        ("ก,,99999999999,,", "amount"),
        (",ป.1,10,,", "name"),
        (f"{'ก' * 201},,10,,", "name"),
        ("ก\x07ข,,10,,", "name"),
        ("\u200b,,10,,", "name"),
        ("ก,,10,อาจจะ,", "receipt"),
        ("ก,,10,,nobody", "email"),
        ("รวม,,20,,", "name"),  # between the rows
    ],
)
def test_what_is_wrong_is_named_by_row_and_cell_and_nothing_is_taken_of_it(row: str, column: str) -> None:
    roster = read(f"{HEADINGS}ก,,10,,\n{row}\nข,,10,,\n")
    assert [(one.row, one.column) for one in roster.problems] == [(3, column)]
    assert len(roster.entries) == 2


def test_everything_that_is_wrong_is_told_at_once() -> None:
    roster = read(f"{HEADINGS},,x,?,@\n")
    assert [one.column for one in roster.problems] == ["name", "amount", "receipt", "email"]


@pytest.mark.parametrize("last", ["รวม,,20,,", "รวมทั้งสิ้น,,20,,", ",,20.00,,", "Total,,,,"])
def test_a_sum_below_the_list_is_recognised_and_is_nobody(last: str) -> None:
    roster = read(f"{HEADINGS}ก,,10,,\n\nข,,10,,\n{last}\n")
    assert (roster.problems, len(roster.entries), roster.sum_row) == ((), 2, 5)


def test_a_sum_that_is_not_that_of_the_rows_is_told() -> None:
    [problem] = read(f"{HEADINGS}ก,,10,,\nข,,10,,\nรวม,,30,,\n").problems
    assert (problem.row, problem.facts) == (4, {"said": "30", "counted": "20.00"})


def test_a_name_that_stands_there_twice_is_marked_and_allowed() -> None:
    roster = read(f"{HEADINGS}ก ข,ป.1,10,,\nก  ข,ป.2,10,,\nค,,10,,\n")
    assert ([one.is_twin for one in roster.entries], roster.twins, roster.problems) == ([True, True, False], 1, ())


def test_a_workbook_is_read_like_a_text_and_merged_cells_leave_those_below_empty() -> None:
    rows: list[list[object]] = [["ชื่อ", "ชั้น", "จำนวนเงิน"], ["ก", "ป.1", 10], ["ข", None, 10.5], ["ค", None, None]]
    roster = read(workbook(*rows, merged="B2:B4"))
    assert [(one.row, one.column) for one in roster.problems] == [(4, "amount")]
    read_ones = [(one.name, one.group, one.amount_satang) for one in roster.entries]
    assert read_ones == [("ก", "ป.1", 1_000), ("ข", "", 1_050)]


def test_a_formula_is_refused_with_its_cell() -> None:
    with pytest.raises(FormulaError) as refused:
        rosters.table(workbook(["ชื่อ", "จำนวนเงิน"], ["ก", "=1+9"]))
    assert refused.value.facts == {"line": 2, "column": "B"}


def test_a_list_that_is_empty_too_large_or_too_long_is_refused() -> None:
    with pytest.raises(NoRosterError):
        rosters.table(b"\n\t\n")
    with pytest.raises(RosterTooLargeError):
        rosters.table(b"x" * (rosters.MOST_BYTES + 1))
    with pytest.raises(TooManyPeopleError):
        rosters.table(b"a,1\n" * (2 * rosters.MOST_PEOPLE + 1))
    long = HEADINGS + "ก,,10,,\n" * (rosters.MOST_PEOPLE + 1)
    assert [one.facts for one in read(long).problems] == [{"most": rosters.MOST_PEOPLE}]


def test_ten_thousand_people_are_read_in_seconds() -> None:
    began = perf_counter()
    roster = read(a_list(*["10"] * rosters.MOST_PEOPLE))
    assert (len(roster.entries), roster.sum_satang) == (10_000, 10_000_000)
    assert perf_counter() - began < 20  # a second here; machines are slow at times


def test_a_last_person_of_the_class_of_all_is_no_sum() -> None:
    roster = read("ชื่อ,ชั้น,จำนวนเงิน\nก,ป.1,10\nข,รวม,10\n")
    assert ([one.name for one in roster.entries], roster.sum_row) == (["ก", "ข"], 0)


@pytest.mark.parametrize("word", ["รวมเป็นเงินทั้งสิ้น", "รวม (บาท)", "รวม 2 คน", "ยอดรวมทั้งสิ้น", "Total (THB)", "รวมเงินบริจาค"])
def test_a_sum_however_it_is_called_is_nobody(word: str) -> None:
    roster = read(f"ชื่อ,ชั้น,จำนวนเงิน\nก,ป.1,10\nข,ป.1,10\n{word},,20\n")
    assert (len(roster.entries), roster.sum_satang, roster.problems, roster.sum_row) == (2, 2_000, (), 4)


@pytest.mark.parametrize(
    "headings",
    ["ชื่อ–สกุล,ชั้น,จำนวนเงิน (บาท)", "ชื่อและนามสกุล,ชั้นปี,จำนวนเงินที่บริจาค", "ชื่อ-สกุลนักเรียน,ชั้น,จำนวนเงินบริจาค",
     "ชื่อ-นามสกุล,ระดับชั้น,ยอดเงินบริจาค (บาท)", "Name,Class,Amount (THB)", "Full name,Grade,Amount in baht"],
)  # fmt: skip
def test_headings_as_schools_write_them_are_known(headings: str) -> None:
    roster = read(f"{headings}\nก ข,ป.1,10\n")
    assert [(one.name, one.group, one.amount_satang) for one in roster.entries] == [("ก ข", "ป.1", 1_000)]


def test_of_two_columns_that_may_be_the_amount_none_is_guessed() -> None:
    [problem] = read("ชื่อ,จำนวน,จำนวนเงิน\nก,2,10\n").problems
    assert problem.column == "amount"


def test_a_small_workbook_that_becomes_a_large_list_is_refused() -> None:
    words = "".join(chr(0x0E01 + number % 40) for number in range(1_000))
    content = workbook(["ชื่อ", "บาท"], *([f"ก{number}", 10, words[number % 900 :] * 20] for number in range(400)))
    assert len(content) < rosters.MOST_BYTES
    with pytest.raises((RosterTooLargeError, HeavyWorkbookError)):
        rosters.table(content)


def test_a_list_of_a_hundred_columns_is_refused_and_empty_ones_do_not_count() -> None:
    with pytest.raises(TooManyColumnsError):
        rosters.table(b"a" + b"\tb" * 100)
    assert rosters.table(b"a\tb" + b"\t" * 100) == "a\tb"


def test_a_sum_that_no_qr_can_carry_is_told_in_the_list() -> None:
    assert [one.column for one in read(a_list(*["9999999"] * 1_001)).problems] == ["amount"]


ACTS = ("confirm", "settle", "settle in part", "expire", "withdraw", "undo", "anything else")


@pytest.mark.parametrize(("state", "act"), list(product(states.STATES, ACTS)))
def test_every_act_that_the_table_does_not_hold_is_refused(state: str, act: str) -> None:
    if (state, act) in states.TABLE:
        assert states.after(state, act) in states.STATES
    else:
        with pytest.raises(NotInThisStateError):
            states.after(state, act)


def test_the_table_of_states_stands_in_the_docs() -> None:
    told = (Path(__file__).parents[3] / "docs" / "collections.md").read_text(encoding="utf-8")
    assert all(f"| {state} | {act} | {after} |" in told for (state, act), after in states.TABLE.items())
