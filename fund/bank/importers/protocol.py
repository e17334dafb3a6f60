"""What every importer gives: a whole statement as values, and the checks that prove it whole.

Knows lines, files and control totals. Refuses a file whose balances do not follow from its lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Protocol

from fund.bank.errors import (
    BrokenBalanceError,
    BrokenTotalError,
    EmptyStatementError,
    FutureDateError,
    OutsidePeriodError,
)
from ledger.money import format_baht

BUDDHIST_ERA = 543


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of money as the bank tells it; satang, + into our account, − out of it."""

    position: int  # 1, 2, 3 … in the file
    line_number: int  # line of the file; in XML the number of the entry
    occurred_on: date
    time: time | None
    value_on: date | None
    amount_satang: int
    balance_satang: int | None  # after this line, where the bank says it
    text: str  # everything the bank wrote about it
    references: tuple[str, ...]
    bank_id: str  # the bank's own number of the line, "" if none; unique only where the importer says so
    payer: str  # who paid or was paid, as far as the bank tells: personal
    channel: str


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement that has been read and proved whole."""

    importer: str
    account_number: str  # digits only
    currency: str
    from_on: date
    to_on: date
    opening_satang: int
    closing_satang: int
    lines: tuple[StatementLine, ...]


class Importer(Protocol):
    """One format of one bank. The modules of this package are its implementations."""

    @property
    def NAME(self) -> str: ...  # noqa: N802 – modules name their constants so
    @property
    def BANK(self) -> str: ...  # noqa: N802
    @property
    def EXTENSIONS(self) -> tuple[str, ...]: ...  # noqa: N802
    @property
    def IDS_ARE_UNIQUE(self) -> bool: ...  # noqa: N802

    def identify(self, content: bytes) -> bool:
        """Whether `content` looks like a file of this format; whole or not is for `read` to say."""

    def read(self, content: bytes, *, today: date) -> StatementFile:
        """The statement in `content`, proved whole; raises StatementError."""


def check_balances(opening_satang: int, lines: Sequence[StatementLine], closing_satang: int) -> None:
    """Refuse lines whose balances do not follow one from the other, or do not end at the closing balance."""
    balance = opening_satang
    for line in lines:
        balance += line.amount_satang
        if line.balance_satang is not None and line.balance_satang != balance:
            found = format_baht(line.balance_satang)
            raise BrokenBalanceError(line=line.line_number, expected=format_baht(balance), found=found)
    check_amount("CLBD", closing_satang, balance)


def check_amount(part: str, expected_satang: int, found_satang: int) -> None:
    """Refuse a control total in satang that the lines do not make."""
    if expected_satang != found_satang:
        raise BrokenTotalError(part=part, expected=format_baht(expected_satang), found=format_baht(found_satang))


def check_count(part: str, expected: int, found: int) -> None:
    """Refuse a control count that the lines do not make."""
    if expected != found:
        raise BrokenTotalError(part=part, expected=expected, found=found)


def check_days(lines: Sequence[StatementLine], from_on: date, to_on: date, today: date) -> None:
    """Refuse lines outside the file's period or in the future, and a file without lines.

    A line may be outside by the day it was made or by the day it counts, not by both.
    """
    if not lines:
        raise EmptyStatementError()
    tomorrow = today + timedelta(days=1)  # the bank's clock may be a little ahead of ours
    for line in lines:
        if line.occurred_on > tomorrow:
            raise FutureDateError(line=line.line_number, day=line.occurred_on.isoformat())
        days = (line.occurred_on, line.value_on or line.occurred_on)
        if not any(from_on <= day <= to_on for day in days):
            raise OutsidePeriodError(line=line.line_number, day=line.occurred_on.isoformat())
