"""What SWIFT's messages say, and what is refused in them that the package alone would skip."""

import json
import logging
from collections.abc import Callable
from datetime import date

import mt940 as package
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.bank import service
from fund.bank.errors import (
    BrokenLineError,
    BrokenTotalError,
    FutureDateError,
    MissingPartError,
    OutsidePeriodError,
    StatementError,
    TruncatedError,
    TwoAccountsError,
    WrongCurrencyError,
    WrongEraError,
)
from fund.bank.importers import registry
from fund.bank.importers.protocol import StatementLine
from fund.bank.importers.proving import StatementFile
from fund.sheets.errors import SheetError
from tests import examples
from tests.fund.bank.builders import KBANK, SAMPLES, TODAY

SAMPLE = "selfmade_thb_mt940.sta"
GOOD = (SAMPLES / SAMPLE).read_text(encoding="ascii")


def read(content: str | bytes) -> StatementFile:
    content = content.encode() if isinstance(content, str) else content
    return registry.read(content, "statement.sta", today=TODAY)


def lines(content: str | bytes) -> list[StatementLine]:
    return list(read(content).lines)


def a_message(*rows: str, opening: str = ":60F:C261122THB100,00", closing: str = ":62F:C261123THB110,00") -> str:
    """A bare statement."""
    return "\r\n".join([":20:S1", f":25:{KBANK}", ":28C:1/1", opening, *rows, closing, "-", ""])


def a_report(*rows: str) -> str:
    """A bare interim report."""
    return "\r\n".join([":20:R1", f":25:{KBANK}", ":28C:1/1", ":34F:THB0,", ":13D:2611231530+0700", *rows, "-", ""])


LINE = ":61:2611231123C10,00NTRFD0000000001//K1"


def test_the_sample_is_read_as_recorded(request: pytest.FixtureRequest) -> None:
    statement = read(GOOD)
    facts = [statement.account_number, statement.from_on, statement.to_on, statement.opening_satang]
    whole = [json.dumps(facts, default=str), *service.as_json_lines(statement)]
    golden = (SAMPLES / SAMPLE).with_suffix(".jsonl")
    if request.config.getoption("--update-golden"):
        golden.write_text("\n".join(whole) + "\n", encoding="utf-8")
    assert "\n".join(whole) + "\n" == golden.read_text(encoding="utf-8")


def test_details_of_many_rows_are_one_text() -> None:
    (line,) = lines(a_message(LINE, ":86:PROMPTPAY ขอบคุณ", "D0000000001", "KK4001"))
    assert line.text == "PROMPTPAY ขอบคุณ D0000000001 KK4001"


def test_details_in_the_lines_own_second_row_are_told_too() -> None:
    (line,) = lines(a_message(f"{LINE}\r\nC10", ":86:MORE"))
    assert line.text == "C10 MORE"


def test_details_behind_the_balances_are_the_statements() -> None:
    assert [line.text for line in lines(a_message(LINE, closing=":62F:C261123THB110,00\n:86:CLOSED"))] == [""]


def test_a_statement_in_two_messages_is_chained() -> None:
    first = a_message(LINE, closing=":62M:C261123THB110,00")
    second = a_message(LINE, opening=":60M:C261123THB110,00", closing=":62F:C261123THB120,00")
    assert [line.position for line in lines(first + second)] == [1, 2]
    with pytest.raises(BrokenTotalError, match="60M"):
        read(first + second.replace("THB110,00", "THB100,00").replace("THB120,00", "THB110,00"))
    with pytest.raises(MissingPartError, match="62F"):
        read(first)


def test_a_reversal_is_signed_by_what_it_does() -> None:
    taken_back = a_message(":61:2611231123RC10,00NTRFNONREF//K1", closing=":62F:C261123THB90,00")
    given_back = a_message(":61:2611231123RD10,00NTRFNONREF//K1")
    assert [line.amount_satang for line in lines(taken_back) + lines(given_back)] == [-1_000, 1_000]
    assert lines(given_back)[0].channel == "NTRF reversal"


def test_twins_stay_two() -> None:
    twins = a_message(LINE, LINE, closing=":62F:C261123THB120,00")
    assert [line.amount_satang for line in lines(twins)] == [1_000, 1_000]


def test_an_interim_report_is_proved_by_its_counts() -> None:
    report = read(a_report(LINE, LINE.replace("C10", "D4"), ":90D:1THB4,00", ":90C:1THB10,00"))
    assert (report.opening_satang, report.is_end_proven, report.line_count) == (None, True, 2)
    with pytest.raises(BrokenTotalError, match="90C"):
        read(a_report(LINE, ":90C:2THB20,00"))


def test_an_interim_report_without_the_banks_own_numbers_is_refused() -> None:
    with pytest.raises(MissingPartError, match="61"):
        read(a_report(":61:2611231123C10,00NTRFNONREF"))


def test_an_interim_report_that_says_no_end_is_taken_as_such() -> None:
    assert not read(a_report(LINE).removesuffix("-\r\n")).is_end_proven


def _replaced(old: str, new: str) -> Callable[[], str]:
    assert old in GOOD
    return lambda: GOOD.replace(old, new, 1)


BAD: dict[str, tuple[Callable[[], str], type[Exception], str]] = {
    "no closing balance": (_replaced(":62F:C261123THB10610,00\n", ""), MissingPartError, "62F"),
    "no opening balance": (_replaced(":60F:C261122THB10000,00\n", ""), MissingPartError, "60F"),
    "no account": (lambda: a_message(LINE).replace(f":25:{KBANK}", ":25:/"), MissingPartError, "25"),
    "a line removed": (_replaced(":61:2611231123C1100,00NTRFNONREF//K0000002\n", ""), StatementError, ""),
    "a line and its details removed": (
        _replaced(":61:2611231123C1100,00NTRFNONREF//K0000002\n:86:TRANSFER FROM X1234 MR TUAYANG K\n", ""),
        BrokenTotalError, "62F",
    ),
    "a line doubled": (
        lambda: GOOD.replace(":61:2611231123C10,00", ":61:2611231123C10,00NTRFNONREF\n:61:2611231123C10,00"),
        BrokenTotalError, "62F",
    ),
    "an amount changed by a satang": (_replaced("C1100,00", "C1100,01"), BrokenTotalError, "62F"),
    "a balance changed by a satang": (_replaced("THB10610,00", "THB10610,01"), BrokenTotalError, "62F"),
    "a Buddhist year": (_replaced(":61:261123", ":61:691123"), WrongEraError, "Line 6.*69.*26"),
    "a year before": (_replaced(":61:2611231123", ":61:2511231123"), OutsidePeriodError, "Line 6"),
    "a year to come": (_replaced(":61:2611231123", ":61:2711231123"), FutureDateError, "Line 6"),
    "a day that is none": (_replaced(":61:261123", ":61:261131"), BrokenLineError, "Line 6"),
    "a tag that the standard has not": (_replaced(":86:CHEQUE", ":99:CHEQUE"), BrokenLineError, "Line 11.*99"),
    "a tag of another message": (_replaced(":64:", ":90D:"), BrokenLineError, "Line 13"),
    "text before the first tag": (lambda: "hello\n" + GOOD, StatementError, ""),
    "text between the messages": (lambda: GOOD + "hello\n" + GOOD, BrokenLineError, "hello"),
    "a reference that is too long": (
        _replaced("NTRFD0000000001", "NTRFD00000000010000000001"), BrokenLineError, "Line 6",
    ),
    "no kind of transaction": (_replaced("C10,00NTRFD", "C10,00D"), BrokenLineError, "Line 6"),
    "a mark in small letters": (_replaced("1123C10,00", "1123c10,00"), BrokenLineError, "Line 6"),
    "an expected entry": (_replaced("1123C10,00", "1123EC10,00"), BrokenLineError, "Line 6"),
    "an amount with two commas": (_replaced("C10,00", "C1,0,00"), BrokenLineError, "Line 6"),
    "an amount of half a satang": (_replaced("C10,00", "C10,005"), BrokenLineError, "Line 6"),
    "an amount in Thai digits": (_replaced("C10,00", "C๑๐,๐๐"), StatementError, ""),
    "dollars": (_replaced("C261122THB", "C261122USD"), WrongCurrencyError, "USD"),
    "two accounts": (lambda: GOOD + GOOD.replace(KBANK, "9999999999"), TwoAccountsError, "more than one"),
    "the same message twice": (lambda: GOOD + GOOD, BrokenTotalError, "60F"),
    "a closing balance twice": (lambda: a_message(LINE, ":62F:C261123THB110,00"), BrokenLineError, "62F"),
    "lines behind the closing balance": (_replaced("-}", f"{LINE}\n-}}"), BrokenLineError, "61"),
    "an envelope that is not closed": (_replaced("-}\n", ""), TruncatedError, "cut off"),
    "a number that is too long": (lambda: a_message(LINE).replace(":20:S1", ":20:" + "1" * 17), BrokenLineError, "20"),
    "endless details": (lambda: a_message(LINE, ":86:x", *["x"] * 1000), BrokenLineError, "tag"),
    "a line of ten megabytes": (lambda: a_message(LINE, ":86:" + "x" * 10_000_000), SheetError, "too long"),
    "a NUL": (_replaced("CHEQUE", "CHE\0UE"), SheetError, "Line 10|Line 11"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_changed_message_is_refused_and_the_place_is_named(case: str) -> None:
    make, error, place = BAD[case]
    with pytest.raises(error, match=place or "."):
        read(make())


SKIPPED = ["no closing balance", "a tag that the standard has not", "a reference that is too long"]


@pytest.mark.parametrize("case", SKIPPED)
def test_the_package_alone_would_take_it(case: str) -> None:
    """The control: what the frame is for."""
    statements = package.parse_statements(BAD[case][0]())
    assert len(statements[0].transactions) == 3


def test_a_refused_message_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(BrokenLineError):
        read(GOOD.replace(":61:2611231123C10,00", ":61:CANARY"))
    assert "CANARY" not in caplog.text


@pytest.mark.parametrize("end", range(1, len(GOOD) - 2, 7))
def test_a_message_that_is_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises((StatementError, SheetError)):
        read(GOOD[:end])


@settings(max_examples=examples.count(300))
@given(st.integers(0, len(GOOD)), st.integers(0, 30), st.text(st.sampled_from(":61{}-\n0123,CDTHBกx/"), max_size=30))
def test_noise_in_a_message_is_refused_or_changes_no_money(begin: int, length: int, noise: str) -> None:
    try:
        moved = [line.amount_satang for line in lines(GOOD[:begin] + noise + GOOD[begin + length :])]
    except (StatementError, SheetError):
        return
    assert sum(moved) == 61_000


def test_a_line_without_an_entry_day_is_of_the_day_it_counts() -> None:
    assert [line.occurred_on for line in lines(a_message(LINE.replace("2611231123", "261123")))] == [date(2026, 11, 23)]
