"""Amounts and days in words."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts import words
from receipts.errors import AmountNotWritableError

CASES = json.loads((Path(__file__).parent / "bahttext.json").read_text(encoding="utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["amount"])
def test_thai_words_read_as_recommended(case: dict[str, str]) -> None:
    baht, _, satang = case["amount"].partition(".")
    assert words.baht_words(int(baht) * 100 + int(satang.ljust(2, "0"))) == case["recommended"]


@pytest.mark.parametrize(
    ("baht", "thai"),
    [
        (1_000_000, "หนึ่งล้าน"),
        (11_000_000, "สิบเอ็ดล้าน"),
        (21_000_021, "ยี่สิบเอ็ดล้านยี่สิบเอ็ด"),
        (1_000_000_000_000, "หนึ่งล้านล้าน"),
        (1_000_001_000_001, "หนึ่งล้านเอ็ดล้านเอ็ด"),
        (20_000_000_000_000, "ยี่สิบล้านล้าน"),
    ],
)
def test_millions_nest(baht: int, thai: str) -> None:
    assert words.baht_words(baht * 100) == f"{thai}บาทถ้วน"


@pytest.mark.parametrize(
    ("satang", "english"),
    [
        (0, "zero baht"),
        (1, "one satang"),
        (1_000, "ten baht"),
        (1_050, "ten baht and fifty satang"),
        (1_234_521, "twelve thousand three hundred forty-five baht and twenty-one satang"),
        (100_000_000_100, "one billion one baht"),
        (200_000_000, "two million baht"),
        (100_000_000_000_000, "one trillion baht"),
    ],
)
def test_english_words(satang: int, english: str) -> None:
    assert words.english_baht_words(satang) == english


@settings(deadline=None)
@given(st.integers(min_value=0, max_value=10**15), st.integers(min_value=0, max_value=10**15))
def test_two_amounts_never_read_the_same(one: int, other: int) -> None:
    assert (words.baht_words(one) == words.baht_words(other)) == (one == other)
    assert (words.english_baht_words(one) == words.english_baht_words(other)) == (one == other)


@pytest.mark.parametrize("write", [words.baht_words, words.english_baht_words])
def test_less_than_nothing_has_no_words(write: object) -> None:
    assert callable(write)
    with pytest.raises(AmountNotWritableError):
        write(-1)


def test_days_are_written_in_the_buddhist_era() -> None:
    day = date(2026, 11, 23)
    assert words.thai_date(day) == "23 พฤศจิกายน 2569"
    assert words.thai_date(day, short=True) == "23 พ.ย. 2569"
    assert words.english_date(day) == "23 November 2026"
