"""What banks' files say, and what is refused in them: whole, with the place named."""

import json
import re
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

import pytest

from fund.bank import service
from fund.bank.errors import (
    BrokenBalanceError,
    BrokenEntryError,
    BrokenLineError,
    BrokenTotalError,
    BrokenXmlError,
    EmptyStatementError,
    FileTypeError,
    ForbiddenXmlError,
    FutureDateError,
    MissingPartError,
    OutsidePeriodError,
    StatementError,
    StatementTooLargeError,
    TruncatedError,
    TwoAccountsError,
    UnknownBankError,
    UnknownFormatError,
    WrongCurrencyError,
    WrongEraError,
)
from fund.bank.importers import registry
from fund.bank.importers.protocol import StatementLine
from fund.bank.importers.proving import StatementFile
from fund.bank.sample_files import SampleLine
from fund.sheets import tables as sheets
from fund.sheets.errors import MixedEncodingError, UndecodableError
from tests.fund.bank.builders import KBANK, NOON, SAMPLES, TODAY, a_camt, a_csv, a_fee, a_gift, a_payment

GOLDEN = (
    "kbank_corporate_cp874.csv",
    "selfmade_thb_camt053_v2.xml",
    "selfmade_thb_camt053_v8.xml",
    "kbank_kcyber_en.csv",
    "scb_business_cp874.csv",
    "scb_business_other_headings.csv",
    "scb_easynet_utf8.tsv.txt",
    "ktb_netbank_html.xls",
    "ktb_business_utf8sig.csv",
)
THREE = [a_gift(day=1), a_payment("D0000000001", "KK4001", amount_satang=110_000), a_fee()]


def read(content: bytes, name: str = "x") -> StatementFile:
    return service.read_statement(content, name)


def lines_of(content: bytes) -> list[StatementLine]:
    return list(read(content).lines)


@pytest.mark.parametrize("name", GOLDEN)
def test_the_banks_samples_are_read_as_recorded(name: str, request: pytest.FixtureRequest) -> None:
    statement = read((SAMPLES / name).read_bytes(), name)
    facts = {
        "importer": statement.importer,
        "account": statement.account_number,
        "from": statement.from_on.isoformat(),
        "to": statement.to_on.isoformat(),
        "opening_satang": statement.opening_satang,
        "closing_satang": statement.closing_satang,
        "is_end_proven": statement.is_end_proven,
    }
    found = "\n".join([json.dumps(facts), *service.as_json_lines(statement)]) + "\n"
    golden = (SAMPLES / name).with_suffix(".jsonl")
    if request.config.getoption("--update-golden"):
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_a_kbank_line_is_told_whole() -> None:
    line = lines_of((SAMPLES / GOLDEN[0]).read_bytes())[1]
    assert (line.position, line.line_number) == (2, 12)
    assert (line.occurred_on, line.time, line.value_on) == (date(2026, 11, 2), time(9, 5, 1), date(2026, 11, 2))
    assert (line.amount_satang, line.balance_satang) == (110_000, 1_111_000)
    assert line.references == ("D0000000001", "KK4001")
    assert (line.bank_id, line.channel) == ("K0000002", "Internet/Mobile SCB")


def test_the_two_day_columns_may_stand_in_either_order() -> None:
    text = (SAMPLES / GOLDEN[0]).read_bytes().decode("cp874")
    swapped = text.replace("วันที่ทำรายการ,", "@,").replace("วันที่รายการมีผล,", "วันที่ทำรายการ,").replace("@,", "วันที่รายการมีผล,")
    line = lines_of(swapped.encode("cp874"))[2]
    assert (line.occurred_on, line.value_on) == (date(2026, 11, 3), date(2026, 11, 2))


@pytest.mark.parametrize("encoding", ["cp874", "utf-8", "utf-8-sig"])
def test_a_file_is_decoded_whichever_way_it_was_saved(encoding: str) -> None:
    text = (SAMPLES / GOLDEN[0]).read_bytes().decode("cp874")
    assert lines_of(text.encode(encoding)) == lines_of(text.encode("cp874"))


def test_sara_am_in_two_parts_is_read_as_one_letter() -> None:
    assert sheets.fold("จํานวน นํ้า") == "จำนวน น้ำ"


@pytest.mark.parametrize("version", [2, 8])
def test_a_written_camt_is_read_back(version: int) -> None:
    lines = [SampleLine(TODAY, 1000, "ขอบคุณ", time(8, 30), bank_id="B1", references=("D123", "KK4001"), payer="นาย ก")]
    statement = read(a_camt(lines, version))
    (line,) = statement.lines
    assert (line.amount_satang, line.time, line.bank_id, line.payer) == (1000, time(8, 30), "B1", "นาย ก")
    assert (line.text, line.references) == ("ขอบคุณ", ("D123", "KK4001"))
    assert (statement.from_on, statement.to_on) == (date(2026, 11, 1), TODAY)


def test_a_batch_entry_gives_one_line_for_each_of_its_transactions() -> None:
    amount = "<AmtDtls><TxAmt><Amt Ccy='THB'>{}</Amt></TxAmt></AmtDtls>"
    part = "<TxDtls><Refs><EndToEndId>{}</EndToEndId></Refs>" + amount + "</TxDtls>"
    details = "<NtryDtls>" + part.format("R1", "4.00") + part.format("R2", "6.00") + "</NtryDtls>"
    lines = lines_of(_with_details(details))
    assert [(line.amount_satang, line.references, line.line_number) for line in lines] == [
        (400, ("R1",), 1),
        (600, ("R2",), 1),
    ]


def test_a_batch_whose_parts_do_not_make_its_sum_is_refused() -> None:
    part = "<TxDtls><Amt Ccy='THB'>4.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TxDtls>"
    with pytest.raises(BrokenEntryError, match="Line 1"):
        read(_with_details(f"<NtryDtls>{part}{part}</NtryDtls>"))


def test_a_batch_that_lacks_an_announced_transaction_is_refused() -> None:
    with pytest.raises(BrokenEntryError):
        read(_with_details("<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch><TxDtls></TxDtls></NtryDtls>"))


def test_entries_that_are_not_booked_are_left_out() -> None:
    pending = b"<Ntry><Amt Ccy='THB'>99.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>PDNG</Sts></Ntry></Stmt>"
    assert len(lines_of(a_camt(THREE).replace(b"</Stmt>", pending))) == 3


def test_statements_of_two_days_in_one_document_are_chained() -> None:
    statement = _stmt(a_camt([a_gift(day=1)]))
    after = _stmt(a_camt([a_gift(day=2)], opening_satang=5_001_000))
    whole = a_camt([a_gift(day=1)]).replace(statement, statement + after)
    assert [line.position for line in lines_of(whole)] == [1, 2]
    with pytest.raises(BrokenTotalError):
        read(whole.replace(statement + after, statement + statement))


def test_a_moment_in_another_zone_is_told_by_bangkoks_clock() -> None:
    content = a_camt([a_gift(day=2, at=time(6, 30))]).replace(b"2026-11-02T06:30:00+07:00", b"2026-11-01T23:30:00Z")
    line = lines_of(content)[0]
    assert (line.occurred_on, line.time) == (date(2026, 11, 2), time(6, 30))


def _with_details(details: str) -> bytes:
    content = a_camt([a_gift(day=2)]).decode()
    start, end = content.index("<NtryDtls>"), content.index("</NtryDtls>") + len("</NtryDtls>")
    return (content[:start] + details + content[end:]).encode()


def _stmt(content: bytes) -> bytes:
    return content[content.index(b"<Stmt>") : content.index(b"</Stmt>") + len(b"</Stmt>")]


def _csv(change: Callable[[str], str]) -> bytes:
    return change(a_csv(THREE).decode("cp874")).encode("cp874")


def _without_line(number: int) -> Callable[[str], str]:
    return lambda text: "".join(line for n, line in enumerate(text.splitlines(True), 1) if n != number)


def _with_line_twice(number: int) -> Callable[[str], str]:
    return lambda text: "".join(line * (2 if n == number else 1) for n, line in enumerate(text.splitlines(True), 1))


def _replaced(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, count)

    return change


BAD_CSV = {
    "a line removed in the middle": (_without_line(12), BrokenBalanceError, "Line 12"),
    "the first line removed": (_without_line(11), BrokenTotalError, "เข้าบัญชี"),
    "the last line removed": (_without_line(13), BrokenTotalError, "หักบัญชี"),
    "a line doubled": (_with_line_twice(12), BrokenBalanceError, "Line 13"),
    "an amount changed by a satang": (_replaced('"1,100.00"', '"1,100.01"'), BrokenBalanceError, "Line 12"),
    "a balance changed": (_replaced('"51,110.00"', '"51,111.00"'), BrokenBalanceError, "Line 12"),
    "a total changed": (_replaced("1110.00", "1110.01"), BrokenTotalError, "จำนวนเงินนำฝาก"),
    "a count changed": (_replaced("เข้าบัญชี,2", "เข้าบัญชี,3"), BrokenTotalError, "เข้าบัญชี"),
    "a count that is no number": (_replaced("เข้าบัญชี,2", "เข้าบัญชี,สอง"), BrokenLineError, "Line 7"),
    "a Christian year of four digits": (_replaced("02-พ.ย.-2569", "02-พ.ย.-2026"), WrongEraError, "2569"),
    "a Christian year of two digits": (_replaced("02-พ.ย.-2569", "02-พ.ย.-26"), WrongEraError, "Line 12.*69"),
    "the era counted twice": (_replaced("02-พ.ย.-2569", "02-พ.ย.-3112"), WrongEraError, "Line 12.*2569"),
    "a year before": (_replaced("02-พ.ย.-2569", "02-พ.ย.-2568", 2), OutsidePeriodError, "Line 12"),
    "a day that is none": (_replaced("02-พ.ย.-2569", "31-พ.ย.-2569"), BrokenLineError, "Line 12"),
    "a month that is none": (_replaced("02-พ.ย.-2569", "02-ม.ม.-2569"), BrokenLineError, "Line 12"),
    "a time that is none": (_replaced("18:00:00", "25:00:00"), BrokenLineError, "Line 13"),
    "an amount in words": (_replaced('"1,100.00"', "สิบบาท"), BrokenLineError, "Line 12"),
    "an amount with an exponent": (_replaced('"1,100.00"', "1e9"), BrokenLineError, "Line 12"),
    "a negative amount": (_replaced('"1,100.00"', '"-1,100.00"'), BrokenLineError, "Line 12"),
    "amounts in both columns": (_replaced("00000000,15.00,,", "00000000,15.00,1.00,"), BrokenLineError, "Line 13"),
    "dollars": (_replaced("สกุลเงิน,THB", "สกุลเงิน,USD"), WrongCurrencyError, "USD"),
    "no account": (_replaced("เลขที่บัญชี", "เลขที่"), MissingPartError, "เลขที่บัญชี"),
    "no balance column": (_replaced("ยอดคงเหลือ", "ยอด"), UnknownFormatError, "kind we know"),
    "no time column": (_replaced("วันที่ทำรายการ,เวลา", "วันที่ทำรายการ,"), MissingPartError, "เวลา"),
    "a second account in the preamble": (
        _replaced("\r\nชื่อบัญชี", "\r\nเลขที่บัญชี,'1112223334\r\nชื่อบัญชี"),
        TwoAccountsError,
        "more than one",
    ),
    "a second file behind it": (lambda text: text + "\r\n" + text, TwoAccountsError, "more than one"),
    "something behind the footer": (lambda text: text + "\r\nabc", BrokenLineError, "Line 16"),
    "no footer": (lambda text: text[: text.index("**")], TruncatedError, "line 14"),
    "a quote left open": (_replaced('"1,100.00"', '"1,100.00'), TruncatedError, "cut off"),
    "a stray quote": (_replaced('"1,100.00"', '"1,100.00"x'), TruncatedError, "line 12"),
    "no lines": (lambda text: text[: text.index("01-พ.ย.-2569,09")] + "** สิ้นสุดรายงาน", EmptyStatementError, "no"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_CSV)
def test_a_broken_csv_is_refused_whole_and_the_place_is_named(case: str) -> None:
    change, error, place = BAD_CSV[case]
    with pytest.raises(error, match=place):
        read(_csv(change))


def test_an_entry_whose_parts_pay_charges_is_one_line_of_what_arrived() -> None:
    part = b'</Refs><Amt Ccy="THB">12.00</Amt><Chrgs><TtlChrgsAndTaxAmt Ccy="THB">2.00</TtlChrgsAndTaxAmt></Chrgs>'
    (line,) = lines_of(a_camt([a_gift(1000)]).replace(b"</Refs>", part))
    assert line.amount_satang == 1000


def test_a_summary_may_count_entries_of_nothing_on_either_side_or_not_at_all() -> None:
    content = a_camt([a_gift(0), a_gift(1000), a_fee(-500)])
    for counted in (b"<TtlNtries><NbOfNtries>3", b"<TtlNtries><NbOfNtries>2"):
        statement = read(re.sub(rb"<TtlNtries><NbOfNtries>\d", counted, content))
        assert [(line.position, line.amount_satang) for line in statement.lines] == [(1, 1000), (2, -500)]


def _in_camt(old: str, new: str) -> bytes:
    content = a_camt(THREE, 2)
    assert old.encode() in content
    return content.replace(old.encode(), new.encode(), 1)


BAD_CAMT = {
    "an amount changed": (_in_camt(">1100.00<", ">1100.01<"), BrokenTotalError),
    "a closing balance changed": (_in_camt(">51095.00<", ">51095.01<"), BrokenTotalError),
    "a summary that counts more": (_in_camt("<NbOfNtries>3<", "<NbOfNtries>4<"), BrokenTotalError),
    "a summary that sums more": (_in_camt("<Sum>1110.00<", "<Sum>1111.00<"), BrokenTotalError),
    "dollars in a line": (_in_camt('<Amt Ccy="THB">10.00', '<Amt Ccy="USD">10.00'), WrongCurrencyError),
    "a dollar account": (_in_camt("<Ccy>THB", "<Ccy>USD"), WrongCurrencyError),
    "a Buddhist year": (_in_camt("<BookgDt><DtTm>2026", "<BookgDt><DtTm>2569"), WrongEraError),
    "a year long ago": (_in_camt("<BookgDt><DtTm>2026", "<BookgDt><DtTm>1483"), WrongEraError),
    "a future day": (_in_camt("<BookgDt><DtTm>2026-11-01", "<BookgDt><DtTm>2026-12-24"), FutureDateError),
    "no day": (_in_camt("<BookgDt><DtTm>2026-11-01T", "<BookgDt><DtTm>T"), BrokenLineError),
    "31 February": (_in_camt("<ValDt><Dt>2026-11-01", "<ValDt><Dt>2026-02-31"), BrokenLineError),
    "an hour that is none": (_in_camt("T09:05:01+07:00</DtTm></B", "T29:05:01</DtTm></B"), BrokenLineError),
    "neither in nor out": (_in_camt("<CdtDbtInd>DBIT", "<CdtDbtInd>BOTH"), BrokenLineError),
    "three decimals": (_in_camt(">10.00<", ">10.005<"), BrokenLineError),
    "no amount": (a_camt(THREE).replace(b'<Ntry><Amt Ccy="THB">10.00</Amt>', b"<Ntry>"), BrokenLineError),
    "no opening balance": (_in_camt("OPBD", "OPAV"), MissingPartError),
    "no account": (_in_camt(KBANK, ""), MissingPartError),
    "cut off": (a_camt(THREE)[:-60], BrokenXmlError),
    "another kind of document": (_in_camt("camt.053", "camt.052"), UnknownFormatError),
    "no statement in it": (b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:camt.053.001.02'/>", MissingPartError),
    "no entries": (a_camt([]), EmptyStatementError),
    "entity expansion": (
        b'<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>' + _in_camt("<MsgId>", "<MsgId>"),
        ForbiddenXmlError,
    ),
    "an encoding that is none": (_in_camt('encoding="UTF-8"', 'encoding="nonsense"'), BrokenXmlError),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_CAMT)
def test_a_broken_camt_is_refused_whole(case: str) -> None:
    content, error = BAD_CAMT[case]
    with pytest.raises(error):
        read(content)


def test_two_accounts_in_one_camt_are_refused() -> None:
    other = _stmt(a_camt(THREE, account="1112223334"))
    content = a_camt(THREE)
    with pytest.raises(TwoAccountsError):
        read(content.replace(b"</BkToCstmrStmt>", other + b"</BkToCstmrStmt>"))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", EmptyStatementError),
        (b" \r\n\r\n", EmptyStatementError),
        (b"PK\x03\x04 and so on", FileTypeError),
        (b"MZ\x90 and so on", FileTypeError),
        (b"<!DOCTYPE html><html>", FileTypeError),
        (b"\xef\xbb\xbf<HTML><body>", FileTypeError),
        (b"%PDF-1.7", FileTypeError),
        (a_camt(THREE), FileTypeError),
        (b"date,amount\r\n1,2\r\n", UnknownFormatError),
        (bytes(range(1, 256)) * 10, UnknownFormatError),
    ],
)
def test_a_csv_that_is_none_is_refused(content: bytes, error: type[StatementError]) -> None:
    with pytest.raises(error):
        read(content, "statement.csv")


def test_bytes_that_are_no_thai_are_named_by_line() -> None:
    with pytest.raises(UndecodableError, match="Line 12"):
        read(a_csv(THREE).replace("รหัสอ้างอิง".encode("cp874"), b"\xdb\xdc\xfc"))


def test_two_encodings_in_one_file_are_named_by_line() -> None:
    with pytest.raises(MixedEncodingError, match="Line 12"):
        read(a_csv(THREE).replace("รหัสอ้างอิง".encode("cp874"), "สมศรีสมศรี".encode()))


def test_a_file_of_200_megabytes_is_refused_without_being_read(tmp_path: Path) -> None:
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    with pytest.raises(StatementTooLargeError, match="64 MB"):
        registry.load(huge)
    small = tmp_path / "small.csv"
    small.write_bytes(b"abc")
    assert service.file_content(small) == b"abc"


def test_content_over_the_limit_is_refused_before_it_is_parsed() -> None:
    with pytest.raises(StatementTooLargeError):
        read(b"x" * (registry.LARGEST_BYTES + 1))


def test_one_line_of_ten_megabytes_is_refused() -> None:
    with pytest.raises(StatementError):
        read(a_csv(THREE).replace(b"K PLUS", b"K" * 10_000_000, 1))


@pytest.mark.parametrize(("bank", "is_read"), [("KBANK", True), ("kbank-corporate", True), ("camt053", False)])
def test_a_named_bank_narrows_the_importers(bank: str, is_read: bool) -> None:
    if is_read:
        assert service.read_statement(a_csv(THREE), "x", bank).importer == "kbank-corporate"
    else:
        with pytest.raises(UnknownFormatError):
            service.read_statement(a_csv(THREE), "x", bank)


def test_a_bank_that_nobody_knows_is_refused_with_those_we_know() -> None:
    with pytest.raises(UnknownBankError, match=r"kbank-corporate, kbank-kcyber.*camt053"):
        service.read_statement(a_csv(THREE), "x", "nonsense")


def test_a_bank_whose_clock_is_ahead_by_a_day_is_believed() -> None:
    assert registry.read(a_csv([a_gift(day=23)]), "x", today=NOON.date() - timedelta(days=1)).line_count == 1
    with pytest.raises(FutureDateError):
        registry.read(a_csv([a_gift(day=23)]), "x", today=NOON.date() - timedelta(days=2))
