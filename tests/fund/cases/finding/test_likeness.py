"""How well one child is found in two descriptions, and how often two children are taken for one."""

import sys
from dataclasses import replace
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund import spelling
from fund.cases.finding import likeness
from fund.cases.finding.likeness import CERTAIN, SAYS, Described, Mark, compare
from fund.spelling import Alike
from tests.fund.cases.finding.made_up_children import ONE_CHILD, TWO_CHILDREN, a_district, described

LEAST_FOUND = 95  # per cent
MOST_WRONG = 8


def found(pairs: tuple[tuple[tuple[str, str, str, str], tuple[str, str, str, str]], ...]) -> list[bool]:
    return [compare(described(one), described(other)).is_likely for one, other in pairs]


def require_quality() -> tuple[int, int]:
    """Per cent of pairs found that are one child, and of pairs shown that are two."""
    right, wrong = found(ONE_CHILD), found(TWO_CHILDREN)
    recall, mistaken = 100 * sum(right) // len(right), 100 * sum(wrong) // len(wrong)
    assert recall >= LEAST_FOUND and mistaken <= MOST_WRONG, (
        recall,
        mistaken,
        [pair for pair, is_found in zip(ONE_CHILD, right, strict=True) if not is_found],
        [pair for pair, is_found in zip(TWO_CHILDREN, wrong, strict=True) if is_found],
    )
    return recall, mistaken


def test_one_child_is_found_however_the_name_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    recall, mistaken = require_quality()
    pairs = list(combinations(a_district(), 2))
    shown = sum(compare(one, other).is_likely for one, other in pairs)
    with capsys.disabled():
        sys.stdout.write(
            f"\nlikeness: {recall} % of {len(ONE_CHILD)} pairs found; shown wrongly: {mistaken} % of "
            f"{len(TWO_CHILDREN)} hard pairs, {shown} of {len(pairs)} pairs of a district\n"
        )
    assert shown * 1000 <= len(pairs)  # one in a thousand


def test_letters_compared_as_they_stand_find_too_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without the sounds of Thai the same test fails."""
    monkeypatch.setattr(spelling, "_sound", lambda word: word)
    monkeypatch.setattr(spelling, "alike", lambda one, other: Alike.SAME if one == other else Alike.OTHER)
    with pytest.raises(AssertionError):
        require_quality()


def test_everything_alike_shows_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the other side."""
    monkeypatch.setattr(likeness, "LIKELY", 20)
    with pytest.raises(AssertionError):
        require_quality()


def test_the_same_id_is_certain_and_two_ids_speak_against_it() -> None:
    one = Described("สมชาย ใจดี", birth_on=date(2015, 1, 2), national_id="1100000000001")
    assert compare(one, replace(one, name="อื่น", birth_on=None)).score == CERTAIN
    other = compare(one, replace(one, national_id="1100000000002"))
    assert other.reasons[0].mark is Mark.AGAINST
    assert other.score < compare(one, replace(one, national_id="")).score < CERTAIN


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ด.ช. ธนภัทร", "เด็กชายธนภัทร"),
        ("น.ส.วรรณา", "นางสาววันนา"),
        ("ศักดิ์สิทธิ์", "สักสิทธิ"),
        ("จันทร์", "จัน"),
        ("ไชย", "ชัย"),
        ("เพ็ชร", "เพชร"),
        ("นํ้า", "น้ำ"),
        ("ภูมิ", "พูม"),
        ("José", "jose"),
    ],
)
def test_names_that_sound_alike_fold_to_one(one: str, other: str) -> None:
    first, second = spelling.words(one), spelling.words(other)
    assert spelling.alike("".join(first), "".join(second)) in (Alike.SAME, Alike.NEAR), (first, second)


@pytest.mark.parametrize(
    "title", ["", "นาย", "นาง ", "นาง", "นางสาว", "น.ส. ", "เด็กชาย", "ด.ช.", "ด.ญ. ", "Mr. ", "Mrs ", "MISS "]
)
def test_a_title_makes_nobody_another_person(title: str) -> None:
    names = ("มาลี ใจดี", "สมหญิง ทองคำ", "สาวิตรี ดีงาม", "นายิกา แสนสุข", "Somchai Jaidee")
    same = [(one, other) for one in names for other in names if spelling.is_one_name(title + one, other)]
    assert same == [(one, one) for one in names]
    assert not spelling.is_one_name(title, "")


def test_a_name_that_only_begins_like_a_title_is_kept() -> None:
    assert spelling.words("นายิกา") == ["นายิกา"]
    assert spelling.words("เด็กชาย") == spelling.words(" .-") == []


DESCRIBED = st.builds(
    Described,
    st.text(max_size=20),
    st.text(max_size=9),
    st.none() | st.dates(),
    st.none() | st.integers(0, 20),
    st.just(2026),
    st.sampled_from(("", "A", "B")),
    st.sampled_from(("", "1", "2")),
)


@given(DESCRIBED, DESCRIBED)
def test_likeness_is_the_same_both_ways_and_every_reason_has_words(one: Described, other: Described) -> None:
    there, back = compare(one, other), compare(other, one)
    assert there.score == back.score and 0 <= there.score <= CERTAIN
    assert all((reason.about, reason.mark) in SAYS for reason in there.reasons)
