"""Codes and numbers that come back typed: forgiving in form, exact in substance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts import codes, numbering
from receipts.numbering import Series


def test_codes_hold_more_than_128_bits_and_no_look_alikes() -> None:
    assert len(codes.ALPHABET) ** codes.LENGTH > 2**128
    assert not set("BILOSUZ") & set(codes.ALPHABET)
    drawn = {codes.new_code() for _ in range(200)}
    assert len(drawn) == 200 and set("".join(drawn)) == set(codes.ALPHABET)


@pytest.mark.parametrize("mangle", [str.lower, codes.grouped, lambda code: f" {code[:9]} - {code[9:]}\n"])
def test_a_code_is_known_again_however_it_was_typed(mangle: object) -> None:
    assert callable(mangle)
    code = codes.new_code()
    assert codes.is_same(code, mangle(code))


def test_look_alikes_are_forgiven() -> None:
    assert codes.fold("oILbSZu" + "0" * 21) == "011852V" + "0" * 21


@pytest.mark.parametrize("typed", ["", "K7Q2", "?" * 28, "ก" * 28, "0" * 29, "0" * 100_000, "٠" * 28])
def test_what_is_no_code_equals_no_code(typed: str) -> None:
    assert codes.fold(typed) == ""
    assert not codes.is_same(codes.new_code(), typed)


def test_codes_are_printed_in_groups_of_four() -> None:
    assert codes.grouped("0123456789ACDEFGHJKMNPQRTVWX") == "0123 4567 89AC DEFG HJKM NPQR TVWX"


@settings(deadline=None)
@given(st.from_regex(r"[A-Z]([A-Z0-9]{0,6}[A-Z])?", fullmatch=True), st.integers(2000, 2600), st.integers(1, 10**9))
def test_a_number_is_read_back_without_its_dashes(book: str, year: int, running: int) -> None:
    number = Series(book, "donation", year).number(running)
    assert numbering.fold(number) == number
    assert numbering.fold(number.lower().replace("-", " ")) == number
    assert numbering.fold(number.replace("-", "")) == number


@pytest.mark.parametrize("typed", ["", "KK", "KK-2570", "KK-2570-1", "2570-000001", "ก-2570-000001", "K" * 99])
def test_what_is_no_number_is_nothing(typed: str) -> None:
    assert numbering.fold(typed) == ""
