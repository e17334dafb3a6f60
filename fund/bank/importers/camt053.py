"""ISO 20022 bank-to-customer statements, camt.053 versions 2 to 8: booked entries of one account.

Knows batch entries (one booking of many transactions). The servicer's reference is unique by the standard
("assigned by the account servicing institution to unambiguously identify the entry"), so it is an identity here.
Refuses a DTD, other currencies, several accounts, and sums that do not agree.
"""

import io
import re
from collections import Counter
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
    ForbiddenXmlError,
    MissingPartError,
    TwoAccountsError,
    WrongCurrencyError,
    WrongEraError,
)
from fund.bank.importers import text as thai
from fund.bank.importers.protocol import (
    BUDDHIST_ERA,
    Heading,
    Lines,
    StatementLine,
    check_amount,
    check_count,
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


def identify(content: bytes) -> bool:
    """Whether the document declares a camt.053 we know, or tries to smuggle a DTD into one."""
    return _NAMESPACE.search(content[:65536]) is not None


def read(content: bytes) -> Lines:
    """The lines, proved by balances and, where the bank gives them, counts and sums."""
    if _DOCTYPE.search(content):
        raise ForbiddenXmlError()
    parts: list[_Part] = []  # one a day at most, and small
    position, entries, tally = 0, 0, _Tally()
    for element in _elements(content):
        if element.tag == "Ntry":
            entries += 1
            found = _lines(_Entry(element, entries))
            tally.add(element, found)
            for line in found:
                if line.amount_satang:  # an entry of 0.00 moves no money
                    position += 1
                    yield replace(line, position=position)
            element.clear()
        elif element.tag == "Stmt":
            parts.append(_part(element, tally, parts))
            tally = _Tally()
            element.clear()
    if not parts:
        raise MissingPartError(part="Stmt")
    first, last = parts[0], parts[-1]
    return Heading(first.account, first.from_on, last.to_on, first.opening_satang, last.closing_satang, True)


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
        self.counts: Counter[tuple[bool, int]] = Counter()  # by whether they are booked, and by sign
        self.sums: Counter[tuple[bool, int]] = Counter()

    @property
    def moved(self) -> int:
        """Satang of what is booked, signed."""
        return self.sums[True, 1] - self.sums[True, -1]

    def add(self, entry: Element, lines: list[StatementLine]) -> None:
        amount = sum(line.amount_satang for line in lines)
        amount = amount if lines else _signed(_Entry(entry, 0), entry.find("Amt"), entry)
        kind = bool(lines), (amount > 0) - (amount < 0)
        self.counts[kind] += 1
        self.sums[kind] += abs(amount)

    def check(self, statement: Element) -> None:
        """Refuse a summary that neither all entries nor the booked ones make."""
        for name, signs in (("TtlNtries", (1, -1)), ("TtlCdtNtries", (1,)), ("TtlDbtNtries", (-1,))):
            summary = statement.find(f"TxsSummry/{name}")
            if summary is not None:
                self._check_one(name, summary, signs)

    def _check_one(self, name: str, summary: Element, signs: tuple[int, ...]) -> None:
        """An entry of 0.00 is counted by some banks, on either side, and not by others."""
        count, total = _text(summary, "NbOfNtries"), _text(summary, "Sum")
        made = [
            (sum(self.counts[which] for which in kinds), sum(self.sums[which] for which in kinds))
            for counted in ((*signs, 0), signs)
            for kinds in (
                [(True, sign) for sign in counted],
                [(is_booked, sign) for sign in counted for is_booked in (True, False)],
            )
        ]
        chosen = next((one for one in made if count == str(one[0])), made[0])
        if count:
            check_count(name, int(count) if count.isdecimal() and len(count) < 10 else -1, chosen[0])
        if total:
            check_amount(name, _satang(total, _Entry(summary, 0), name), chosen[1])


def _part(statement: Element, tally: _Tally, before: list[_Part]) -> _Part:
    """A `Stmt` that its own balances and summary prove, and that follows from the one before."""
    tally.check(statement)
    account = _text(statement, "Acct/Id/IBAN") or _text(statement, "Acct/Id/Othr/Id")
    number = re.sub(r"[^0-9]", "", account)
    if not number:
        raise MissingPartError(part="Acct")
    _require_baht(_text(statement, "Acct/Ccy") or "THB")
    opening, _ = _balance(statement, "OPBD", "PRCD")
    closing, to_on = _balance(statement, "CLBD")
    begins = _text(statement, "FrToDt/FrDtTm") or _text(statement, "FrToDt/FrDt")
    from_on = _day(begins, _Entry(statement, 0), "FrToDt") if begins else None
    check_amount("CLBD", closing, opening + tally.moved)
    if before and before[-1].account != number:
        raise TwoAccountsError()
    if before:
        check_amount("OPBD", opening, before[-1].closing_satang)
    return _Part(number, from_on, to_on, opening, closing)


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
