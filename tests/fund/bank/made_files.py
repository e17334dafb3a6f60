"""The same four lines of one account, as each bank would export them: whole files to be spoilt by tests."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time

import openpyxl

from fund.bank.importers.mapped import Mapped, Mapping
from fund.bank.importers.protocol import Importer
from fund.bank.sample_files import SampleLine, kbank_corporate_csv
from fund.sheets import tables
from ledger.money import format_baht

ACCOUNT = "1230456789"
DASHED = "123-0-45678-9"
OPENING = 1_000_000
LINES = [
    SampleLine(date(2026, 11, 2), 1000, "สมชาย", time(9, 5, 1)),
    SampleLine(date(2026, 11, 2), 110_000, "สมศรี", time(9, 5, 1)),
    SampleLine(date(2026, 11, 3), -1500, "fee", time(18)),
    SampleLine(date(2026, 11, 4), 2500, "สมชาย", time(7, 30)),
]


@dataclass(frozen=True)
class MadeFile:
    """A whole file as text, how it is stored, and what in it a test may spoil."""

    importer: str
    text: str
    encoding: str = "utf-8"
    record: str = r"[^\n]*\n"  # one line of the statement, as a pattern around an amount
    amount: str = "1,100.00"  # of the second line
    year: str = "2026"
    account: str = ACCOUNT  # as it is written, "" where the file does not say
    proves_end: bool = False
    mapped: tuple[Importer, ...] = field(default=())

    @property
    def content(self) -> bytes:
        return self.text.encode(self.encoding)

    @property
    def second(self) -> str:
        """The second line with all that belongs to it."""
        return next(found[0] for found in re.finditer(self.record, self.text) if self.amount in found[0])

    def spoilt(self, change: Callable[[str], str]) -> bytes:
        """The file with its second line changed."""
        return self.text.replace(self.second, change(self.second), 1).encode(self.encoding)


def _rows(write: Callable[[SampleLine, str, str, str], str]) -> str:
    """Each line by `write(line, out, in, balance)`; one of the two amounts is empty."""
    told, balance = [], OPENING
    for line in LINES:
        balance += line.amount_satang
        amount = format_baht(abs(line.amount_satang))
        out, came = ("", amount) if line.amount_satang > 0 else (amount, "")
        told.append(write(line, out, came, format_baht(balance)))
    return "".join(told)


def _kcyber() -> str:
    return (
        f"Transaction History\nAccount Number,{DASHED}\nStatement Period,01/11/2026 - 23/11/2026\n"
        "Date,Transaction Type,Withdrawal (THB),Deposit (THB),Outstanding Balance (THB),Service Channel,Note\n"
    ) + _rows(
        lambda line, out, came, balance: (
            f'{line.occurred_on:%d/%m/%Y} {line.time},"Transfer","{out}","{came}","{balance}","K PLUS",'
            f'"{line.detail}",\n'
        )
    )


def _scb() -> str:
    return (
        "Account Number,Date,Time,Transaction Code,Channel,Cheque Number,Debit Amount,Credit Amount,Balance Sign,"
        "Balance Amount,Description\n"
    ) + _rows(
        lambda line, out, came, balance: (
            f'{ACCOUNT},{line.occurred_on:%d/%m/%Y},{line.time:%H:%M},X1,ENET,N/A,"{out}","{came}", ,'
            f'"{balance}",{line.detail}\n'
        )
    )


def _easynet() -> str:
    return "Date\tTime\tTransaction\tChannel\tDescription\tChq No\tWithdrawal\tDeposits\tBalance\n" + _rows(
        lambda line, out, came, balance: (
            f"{line.occurred_on:%d/%m/%Y}\t{line.time:%H:%M}\tX1\tENET\t{line.detail}\t\t"
            f"{out and '-' + out}\t{came and '+' + came}\t+{balance}\n"
        )
    )


def _ktb_business() -> str:
    return "เลขที่บัญชี,วันที่ & เวลา,คำอธิบายรายการ,ถอน,ฝาก,ยอดเงินคงเหลือ\n" + _rows(
        lambda line, out, came, balance: (
            f"'{ACCOUNT},{line.occurred_on.day} พ.ย. 2569 - {line.time:%H:%M},เงินโอน (IORSDT) {line.detail},"
            f'"{out or "-"}","{came or "-"}","{balance}"\n'
        )
    )


def _cells(*cells: str) -> str:
    return "<tr>" + "".join(f"<td>\n{cell}\n</td>\n" for cell in cells) + "</tr>\n"


def _ktb_netbank() -> str:
    head = _cells("เลขที่บัญชี", DASHED, "ยอดเงินคงเหลือ", "11,120.00") + _cells("สาขา", "", "สกุลเงิน", "THB")
    head += _cells("รายการบัญชีตั้งแต่วันที่&nbsp;", "01-11-2026 ถึง  23-11-2026")
    head += _cells("วันที่", "", "รายการ", "รายละเอียด", "", "หมายเลขเช็ค", "จำนวนเงิน", "ภาษี", "ยอดเงินคงเหลือ")
    rows = _rows(
        lambda line, out, came, balance: _cells(
            f"{line.occurred_on:%d-%m-%Y} {line.time}",
            "",
            "IORSDT",
            line.detail,
            "",
            "",
            came or f"-{out}",
            "",
            balance,
        )
    )
    return f"<head></head>\n<html>\n<table>\n{head}{rows}</html>\n</table>\n"


def _mapped() -> str:
    return "วันที่,รายการ,ถอน,ฝาก,คงเหลือ\n" + _rows(
        lambda line, out, came, balance: (
            f'{line.occurred_on:%d/%m/}2569 {line.time},{line.detail},"{out}","{came}","{balance}"\n'
        )
    )


MAPPING = Mapping(
    day=1, text=(2,), went=3, came=4, balance=5, headings=("วันที่", "รายการ", "ถอน", "ฝาก", "คงเหลือ"), era=543
)
_KBANK = kbank_corporate_csv(
    ACCOUNT, LINES, opening_satang=OPENING, from_on=date(2026, 11, 1), to_on=date(2026, 11, 23)
).decode("cp874")
MADE = {
    made.importer: made
    for made in (
        MadeFile("kbank-corporate", _KBANK, "cp874", year="2569", proves_end=True),
        MadeFile("kbank-kcyber", _kcyber(), "cp874", account=DASHED),
        MadeFile("scb-business", _scb(), "cp874"),
        MadeFile("scb-easynet", _easynet(), account=""),
        MadeFile("ktb-business", _ktb_business(), "utf-8-sig", year="2569"),
        MadeFile(
            "ktb-netbank", _ktb_netbank(), account=DASHED, record=r"<tr>(?:(?!</tr>)[\s\S])*</tr>\n", proves_end=True
        ),
        MadeFile("columns", _mapped(), year="2569", account="", mapped=(Mapped(MAPPING, ""),)),
    )
}


def as_workbook(content: bytes) -> bytes:
    """A table saved as XLSX, every cell as it was typed."""
    workbook, file = openpyxl.Workbook(), io.BytesIO()
    for row in tables.rows(content):
        workbook.worksheets[0].append(row.cells)
    workbook.save(file)
    return file.getvalue()
