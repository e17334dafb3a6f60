"""What every importer gives: a stream of lines, and at its end what the file says of itself.

Knows lines, headings and the contract of an importer. A stream may be broken anywhere: only `proving` says that a
file is whole, and whoever stores lines walks the stream a second time.
"""

from collections.abc import Generator
from dataclasses import dataclass
from datetime import date, time
from typing import Protocol

from fund.bank.errors import BrokenTotalError
from ledger.money import format_baht

BUDDHIST_ERA = 543


@dataclass(frozen=True, slots=True)
class StatementLine:
    """One movement of money as the bank tells it; satang, + into our account, − out of it, never 0."""

    position: int  # 1, 2, 3 … in the file
    line_number: int  # line of the file; in XML the number of the entry
    occurred_on: date
    time: time | None
    value_on: date | None
    amount_satang: int
    balance_satang: int | None  # after this line, where the bank says it
    text: str  # everything the bank wrote about it
    references: tuple[str, ...] = ()
    bank_id: str = ""  # the bank's own number of the line, if it has one; unique only where the importer says so
    payer: str = ""  # who paid or was paid, as far as the bank tells: personal
    channel: str = ""
    entry_satang: int | None = None  # of the booking that this line is a part of; `bank_id` is then the booking's


@dataclass(frozen=True, slots=True)
class Heading:
    """What a file says of itself, known when its end is reached; None (or "") where it says nothing.

    The end is proven by control totals, a closing balance or a count: by anything that a file cut off at the end of
    a line would lack or contradict.
    """

    account_number: str = ""  # digits, and x for each that the bank hides
    from_on: date | None = None
    to_on: date | None = None
    opening_satang: int | None = None
    closing_satang: int | None = None
    is_end_proven: bool = False


Lines = Generator[StatementLine, None, Heading]
"""The lines of a file, one by one; the generator returns the heading. Raises StatementError on the way."""


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

    def read(self, content: bytes) -> Lines:
        """The lines in `content`, each checked as it comes, and the file's own totals at the end.

        Balances, the period and days to come are checked by `proving`, for all formats alike.
        """


def check_amount(part: str, expected_satang: int, found_satang: int) -> None:
    """Refuse a control total in satang that the lines do not make."""
    if expected_satang != found_satang:
        raise BrokenTotalError(part=part, expected=format_baht(expected_satang), found=format_baht(found_satang))


def check_count(part: str, expected: int, found: int) -> None:
    """Refuse a control count that the lines do not make."""
    if expected != found:
        raise BrokenTotalError(part=part, expected=expected, found=found)
