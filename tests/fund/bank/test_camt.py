"""What ISO 20022's statements and notifications say, whole and in parts; bombs in them are refused in bounds."""

import resource
import subprocess
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fund.bank.errors import (
    BrokenEntryError,
    BrokenTotalError,
    BrokenXmlError,
    ForbiddenXmlError,
    MissingPartError,
    OutsidePeriodError,
    StatementError,
    UnknownFormatError,
)
from fund.bank.importers import registry
from fund.bank.importers.protocol import StatementLine
from fund.bank.importers.proving import StatementFile
from fund.bank.sample_files import SampleLine
from fund.db import Database
from tests import examples
from tests.fund.bank.builders import KBANK, OPENING, TODAY, Fund, a_camt, a_fee, a_gift

SECONDS, KILOBYTES = 1, 50 << 10
DAY = "2026-11-02"


def read(content: bytes) -> StatementFile:
    return registry.read(content, "statement.xml", today=TODAY)


def lines(content: bytes) -> list[StatementLine]:
    return list(read(content).lines)


def an_entry(satang: int, number: str = "E1", details: str = "", *, side: str = "CRDT", more: str = "") -> str:
    """A booked entry of version 8."""
    own = f"<AcctSvcrRef>{number}</AcctSvcrRef>" if number else ""
    return (
        f'<Ntry><Amt Ccy="THB">{_baht(satang)}</Amt><CdtDbtInd>{side}</CdtDbtInd>{more}<Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt>{own}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def a_part(satang: int, reference: str) -> str:
    """One transaction of a batch."""
    amount = f'<Amt Ccy="THB">{_baht(satang)}</Amt>'
    return f"<TxDtls><Refs><EndToEndId>{reference}</EndToEndId></Refs>{amount}</TxDtls>"


def a_statement(*entries: str, closing: int, opening: int = OPENING, version: int = 8) -> bytes:
    """A camt.053 with these entries."""
    return _document(
        "053", "BkToCstmrStmt", "Stmt", _balance("OPBD", opening) + _balance("CLBD", closing), entries, version
    )


def a_notification(*entries: str, count: int | None = None, version: int = 8) -> bytes:
    """A camt.054 with these entries."""
    summary = f"<TxsSummry><TtlNtries><NbOfNtries>{count}</NbOfNtries></TtlNtries></TxsSummry>" if count else ""
    return _document("054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", summary, entries, version)


def _document(kind: str, outer: str, whole: str, balances: str, entries: tuple[str, ...], version: int) -> bytes:
    return (
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{kind}.001.{version:02d}"><{outer}><{whole}>'
        f"<Acct><Id><Othr><Id>{KBANK}</Id></Othr></Id><Ccy>THB</Ccy></Acct>{balances}{''.join(entries)}"
        f"</{whole}></{outer}></Document>"
    ).encode()


def _balance(code: str, satang: int) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="THB">{_baht(satang)}</Amt>'
        f"<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>{DAY}</Dt></Dt></Bal>"
    )


def _baht(satang: int) -> str:
    return f"{satang // 100}.{satang % 100:02d}"


PARTS = a_part(1_000, "D0000000001") + a_part(1_000, "D0000000002") + a_part(1_000, "D0000000003")
WHOLE = a_statement(an_entry(3_000, "E1", "<Btch><NbOfTxs>3</NbOfTxs></Btch>"), closing=OPENING + 3_000)
IN_PARTS = a_statement(an_entry(3_000, "E1", PARTS), closing=OPENING + 3_000)
NOTIFIED = a_notification(an_entry(3_000, "E1", PARTS))


@pytest.mark.parametrize("version", range(2, 9))
def test_every_version_of_both_kinds_is_read(version: int) -> None:
    sample = [SampleLine(TODAY, 1_000, "ขอบคุณ", time(8, 30), bank_id="B1", payer="นาย ก")]
    (line,) = lines(a_camt(sample, version))
    assert (line.amount_satang, line.bank_id, line.payer) == (1_000, "B1", "นาย ก")
    assert [line.amount_satang for line in lines(a_notification(an_entry(500), version=version))] == [500]


@pytest.mark.parametrize("version", [1, 9, 10])
def test_other_versions_are_refused(version: int) -> None:
    with pytest.raises(UnknownFormatError):
        read(a_notification(an_entry(500), version=version))


def test_a_notification_has_no_balances_and_is_proved_by_its_end() -> None:
    notified = read(NOTIFIED)
    assert (notified.opening_satang, notified.closing_satang, notified.is_end_proven) == (None, None, True)
    assert notified.line_count == 3


def test_a_notification_without_the_banks_own_numbers_is_refused() -> None:
    """It tells a part of a day: without numbers, twins in two files could not be told from one gift told twice."""
    with pytest.raises(MissingPartError, match="AcctSvcrRef"):
        read(a_notification(an_entry(500, "")))


def test_a_notification_that_counts_more_than_it_tells_is_refused() -> None:
    with pytest.raises(BrokenTotalError):
        read(a_notification(an_entry(500), count=2))


@pytest.mark.parametrize(("side", "moved"), [("CRDT", 1_000), ("DBIT", -1_000)])
def test_an_entry_that_takes_another_back_is_signed_as_it_is_booked(side: str, moved: int) -> None:
    reversal = an_entry(1_000, side=side, more="<RvslInd>true</RvslInd>")
    (line,) = lines(a_statement(reversal, closing=OPENING + moved))
    assert (line.amount_satang, line.channel) == (moved, "RvslInd")
    with pytest.raises(BrokenTotalError):
        read(a_statement(reversal, closing=OPENING - moved))


@pytest.mark.parametrize("order", [(WHOLE, IN_PARTS), (IN_PARTS, WHOLE), (NOTIFIED, WHOLE), (WHOLE, NOTIFIED)])
def test_money_told_once_whole_and_once_in_parts_is_taken_once(
    order: tuple[bytes, bytes], database: Database, tmp_path: Path
) -> None:
    fund = Fund(database, tmp_path)
    first, again = fund.take(order[0], "a.xml"), fund.take(order[1], "b.xml")
    assert (first.new, again.new) == (3 if b"TxDtls" in order[0] else 1, 0)


def test_two_bookings_of_equal_sums_are_two() -> None:
    both = a_statement(an_entry(3_000, "E1", PARTS), an_entry(3_000, "E2", PARTS), closing=OPENING + 6_000)
    assert [line.bank_id for line in lines(both)] == ["E1"] * 3 + ["E2"] * 3


def test_parts_tell_which_booking_they_are_of(database: Database, tmp_path: Path) -> None:
    fund = Fund(database, tmp_path)
    fund.take(IN_PARTS, "a.xml")
    second = an_entry(3_000, "E2", "<Btch><NbOfTxs>3</NbOfTxs></Btch>")
    later = a_statement(an_entry(3_000, "E1"), second, closing=OPENING + 6_000)
    assert (fund.take(later, "b.xml").known, [line.entry_satang for line in lines(IN_PARTS)]) == (1, [3_000] * 3)


def test_what_stands_in_another_namespace_is_nothing_to_us() -> None:
    foreign = an_entry(9_900).replace("<Ntry>", '<Ntry xmlns="urn:other">')
    assert len(lines(a_statement(an_entry(500), foreign, closing=OPENING + 500))) == 1


def test_a_batch_in_two_blocks_is_counted_in_each() -> None:
    block = "<Btch><NbOfTxs>{}</NbOfTxs></Btch>{}"
    two = block.format(1, a_part(1_000, "R1")) + "</NtryDtls><NtryDtls>" + block.format(2, a_part(500, "R2") * 2)
    assert [line.amount_satang for line in lines(a_statement(an_entry(2_000, "E", two), closing=OPENING + 2_000))] == [
        1_000, 500, 500,
    ]  # fmt: skip
    short = block.format(1, a_part(1_000, "R1")) + "</NtryDtls><NtryDtls>" + block.format(3, a_part(500, "R2") * 2)
    with pytest.raises(BrokenEntryError):
        read(a_statement(an_entry(2_000, "E", short), closing=OPENING + 2_000))


GOOD = a_camt([a_gift(1_000, "ขอบคุณ"), a_gift(2_500, day=3), a_fee()])
ATTRIBUTES = [f'a{n}=""' for n in range(1_000_000)]
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))

BAD: dict[str, tuple[Callable[[], bytes], type[StatementError]]] = {
    "an external entity": (
        lambda: b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>' + GOOD.replace(b"<Nm>", b"<Nm>&e;"),
        ForbiddenXmlError,
    ),
    "an external DTD": (lambda: b'<!DOCTYPE Document SYSTEM "http://127.0.0.1/x.dtd">' + GOOD, ForbiddenXmlError),
    "a thousand million laughs": (
        lambda: f'<!DOCTYPE x [<!ENTITY l0 "lol">{LAUGHS}]>'.encode() + GOOD, ForbiddenXmlError,
    ),
    "one long entity, often": (
        lambda: f'<!DOCTYPE x [<!ENTITY l "{"a" * 20_000}">]>'.encode()
        + GOOD.replace("ขอบคุณ".encode(), b"&l;" * 10_000), ForbiddenXmlError,
    ),
    "a million attributes": (lambda: with_attributes(1_000_000), BrokenXmlError),
    "deep nesting": (lambda: GOOD.replace(b"<Stmt>", b"<Stmt>" + b"<a>" * 1_000_000), BrokenXmlError),
    "a million elements in an entry": (
        lambda: GOOD.replace(b"<NtryDtls>", b"<NtryDtls>" + b"<a/>" * 1_000_000, 1), BrokenXmlError,
    ),
    "a million parts of a booking": (
        lambda: GOOD.replace(b"<NtryDtls>", b"<NtryDtls>" + b"<TxDtls/>" * 1_000_000, 1), BrokenXmlError,
    ),
    "a line of ten megabytes": (lambda: GOOD.replace("ขอบคุณ".encode(), b"x" * 10_000_000), BrokenXmlError),
    "a comment of ten megabytes": (
        lambda: GOOD.replace(b"<Stmt>", b"<!--" + b"x" * 10_000_000 + b"--><Stmt>"), BrokenXmlError,
    ),
    "a tag without an end": (lambda: GOOD.replace(b"</Ntry>", b"", 1), BrokenXmlError),
    "NUL bytes": (lambda: GOOD.replace(b"<Stmt>", b"\x00<Stmt>"), StatementError),
    "an entry twice": (lambda: _twice(GOOD), BrokenTotalError),
    "an entry gone": (lambda: _without(GOOD), BrokenTotalError),
    "a year before": (lambda: GOOD.replace(b"2026-11-02", b"2025-11-02"), OutsidePeriodError),
}  # fmt: skip


def with_attributes(count: int) -> bytes:
    return GOOD.replace(b"<Stmt>", f"<Stmt {' '.join(ATTRIBUTES[:count])}>".encode())


def _first_entry(content: bytes) -> bytes:
    return content[content.index(b"<Ntry>") : content.index(b"</Ntry>") + 7]


def _twice(content: bytes) -> bytes:
    return content.replace(_first_entry(content), _first_entry(content) * 2, 1)


def _without(content: bytes) -> bytes:
    return content.replace(_first_entry(content), b"", 1)


@pytest.mark.parametrize("case", BAD)
def test_a_bomb_or_a_change_is_refused_in_bounds(case: str) -> None:
    make, error = BAD[case]
    content = make()
    before, begun = resource.getrusage(resource.RUSAGE_SELF), _computed()
    with pytest.raises(error):
        read(content)
    assert _computed() - begun < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss < KILOBYTES


def _computed() -> float:
    return sum(resource.getrusage(resource.RUSAGE_SELF)[:2])


def test_without_its_bounds_a_bomb_would_be_felt() -> None:
    """The control: the attributes, given to the same parser without looking before."""
    reader = (
        "import io, pathlib, re, sys, defusedxml.ElementTree as tree\n"
        "content = sys.stdin.buffer.read()\n"
        "highest = lambda: int(re.search('VmHWM:\\\\s+(\\\\d+)', pathlib.Path('/proc/self/status').read_text())[1])\n"
        "before = highest()\n"
        "for _ in tree.iterparse(io.BytesIO(content), forbid_dtd=True): pass\n"
        "print(highest() - before)"
    )
    bomb = with_attributes(400_000)
    done = subprocess.run([sys.executable, "-c", reader], input=bomb, capture_output=True, check=True, timeout=60)
    assert int(done.stdout) > KILOBYTES


@pytest.mark.parametrize("end", range(1, len(GOOD) - 1, 97))
def test_a_statement_that_is_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises(StatementError):
        read(GOOD[:end])


@settings(max_examples=examples.count(200))
@given(st.integers(0, len(GOOD)), st.integers(0, 40), st.binary(max_size=40))
def test_noise_in_a_statement_is_refused_or_changes_no_money(begin: int, length: int, noise: bytes) -> None:
    spoilt = GOOD[:begin] + noise + GOOD[begin + length :]
    try:
        moved = [line.amount_satang for line in read(spoilt).lines]
    except StatementError:
        return
    assert moved == [1_000, 2_500, -1_500]
