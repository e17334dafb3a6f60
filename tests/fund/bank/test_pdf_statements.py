"""What the five banks' PDFs say, and what is refused in them: whole, with page and row."""

import json
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlmodel import SQLModel

from fund.bank import service
from fund.bank.errors import (
    BrokenBalanceError,
    BrokenLineError,
    BrokenTotalError,
    MissingPartError,
    OutsidePeriodError,
    PasswordNeededError,
    StatementError,
    TwoAccountsError,
    UnknownFormatError,
    WrongEraError,
    WrongPasswordError,
)
from fund.bank.importers import pdf, registry
from fund.bank.importers.protocol import StatementLine
from fund.bank.importers.proving import StatementFile, prove
from fund.bank.service import ImportResult
from fund.db import Database
from tests import examples
from tests.fund.bank import pdf_samples
from tests.fund.bank.builders import KBANK, OFFICER, SAMPLES, TODAY, Fund
from tests.fund.bank.papers import Paper
from tests.fund.bank.pdf_samples import Entry, Print, Statement

SECOND, THIRD = date(2026, 11, 2), date(2026, 11, 3)
ENTRIES = (
    Entry(SECOND, 1_000, detail="จาก X0001 นาย ตัวอย่าง กล้าหาญ สุข", more="สำราญ++"),
    Entry(SECOND, -20_000, "ชำระเงิน", "เพื่อชำระ Ref X0002 ร้าน 5.50", time(22, 31)),
    Entry(SECOND, 1_000, "รับโอนเงิน จำนวนน้ำ", "จาก KTB X0009 นาง ปู่ญาติ ยาว", more="มาก++", is_split=True),
    Entry(THIRD, 3_968, "ดอกเบี้ยและภาษี", at=time(1, 40)),
    Entry(THIRD, 1_000, detail="จาก X0003 MR TUAYANG K", at=time(9, 5)),
)
MADE = Statement(ENTRIES, rows_a_page=3, to_on=TODAY)
TAXED = replace(MADE, entries=(*ENTRIES[:3], replace(ENTRIES[3], tax=40), ENTRIES[4]))
PRINTS: dict[str, Print] = {
    "kbank-pdf": pdf_samples.kbank,
    "krungthai-pdf": pdf_samples.krungthai,
    "bbl-pdf": pdf_samples.bbl,
    "gsb-pdf": pdf_samples.gsb,
    "baac-pdf": pdf_samples.baac,
}
BANKS = pytest.mark.parametrize("bank", PRINTS)


def read(content: bytes, name: str = "statement.pdf", password: str | None = None) -> StatementFile:
    return registry.read(content, name, today=TODAY, password=password)


@cache
def opened(bank: str, made: Statement = MADE) -> bytes:
    """The words of a paper, opened once for all tests."""
    return pdf.opened(PRINTS[bank](made).pdf())


def proved(bank: str, made: Statement = MADE) -> StatementFile:
    importer = next(one for one in registry.IMPORTERS if bank == one.NAME)
    return prove(importer, opened(bank, made), TODAY)


def lines(bank: str, made: Statement = MADE) -> list[StatementLine]:
    return list(proved(bank, made).lines)


@BANKS
def test_the_banks_papers_are_read_as_recorded(bank: str, request: pytest.FixtureRequest) -> None:
    made = TAXED if bank in ("krungthai-pdf", "gsb-pdf") else MADE
    statement = proved(bank, made)
    facts = [statement.importer, statement.account_number, str(statement.from_on), str(statement.to_on)]
    facts += [str(statement.opening_satang), str(statement.closing_satang), f"proven: {statement.is_end_proven}"]
    told = [{"payer": line.payer, "channel": line.channel} for line in statement.lines]
    whole = [" ".join(facts), *service.as_json_lines(statement), *(json.dumps(one, ensure_ascii=False) for one in told)]
    golden = SAMPLES / f"{bank.replace('-', '_')}.txt"
    if request.config.getoption("--update-golden"):
        golden.write_text("\n".join(whole) + "\n", encoding="utf-8")
    assert "\n".join(whole) + "\n" == golden.read_text(encoding="utf-8")


@BANKS
def test_every_line_says_its_page_and_row(bank: str) -> None:
    places = [line.line_number for line in lines(bank)]
    assert [place // pdf.ROWS_A_PAGE for place in places] == [1, 1, 1, 2, 2]
    assert re.fullmatch(r"\d+ \(หน้า/page 2\)", f"{places[-1]}")


@BANKS
def test_twins_stay_two(bank: str) -> None:
    twins = replace(MADE, entries=(Entry(SECOND, 1_000),) * 5)
    assert [line.amount_satang for line in lines(bank, twins)] == [1_000] * 5


@pytest.mark.parametrize("bank", ["krungthai-pdf", "gsb-pdf"])
def test_tax_taken_off_interest_is_a_line_of_its_own(bank: str) -> None:
    interest, tax = lines(bank, TAXED)[3:5]
    assert (interest.amount_satang, tax.amount_satang) == (3_968, -40)
    assert (interest.balance_satang or 0) - 40 == tax.balance_satang
    assert tax.text.endswith("ภาษี")


def test_kbank_prints_in_english_too() -> None:
    assert lines("kbank-pdf", replace(MADE, is_english=True)) == lines("kbank-pdf")


def test_a_stamp_on_the_margin_is_no_part_of_an_entry() -> None:
    made = replace(
        MADE, entries=tuple(Entry(SECOND, 1_000, detail=f"จาก X{n:04d} นาย ก") for n in range(12)), rows_a_page=12
    )
    assert [line.payer for line in lines("kbank-pdf", made)] == ["นาย ก"] * 12


def test_an_entry_goes_on_behind_the_end_of_the_page() -> None:
    split = lines("kbank-pdf")[2]
    assert (split.payer, split.line_number // pdf.ROWS_A_PAGE) == ("นาง ปู่ญาติ ยาวมาก", 1)


def test_thai_that_is_stored_in_parts_is_put_together() -> None:
    assert lines("baac-pdf")[2].text == "ATD รับโอนเงิน จำนวนน้ำ มาก++"


def test_bill_payments_tell_their_references() -> None:
    made = replace(MADE, entries=(Entry(SECOND, 1_000, detail="รหัสอ้างอิง D0000000001, KK40", more="01"),))
    assert lines("kbank-pdf", made)[0].references == ("D0000000001", "KK4001")


@BANKS
def test_a_locked_paper_opens_with_its_password_only(bank: str) -> None:
    locked = PRINTS[bank](MADE).pdf(password="19112569")
    assert list(read(locked, password="19112569").lines) == lines(bank)
    with pytest.raises(PasswordNeededError, match="locked"):
        read(locked)
    with pytest.raises(WrongPasswordError) as refused:
        read(locked, password="19112568")
    assert "19112568" not in str(refused.value)


@BANKS
def test_a_paper_is_known_as_its_own_banks_only(bank: str) -> None:
    known = [importer.NAME for importer in registry.IMPORTERS if importer.identify(opened(bank))]
    assert known == [bank]
    other = next(other for other in PRINTS if other != bank)
    with pytest.raises(UnknownFormatError):
        registry.read(PRINTS[bank](MADE).pdf(), "statement.pdf", today=TODAY, bank=other)


def test_only_baac_does_not_say_where_it_ends() -> None:
    unproven = {bank for bank in PRINTS if not proved(bank).is_end_proven}
    assert unproven == {"baac-pdf"}


Change = Callable[[Statement, Paper], None]


def _replaced(old: str, new: str, page: int = 0, which: int = 0) -> Change:
    """One text of the paper says something else."""

    def change(_: Statement, paper: Paper) -> None:
        found = [n for n, (_, _, text) in enumerate(paper.pages[page]) if old in text]
        x, y, text = paper.pages[page][found[which]]
        paper.pages[page][found[which]] = (x, y, text.replace(old, new))

    return change


def _row(paper: Paper, page: int, text: str) -> list[tuple[float, float, str]]:
    y = next(y for _, y, one in paper.pages[page] if one == text)
    return [piece for piece in paper.pages[page] if abs(piece[1] - y) < 1]


def _without(_: Statement, paper: Paper) -> None:
    """The second entry is gone."""
    for piece in _row(paper, 0, "9,810.00"):
        paper.pages[0].remove(piece)


def _twice(_: Statement, paper: Paper) -> None:
    """The second entry stands there again, a little lower."""
    paper.pages[0] += [(x, y + 4, text) for x, y, text in _row(paper, 0, "9,810.00")]


def _without_page(_: Statement, paper: Paper) -> None:
    del paper.pages[0]


def _without_last_page(_: Statement, paper: Paper) -> None:
    del paper.pages[-1]


def _of_other_account(_: Statement, paper: Paper) -> None:
    """The second page is of another account."""
    for old in (pdf_samples.DASHED, KBANK):
        paper.pages[1] = [(x, y, text.replace(old, old.replace("9", "8"))) for x, y, text in paper.pages[1]]


def _without_account(_: Statement, paper: Paper) -> None:
    for number, page in enumerate(paper.pages):
        paper.pages[number] = [piece for piece in page if KBANK not in piece[2]]


BAD: dict[str, tuple[Change, type[StatementError], str, Sequence[str]]] = {
    "an entry removed": (_without, BrokenBalanceError, r"page 1", list(PRINTS)),
    "an entry doubled": (_twice, BrokenBalanceError, r"page 1", list(PRINTS)),
    "a balance changed by a satang": (_replaced("9,810.00", "9,810.01"), BrokenBalanceError, "page 1", list(PRINTS)),
    "an amount changed by a satang": (_replaced("200.00", "200.01", 0, -1), BrokenBalanceError, "page 1", ["bbl-pdf"]),
    "the first page removed": (_without_page, BrokenTotalError, "count", ["krungthai-pdf"]),
    "the last page removed": (_without_last_page, MissingPartError, "total", ["krungthai-pdf", "gsb-pdf"]),
    "the last page of KBank's removed": (_without_last_page, BrokenTotalError, "sum|count", ["kbank-pdf"]),
    "another account on the second page": (_of_other_account, TwoAccountsError, "more than one", list(PRINTS)),
    "a Christian year of two digits": (_replaced("02/11/69", "02/11/26"), WrongEraError, "69.*", ["krungthai-pdf"]),
    "a Christian year": (_replaced("02/11/2569", "02/11/2026"), WrongEraError, "page 1.*2569", ["gsb-pdf"]),
    "a Christian year beside a time": (_replaced("02-11-2569", "02-11-2026"), WrongEraError, "2569", ["baac-pdf"]),
    "a Buddhist year of two digits": (_replaced("02-11-26", "02-11-69", 0, 1), WrongEraError, "26", ["kbank-pdf"]),
    "a Buddhist year in the period": (_replaced("/2026", "/2569"), WrongEraError, "2026", ["kbank-pdf", "bbl-pdf"]),
    "the era counted twice": (_replaced("02/11/2569", "02/11/3112"), WrongEraError, "2569", ["gsb-pdf"]),
    "a year before": (_replaced("02/11/26", "02/11/25"), OutsidePeriodError, "page 1", ["bbl-pdf"]),
    "a day that is none": (_replaced("02/11/26", "31/11/26"), BrokenLineError, "page 1", ["bbl-pdf"]),
    "an hour that is none": (_replaced("22:31", "25:31"), BrokenLineError, "page 1", ["kbank-pdf", "baac-pdf"]),
    "an amount in words": (_replaced("9,810.00", "ไม่มี"), StatementError, "page 1", list(PRINTS)),
    "a total changed": (_replaced("69.68", "69.69", 0, 1), BrokenTotalError, "in_sum", ["kbank-pdf"]),
    "a closing balance changed": (_replaced("9,869.68", "9,869.69"), BrokenTotalError, "closing", ["kbank-pdf"]),
    "a count changed": (_replaced("4 รายการ", "5 รายการ"), BrokenTotalError, "in_count", ["kbank-pdf"]),
    "a page's total changed": (_replaced("Cr. = 2", "Cr. = 3"), BrokenTotalError, "in_count", ["gsb-pdf"]),
    "no account": (_without_account, MissingPartError, "account", ["krungthai-pdf"]),
    "a wrong balance brought to the second page": (
        _replaced("9,820.00", "9,820.01", 1), BrokenBalanceError, "page 2", ["kbank-pdf", "gsb-pdf"],
    ),
    "a wrong balance carried forward": (_replaced("ยอดยกไป 9", "ยอดยกไป 8"), BrokenBalanceError, "page 1", ["gsb-pdf"]),
}  # fmt: skip
CASES = [(case, bank) for case, (_, _, _, banks) in BAD.items() for bank in banks]


@pytest.mark.parametrize(("case", "bank"), CASES)
def test_a_changed_paper_is_refused_and_the_place_is_named(case: str, bank: str) -> None:
    change, error, place, _ = BAD[case]
    paper = PRINTS[bank](MADE)
    change(MADE, paper)
    with pytest.raises(error, match=place):
        read(paper.pdf())


def test_a_locked_paper_is_taken_in_and_its_password_kept_nowhere(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    fund, secret = Fund(database, tmp_path / "files"), "canary-19112569"
    content = pdf_samples.kbank(MADE).pdf(secret)

    def take(password: str | None) -> ImportResult:
        with database.write() as session:
            return service.import_statement(
                session, fund.settings, fund.profile, content, "a.pdf", by=OFFICER, password=password
            )

    with caplog.at_level(logging.DEBUG), pytest.raises(WrongPasswordError):
        take("canary-other")
    with caplog.at_level(logging.DEBUG):
        taken = take(secret)
    assert (taken.new, taken.is_repeat, take(None).is_repeat) == (5, False, True)
    assert "canary" not in caplog.text
    with database.read() as session:
        rows = [repr(session.execute(select(table)).all()) for table in SQLModel.metadata.sorted_tables]
    assert "canary" not in "".join(rows)


@settings(max_examples=examples.count(100))
@given(st.sampled_from([bank for bank in PRINTS if bank != "baac-pdf"]), st.data())
def test_a_word_that_says_something_else_is_refused_or_changes_no_money(bank: str, data: st.DataObject) -> None:
    """BAAC prints nothing that would prove the first amount: the file before it does."""
    mark, *pages = opened(bank).splitlines()
    number = data.draw(st.integers(0, len(pages) - 1))
    page = json.loads(pages[number])
    words = [word for _, row in page for word in row]
    word = data.draw(st.sampled_from(words))
    word[1] = data.draw(st.sampled_from([*(other for _, other in words), "1.00", "02-11-26", "22:31", "ก", "-"]))
    pages[number] = json.dumps(page, ensure_ascii=False).encode()
    try:
        importer = next(one for one in registry.IMPORTERS if bank == one.NAME)
        statement = prove(importer, b"\n".join([mark, *pages, b""]), TODAY)
        moved = sum(line.amount_satang for line in statement.lines)
    except StatementError:
        return
    assert moved == sum(entry.amount for entry in ENTRIES)
