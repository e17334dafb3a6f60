"""Every kind of paper has numbers, facts and leaves of its own, in one register."""

from typing import Any

import pytest

from fund.db import Database
from receipts import kinds, queries, service
from receipts.audits import GiftSpan
from receipts.errors import AlreadyIssuedError, FactsError
from receipts.facts import Facts
from tests.receipts.builders import a_voucher, an_audit, in_kind, proof, some_facts

KINDS: dict[str, Facts] = {"donation": some_facts(), "voucher": a_voucher(), "audit": an_audit(), "in-kind": in_kind()}


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_facts_of_every_kind_come_back_as_they_were_written(kind: str) -> None:
    facts = KINDS[kind]
    assert type(facts) is kinds.of(kind).facts and facts.kind == kind
    assert kinds.from_canonical(facts.canonical(), facts.private_part()) == facts
    assert kinds.from_canonical(facts.canonical()) == facts.without_private()


def test_kinds_are_told_apart_by_their_numbers() -> None:
    letters = [kind.letter for kind in kinds.KINDS.values()]
    assert len(set(letters)) == len(letters)
    assert kinds.series_of(a_voucher()).number(7) == "KKV-2570-000007"


def test_a_voucher_is_these_bytes_for_ever() -> None:
    assert a_voucher().canonical().decode().startswith('{"amount_satang":350000,"book":"KK","case_code":"C7Q2M9XA"')
    assert a_voucher().digest().hex() == "d34f3f4e96f5d4ceda77670c4edfc782195ff0c5d68e12763241da673a803239"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"paid_satang": 349_999}, "paid_satang"),
        ({"gifts": ()}, "gifts"),
        ({"gifts": (GiftSpan("GEN", 0, 350_001),)}, "gifts"),
        ({"case_code": "a\nb"}, "case_code"),
    ],
)
def test_an_audit_receipt_whose_gifts_do_not_come_to_its_amount_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FactsError) as refused:
        an_audit(**changes)
    assert refused.value.facts == {"field": field}


def test_an_entry_has_one_paper_of_each_kind(books: Database) -> None:
    with books.write() as session:
        entry = proof(session)
        issued = {kind: service.issue(session, facts, proves=entry) for kind, facts in KINDS.items()}
    voucher = issued["voucher"]
    assert {one.running for one in issued.values()} == {1}
    for facts in KINDS.values():
        with pytest.raises(AlreadyIssuedError), books.write() as session:
            service.issue(session, facts, proves=entry)
    with books.read() as session:
        assert [one.number for one in queries.proving(session, [entry], "voucher")] == [voucher.number]
        assert queries.by_number(session, voucher.number) == voucher
        assert queries.gaps(session) == []


def test_a_paper_is_replaced_by_one_of_its_kind(books: Database) -> None:
    with books.write() as session:
        gift = service.issue(session, some_facts(), proves=proof(session))
    with pytest.raises(AlreadyIssuedError), books.write() as session:
        service.replace(session, gift.number, a_voucher(), reason="wrong kind", by="treasurer")


def test_checking_tells_the_facts_of_open_kinds_alone(books: Database) -> None:
    told: dict[str, Any] = {}
    for kind, facts in KINDS.items():
        with books.write() as session:
            issued = service.issue(session, facts, proves=proof(session))
            told[kind] = service.check(session, issued.number, issued.check_code).facts
    open_ones = {"voucher": a_voucher(), "audit": an_audit(), "in-kind": in_kind(donor_name="")}
    assert told == {"donation": None} | open_ones
