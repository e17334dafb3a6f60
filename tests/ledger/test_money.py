"""Amounts: read as people type them, written as they read them, never guessed."""

import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.errors import AmountError, AmountNotPositiveError, AmountTooFineError, AmountTooLargeError
from ledger.money import Satang, format_baht, format_plain_baht, parse_baht
from tests import examples

TYPED = st.integers(min_value=1, max_value=10**11 - 1)  # up to 9 digits of baht


@given(TYPED)
@settings(max_examples=examples.count(2_000))
def test_what_is_written_is_read_back(amount: int) -> None:
    assert parse_baht(format_baht(amount)) == amount
    assert parse_baht(format_plain_baht(amount)) == amount
    assert parse_baht(format_baht(amount, short=True)) == amount
    assert parse_baht(format_baht(amount).translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))) == amount


def some_amounts(count: int) -> Iterator[int]:
    """Of every length up to nine digits of baht."""
    chance = random.Random(20_261_123)
    return (chance.randrange(1, 10 ** chance.randint(1, 11)) for _ in range(count))


def test_amounts_of_every_length_are_read_back() -> None:
    misread = [
        amount
        for amount in some_amounts(examples.count(50_000))
        if {parse_baht(format_baht(amount)), parse_baht(format_plain_baht(amount))} != {amount}
    ]
    assert misread == []


def test_a_float_would_misread_some() -> None:
    """The control: read through a float, some of the same amounts lose a satang."""
    assert [amount for amount in some_amounts(1_000) if int(float(format_plain_baht(amount)) * 100) != amount]


@given(st.integers(min_value=-(10**18), max_value=10**18))
def test_every_amount_is_written_with_two_decimals(amount: int) -> None:
    text = format_plain_baht(amount)
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    baht, satang = digits.split(".")
    assert len(satang) == 2
    assert sign * (int(baht) * 100 + int(satang)) == amount
    assert format_baht(amount).replace(",", "") == text


@given(st.text(max_size=30) | st.from_regex(r"[-+ ]?[0-9๐-๙,._eE]{0,12}", fullmatch=True))
@settings(max_examples=examples.count(1_000))
def test_any_text_is_an_amount_or_refused(text: str) -> None:
    try:
        amount = parse_baht(text)
    except AmountError as refusal:
        assert str(refusal)
    else:
        assert 0 < amount < 10**11


@pytest.mark.parametrize(
    ("typed", "satang"),
    [("10", 1_000), (" ๑,๐๐๐ ", 100_000), ("10.5", 1_050), ("0.01", 1), ("1,234,567.89", 123_456_789), ("๑๐", 1_000)],
)
def test_people_write_amounts_in_many_ways(typed: str, satang: int) -> None:
    assert parse_baht(typed) == satang


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        *((text, AmountNotPositiveError) for text in ("0", "0.00", "-5", "−5", "-0.001")),
        *((text, AmountTooFineError) for text in ("10.005", "0.0001")),
        *((text, AmountTooLargeError) for text in ("1234567890123", "9" * 40)),
        *((text, AmountError) for text in ("", " ", "NaN", "1e9", "Infinity", "1_000", "10,00", ",5", ".5", "10 000")),
        *((text, AmountError) for text in ("0x10", "+5", "ten", "10.", "1.2.3", "5-", "9" * 60, "10\n20")),
    ],
)
def test_what_is_not_plainly_an_amount_is_refused(typed: str, error: type[AmountError]) -> None:
    with pytest.raises(error) as refusal:
        parse_baht(typed)
    assert type(refusal.value) is error


def test_the_limit_is_the_largest_amount_taken() -> None:
    assert parse_baht("2,000", limit=Satang(200_000)) == 200_000
    with pytest.raises(AmountTooLargeError, match="above 2,000 baht"):
        parse_baht("2,000.01", limit=Satang(200_000))
    with pytest.raises(AmountTooLargeError, match="above 2,000 baht"):
        parse_baht("12345678901", limit=Satang(200_000))
