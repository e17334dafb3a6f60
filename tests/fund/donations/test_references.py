"""References: the check character's promise, exhaustively, and what banks and people do to a reference."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund import codes
from fund.codes import ALPHABET
from fund.donations import references

A_CODE = codes.with_check("KK4001")

bodies = st.text(ALPHABET, min_size=9, max_size=9).map(lambda body: "D" + body)
valid = bodies.map(codes.with_check)


def test_the_alphabet_has_29_characters_and_no_look_alikes() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 29
    assert not set("BILOSUZ") & set(ALPHABET)


def test_every_pair_of_different_values_at_every_weight_gives_another_check_character() -> None:
    for weight, (one, other) in itertools.product(range(1, 21), itertools.permutations(range(29), 2)):
        assert weight * one % 29 != weight * other % 29


def test_every_swap_of_neighbours_gives_another_check_character() -> None:
    for weight, (one, other) in itertools.product(range(1, 20), itertools.permutations(range(29), 2)):
        assert (weight * one + (weight + 1) * other) % 29 != (weight * other + (weight + 1) * one) % 29


@pytest.mark.parametrize("reference", [codes.with_check("KK4001"), codes.with_check("D3H7HM1P0Y")])
def test_no_single_substitution_of_a_reference_is_valid(reference: str) -> None:
    for position, character in itertools.product(range(len(reference)), ALPHABET):
        changed = reference[:position] + character + reference[position + 1 :]
        assert references.is_valid(changed) == (changed == reference)


@given(valid)
def test_no_swap_of_two_neighbours_is_valid(reference: str) -> None:
    for position in range(len(reference) - 1):
        one, other = reference[position], reference[position + 1]
        swapped = reference[:position] + other + one + reference[position + 2 :]
        assert references.is_valid(swapped) == (one == other)


@given(st.integers(0, 100))
def test_a_new_reference_is_valid_and_fits_a_bill_payment(_: int) -> None:
    reference = references.new_reference()
    assert references.is_valid(reference)
    assert len(reference) == 11
    assert reference.startswith("D")
    assert reference.isascii()


@given(valid, st.integers(1, 10), st.sampled_from([" ", "-", "  ", " - "]))
def test_a_reference_with_spaces_or_dashes_inside_is_found(reference: str, cut: int, gap: str) -> None:
    assert reference in references.found_in(f"Ref1: {reference[:cut]}{gap}{reference[cut:]}")


@given(valid)
def test_a_reference_in_lower_case_and_look_alikes_is_found(reference: str) -> None:
    mistaken = reference.translate(str.maketrans("01852V", "olbszu")).lower()
    assert references.found_in(f"โอนเงิน {mistaken}, ขอบคุณ") == [reference]


@given(valid, valid)
def test_two_references_in_one_text_are_both_found(one: str, other: str) -> None:
    assert {one, other} <= set(references.found_in(f"{one}/{other}"))
    assert {one, other} <= set(references.found_in(f"{one} {other}"))


@given(valid)
def test_a_reference_glued_to_other_text_is_found(reference: str) -> None:
    assert reference in references.found_in(f"BILLPAYMENT{reference}{A_CODE}")
    assert reference in references.found_in(f"X1 ENET {reference},")


@given(valid)
def test_a_reference_of_single_spaced_characters_is_found(reference: str) -> None:
    assert reference in references.found_in(" ".join(reference))


def test_a_campaign_code_is_found_beside_a_pledge() -> None:
    reference = references.new_reference()
    assert set(references.found_in(f"{reference} {A_CODE}")) >= {reference, A_CODE}
    assert references.found_in(f"ref1={A_CODE.lower()}") == [A_CODE]


def test_a_schools_code_is_as_long_as_ref2_allows() -> None:
    code = codes.with_check("KK4001012")
    assert references.is_valid(code)
    assert references.found_in(f"{code},") == [code]


@given(st.text(max_size=300))
def test_any_text_is_searched_without_complaint_and_gives_only_valid_references(text: str) -> None:
    assert all(references.is_valid(found) for found in references.found_in(text))


@given(st.text(max_size=80))
def test_folding_twice_is_folding_once(text: str) -> None:
    assert codes.fold(codes.fold(text)) == codes.fold(text)


def test_a_cut_reference_is_not_found() -> None:
    assert references.found_in("D123") == []
    assert references.found_in("") == []
