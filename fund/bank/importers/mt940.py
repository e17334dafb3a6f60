"""SWIFT's statements (MT940) and interim reports (MT942), bare or in their envelopes.

The frame is ours, the fields are taken apart by the package mt-940. Left to itself it skips tags that it does not
know, cuts long references, misses no closing balance, opens a file whose name it is given for a text, and logs what it
cannot read; here every letter belongs to a field whose place in the order is right, or the file is refused. An interim
report tells a part of a day, so each of its lines must have the bank's own number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, NamedTuple

from mt940 import Options, models, tags

from fund.bank.errors import (
    BrokenLineError,
    MissingPartError,
    OutsidePeriodError,
    TruncatedError,
    TwoAccountsError,
    WrongCurrencyError,
)
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import (
    Heading,
    Lines,
    StatementLine,
    check_amount,
    check_count,
)
from fund.sheets import tables as sheets

NAME: Final = "mt940"
BANK: Final = ""
EXTENSIONS: Final = (".sta", ".mt940", ".mt942", ".940", ".942", ".txt")
IDS_ARE_UNIQUE: Final = True

_TAG = re.compile(r":([0-9]{2}[A-Z]?|NS):(.*)", re.DOTALL)
_BEGIN = re.compile(r"\{1:[^{}]*\}(?:\{2:[IO]94[02][^{}]*\})?(?:\{3:(?:\{[^{}]*\})*\})?\{4:")
_END = re.compile(r"-(?:\}(?:\{5:(?:\{[^{}]*\})*\})?)?")
_LOOKS = (re.compile(rb"^(?:\xef\xbb\xbf)?\s*(?:\{1:|:20:)"), re.compile(rb"\n:25P?:"))
_MOST_ROWS: Final = 40  # of one field: a line's details have six
_NOTHING: Final = ("", "NONREF", "NOTPROVIDED")
_ORDER: Final = {
    "20": 0, "21": 1, "25": 2, "25P": 2, "28": 3, "28C": 3, "34F": 4, "13": 5, "13D": 5, "60F": 6, "60M": 6,
    "61": 7, "86": 7, "NS": 7, "90D": 8, "90C": 8, "62F": 9, "62M": 9, "64": 10, "65": 11,
}  # fmt: skip
_REPORTS: Final = ("34F", "13", "13D")  # fields of interim reports only
_LAST: Final = 12  # details behind the balances are the statement's
_LIBRARY: Final = models.Transactions(options=Options.all())


class _Field(NamedTuple):
    """One field and the line it begins on; "begin" and "end" are those of an envelope."""

    line: int
    name: str
    value: str

    def refuse(self) -> BrokenLineError:
        return BrokenLineError(line=self.line, column=f":{self.name}:", value=self.value[:40])

    def read(self) -> dict[str, Any]:
        """What the library takes the field apart into; every letter of it, or it is refused."""
        tag = tags.TAG_BY_ID.get(self.name) or tags.TAG_BY_ID[int(self.name[:2])]
        match = tag.re.match(self.value)
        is_plain = self.value.partition("\n")[0].isascii()  # the library reads digits of every script
        if match is None or match.end() != len(self.value) or not is_plain:
            raise self.refuse()
        try:
            return dict(tag(_LIBRARY, match.groupdict()))
        except (ValueError, ArithmeticError):
            raise self.refuse() from None


@dataclass
class _Message:
    """One message: a statement may be sent in several, each beginning with the balance that the last one reached."""

    begins_on: int
    account: str = ""
    opening: int | None = None
    opened_on: date | None = None  # the day of the opening balance
    closing: int | None = None
    closing_on: date | None = None
    moved: int = 0
    came: tuple[int, int] = (0, 0)  # how many, satang
    went: tuple[int, int] = (0, 0)
    is_whole: bool = False  # its closing balance is the final one
    is_interim: bool = False
    is_ended: bool = False  # by counts, by its closing balance, or by its envelope
    place: int = -1  # in `_ORDER`, of the field before


def identify(content: bytes) -> bool:
    """Whether the file begins like a message, and names an account."""
    beginning = content[:4096]
    return all(look.search(beginning) for look in _LOOKS)


def read(content: bytes) -> Lines:
    """The lines, proved message by message: opening balance + lines = closing balance, or counts and sums."""
    reader = _Reader()
    for one in _fields(content):
        yield from reader.take(one)
    yield from reader.finished()
    return reader.heading()


def _fields(content: bytes) -> Iterator[_Field]:
    """The fields of a file, each with the lines that go on with it."""
    number, rows, begun = 0, 0, None
    for number, raw in enumerate(sheets.lines(content), start=1):
        row = raw.rstrip()
        tag = _TAG.fullmatch(row)
        mark = "begin" if _BEGIN.fullmatch(row) else "end" if _END.fullmatch(row) else ""
        if tag or mark:
            if begun:
                yield begun
            begun, rows = (_Field(number, tag[1], tag[2]) if tag else _Field(number, mark, "")), 0
        elif row:
            rows += 1
            if begun is None or begun.name in ("begin", "end") or row.startswith((":", "{")) or rows > _MOST_ROWS:
                raise BrokenLineError(line=number, column="tag", value=row[:40])
            begun = begun._replace(value=f"{begun.value}\n{row}")
    if begun:
        yield begun


class _Reader:
    """What is remembered between one field and the next."""

    def __init__(self) -> None:
        self.message: _Message | None = None
        self.before: _Message | None = None
        self.first: _Message | None = None
        self.line: StatementLine | None = None
        self.position = 0
        self.is_in_envelope = False

    def take(self, one: _Field) -> Iterator[StatementLine]:
        """Take in a field; gives out the line that it shows to be over."""
        if one.name == "begin" or one.name == "end":
            yield from self._turn(is_begin=one.name == "begin", line=one.line)
        elif one.name == "20":
            yield from self._close()
            one.read()
            self.message = _Message(one.line, place=0)
        elif one.name == "86" and self.message and self.message.place == _ORDER["61"]:
            self._detail(one)
        else:
            yield from self._next(one)

    def finished(self) -> Iterator[StatementLine]:
        """The last line, once the last message has been proved whole."""
        yield from self._close()
        if self.is_in_envelope:
            raise TruncatedError(line=self.before.begins_on if self.before else 1)

    def heading(self) -> Heading:
        """What the messages say of themselves."""
        first, last = self.first, self.before
        if first is None or last is None:
            raise MissingPartError(part=":20:")
        if not last.is_whole and not last.is_interim:
            raise MissingPartError(part=":62F:")
        return Heading(first.account, None, last.closing_on, first.opening, last.closing, last.is_ended)

    def _turn(self, *, is_begin: bool, line: int) -> Iterator[StatementLine]:
        """An envelope begins or ends; a file without envelopes may still end its messages with a dash."""
        if self.message is not None and not is_begin:
            self.message.is_ended = True
        yield from self._close()
        if is_begin and self.is_in_envelope:
            raise TruncatedError(line=line)
        self.is_in_envelope = is_begin

    def _next(self, one: _Field) -> Iterator[StatementLine]:
        """A field in the order of the standard: nothing comes twice but lines, nothing comes late."""
        message = self.message
        place = _ORDER.get(one.name)
        if message and one.name == "86" and message.place > _ORDER["61"]:
            place = _LAST
        may_repeat = one.name in ("61", "34F", "65") or (message is not None and place == _ORDER["90D"])
        if message is None or place is None or place < message.place or (place == message.place and not may_repeat):
            raise one.refuse()
        yield from self._over()
        message.place = place
        self._note(message, one)

    def _note(self, message: _Message, one: _Field) -> None:
        if one.name == "61":
            self._begin(message, one)
        elif one.name in ("25", "25P"):
            message.account = re.sub(r"[^0-9]", "", one.read()["account_identification"].split("\n")[0])
            if self.before is not None and self.before.account != message.account:
                raise TwoAccountsError()
        elif one.name.startswith("60"):
            message.opening, message.opened_on = _balance(one)
            self._follow(message, is_first=one.name == "60F")
        elif one.name.startswith("62"):
            message.closing, message.closing_on = _balance(one)
            message.is_whole, message.is_ended = one.name == "62F", True
        elif one.name.startswith("90"):
            said = one.read()["sum_debit_entries" if one.name == "90D" else "sum_credit_entries"]
            count, satang = message.went if one.name == "90D" else message.came
            message.is_ended = True
            check_count(f":{one.name}:", int(said.number or 0), count)
            check_amount(f":{one.name}:", abs(_satang(said, one)), satang)
        elif one.name in _REPORTS:
            message.is_interim = True
        elif one.name != "86":
            one.read()

    def _follow(self, message: _Message, *, is_first: bool) -> None:
        """The opening balance is the final one before, or that which the message before has reached."""
        before = self.before
        if before is None and not is_first:
            raise MissingPartError(part=":60F:")
        if before is not None and is_first != before.is_whole:
            raise MissingPartError(part=":60M:" if is_first else ":62M:")
        if before is not None and before.closing is not None and message.opening is not None:
            check_amount(":60F:" if is_first else ":60M:", message.opening, before.closing)

    def _begin(self, message: _Message, one: _Field) -> None:
        """A line of the statement."""
        if message.opening is None and not message.is_interim:
            raise MissingPartError(part=":60F:")
        told = one.read()
        bank_id = _meaningful(told["bank_reference"])
        is_cut = (told["extra_details"] or "") != one.value.partition("\n")[2]
        is_kind = (told["id"] or "").startswith(("S", "N", "F"))
        if not is_kind or told["status"] not in ("C", "D", "RC", "RD") or is_cut:
            raise one.refuse()
        if message.is_interim and not bank_id:
            raise MissingPartError(part=":61: //")
        value_on, occurred_on = _day(told["date"], one), _day(told.get("entry_date", told["date"]), one)
        if message.opened_on is not None and max(value_on, occurred_on) < message.opened_on:
            raise OutsidePeriodError(line=one.line, day=occurred_on.isoformat())
        satang = _satang(told["amount"], one)
        self.line = StatementLine(
            position=self.position + 1,
            line_number=one.line,
            occurred_on=occurred_on,
            time=None,
            value_on=value_on,
            amount_satang=satang,
            balance_satang=None,
            text=thai.fold(told["extra_details"] or ""),
            references=tuple(filter(None, [_meaningful(told["customer_reference"])])),
            bank_id=bank_id,
            channel=told["id"] + (" reversal" if told["status"].startswith("R") else ""),
        )
        message.moved += satang
        if satang > 0:
            message.came = message.came[0] + 1, message.came[1] + satang
        elif satang:
            message.went = message.went[0] + 1, message.went[1] - satang

    def _detail(self, one: _Field) -> None:
        """Details belong to the line above them."""
        if self.line is None:
            raise one.refuse()
        self.line = replace(self.line, text=thai.fold(f"{self.line.text} {one.value}"))

    def _over(self) -> Iterator[StatementLine]:
        """The line before, which nothing more belongs to; one that moves no money is none."""
        line, self.line = self.line, None
        if line is not None and line.amount_satang:
            self.position += 1
            yield line

    def _close(self) -> Iterator[StatementLine]:
        """Prove the message that is over: its balances, and that it follows from the one before."""
        message, self.message = self.message, None
        if message is None:
            return
        if not message.account:
            raise MissingPartError(part=":25:")
        if not message.is_interim:
            if message.opening is None or message.closing is None:
                raise MissingPartError(part=":60F:" if message.opening is None else ":62F:")
            check_amount(":62F:", message.closing, message.opening + message.moved)
        elif message.closing is not None:
            raise MissingPartError(part=":60F:")
        self.first, self.before = self.first or message, message
        yield from self._over()


def _balance(one: _Field) -> tuple[int, date]:
    (balance,) = one.read().values()
    return _satang(balance.amount, one), _day(balance.date, one)


def _satang(amount: Any, one: _Field) -> int:
    """Satang of the library's amount, which it may count in fractions of a satang."""
    if amount.currency not in (None, "THB"):
        raise WrongCurrencyError(currency=amount.currency[:10])
    satang = amount.amount * 100
    if satang != int(satang):
        raise one.refuse()
    return int(satang)


def _day(found: Any, one: _Field) -> date:
    """The library's day, if its two digits are Christian ones."""
    return date(thai.written_year(f"{found.year % 100:02d}", one.line, era=0), found.month, found.day)


def _meaningful(reference: str | None) -> str:
    reference = thai.fold(reference or "")
    return "" if reference.upper() in _NOTHING else reference
