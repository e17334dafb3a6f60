"""Receipts are numbered without gaps, kept as issued, and opened only by their own codes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from receipts import queries, service
from receipts.errors import AlreadyVoidError, ReceiptNotFoundError, VoidReasonError
from receipts.models import PrivateRow
from tests.receipts.builders import proof, some_facts


def test_a_receipt_is_numbered_by_book_and_fiscal_year(books: Database) -> None:
    with books.write() as session:
        first = service.issue(session, some_facts(), proves=proof(session))
        second = service.issue(session, some_facts(), proves=proof(session))
        next_year = service.issue(session, some_facts(fiscal_year=2026), proves=proof(session))
    assert (first.number, second.number) == ("KK-2570-000001", "KK-2570-000002")
    assert next_year.number == "KK-2569-000001"


def test_many_receipts_come_in_the_order_they_were_asked_for(books: Database) -> None:
    with books.write() as session:
        wanted = [(some_facts(fiscal_year=2026 + n % 2, amount_satang=n + 1), proof(session)) for n in range(7)]
        issued = service.issue_many(session, wanted)
        assert service.issue_many(session, []) == []
    assert [(receipt.facts, receipt.proves) for receipt in issued] == wanted
    assert [receipt.number[3:] for receipt in issued[:3]] == ["2569-000001", "2570-000001", "2569-000002"]
    with books.read() as session:
        assert queries.by_number(session, issued[3].number) == issued[3]


def test_what_was_issued_is_what_is_opened(books: Database) -> None:
    with books.write() as session:
        entry = proof(session)
        issued = service.issue(session, some_facts(donor_tax_id="1111111111119"), proves=entry)
    with books.read() as session:
        typed = f" {issued.token[:5].lower()}-{issued.token[5:]} "
        assert service.open_receipt(session, issued.number.lower().replace("-", " "), typed) == issued
        assert queries.proving(session, [entry]) == [issued]


@pytest.mark.parametrize("number", ["KK-2570-000001", "KK-2570-000002", "", "'; --", "KK-2570-1"])
def test_a_wrong_code_and_an_unknown_number_have_one_answer(books: Database, number: str) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
    with books.read() as session:
        for guess in ("", issued.number, issued.check_code[:-1], "0" * 28, "ก" * 28):
            with pytest.raises(ReceiptNotFoundError):
                service.open_receipt(session, number, guess)
            with pytest.raises(ReceiptNotFoundError):
                service.check(session, number, guess)
        with pytest.raises(ReceiptNotFoundError):
            service.open_receipt(session, number, issued.check_code)
        with pytest.raises(ReceiptNotFoundError):
            service.check(session, number, issued.token)


def test_checking_tells_amount_and_dates_and_nothing_else(books: Database) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
    with books.read() as session:
        checked = service.check(session, issued.number, issued.check_code)
    facts = issued.facts
    assert checked == service.CheckedReceipt(
        issued.number, facts.amount_satang, facts.issued_on, facts.given_on, is_void=False
    )


def test_a_void_receipt_stays_and_says_so(books: Database) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
        service.void(session, issued.number, reason=" The transfer was recalled ", by="treasurer")
    with books.write() as session:
        assert service.check(session, issued.number, issued.check_code).is_void
        assert service.open_receipt(session, issued.number, issued.token).is_void
        with pytest.raises(AlreadyVoidError):
            service.void(session, issued.number, reason="again", by="treasurer")
        with pytest.raises(VoidReasonError):
            service.void(session, issued.number, reason="  ", by="treasurer")
        with pytest.raises(ReceiptNotFoundError):
            service.void(session, "KK-2570-000009", reason="no such", by="treasurer")


def test_a_donors_part_can_be_erased_and_the_receipt_still_stands(books: Database) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
        unnamed = service.issue(session, some_facts(donor_name=""), proves=proof(session))
        session.connection().execute(text("DELETE FROM receipts_private"))
    with books.read() as session:
        opened = service.open_receipt(session, issued.number, issued.token)
        assert opened.is_donor_erased and opened.facts == issued.facts.without_donor()
        assert not queries.by_number(session, unnamed.number).is_donor_erased
        assert service.check(session, issued.number, issued.check_code).amount_satang == 1000


def test_a_donors_part_that_was_swapped_is_found(books: Database) -> None:
    with books.write() as session:
        first = service.issue(session, some_facts(), proves=proof(session))
        second = service.issue(session, some_facts(donor_name="ร้านข้าวหอม"), proves=proof(session))
        assert queries.altered_donor_parts(session) == []
        kept = session.connection().execute(text("SELECT nonce, content FROM receipts_private ORDER BY number")).all()
        session.connection().execute(text("DELETE FROM receipts_private"))
        for number, (nonce, content) in zip((first.number, second.number), reversed(kept), strict=True):
            session.add(PrivateRow(number=number, nonce=nonce, content=content))
        session.flush()
        assert queries.altered_donor_parts(session) == [first.number, second.number]


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
def test_the_database_itself_keeps_receipts_as_they_are(books: Database, statement: str) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
        service.void(session, issued.number, reason="test", by="treasurer")
    with pytest.raises(DBAPIError), books.engine.begin() as connection:
        connection.execute(text(statement))


def test_replacing_a_receipt_or_a_donors_part_is_refused(books: Database) -> None:
    with books.write() as session:
        service.issue(session, some_facts(), proves=proof(session))
    for table in ("receipts_receipt", "receipts_private"):
        replace = f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" if books.is_sqlite else f"TRUNCATE {table}"
        with pytest.raises(DBAPIError), books.engine.begin() as connection:
            connection.execute(text(replace))


def test_a_receipt_proves_an_entry_of_the_book(books: Database) -> None:
    with pytest.raises(DBAPIError), books.write() as session:
        service.issue(session, some_facts(), proves=uuid4())


class ChangedMindError(Exception):
    """Rolls a unit of work back."""


@pytest.mark.parametrize("block", [1, 3])
def test_numbers_have_no_gap_when_many_issue_at_once_and_some_roll_back(books: Database, block: int) -> None:
    with books.write() as session:
        entry = proof(session)

    def issue_some(thread: int) -> None:
        for turn in range(4):
            facts = [(some_facts(amount_satang=100 * thread + turn + 1), entry)] * block
            with suppress(ChangedMindError), books.write() as session:
                service.issue_many(session, facts)
                if (thread + turn) % 3 == 0:
                    raise ChangedMindError

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(issue_some, range(16)))
    with books.read() as session:
        runnings = sorted(receipt.running for receipt in queries.proving(session, [entry]))
    kept = sum((thread + turn) % 3 != 0 for thread in range(16) for turn in range(4))
    assert runnings == list(range(1, kept * block + 1))


def test_two_units_of_work_lock_their_series_in_one_order(books: Database) -> None:
    with books.write() as session:
        entry = proof(session)
    years = [(some_facts(fiscal_year=2026), entry), (some_facts(fiscal_year=2027), entry)]

    def issue_both(turn: int) -> None:
        with books.write() as session:
            service.issue_many(session, years[:: 1 if turn % 2 else -1])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(issue_both, range(24)))
    with books.read() as session:
        assert queries.by_number(session, "KK-2569-000024").running == 24


def test_a_receipt_is_voided_once_even_by_two_at_once(books: Database) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))

    def void_it(_: int) -> bool:
        try:
            with books.write() as session:
                service.void(session, issued.number, reason="recalled", by="treasurer")
        except AlreadyVoidError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(void_it, range(8))) == 1
