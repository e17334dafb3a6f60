"""Whatever is done to a table that a bank exports: it is refused with the place, or what is taken of it is true."""

import dataclasses
import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import func, select

from fund.bank import mappings, service
from fund.bank.errors import (
    BrokenBalanceError,
    BrokenLineError,
    BrokenTotalError,
    StatementError,
    UnknownFormatError,
    WrongAccountError,
    WrongEraError,
)
from fund.bank.importers import proving, registry, tables
from fund.bank.importers.protocol import Heading, Lines, StatementLine
from fund.bank.importers.proving import StatementFile
from fund.bank.models import LineRow, StatementRow
from fund.sheets.errors import LongLineError, MixedEncodingError, SheetError, UndecodableError
from tests import examples
from tests.fund.bank.builders import OFFICER, Fund
from tests.fund.bank.made_files import LINES, MADE, MAPPING, OPENING, MadeFile, as_workbook

TODAY = date(2026, 11, 23)
BALANCE = (BrokenBalanceError, BrokenTotalError)
Errors = type[StatementError] | tuple[type[StatementError], ...]
Spoil = Callable[[MadeFile], bytes]


def read(made: MadeFile, content: bytes, bank: str | None = None) -> StatementFile:
    return registry.read(content, "x", today=TODAY, mapped=made.mapped, bank=bank)


def told(statement: StatementFile) -> list[StatementLine]:
    return list(statement.lines)


def in_second(change: Callable[[MadeFile, str], str]) -> Spoil:
    return lambda made: made.spoilt(lambda line: change(made, line))


def _mixed(made: MadeFile) -> bytes:
    return made.content.replace(b"fee", "สมศรีสมศรี".encode("cp874") + "สมศรีสมศรี".encode(), 1)


SPOILT: dict[str, tuple[Spoil, Errors]] = {
    "a line removed": (in_second(lambda _, line: ""), BALANCE),
    "a line doubled": (in_second(lambda _, line: line * 2), BALANCE),
    "two lines changed places": (lambda made: _swapped(made), BALANCE),
    "an amount changed by a satang": (in_second(lambda made, line: line.replace(made.amount, "1,100.01", 1)), BALANCE),
    "a formula for an amount": (in_second(lambda made, line: line.replace(made.amount, "=1+1", 1)), BrokenLineError),
    "an amount without end": (in_second(lambda made, line: line.replace(made.amount, "1e999999", 1)), BrokenLineError),
    "a year of the other era": (
        in_second(lambda made, line: line.replace(made.year, _other_era(made), 1)), WrongEraError),
    "an era counted twice": (
        in_second(lambda made, line: line.replace(made.year, str(int(made.year) + 543), 1)), WrongEraError),
    "a NUL byte": (in_second(lambda made, line: line.replace(made.amount, "1,100.00\0", 1)), UndecodableError),
    "two encodings": (_mixed, (MixedEncodingError, UndecodableError)),
    "a line of ten megabytes": (
        in_second(lambda made, line: line.replace(made.amount, "x" * 10_000_000, 1)), LongLineError),
    "a line of ten million cells": (
        in_second(lambda made, line: line.replace(made.amount, "," * 10_000_000, 1)), LongLineError),
}  # fmt: skip


def _swapped(made: MadeFile) -> bytes:
    second = made.second
    third = re.compile(made.record).match(made.text, made.text.index(second) + len(second))
    assert third
    return made.text.replace(second + third[0], third[0] + second).encode(made.encoding)


def _other_era(made: MadeFile) -> str:
    return "2026" if made.year == "2569" else "2569"


@pytest.mark.parametrize("name", MADE)
def test_a_whole_file_tells_its_four_lines(name: str) -> None:
    made = MADE[name]
    statement = read(made, made.content)
    assert statement.importer.startswith(name)
    assert [line.amount_satang for line in statement.lines] == [line.amount_satang for line in LINES]
    assert [line.occurred_on for line in statement.lines] == [line.occurred_on for line in LINES]
    assert (statement.opening_satang, statement.is_end_proven) == (OPENING, made.proves_end)


@pytest.mark.parametrize("case", SPOILT)
@pytest.mark.parametrize("name", MADE)
def test_a_spoilt_table_is_refused_and_the_place_is_named(name: str, case: str) -> None:
    spoil, errors = SPOILT[case]
    with pytest.raises(errors, match=r"[Ll]ine \d+"):
        read(MADE[name], spoil(MADE[name]))


@pytest.mark.parametrize("case", ["a line removed", "a line doubled", "an amount changed by a satang"])
@pytest.mark.parametrize("name", [name for name in MADE if name != "kbank-corporate"])
def test_without_the_balances_nobody_would_see(name: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a walk that looks at no balance takes what the test above sees refused."""
    take = proving._Proof._take
    blind = dataclasses.replace
    monkeypatch.setattr(proving._Proof, "_take", lambda proof, line: take(proof, blind(line, balance_satang=None)))
    assert read(MADE[name], SPOILT[case][0](MADE[name])).line_count in (3, 4, 5)


@pytest.mark.parametrize("case", ["a line removed", "a line doubled", "an amount changed by a satang",
                                  "a formula for an amount", "a year of the other era"])  # fmt: skip
def test_a_spoilt_workbook_is_refused_like_its_text(case: str) -> None:
    spoil, errors = SPOILT[case]
    with pytest.raises(SheetError if "formula" in case else errors, match=r"Line \d+"):
        read(MADE["columns"], as_workbook(spoil(MADE["columns"])))


def assert_what_is_taken_is_true(made: MadeFile, cut: bytes, whole: list[StatementLine]) -> bool:
    """Whether a file that was cut off is taken: then its lines are the whole's first, and its end is not proven."""
    try:
        statement = read(made, cut)
    except StatementError as refused:
        assert str(refused)
        return False
    assert told(statement) == whole[: statement.line_count]
    assert not statement.is_end_proven or (statement.line_count, made.proves_end) == (len(whole), True)
    return True


@pytest.mark.parametrize("name", MADE)
def test_a_file_cut_anywhere_is_refused_or_true_and_its_end_unproven(name: str) -> None:
    made = MADE[name]
    whole = told(read(made, made.content))
    taken = sum(assert_what_is_taken_is_true(made, made.content[:end], whole) for end in range(len(made.content)))
    assert taken >= 3 or made.proves_end  # nothing holds vacuously


def test_a_cut_that_nobody_looks_for_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a reader that takes a last line without its end tells a text that is not whole."""
    monkeypatch.setattr(tables, "has_open_end", lambda content: False)
    made = MADE["scb-business"]
    whole = told(read(made, made.content))
    with pytest.raises(AssertionError):
        assert_what_is_taken_is_true(made, made.content[:-3], whole)


@pytest.mark.parametrize("name", MADE)
def test_another_banks_file_is_refused(name: str) -> None:
    made = MADE[name]
    others = [one.NAME for one in registry.IMPORTERS if name != one.NAME]
    for other in others:
        with pytest.raises(StatementError):
            registry.read(made.content, "x", today=TODAY, bank=other)


@pytest.mark.parametrize("name", MADE)
def test_only_one_importer_knows_a_file(name: str) -> None:
    knows = [one.NAME for one in registry.IMPORTERS if one.identify(MADE[name].content)]
    assert knows == ([name] if name != "columns" else [])


@pytest.mark.parametrize("name", [name for name, made in MADE.items() if made.account])
def test_a_file_of_another_account_is_refused_and_nothing_is_kept(fund: Fund, name: str) -> None:
    made = MADE[name]
    other = made.text.replace(made.account, made.account.replace("45678", "99999")).encode(made.encoding)
    with pytest.raises(WrongAccountError, match="9999"):
        fund.take(other, "x")
    assert _stored(fund) == (0, 0)


@pytest.mark.parametrize("name", MADE)
def test_a_refused_file_leaves_nothing_and_a_whole_one_is_taken(fund: Fund, name: str) -> None:
    made = MADE[name]
    with fund.database.write() as session:
        mappings.remember(session, "1110.01", MAPPING, by=OFFICER)
    with pytest.raises(StatementError):
        fund.take(SPOILT["a line removed"][0](made), "x", account="1110.01")
    assert _stored(fund) == (0, 0)
    assert fund.take(made.content, "x", account="1110.01").new == 4


def _stored(fund: Fund) -> tuple[int, int]:
    with fund.database.read() as session:
        files, lines = (session.exec(select(func.count()).select_from(one)).one() for one in (StatementRow, LineRow))
        return files, lines


_EDIT = st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=20))


@settings(max_examples=examples.count(400), deadline=2000)
@given(st.sampled_from(sorted(MADE)), st.lists(_EDIT, min_size=1, max_size=4))
def test_a_spoilt_file_is_refused_or_its_balances_hold(name: str, edits: list[tuple[float, int, bytes]]) -> None:
    made, content = MADE[name], MADE[name].content
    for place, cut, put in edits:
        at = int(place * len(content))
        content = content[:at] + put + content[at + cut :]
    try:
        statement = read(made, content)
    except StatementError as refused:
        assert str(refused)
        return
    moved = sum(line.amount_satang for line in statement.lines)
    assert statement.opening_satang is not None and statement.opening_satang + moved == statement.closing_satang


def test_cells_whose_end_tags_are_missing_are_cells_all_the_same() -> None:
    made = MADE["ktb-netbank"]
    statement = read(made, made.content.replace(b"</td>", b"").replace(b"</tr>", b"</tr>between"))
    assert told(statement) == told(read(made, made.content))


def test_an_importer_that_yields_nothing_is_refused() -> None:
    class Empty:
        NAME, BANK, EXTENSIONS, IDS_ARE_UNIQUE = "empty", "", (".csv",), False

        def identify(self, content: bytes) -> bool:
            return True

        def read(self, content: bytes) -> Lines:
            nothing: Iterator[StatementLine] = iter(())
            yield from nothing
            return Heading()

    with pytest.raises(StatementError, match="no bank lines"):
        proving.prove(Empty(), b"", TODAY)


def test_every_reader_of_tables_is_spoilt_here() -> None:
    """Papers, XML and SWIFT messages are spoilt beside their own tests."""
    elsewhere = re.compile(r".*-pdf$|camt.*|mt94.*")
    assert {one.NAME for one in registry.IMPORTERS if not elsewhere.match(one.NAME)} == MADE.keys() - {"columns"}
    with pytest.raises(UnknownFormatError):
        service.read_statement(MADE["columns"].content, "x")
