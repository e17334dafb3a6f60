"""Receipts are numbered without gaps, kept as issued, and opened only by their own codes."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from receipts import queries, service
from receipts.errors import AlreadyVoidError, ReceiptNotFoundError, VoidReasonError
from tests.receipts.builders import some_facts


def test_a_receipt_is_numbered_by_book_and_fiscal_year(database: Database) -> None:
    with database.write() as session:
        first = service.issue(session, some_facts(), proves=uuid4())
        second = service.issue(session, some_facts(), proves=uuid4())
        next_year = service.issue(session, some_facts(fiscal_year=2026), proves=uuid4())
    assert (first.number, second.number) == ("KK-2570-000001", "KK-2570-000002")
    assert next_year.number == "KK-2569-000001"


def test_many_receipts_come_in_the_order_they_were_asked_for(database: Database) -> None:
    wanted = [(some_facts(fiscal_year=2026 + place % 2, amount_satang=place + 1), uuid4()) for place in range(7)]
    with database.write() as session:
        issued = service.issue_many(session, wanted)
        assert service.issue_many(session, []) == []
    assert [(receipt.facts, receipt.proves) for receipt in issued] == wanted
    assert [receipt.number[3:] for receipt in issued[:3]] == ["2569-000001", "2570-000001", "2569-000002"]
    with database.read() as session:
        assert queries.by_number(session, issued[3].number) == issued[3]


def test_what_was_issued_is_what_is_opened(database: Database) -> None:
    entry = uuid4()
    with database.write() as session:
        issued = service.issue(session, some_facts(donor_tax_id="1111111111119"), proves=entry)
    with database.read() as session:
        typed = f" {issued.token[:5].lower()}-{issued.token[5:]} "
        assert service.open_receipt(session, issued.number.lower().replace("-", " "), typed) == issued
        assert queries.proving(session, [entry]) == [issued]


@pytest.mark.parametrize("number", ["KK-2570-000001", "KK-2570-000002", "", "'; --", "KK-2570-1"])
def test_a_wrong_code_and_an_unknown_number_have_one_answer(database: Database, number: str) -> None:
    with database.write() as session:
        issued = service.issue(session, some_facts(), proves=uuid4())
    with database.read() as session:
        for guess in ("", issued.number, issued.check_code[:-1], "0" * 28, "ก" * 28):
            with pytest.raises(ReceiptNotFoundError):
                service.open_receipt(session, number, guess)
            with pytest.raises(ReceiptNotFoundError):
                service.check(session, number, guess)
        with pytest.raises(ReceiptNotFoundError):
            service.open_receipt(session, number, issued.check_code)
        with pytest.raises(ReceiptNotFoundError):
            service.check(session, number, issued.token)


def test_checking_tells_amount_and_dates_and_nothing_else(database: Database) -> None:
    with database.write() as session:
        issued = service.issue(session, some_facts(), proves=uuid4())
    with database.read() as session:
        checked = service.check(session, issued.number, issued.check_code)
    facts = issued.facts
    assert checked == service.CheckedReceipt(
        issued.number, facts.amount_satang, facts.issued_on, facts.given_on, is_void=False
    )


def test_a_void_receipt_stays_and_says_so(database: Database) -> None:
    with database.write() as session:
        issued = service.issue(session, some_facts(), proves=uuid4())
        service.void(session, issued.number, reason=" The transfer was recalled ", by="treasurer")
    with database.write() as session:
        assert service.check(session, issued.number, issued.check_code).is_void
        assert service.open_receipt(session, issued.number, issued.token).is_void
        with pytest.raises(AlreadyVoidError):
            service.void(session, issued.number, reason="again", by="treasurer")
        with pytest.raises(VoidReasonError):
            service.void(session, issued.number, reason="  ", by="treasurer")
        with pytest.raises(ReceiptNotFoundError):
            service.void(session, "KK-2570-000009", reason="no such", by="treasurer")


def test_a_donors_part_can_be_erased_and_the_receipt_still_stands(database: Database) -> None:
    with database.write() as session:
        issued = service.issue(session, some_facts(), proves=uuid4())
        unnamed = service.issue(session, some_facts(donor_name=""), proves=uuid4())
        session.connection().execute(text("DELETE FROM receipts_private"))
    with database.read() as session:
        opened = service.open_receipt(session, issued.number, issued.token)
        assert opened.is_donor_erased and opened.facts == issued.facts.without_donor()
        assert not queries.by_number(session, unnamed.number).is_donor_erased
        assert service.check(session, issued.number, issued.check_code).amount_satang == 1000


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE receipts_receipt SET facts = ''",
        "DELETE FROM receipts_receipt",
        "UPDATE receipts_private SET content = ''",
        "UPDATE receipts_void SET reason = ''",
        "DELETE FROM receipts_void",
        # a number that does not follow the last one
        "INSERT INTO receipts_receipt SELECT 'KK-2570-000009', book, kind, fiscal_year, 9, 8, proves, facts,"
        " private_digest, '00000000000000000000000000AA', '00000000000000000000000000AA', issued_at"
        " FROM receipts_receipt",
        # a second first number
        "INSERT INTO receipts_receipt SELECT 'KK-2570-000009', book, kind, fiscal_year, 9, NULL, proves, facts,"
        " private_digest, '00000000000000000000000000AA', '00000000000000000000000000AA', issued_at"
        " FROM receipts_receipt",
    ],
)
def test_the_database_itself_keeps_receipts_as_they_are(database: Database, statement: str) -> None:
    with database.write() as session:
        issued = service.issue(session, some_facts(), proves=uuid4())
        service.void(session, issued.number, reason="test", by="treasurer")
    with pytest.raises(DBAPIError), database.engine.begin() as connection:
        connection.execute(text(statement))


def test_replacing_a_receipt_or_a_donors_part_is_refused(database: Database) -> None:
    with database.write() as session:
        service.issue(session, some_facts(), proves=uuid4())
    for table in ("receipts_receipt", "receipts_private"):
        replace = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if database.is_sqlite else f"TRUNCATE {table}"
        with pytest.raises(DBAPIError), database.engine.begin() as connection:
            connection.execute(text(replace))
