"""The first walk through a file: its lines follow one from the other, its period holds them, its totals are theirs.

Knows running balances and days. Refuses a file whole, naming the line. Keeps nothing of a line but a few numbers, so
that a long file needs no more memory than a short one.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from fund.bank.errors import BrokenBalanceError, EmptyStatementError, FutureDateError, OutsidePeriodError
from fund.bank.importers.protocol import Heading, Importer, Lines, StatementLine, check_amount
from ledger.money import format_baht

TOLD_EACH: Final = 2_000  # lines
Tell = Callable[[int], None]
"""Told how many lines are read."""


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A statement that was walked once and proved whole; its lines are read anew whenever they are asked for.

    `opening_satang` and `closing_satang` are None where neither the file nor its lines tell a balance.
    """

    importer: str
    bank: str  # "" where any bank may use the format
    ids_are_unique: bool
    account_number: str  # digits, x for each that is hidden, "" where the file does not say
    from_on: date
    to_on: date
    opening_satang: int | None
    closing_satang: int | None
    is_end_proven: bool
    line_count: int
    first_line: int  # its number in the file
    ends_of_days: Mapping[date, int]  # the position of each day's last line
    lines_anew: Callable[[], Lines]

    @property
    def lines(self) -> Iterator[StatementLine]:
        """The lines, from the first on."""
        return iter(self.lines_anew())


def prove(importer: Importer, content: bytes, today: date, tell: Tell | None = None) -> StatementFile:
    """Walk through all lines of `content` and prove them whole; `tell` hears how far. Raises StatementError."""
    proof = _Proof(today, tell)
    heading = proof.walk(importer.read(content))
    first, last = proof.first, proof.last
    if first is None or last is None:
        raise EmptyStatementError()
    from_on, to_on = heading.from_on or min(proof.ends_of_days), heading.to_on or max(proof.ends_of_days)
    proof.check_period(from_on, to_on)
    opening = proof.opening(heading)
    return StatementFile(
        importer=importer.NAME,
        bank=importer.BANK,
        ids_are_unique=importer.IDS_ARE_UNIQUE,
        account_number=heading.account_number,
        from_on=from_on,
        to_on=to_on,
        opening_satang=opening,
        closing_satang=None if opening is None else opening + proof.moved,
        is_end_proven=heading.is_end_proven,
        line_count=last.position,
        first_line=first.line_number,
        ends_of_days=proof.ends_of_days,
        lines_anew=lambda: importer.read(content),
    )


class _Proof:
    """What is remembered of the lines walked past."""

    def __init__(self, today: date, tell: Tell | None) -> None:
        self.tell = tell
        self.tomorrow = today + timedelta(days=1)  # the bank's clock may be a little ahead of ours
        self.moved = 0  # satang, by all lines so far
        self.before: int | None = None  # satang on the account before the first line, by the lines' own balances
        self.first: StatementLine | None = None
        self.last: StatementLine | None = None
        self.earliest: StatementLine | None = None  # of all lines, by the later of its days
        self.latest: StatementLine | None = None  # of all lines, by the earlier of its days
        self.ends_of_days: dict[date, int] = {}

    def walk(self, lines: Lines) -> Heading:
        while True:
            try:
                line = next(lines)
            except StopIteration as end:
                heading: Heading = end.value
                return heading
            self._take(line)

    def check_period(self, from_on: date, to_on: date) -> None:
        """Refuse lines outside the period; a line may be outside by the day it was made or counts, not by both."""
        assert self.earliest and self.latest
        for line, is_outside in (
            (self.earliest, _later_day(self.earliest) < from_on),
            (self.latest, _earlier_day(self.latest) > to_on),
        ):
            if is_outside:
                raise OutsidePeriodError(line=line.line_number, day=line.occurred_on.isoformat())

    def opening(self, heading: Heading) -> int | None:
        """Satang before the first line, as the file and its lines agree on; None where none of them tells."""
        assert self.first
        said, closing = heading.opening_satang, heading.closing_satang
        if said is not None and self.before is not None and said != self.before:
            amount = self.first.amount_satang
            raise _broken(self.first, said + amount, self.before + amount)
        opening = self.before if said is None else said
        if opening is not None and closing is not None:
            check_amount("CLBD", closing, opening + self.moved)
        return closing - self.moved if opening is None and closing is not None else opening

    def _take(self, line: StatementLine) -> None:
        self.moved += line.amount_satang
        if line.balance_satang is not None:
            before = line.balance_satang - self.moved
            if self.before not in (None, before):
                raise _broken(line, self.before + self.moved, line.balance_satang)
            self.before = before
        if line.occurred_on > self.tomorrow:
            raise FutureDateError(line=line.line_number, day=line.occurred_on.isoformat())
        self.first, self.last = self.first or line, line
        if self.tell and line.position % TOLD_EACH == 0:
            self.tell(line.position)
        self.ends_of_days[line.occurred_on] = line.position
        if self.earliest is None or _later_day(line) < _later_day(self.earliest):
            self.earliest = line
        if self.latest is None or _earlier_day(line) > _earlier_day(self.latest):
            self.latest = line


def _earlier_day(line: StatementLine) -> date:
    return min(line.occurred_on, line.value_on or line.occurred_on)


def _later_day(line: StatementLine) -> date:
    return max(line.occurred_on, line.value_on or line.occurred_on)


def _broken(line: StatementLine, expected: int, found: int) -> BrokenBalanceError:
    return BrokenBalanceError(line=line.line_number, expected=format_baht(expected), found=format_baht(found))
