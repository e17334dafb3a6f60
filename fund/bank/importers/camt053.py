"""ISO 20022 statements (camt.053) and notifications (camt.054) of versions 2 to 8: booked entries of one account.

Knows batch entries (one booking of many transactions), and that an entry that reverses another is signed as it is
booked. The servicer's reference is unique by the standard ("assigned by the account servicing institution to
unambiguously identify the entry"), so it is an identity here; a notification, which tells a part of a day, must have
it. Refuses a DTD, trees that no bank grows, other currencies, several accounts, and sums that do not agree.
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
    UnknownFormatError,
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
EXTENSIONS: Final = (".xml", ".camt", ".camt053", ".camt054")
IDS_ARE_UNIQUE: Final = True

_NAMESPACE = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05([34])\.001\.0[2-8]")
_DECLARED = re.compile(_NAMESPACE.pattern.encode() + rb"\b")
_ENDLESS = re.compile(rb"[<>][^<>]{32768}")  # one tag, or one text, of a length that no bank writes
_DEEPEST: Final = 40
_LONGEST_TALK: Final = 20_000  # beginnings and ends of elements that bring us no nearer to a line
_MOST_PARTS: Final = 50_000  # of one booking
_NOTHING = frozenset({"NOTPROVIDED", "NONREF", "NOTAVAILABLE", "N/A", "-", "0"})
_DAY = re.compile(r"^([0-9]{4})-([0-9]{2})-([0-9]{2})")
_AMOUNT = re.compile(r"^([0-9]{1,13})(?:\.([0-9]{1,2})0{0,3})?$")
_FARTHEST_YEAR = 2400
_WHOLES: Final = ("Stmt", "Ntfctn")


class _Entry(NamedTuple):
    """One `Ntry` and its number in the document."""

    element: Element
    number: int

    def refuse(self, column: str, value: str) -> BrokenLineError:
        return BrokenLineError(line=self.number, column=column, value=value[:40])


class _Part(NamedTuple):
    """One `Stmt` or `Ntfctn`: a document may hold several of the same account, one a day."""

    account: str
    from_on: date | None
    to_on: date | None
    opening_satang: int | None
    closing_satang: int | None


def identify(content: bytes) -> bool:
    """Whether the document declares a version that we know, or tries to smuggle a DTD into one."""
    return _DECLARED.search(content[:65536]) is not None


def read(content: bytes) -> Lines:
    """The lines, proved by balances where there are any, by counts and sums where the bank gives them."""
    if endless := _ENDLESS.search(content):
        raise BrokenXmlError(line=content.count(b"<Ntry>", 0, endless.start()) + 1)
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
        else:
            is_notification = element.tag == "Ntfctn"
            parts.append(_part(element, tally, parts, has_balances=not is_notification))
            tally = _Tally()
    if not parts:
        raise MissingPartError(part="Stmt")
    first, last = parts[0], parts[-1]
    return Heading(first.account, first.from_on, last.to_on, first.opening_satang, last.closing_satang, True)


def _elements(content: bytes) -> Iterator[Element]:
    """Each `Ntry`, then the `Stmt` or `Ntfctn` it stood in, as they end; names without our namespace.

    An entry is taken off its tree, so that memory holds one at a time. What stands in another namespace keeps its
    name and so is nothing to us.
    """
    entries, parts, count = 0, 0, 0
    path, names = list[Element](), dict[str, str]()
    try:
        for event, element in defusedxml.ElementTree.iterparse(
            io.BytesIO(content), events=("start", "end"), forbid_dtd=True
        ):
            count += 1
            if event == "start":
                if element.tag not in names:
                    names[element.tag] = _name(element.tag, names)
                element.tag = names[element.tag]
                path.append(element)
                if len(path) > _DEEPEST or count > _LONGEST_TALK or parts > _MOST_PARTS:
                    raise BrokenXmlError(line=entries + 1)
                continue
            path.pop()
            if element.tag == "Ntry" and path and path[-1].tag in _WHOLES:
                entries += 1
                yield element
                path[-1].remove(element)  # the parser is ahead of us: what stands last there may be another
                parts = count = 0
            elif element.tag == "TxDtls":
                parts, count = parts + 1, 0
            elif element.tag in _WHOLES:
                yield element
                element.clear()
    except DefusedXmlException:
        raise ForbiddenXmlError() from None
    except (ParseError, ValueError, LookupError):
        raise BrokenXmlError(line=entries + 1) from None


def _name(tag: str, names: dict[str, str]) -> str:
    """A tag without the namespace, if that is the document's own: the first tag's, and one that we know."""
    namespace, _, name = tag.removeprefix("{").rpartition("}")
    if not names and not _NAMESPACE.fullmatch(namespace):
        raise UnknownFormatError()
    return name if not names or namespace == next(iter(names)).removeprefix("{").partition("}")[0] else tag


class _Tally:
    """Counts and sums of the entries of one `Stmt`, to be held against its `TxsSummry`."""

    def __init__(self) -> None:
        self.counts: Counter[tuple[bool, int]] = Counter()  # by whether they are booked, and by sign
        self.sums: Counter[tuple[bool, int]] = Counter()
        self.has_nameless = False  # an entry without the bank's own number

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
        self.has_nameless = self.has_nameless or any(not line.bank_id for line in lines)

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


def _part(whole: Element, tally: _Tally, before: list[_Part], *, has_balances: bool) -> _Part:
    """A `Stmt` that its own balances and summary prove, and that follows from the one before; or a `Ntfctn`."""
    tally.check(whole)
    account = _text(whole, "Acct/Id/IBAN") or _text(whole, "Acct/Id/Othr/Id")
    number = re.sub(r"[^0-9]", "", account)
    if not number:
        raise MissingPartError(part="Acct")
    if before and before[-1].account != number:
        raise TwoAccountsError()
    _require_baht(_text(whole, "Acct/Ccy") or "THB")
    begins = _text(whole, "FrToDt/FrDtTm") or _text(whole, "FrToDt/FrDt")
    from_on = _day(begins, _Entry(whole, 0), "FrToDt") if begins else None
    if not has_balances:
        if tally.has_nameless:
            raise MissingPartError(part="AcctSvcrRef")
        return _Part(number, from_on, None, None, None)
    opening, _ = _balance(whole, "OPBD", "PRCD")
    closing, to_on = _balance(whole, "CLBD")
    check_amount("CLBD", closing, opening + tally.moved)
    if before and before[-1].closing_satang is not None:
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
    for block in element.findall("NtryDtls"):
        _check_batch(entry, block)
    details = element.findall("NtryDtls/TxDtls")
    amounts = [_detail_amount(entry, detail) for detail in details]
    if element.find(".//Chrgs") is None and None not in amounts and details:
        if sum(filter(None, amounts)) != amount:
            found = format_baht(sum(filter(None, amounts)))
            raise BrokenEntryError(line=entry.number, expected=format_baht(amount), found=found)
        if len(details) > 1:
            return [_line(entry, own or 0, [detail], amount) for own, detail in zip(amounts, details, strict=True)]
    return [_line(entry, amount, details)]


def _check_batch(entry: _Entry, block: Element) -> None:
    """Refuse a batch that lacks transactions which it announces; it may tell none of them."""
    announced, found = _text(block, "Btch/NbOfTxs"), len(block.findall("TxDtls"))
    if found and announced and announced.lstrip("0") != str(found):
        raise BrokenEntryError(line=entry.number, expected=announced, found=found)


def _detail_amount(entry: _Entry, detail: Element) -> int | None:
    """Satang of one transaction of a batch, signed; None if the bank gives none in baht."""
    amount = detail.find("Amt")
    if amount is None:
        amount = detail.find("AmtDtls/TxAmt/Amt")
    if amount is None or amount.get("Ccy") != "THB":
        return None
    return _signed(entry, amount, detail if detail.find("CdtDbtInd") is not None else entry.element)


def _line(entry: _Entry, amount_satang: int, details: list[Element], of_satang: int | None = None) -> StatementLine:
    """The line of an entry, or of one part of an entry of `of_satang`."""
    element = entry.element
    booked = _text(element, "BookgDt/Dt") or _text(element, "BookgDt/DtTm")
    value = _text(element, "ValDt/Dt") or _text(element, "ValDt/DtTm")
    bank_id = _meaningful(_text(element, "AcctSvcrRef"))
    if not bank_id and len(details) == 1:
        bank_id = _meaningful(_text(details[0], "Refs/AcctSvcrRef"))
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
        bank_id=bank_id,
        payer=_payer(details, "Dbtr" if amount_satang > 0 else "Cdtr"),
        channel=_channel(element),
        entry_satang=of_satang if _meaningful(_text(element, "AcctSvcrRef")) else None,
    )


def _channel(entry: Element) -> str:
    """The bank's code of the entry's kind, and whether it takes another back."""
    code = _text(entry, "BkTxCd/Prtry/Cd") or _text(entry, "BkTxCd/Domn/Fmly/SubFmlyCd")
    return f"{code} RvslInd".strip() if _text(entry, "RvslInd") in ("true", "1") else code


def _words(entry: Element, details: list[Element]) -> str:
    """Everything the bank and the payer wrote, once each."""
    found = [element.text or "" for detail in details for element in detail.findall("RmtInf/Ustrd")]
    found += [_text(detail, "AddtlTxInf") for detail in details]
    found.append(_text(entry, "AddtlNtryInf"))
    return thai.fold(" ".join(dict.fromkeys(filter(None, found))))


def _references(details: list[Element]) -> tuple[str, ...]:
    paths = ("Refs/EndToEndId", "RmtInf/Strd/CdtrRefInf/Ref", "Refs/InstrId", "Refs/ChqNb", "Refs/AcctSvcrRef")
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
