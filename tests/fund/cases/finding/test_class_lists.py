"""A class list is screened into reports: those at risk and nobody else, all of them or none."""

import io
import re
from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import openpyxl
import pytest
from sqlmodel import select

from fund import clock
from fund.cases.finding import birthdays, class_lists, queries, screening
from fund.cases.finding.errors import (
    ListTakenError,
    ListTooLongError,
    NobodyAtRiskError,
    NoColumnError,
    NoMarkError,
    RowAbsencesError,
    RowBirthError,
    RowError,
    RowIdError,
    RowIncomeError,
    RowNameError,
)
from fund.cases.finding.models import ClassListRow, ReportRow
from fund.cases.finding.screening import Choice
from fund.db import Database
from fund.people.powers import Place
from tests.fund.browsing import Browser, form_token
from tests.fund.cases.finding.builders import HERE, SCHOOL, as_one, at_work, by, found, report_ids, send

ROWS = [
    ["รายชื่อนักเรียนชั้น ป.4 โรงเรียนบ้านตัวอย่าง"],
    ["ที่", "คำนำหน้า", "ชื่อ", "สกุล", "ชื่อเล่น", "เลขประชาชน", "วันเกิด", "ขาดเรียน (วัน)", "รายได้", "เสี่ยง", "หมายเหตุ"],
    ["1", "ด.ช.", "ธนภัทร", "ศรีสุข", "ภัทร", "", "5/6/2558", "๑๒", "8,000", "", "ย้ายบ้าน"],
    ["2", "ด.ญ.", "มาลี", "แก้วมณี", "", "1103702399779", "14 ก.พ. 59", "0", "2500", "", ""],
    ["3", "ด.ช.", "สมปอง", "ทองดี", "", "", "-", "2 วัน", "-", "✓", ""],
    ["4", "ด.ญ.", "อรทัย", "คำภา", "", "", "2015-01-31", "6", "3000.01", "ไม่", ""],
    [],
    ["5", "ด.ช.", "บุญมี", "คำปัน", "", "", "", "", "", "-", ""],
]
COLUMNS = ("", "name", "name", "name", "nickname", "national_id", "birth", "absences", "income", "mark", "words")
CHOICE = Choice(COLUMNS, 2, 7, 300_000)
AT_SCHOOL = Place(HERE, SCHOOL)


def changed(row: int, column: str, cell: str) -> list[list[str]]:
    """The list with one cell written otherwise."""
    rows = [list(cells) for cells in ROWS]
    rows[row - 1][COLUMNS.index(column)] = cell
    return rows


def test_only_children_who_meet_a_mark_are_reported_in_the_list_s_own_words() -> None:
    count, told = screening.screen(ROWS, CHOICE)
    assert count == 5
    assert [(one.name, one.signs, one.words) for one in told] == [
        ("ด.ช. ธนภัทร ศรีสุข", ("absent",), "ขาดเรียน (วัน): ๑๒ · ย้ายบ้าน"),
        ("ด.ญ. มาลี แก้วมณี", ("money",), "รายได้: 2500"),
        ("ด.ช. สมปอง ทองดี", (), "เสี่ยง: ✓"),
    ]
    assert [one.birth_on for one in told] == [date(2015, 6, 5), date(2016, 2, 14), None]
    assert told[1].national_id == "1103702399779"


@pytest.mark.parametrize(
    ("column", "cell", "refusal"),
    [
        ("national_id", "1103702399778", RowIdError),
        ("birth", "31/2/2558", RowBirthError),
        ("birth", "5/6/2590", RowBirthError),
        ("birth", "เมื่อวาน", RowBirthError),
        ("absences", "หลาย", RowAbsencesError),
        ("absences", "-3", RowAbsencesError),
        ("income", "พอใช้", RowIncomeError),
        ("nickname", "a\x07b", RowError),
        ("name", "ก" * 201, RowNameError),
    ],
)
def test_one_row_that_cannot_be_read_refuses_the_list_and_is_named(
    column: str, cell: str, refusal: type[RowError]
) -> None:
    with pytest.raises(refusal) as refused:
        screening.screen(changed(6, column, cell), CHOICE)
    assert refused.value.facts == {"row": 6} and cell not in str(refused.value)


def test_a_row_below_the_list_is_no_child() -> None:
    with pytest.raises(RowNameError):
        screening.screen([*ROWS, ["รวม 5 คน"]], CHOICE)


@pytest.mark.parametrize(
    ("choice", "refusal"),
    [
        (Choice(("", "absences"), 0, 7, 0), NoColumnError),
        (Choice(("", "name"), 0, 7, 0), NoMarkError),
        (Choice(COLUMNS[:9], 2, 99, 0), NobodyAtRiskError),
    ],
)
def test_a_choice_that_finds_nobody_is_refused(choice: Choice, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        screening.screen(ROWS, choice)


def test_columns_are_guessed_from_their_headings() -> None:
    assert screening.guessed(ROWS) == (COLUMNS, 2)
    assert screening.guessed([["a", "b"]]) == screening.guessed([]) == ((), 0)


def test_no_income_at_all_is_little_income() -> None:
    assert [screening.income(text) for text in ("0", "๐.00", "12.50")] == [0, 0, 1250]


@pytest.mark.parametrize(("written", "day"), [
    ("1 มกราคม 2560", date(2017, 1, 1)), ("๕-๖-๕๘", date(2015, 6, 5)), ("1.2.15", date(2015, 2, 1)), ("–", None),
])  # fmt: skip
def test_a_birthday_is_read_as_teachers_write_it(written: str, day: date | None) -> None:
    with clock.at(datetime(2026, 11, 23, tzinfo=UTC)):
        assert birthdays.birthday(written) == day


def test_a_list_is_taken_whole_once_and_keeps_nothing_of_the_others(database: Database) -> None:
    found(database)
    with database.write() as session:
        assert class_lists.take(session, AT_SCHOOL, "P4", ROWS, CHOICE, by=by(session, "teacher")) == 3
        rows = session.exec(select(ReportRow)).all()
        assert {(row.channel, row.school, row.reported_by) for row in rows} == {("class_list", SCHOOL, "teacher")}
        told = [queries.opened(session, row.id, purpose="case_work", by=by(session)).told for row in rows]
        assert {one.grade for one in told if one} == {"P4"}
        (kept,) = session.exec(select(ClassListRow)).all()
        assert (kept.row_count, kept.report_count) == (5, 3)
    with pytest.raises(ListTakenError), database.write() as session:
        class_lists.take(session, AT_SCHOOL, "P4", ROWS, CHOICE, by=by(session, "teacher"))
    with pytest.raises(RowBirthError), database.write() as session:
        class_lists.take(session, AT_SCHOOL, "P4", changed(6, "birth", "x"), CHOICE, by=by(session, "teacher"))
    assert len(report_ids(database)) == 3


def workbook() -> bytes:
    made, content = openpyxl.Workbook(), io.BytesIO()
    sheet = made.active
    assert sheet is not None
    for row in ROWS:
        sheet.append(row)
    made.save(content)
    return content.getvalue()


def upload(client: Browser, content: bytes, name: str = "ป4.xlsx") -> Any:
    return client.post("/staff/class-lists", data={"csrf_token": form_token(client)}, files={"file": (name, content)})


def columns_of(page: str) -> dict[str, Any]:
    """What a browser would send of the page of columns untouched."""
    kept = re.search(r'name="content" value="([^"]*)"', page)
    heading = re.search(r'name="heading"[^>]* value="(\d+)"', page)
    assert kept and heading
    chosen = [re.search(r'value="(\w*)" selected', one) for one in page.split('name="column"')[1:]]
    named = [one[1] if one else "" for one in chosen]
    return {"content": unescape(kept[1]), "heading": heading[1], "column": named[: len(COLUMNS)]}


@pytest.mark.parametrize("is_workbook", [True, False])
def test_a_teacher_hands_in_a_list_looks_at_it_and_reports(
    database: Database, database_url: str, is_workbook: bool
) -> None:
    found(database)
    as_excel_saves_it = screening.written(ROWS).replace("8,000", "8000").replace(",", ";").replace("✓", "x")
    content = workbook() if is_workbook else as_excel_saves_it.encode("cp874")
    with at_work(database_url) as client:
        as_one(client, "teacher")
        page = upload(client, content)
        assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
        form = columns_of(page.text)
        assert (tuple(form["column"]), form["heading"]) == (COLUMNS, "2")
        sent = {**form, "place": f"school:{SCHOOL}", "grade": "P4", "absences": "7", "income": "3000"}
        nobody = {"absences": "99", "income": "0", "column": [*COLUMNS[:9], "", ""]}
        for wrong, status in (({"place": "district:4001"}, 400), ({"income": "much"}, 400), (nobody, 409)):
            refused = send(client, "/staff/class-lists/screen", **{**sent, **wrong})
            assert refused.status_code == status and "ธนภัทร" in refused.text
        assert report_ids(database) == []
        done = send(client, "/staff/class-lists/screen", **sent)
        assert done.headers["location"] == "/staff/class-lists?reported=3"
        assert "3 of 5 children reported" in client.get(done.headers["location"]).text
        assert send(client, "/staff/class-lists/screen", **sent).status_code == 409


def test_what_is_no_class_list_is_refused(database: Database, database_url: str) -> None:
    found(database)
    contents = {
        ("ก" * 290 + "\n").encode() * 90: 400,
        b"PK\x03\x04broken": 400,
        b"\xff\xfe\x00\x01": 400,
        b"a\n" * 300: 400,
        b"x" * (2 << 20) + b"yy": 413,
    }
    with at_work(database_url) as client:
        as_one(client, "teacher")
        for content, status in contents.items():
            answer = upload(client, content, "list.csv")
            assert (answer.status_code, 'id="file-error"' in answer.text) == (status, True), content[:9]


def test_a_list_longer_than_a_class_is_refused() -> None:
    with pytest.raises(ListTooLongError):
        screening.read(b"a,b\n" * 201)
