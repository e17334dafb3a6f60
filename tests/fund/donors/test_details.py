"""What donors type about themselves: names of every kind, tax IDs that are never repeated, e-mail addresses."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fund.audit import DONOR
from fund.db import Database
from fund.donors import details, queries, service
from fund.donors.details import (
    ContactDetails,
    ControlCharacterError,
    EmailError,
    NameTooLongError,
    TaxIdError,
    UnseenNameError,
)
from fund.donors.models import ContactRow

PERSON, BODY = "1100700000001", "0994000000006"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  สมชาย   ใจดี ", "สมชาย ใจดี"),
        ("", ""),
        ("   ", ""),
        ("=HYPERLINK(1)", "=HYPERLINK(1)"),
        ("e\u0301", "é"),
        ("\u202eevil", "\u202eevil"),
        ("👩\u200d👧 7", "👩👧 7"),
        ("ส\u200bม\u2060ชาย\ufeff", "สมชาย"),
        ("\u200b\u3164 \uffa0", ""),
        ("x" * 200, "x" * 200),
    ],
)
def test_names_of_every_kind_are_kept(typed: str, name: str) -> None:
    assert details.parse_name(typed) == name


@pytest.mark.parametrize("typed", ["👩‍👧", "...", "\u0e48", "\u202e\u202c", "\u2800", "\u3164-", "\ufe0f\u20e3"])
def test_a_name_that_nobody_could_read_is_refused(typed: str) -> None:
    with pytest.raises(UnseenNameError):
        details.parse_name(typed)


@pytest.mark.parametrize(
    "typed", ["a\0b", "a\nb", "a\tb", "a\x7fb", "a\u2028b", "a\x85b", "a\u0378b", "a\ue000b", "a\U000f0000b"]
)
def test_control_characters_are_refused(typed: str) -> None:
    with pytest.raises(ControlCharacterError):
        details.parse_name(typed)


def test_a_name_of_201_characters_is_too_long() -> None:
    with pytest.raises(NameTooLongError):
        details.parse_name("ก" * 201)


@given(st.text(max_size=250))
def test_a_name_is_read_as_printable_nfc_or_refused(typed: str) -> None:
    try:
        name = details.parse_name(typed)
    except (ControlCharacterError, NameTooLongError, UnseenNameError):
        return
    assert name == unicodedata.normalize("NFC", name) == details.parse_name(name)
    assert len(name) <= 200


@pytest.mark.parametrize("typed", [PERSON, f" {PERSON} ", "1-1007-00000-00-1", "๑๑๐๐๗๐๐๐๐๐๐๐๑"])
def test_a_tax_id_is_read_as_its_thirteen_digits(typed: str) -> None:
    assert details.parse_tax_id(typed) == PERSON


def test_a_bodys_tax_id_is_one_too_and_none_is_needed() -> None:
    assert details.parse_tax_id(BODY) == BODY
    assert details.parse_tax_id("  ") == ""


@pytest.mark.parametrize("typed", ["1100700000002", "123", "x" * 13, "1" * 500, PERSON + "0"])
def test_a_wrong_tax_id_is_refused_and_not_repeated(typed: str) -> None:
    with pytest.raises(TaxIdError) as refused:
        details.parse_tax_id(typed)
    assert typed not in str(refused.value)
    assert refused.value.facts == {}


@pytest.mark.parametrize("typed", ["som@example.org", " a.b+c@mail.example.co.th ", ""])
def test_an_email_address_is_kept_as_typed(typed: str) -> None:
    assert details.parse_email(typed) == typed.strip()


@pytest.mark.parametrize(
    "typed", ["x", "x@", "@y.z", "x@y", "a b@c.de", "a@b..c", "a@b.c,d@e.f", f"{'x' * 65}@y.z", f"x@{'y' * 251}.z"]
)
def test_what_is_no_email_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailError):
        details.parse_email(typed)


def test_a_donor_who_tells_nothing_leaves_no_row(database: Database) -> None:
    with database.write() as session:
        assert service.keep(session, ContactDetails(), by=DONOR) is None
        assert queries.contact(session, None).is_empty


def test_a_contact_is_kept_and_forgotten(database: Database) -> None:
    told = ContactDetails("สมชาย", "สมชาย ใจดี", PERSON, "som@example.org")
    with database.write() as session:
        contact_id = service.keep(session, told, by=DONOR)
        assert contact_id is not None
        assert queries.contact(session, contact_id) == told
        service.forget(session, contact_id, by=DONOR)
    with database.read() as session:
        assert queries.contact(session, contact_id).is_empty


def test_a_contact_is_found_by_its_whole_tax_id_and_no_longer_once_forgotten(database: Database) -> None:
    with database.write() as session:
        first, _other = (service.keep(session, ContactDetails(tax_id=one), by=DONOR) for one in (PERSON, "0" * 13))
        assert first is not None
        assert queries.with_tax_id(session, PERSON) == [first]
        assert queries.with_tax_id(session, PERSON[:-1]) == []
        service.forget(session, first, by=DONOR)
        assert queries.with_tax_id(session, PERSON) == []


def test_a_contacts_row_says_nothing_personal(database: Database) -> None:
    with database.write() as session:
        contact_id = service.keep(session, ContactDetails(name="สมชาย", tax_id=PERSON), by=DONOR)
        row = session.get_one(ContactRow, contact_id)
        shown = repr(row).encode() + (row.sealed or b"") + (row.tax_id_index or b"")
    assert "สมชาย".encode() not in shown
    assert PERSON.encode() not in shown
