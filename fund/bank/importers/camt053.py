"""ISO 20022 bank-to-customer statements, camt.053 versions 2 to 8: booked entries of one account.

Knows batch entries (one booking of many transactions). The servicer's reference is unique by the standard
("assigned by the account servicing institution to unambiguously identify the entry"), so it is an identity here.
Refuses a DTD, other currencies, several accounts, and sums that do not agree.
"""

import io
import itertools
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element, ParseError

import defusedxml.ElementTree
from defusedxml import DefusedXmlException

from fund import clock
from fund.bank.errors import (
    BrokenEntryError,
    BrokenLineError,
    BrokenXmlError,
    EmptyStatementError,
    ForbiddenXmlError,
    MissingPartError,
    TwoAccountsError,
    WrongCurrencyError,
    WrongEraError,
)
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import (
    BUDDHIST_ERA,
    StatementFile,
    StatementLine,
    check_amount,
    check_balances,
    check_count,
    check_days,
)
from ledger.money import format_baht

NAME: Final = "camt053"
BANK: Final = ""
EXTENSIONS: Final = (".xml", ".camt", ".camt053")
IDS_ARE_UNIQUE: Final = True

_NAMESPACE = re.compile(rb"urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.0[2-8]\b")
_DOCTYPE = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_NOTHING = frozenset({"NOTPROVIDED", "NONREF", "NOTAVAILABLE", "N/A", "-", "0"})
_DAY = re.compile(r"^([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AMOUNT = re.compile(r"^([0-9]{1,13})(?:\.([0-9]{1,2})0{0,3})?$")
_FARTHEST_YEAR = 2400


class _Entry(NamedTuple):
    """One `Ntry` and its number in the document."""

    element: Element
    number: int

    def refuse(self, column: str, value: str) -> BrokenLineError:
        return BrokenLineError(line=self.number, column=column, value=value[:40])


class _Part(NamedTuple):
    """One `Stmt`: a document may hold several of the same account, one a day."""

    account: str
    from_on: date | None
    to_on: date
    opening_satang: int
    closing_satang: int
    lines: list[StatementLine]


def identify(content: bytes) -> bool:
    """Whether the document declares a camt.053 we know, or tries to smuggle a DTD into one."""
    return _NAMESPACE.search(content[:65536]) is not None


def read(content: bytes, *, today: date) -> StatementFile:
    """The statement, proved by its balances and, where the bank gives them, its counts and sums."""
    if _DOCTYPE.search(content):
        raise ForbiddenXmlError()
    parts = list(_parts(content))
    if not parts:
        raise MissingPartError(part="Stmt")
    if len({part.account for part in parts}) > 1:
        raise TwoAccountsError()
    for before, after in itertools.pairwise(parts):
        check_amount("OPBD", after.opening_satang, before.closing_satang)
    moved = (line for part in parts for line in part.lines if line.amount_satang)  # an entry of 0.00 moves no money
    lines = tuple(replace(line, position=n) for n, line in enumerate(moved, start=1))
    if not lines:
        raise EmptyStatementError()
    first, last = parts[0], parts[-1]
    from_on = first.from_on or min(line.occurred_on for line in lines)
    check_balances(first.opening_satang, lines, last.closing_satang)
    check_days(lines, from_on, last.to_on, today)
    return StatementFile(
        NAME, first.account, "THB", from_on, last.to_on, first.opening_satang, last.closing_satang, lines
    )


def _parts(content: bytes) -> Iterator[_Part]:
    """Every `Stmt`, read entry by entry so that memory holds values and not the tree."""
    lines: list[StatementLine] = []
    tally = _Tally()
    entries = 0
    for element in _elements(content):
        if element.tag == "Ntry":
            entries += 1
            found = _lines(_Entry(element, entries))
            tally.add(element, found)
            lines += found
            element.clear()
        elif element.tag == "Stmt":
            tally.check(element)
            yield _part(element, lines)
            lines, tally = [], _Tally()
            element.clear()


def _elements(content: bytes) -> Iterator[Element]:
    """Elements as they end, their names without the namespace."""
    entries = 0
    try:
        for _, element in defusedxml.ElementTree.iterparse(io.BytesIO(content), forbid_dtd=True):
            element.tag = element.tag.rpartition("}")[2]
            entries += element.tag == "Ntry"
            yield element
    except DefusedXmlException:
        raise ForbiddenXmlError() from None
    except (ParseError, ValueError, LookupError):
        raise BrokenXmlError(line=entries + 1) from None


class _Tally:
    """Counts and sums of the entries of one `Stmt`, to be held against its `TxsSummry`."""

    def __init__(self) -> None:
        self.all: list[int] = []
        self.booked: list[int] = []

    def add(self, entry: Element, lines: list[StatementLine]) -> None:
        amount = sum(line.amount_satang for line in lines)
        self.all.append(amount if lines else _signed(_Entry(entry, 0), entry.find("Amt"), entry))
        if lines:
            self.booked.append(amount)

    def check(self, statement: Element) -> None:
        """Refuse a summary that neither all entries nor the booked ones make."""
        for name, sign in (("TtlNtries", 0), ("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
            summary = statement.find(f"TxsSummry/{name}")
            if summary is None:
                continue
            signed = [[a for a in amounts if a * sign >= 0] for amounts in (self.booked, self.all)]
            # An entry of 0.00 is counted by some banks, on either side, and not by others.
            sets = signed + [[a for a in amounts if a] for amounts in signed]
            self._check_one(name, summary, sets)

    @staticmethod
    def _check_one(name: str, summary: Element, sets: list[list[int]]) -> None:
        count, total = _text(summary, "NbOfNtries"), _text(summary, "Sum")
        chosen = next((amounts for amounts in sets if count == str(len(amounts))), sets[0])
        if count:
            check_count(name, int(count) if count.isdecimal() and len(count) < 10 else -1, len(chosen))
        if total:
            check_amount(name, _satang(total, _Entry(summary, 0), name), sum(map(abs, chosen)))


def _part(statement: Element, lines: list[StatementLine]) -> _Part:
    account = _text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id")
    number = re.sub(r"[^0-9]", "", account)
    if not number:
        raise MissingPartError(part="Acct")
    _require_baht(_text(statement, "Acct/Ccy") or "THB")
    opening, _ = _balance(statement, "OPBD", "PRCD")
    closing, to_on = _balance(statement, "CLBD")
    begins = _text(statement, "FrToDt/FrDtTm") or _text(statement, "FrToDt/FrDt")
    from_on = _day(begins, _Entry(statement, 0), "FrToDt") if begins else None
    return _Part(number, from_on, to_on, opening, closing, lines)


def _balance(statement: Element, *codes: str) -> tuple[int, date]:
    """Satang and day of the first balance there is of these codes."""
    for code in codes:
        for balance in statement.findall("Bal"):
            if _text(balance, "Tp/CdOrPrtry/Cd") == code:
                whole = _Entry(balance, 0)
                day = _text(balance, "Dt/Dt") or _text(balance, "Dt/DtTm")
                return _signed(whole, balance.find("Amt"), balance), _day(day, whole, code)
    raise MissingPartError(part=codes[0])


def _lines(entry: _Entry) -> list[StatementLine]:
    """The lines of one entry: none if it is not booked, several if it is a batch with amounts."""
    element = entry.element
    if (_text(element, "Sts/Cd") or _text(element, "Sts")) != "BOOK":
        return []
    amount = _signed(entry, element.find("Amt"), element)
    details = element.findall("NtryDtls/TxDtls")
    announced = _text(element, "NtryDtls/Btch/NbOfTxs")
    if details and announced and announced != str(len(details)):
        raise BrokenEntryError(line=entry.number, expected=announced, found=len(details))
    amounts = [_detail_amount(entry, detail) for detail in details]
    if element.find(".//Chrgs") is None and None not in amounts and details:
        if sum(filter(None, amounts)) != amount:
            found = format_baht(sum(filter(None, amounts)))
            raise BrokenEntryError(line=entry.number, expected=format_baht(amount), found=found)
        return [_line(entry, own or 0, [detail]) for own, detail in zip(amounts, details, strict=True)]
    return [_line(entry, amount, details)]


def _detail_amount(entry: _Entry, detail: Element) -> int | None:
    """Satang of one transaction of a batch, signed; None if the bank gives none in baht."""
    amount = detail.find("Amt")
    if amount is None:
        amount = detail.find("AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != "THB":
        return None
    return _signed(entry, amount, detail if detail.find("CdtDbtInd") is not None else entry.element)


def _line(entry: _Entry, amount_satang: int, details: list[Element]) -> StatementLine:
    element = entry.element
    booked = _text(element, "BookgDt/Dt") or _text(element, "BookgDt/DtTm")
    value = _text(element, "ValDt/Dt") or _text(element, "ValDt/DtTm")
    own_id = _text(details[0], "Refs/AcctSvcrRef") if len(details) == 1 else ""
    return StatementLine(
        position=0,
        line_number=entry.number,
        occurred_on=_day(booked, entry, "BookgDt"),
        time=_time(_text(element, "BookgDt/DtTm"), entry),
        value_on=_day(value, entry, "ValDt") if value else None,
        amount_satang=amount_satang,
        balance_satang=None,
        text=_words(element, details),
        references=_references(details),
        bank_id=_meaningful(own_id) or _meaningful(_text(element, "AcctSvcrRef")),
        payer=_payer(details, "Dbtr" if amount_satang > 0 else "Cdtr"),
        channel=_text(element, "BkTxCd/Prtry/Cd") or _text(element, "BkTxCd/Domn/Fmly/SubFmlyCd"),
    )


def _words(entry: Element, details: list[Element]) -> str:
    """Everything the bank and the payer wrote, once each."""
    found = [element.text or "" for detail in details for element in detail.findall("RmtInf/Ustrd")]
    found += [_text(detail, "AddtlTxInf") for detail in details]
    found.append(_text(entry, "AddtlNtryInf"))
    return thai.fold(" ".join(dict.fromkeys(filter(None, found))))


def _references(details: list[Element]) -> tuple[str, ...]:
    paths = ("Refs/EndToEndId", "RmtInf/Strd/CdtrRefInf/Ref", "Refs/InstrId", "Refs/ChqNb")
    found = (element.text or "" for detail in details for path in paths for element in detail.findall(path))
    return tuple(dict.fromkeys(filter(None, map(_meaningful, found))))


def _payer(details: list[Element], side: str) -> str:
    names = (_text(detail, f"RltdPties/{side}/Nm") or _text(detail, f"RltdPties/{side}/Pty/Nm") for detail in details)
    return thai.fold(", ".join(dict.fromkeys(filter(None, names))))


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _meaningful(reference: str) -> str:
    reference = thai.fold(reference)
    return "" if reference.upper() in _NOTHING else reference


def _signed(entry: _Entry, amount: Element | None, signed_by: Element) -> int:
    if amount is None:
        raise entry.refuse("Amt", "")
    _require_baht(amount.get("Ccy") or "THB")
    sign = {"CRDT": 1, "DBIT": -1}.get(_text(signed_by, "CdtDbtInd"))
    if sign is None:
        raise entry.refuse("CdtDbtInd", _text(signed_by, "CdtDbtInd"))
    return sign * _satang(amount.text or "", entry, "Amt")


def _satang(text: str, entry: _Entry, column: str) -> int:
    """The standard allows five decimals; baht has two, so the rest must be zeros."""
    match = _AMOUNT.match(text.strip())
    if match is None:
        raise entry.refuse(column, text)
    return int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))


def _require_baht(currency: str) -> None:
    if currency != "THB":
        raise WrongCurrencyError(currency=currency[:10])


def _day(text: str, entry: _Entry, column: str) -> date:
    """The day of `2026-11-23` or of a moment, told by Bangkok's clock; a Buddhist year is refused, not guessed."""
    match = _DAY.match(text)
    if match is None:
        raise entry.refuse(column, text)
    year = int(match[1])
    if not thai.OLDEST_YEAR <= year < _FARTHEST_YEAR:
        meant = year - BUDDHIST_ERA if year >= _FARTHEST_YEAR else year + BUDDHIST_ERA
        raise WrongEraError(line=entry.number, year=year, meant=meant)
    if "T" in text:
        return _moment(text, entry, column).date()
    return thai.calendar_day(year, int(match[2]), int(match[3]), text, entry.number, column)


def _time(text: str, entry: _Entry) -> time | None:
    return _moment(text, entry, "BookgDt").time().replace(microsecond=0) if text else None


def _moment(text: str, entry: _Entry, column: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone(clock.BANGKOK).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        raise entry.refuse(column, text) from None
