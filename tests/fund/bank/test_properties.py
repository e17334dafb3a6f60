"""However a statement is cut into files, its lines are the same; whatever is done to a file, it is read or refused."""

import random
from datetime import date, time
from itertools import accumulate

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sqlmodel import col, func, select

from fund.bank import identity, queries
from fund.bank.errors import StatementError
from fund.bank.importers import registry
from fund.bank.models import LineRow
from fund.bank.sample_files import SampleLine, camt053, kbank_corporate_csv
from fund.donations.models import DonationRow
from tests import examples
from tests.fund.bank.builders import KBANK, OPENING, SAMPLES, TODAY, Fund, a_camt, a_csv, a_payment

FROM, TO = date(2026, 11, 1), date(2026, 11, 23)
AMOUNTS = st.sampled_from([1000, 1000, 1000, 2000, 10_000, -1000, -1500])
LINES = st.lists(
    st.builds(SampleLine, st.just(date(2026, 11, 2)), AMOUNTS, st.sampled_from(["", "ก", "KK"])),
    min_size=1,
    max_size=12,
)
CUTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6)


def _kbank(lines: list[SampleLine], opening_satang: int) -> bytes:
    return kbank_corporate_csv(KBANK, lines, opening_satang=opening_satang, from_on=FROM, to_on=TO)


def _identities(content: bytes) -> list[str]:
    statement = registry.read(content, "x", today=TODAY)
    return identity.identities(statement.lines, "KBANK:1", ids_are_unique=statement.ids_are_unique)


@settings(max_examples=examples.count(250))
@given(LINES, CUTS)
def test_files_that_overlap_in_any_way_tell_the_lines_of_one_file(
    lines: list[SampleLine], cuts: list[tuple[int, int]]
) -> None:
    """Equal gifts in one second have different balances.

    Only money that came, went and came again in one second under one text stands twice in one place; such lines are
    numbered within a file, and no bank cuts a file inside a second.
    """
    balances = list(accumulate((line.amount_satang for line in lines), initial=OPENING))
    assume(len({(line.amount_satang, b, line.detail) for line, b in zip(lines, balances, strict=False)}) == len(lines))
    whole = _identities(_kbank(lines, OPENING))
    assert len(set(whole)) == len(lines)
    for start, end in (sorted(cut) for cut in cuts):
        if lines[start:end]:
            assert _identities(_kbank(lines[start:end], balances[start])) == whole[start:end]


@given(st.lists(st.tuples(st.sampled_from(["B1", "B2", "B3", ""]), AMOUNTS), min_size=1, max_size=10), st.randoms())
def test_a_camt_whose_entries_are_told_in_another_order_tells_the_same_lines(
    told: list[tuple[str, int]], order: random.Random
) -> None:
    lines = [SampleLine(date(2026, 11, 2), amount, bank_id=number) for number, amount in told]
    shuffled = lines.copy()
    order.shuffle(shuffled)
    both = [
        _identities(camt053(KBANK, some, version, opening_satang=OPENING, from_on=FROM, to_on=TO))
        for some, version in ((lines, 2), (shuffled, 8))
    ]
    assert sorted(both[0]) == sorted(both[1])
    assert len(set(both[0])) == len(lines)


_BASES = [
    (SAMPLES / "kbank_corporate_cp874.csv").read_bytes(),
    (SAMPLES / "selfmade_thb_camt053_v2.xml").read_bytes(),
    (SAMPLES / "selfmade_thb_camt053_v8.xml").read_bytes(),
    a_csv([a_payment("D1"), a_payment("D2")]),
    a_camt([a_payment("D1"), a_payment("D2")]),
]
_EDIT = st.tuples(st.floats(0, 1), st.integers(0, 40), st.binary(max_size=20))


@settings(max_examples=examples.count(400), deadline=2000)
@given(st.sampled_from(_BASES), st.lists(_EDIT, max_size=4))
@example(_BASES[0], [(0.99, 1, b"\xff")])
def test_a_spoilt_file_is_read_or_refused_and_never_breaks(base: bytes, edits: list[tuple[float, int, bytes]]) -> None:
    content = base
    for place, cut, put in edits:
        at = int(place * len(content))
        content = content[:at] + put + content[at + cut :]
    try:
        statement = registry.read(content, "x", today=TODAY)
    except StatementError as refused:
        assert str(refused)
    else:
        moved = sum(line.amount_satang for line in statement.lines)
        assert statement.opening_satang is not None and statement.opening_satang + moved == statement.closing_satang


@settings(max_examples=examples.count(60), deadline=2000)
@given(st.sampled_from(_BASES[:3]), st.floats(0, 0.999))
def test_a_file_cut_anywhere_is_refused(base: bytes, place: float) -> None:
    cut = base.rstrip()[: int(place * len(base.rstrip()))]
    try:
        registry.read(cut, "x", today=TODAY)
    except StatementError:
        return
    # Only blanks and ornaments may be missing: the footer itself, or the end tag, was still there.
    assert "สิ้นสุดรายงาน".encode("cp874") in cut


@settings(max_examples=examples.count(150))
@given(st.binary(max_size=400), st.sampled_from(["x", "x.csv", "x.xml"]))
def test_any_bytes_are_refused_as_statements(content: bytes, name: str) -> None:
    try:
        registry.read(content, name, today=TODAY)
    except StatementError:
        return
    raise AssertionError("nobody writes a statement by chance")


def test_files_in_any_order_give_the_same_books(fund: Fund) -> None:
    """Sixty gifts and fees over five days, told by eleven files that overlap and come shuffled, some twice."""
    seeded = random.Random(2569)
    code = fund.campaign().code
    lines = []
    for n in range(60):
        day, at = date(2026, 11, 1 + n // 12), time(9, n % 3)
        lines.append(SampleLine(day, seeded.choice([1000, 1000, 2000, -500]), seeded.choice([code, "?"]), at))
    balances = [OPENING + sum(line.amount_satang for line in lines[:n]) for n in range(61)]
    pieces = [(0, 20), (10, 30), (20, 45), (30, 50), (45, 60), (0, 5), (55, 60), (0, 60), (12, 36), (20, 45), (0, 1)]
    seeded.shuffle(pieces)
    for start, end in pieces:
        fund.take(_kbank(lines[start:end], balances[start]))
        fund.settle()
    came = [line for line in lines if line.amount_satang > 0]
    with fund.database.read() as session:
        total = session.exec(select(func.count(), func.sum(col(LineRow.amount_satang)))).one()
        assert total == (60, sum(line.amount_satang for line in lines))
        gifts = session.exec(select(func.sum(col(DonationRow.amount_satang)))).one()
        assert gifts == sum(line.amount_satang for line in came if line.detail == code)
        waits = queries.remainder(session)
        assert waits.came_satang == sum(line.amount_satang for line in came if line.detail == "?")
