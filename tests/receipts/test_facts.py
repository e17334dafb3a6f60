"""Facts are frozen as bytes that never change, and nothing of the donor is in the open ones."""

from dataclasses import asdict
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from receipts import facts, kinds
from receipts.donors import DonorPart
from receipts.errors import FactsError, UnknownKindError
from receipts.facts import ReceiptFacts
from tests.receipts.builders import ISSUER, some_facts

PRINTABLE = st.text(st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=40)


def test_the_open_facts_are_these_bytes_for_ever() -> None:
    known = some_facts(issuer=facts.IssuerFacts(*["ก"] * 10), donor_tax_id="1111111111119")
    assert known.canonical().decode() == (
        '{"amount_satang":1000,"book":"KK","fiscal_year":2027'
        ',"fund_name_en":"Ten Baht Fund for Children\'s Opportunity"'
        ',"fund_name_th":"กองทุน 10 บาทสร้างโอกาสให้น้อง","given_on":"2026-11-22","issued_on":"2026-11-23"'
        ',"issuer":{"address_en":"ก","address_th":"ก","name_en":"ก","name_th":"ก","phone":"ก"'
        ',"signatory_name_en":"ก","signatory_name_th":"ก","signatory_title_en":"ก","signatory_title_th":"ก"'
        ',"tax_id":"ก"},"kind":"donation","permit_number":"","place_en":"Nam Phong district","place_th":"อำเภอน้ำพอง"'
        ',"purpose_en":"Keeping children who would drop out in school"'
        ',"purpose_th":"ช่วยเด็กที่เสี่ยงหลุดจากระบบการศึกษาให้ได้เรียนต่อ","version":1}'
    )
    assert known.private_part().decode() == '{"donor_name":"คุณสมหญิง ใจดี","donor_tax_id":"1111111111119"}'
    assert known.digest().hex() == "fce001c7521de272a07e3c1529747861ef10cb2ddbffa123f2424659a82340dd"


@settings(deadline=None)
@given(PRINTABLE, PRINTABLE, st.integers(1, 10**15))
def test_facts_come_back_as_they_were_written(name: str, purpose: str, satang: int) -> None:
    known = some_facts(donor_name=name, purpose_th=purpose, amount_satang=satang)
    assert ReceiptFacts.from_canonical(known.canonical(), known.private_part()) == known
    assert ReceiptFacts.from_canonical(known.canonical()) == known.without_private()


def test_two_donors_same_gift_have_the_same_open_facts() -> None:
    assert some_facts(donor_name="ก").digest() == some_facts(donor_name="ข").digest()
    assert some_facts().digest() != some_facts(amount_satang=1001).digest()


def test_the_commitment_to_a_donor_cannot_be_guessed_without_its_nonce() -> None:
    part = some_facts().private_part()
    assert DonorPart(b"\0" * 16, part).digest() != DonorPart(b"\1" * 16, part).digest()


def test_marks_in_another_order_are_the_same_name() -> None:
    vowel_first, tone_first = "\u0e1b\u0e38\u0e48\u0e19", "\u0e1b\u0e48\u0e38\u0e19"
    assert some_facts(donor_name=tone_first).donor_name == vowel_first


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount_satang": 0}, "amount_satang"),
        ({"amount_satang": -5}, "amount_satang"),
        ({"amount_satang": 10.0}, "amount_satang"),
        ({"amount_satang": True}, "amount_satang"),
        ({"amount_satang": 10**15 + 1}, "amount_satang"),
        ({"fiscal_year": 2570}, "fiscal_year"),
        ({"fiscal_year": 2025}, "fiscal_year"),
        ({"donor_name": "x" * 201}, "donor_name"),
        ({"donor_name": "a\0b"}, "donor_name"),
        ({"purpose_th": "a\nb"}, "purpose_th"),
        ({"place_th": "a\u2028b"}, "place_th"),
        ({"donor_name": "", "donor_tax_id": "1111111111119"}, "donor_tax_id"),
        ({"book": "kk"}, "book"),
        ({"book": "KK2"}, "book"),
        ({"book": ""}, "book"),
    ],
)
def test_facts_that_cannot_be_printed_are_refused_by_name(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FactsError) as refused:
        some_facts(**changes)
    assert refused.value.facts == {"field": field}


def test_an_issuers_facts_are_looked_at_too() -> None:
    with pytest.raises(FactsError):
        facts.IssuerFacts(**{**asdict(ISSUER), "phone": "\t"})


def test_only_kinds_that_have_a_series_are_issued() -> None:
    with pytest.raises(UnknownKindError):
        kinds.series_of(some_facts(kind="promise"))


def test_facts_of_another_version_are_not_guessed_at() -> None:
    with pytest.raises(FactsError):
        ReceiptFacts.from_canonical(some_facts().canonical().replace(b'"version":1', b'"version":2'))


def test_a_years_end_may_lie_in_the_year_of_issue_or_the_next() -> None:
    assert kinds.series_of(some_facts(issued_on=date(2026, 9, 30), fiscal_year=2026)).volume == "KK-2569"
    assert kinds.series_of(some_facts(issued_on=date(2026, 10, 1), fiscal_year=2027)).volume == "KK-2570"
