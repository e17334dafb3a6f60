"""Any other table, read by a mapping that a person made on its real rows and that is remembered for the account."""

import io
from collections.abc import Callable
from datetime import date, time
from pathlib import Path

import msgspec
import openpyxl
import pytest
from click.testing import CliRunner, Result

from fund import cli
from fund.bank import mappings, service
from fund.bank.errors import (
    AccountUnsaidError,
    BrokenBalanceError,
    BrokenLineError,
    FileTypeError,
    MappingError,
    OtherFormatError,
    StatementError,
    TruncatedError,
    UnknownFormatError,
)
from fund.bank.importers import mapped
from fund.bank.importers.mapped import Mapped, Mapping
from fund.bank.importers.protocol import StatementLine
from tests.fund.bank.builders import OFFICER, Fund

TABLE = """ธนาคารออมสิน,,,,
วันที่,รายการ,ถอน,ฝาก,คงเหลือ
01/11/2569 09:05,MPPSD พร้อมเพย์,,10.00,"10,010.00"
02/11/2569 10:00,MOPSW ชำระ,200.00,,"9,810.00"
02/11/2569 10:00,MPPSD พร้อมเพย์,,10.00,"9,820.00"
"""
HEADINGS = ("วันที่", "รายการ", "ถอน", "ฝาก", "คงเหลือ")
GSB = Mapping(day=1, text=(2,), went=3, came=4, balance=5, headings=HEADINGS, era=543)


def lines(content: bytes, mapping: Mapping, name: str = "x.csv") -> list[StatementLine]:
    return list(service.read_statement(content, name, mapped=[Mapped(mapping, "")]).lines)


def as_workbook(text: str) -> bytes:
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    for row in mapped.preview(text.encode()):
        workbook.worksheets[0].append(row.cells)
    workbook.save(file)
    return file.getvalue()


def test_a_person_sees_the_first_rows_with_their_numbers() -> None:
    rows = mapped.preview(TABLE.encode())
    assert (rows[1].number, rows[1].cells) == (2, list(HEADINGS))


def in_cp874(text: str) -> bytes:
    return text.encode("cp874")


@pytest.mark.parametrize("make", [str.encode, in_cp874, as_workbook])
def test_a_table_is_read_by_its_mapping_however_it_was_saved(make: Callable[[str], bytes]) -> None:
    read = lines(make(TABLE), GSB, "x")
    assert [(line.occurred_on, line.time, line.amount_satang, line.balance_satang) for line in read] == [
        (date(2026, 11, 1), time(9, 5), 1000, 1_001_000),
        (date(2026, 11, 2), time(10), -20_000, 981_000),
        (date(2026, 11, 2), time(10), 1000, 982_000),
    ]
    assert (read[0].text, read[0].line_number) == ("MPPSD พร้อมเพย์", 3)


def test_the_newest_line_may_stand_first() -> None:
    above, headings, *rows = TABLE.splitlines()
    turned = "\n".join([above, headings, *reversed(rows), ""]).encode()
    with pytest.raises(BrokenBalanceError):
        lines(turned, GSB)
    read = lines(turned, mapping_of(GSB, is_newest_first=True))
    assert [(line.position, line.line_number, line.amount_satang) for line in read] == [
        (1, 5, 1000), (2, 4, -20_000), (3, 3, 1000),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "mapping"),
    [
        ("2026-11-05", Mapping(day=1, amount=2)),
        ("05/11/26", Mapping(day=1, amount=2)),
        ("5.11.2026", Mapping(day=1, amount=2)),
        ("11/05/2026", Mapping(day=1, amount=2, order="month first")),
        ("5 Nov 2026", Mapping(day=1, amount=2)),
        ("05-พ.ย.-69", Mapping(day=1, amount=2, era=543)),
        ("5 พ.ย. 2569", Mapping(day=1, amount=2, era=543)),
    ],
)
def test_days_are_read_as_the_mapping_says(day: str, mapping: Mapping) -> None:
    (line,) = lines(f"{day},-10.00\n".encode(), mapping)
    assert (line.occurred_on, line.amount_satang) == (date(2026, 11, 5), -1000)


@pytest.mark.parametrize("day", ["05/11/2569", "05/13/2026", "วันนี้", "=TODAY()", ""])
def test_a_day_that_the_mapping_does_not_fit_is_refused(day: str) -> None:
    with pytest.raises(StatementError, match="Line 1"):
        lines(f"{day},10.00\n".encode(), Mapping(day=1, amount=2))


def test_a_footer_proves_the_end_and_is_missed_where_it_is_cut_off() -> None:
    mapping = mapping_of(GSB, footer="รวม")
    whole = (TABLE + "รวม,,200.00,20.00,\n").encode()
    assert service.read_statement(whole, "x", mapped=[Mapped(mapping, "")]).is_end_proven
    with pytest.raises(TruncatedError, match="line 5"):
        lines(TABLE.encode(), mapping)
    with pytest.raises(BrokenLineError, match="Line 7"):
        lines(whole + b"03/11/2569,,,10.00,9830.00\n", mapping)


def test_a_last_cell_that_may_be_cut_is_refused_unless_a_balance_proves_it() -> None:
    assert len(lines(TABLE.rstrip().encode(), GSB)) == 3
    with pytest.raises(TruncatedError, match="line 2"):
        lines(b"05/11/2026,10.00\n06/11/2026,100", Mapping(day=1, amount=2))


def test_other_headings_are_another_table() -> None:
    with pytest.raises(UnknownFormatError):
        lines(TABLE.replace("ถอน,ฝาก", "ฝาก,ถอน").encode(), GSB)


@pytest.mark.parametrize("mapping", [Mapping(day=0, amount=1), Mapping(day=1), Mapping(day=1, amount=2, came=3)])
def test_a_mapping_by_which_nothing_can_be_read_is_refused(mapping: Mapping) -> None:
    with pytest.raises(MappingError):
        Mapped(mapping, "")


def test_a_workbook_says_so_in_its_name_and_hides_no_formula() -> None:
    with pytest.raises(FileTypeError):
        lines(as_workbook(TABLE), GSB, "x.csv")
    with pytest.raises(StatementError, match="Line 3, column D"):
        lines(as_workbook(TABLE.replace("10.00", "=5+5", 1)), GSB, "x.xlsx")


def remember(fund: Fund, account: str, mapping: Mapping) -> None:
    with fund.database.write() as session:
        mappings.remember(session, account, mapping, by=OFFICER)


def test_a_mapping_is_remembered_for_its_account_and_the_last_one_counts(fund: Fund) -> None:
    remember(fund, "1110.01", mapping_of(GSB, era=0))
    remember(fund, "1110.01", GSB)
    assert fund.take(TABLE.encode()).new == 3
    with fund.database.read() as session:
        assert mappings.recall(session, "1110.01") == GSB
        assert mappings.recall(session, "1110.02") is None


def test_of_two_accounts_with_one_mapping_the_account_must_be_said(fund: Fund) -> None:
    remember(fund, "1110.01", GSB)
    remember(fund, "1110.02", GSB)
    with pytest.raises(AccountUnsaidError):
        fund.take(TABLE.encode())
    assert fund.take(TABLE.encode(), account="1110.02").new == 3


def test_another_mapping_of_the_same_days_is_another_format(fund: Fund) -> None:
    remember(fund, "1110.01", mapping_of(GSB, text=()))
    fund.take(TABLE.encode())
    remember(fund, "1110.01", GSB)
    with pytest.raises(OtherFormatError):
        fund.take(TABLE.encode() + b"\n")


def run(fund: Fund, url: str, *arguments: str) -> Result:
    environment = {"DATABASE_URL": url, "FILES_DIR": str(fund.folder), "SIPBAHT_ENV": "/nonexistent"}
    return CliRunner().invoke(cli.main, ["statement", *arguments], env=environment, catch_exceptions=False)


def test_the_command_previews_maps_and_remembers(fund: Fund, database_url: str, tmp_path: Path) -> None:
    file, columns = tmp_path / "gsb.csv", "headings=2,day=1,text=2,went=3,came=4,balance=5,era=543"
    file.write_text(TABLE, encoding="utf-8")
    assert "2\tวันที่\tรายการ" in run(fund, database_url, "preview", str(file)).output
    assert run(fund, database_url, "read", str(file)).exit_code == 1
    assert '"amount_satang": -20000' in run(fund, database_url, "read", str(file), "--map", columns).output
    assert run(fund, database_url, "import", str(file), "--map", columns).exit_code == 2
    told = run(fund, database_url, "import", str(file), "--map", columns, "--account", "1110.01")
    assert "0 lines known, 3 new" in told.output
    assert run(fund, database_url, "read", str(file), "--map", "day=x").exit_code == 2
    with fund.database.read() as session:
        assert mappings.recall(session, "1110.01") == GSB


def mapping_of(mapping: Mapping, **changes: object) -> Mapping:
    """The mapping with some columns said otherwise."""
    return msgspec.structs.replace(mapping, **changes)
