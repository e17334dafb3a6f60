"""Receipts are numbered without gaps, kept as issued, and opened only by their own codes."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, insert, text
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from receipts import donors, queries, service
from receipts.errors import AlreadyIssuedError, AlreadyVoidError, ReceiptNotFoundError, VoidReasonError
from receipts.leaves import RECEIPTS
from receipts.models import PrivateRow
from tests.ledger.logbook import seal_all
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
        issued.number, "donation", facts.amount_satang, facts.issued_on, facts.given_on, is_void=False
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
        assert opened.is_donor_erased and opened.facts == issued.facts.without_private()
        assert not queries.by_number(session, unnamed.number).is_donor_erased
        assert service.check(session, issued.number, issued.check_code).amount_satang == 1000


def test_a_donors_part_that_was_swapped_is_found(books: Database) -> None:
    with books.write() as session:
        first = service.issue(session, some_facts(), proves=proof(session))
        second = service.issue(session, some_facts(donor_name="ร้านข้าวหอม"), proves=proof(session))
        assert queries.altered_donor_parts(session) == []
        kept = session.connection().execute(text("SELECT owner, closed FROM receipts_private ORDER BY number")).all()
        session.connection().execute(text("DELETE FROM receipts_private"))
        for number, (owner, closed) in zip((first.number, second.number), reversed(kept), strict=True):
            session.add(PrivateRow(number=number, owner=UUID(str(owner)), closed=closed))
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


def test_an_entry_has_one_receipt_until_that_one_is_void(books: Database) -> None:
    with books.write() as session:
        first = service.issue(session, some_facts(), proves=proof(session))
    with pytest.raises(AlreadyIssuedError), books.write() as session:
        service.issue(session, some_facts(), proves=first.proves)
    with books.write() as session:
        second = service.replace(session, first.number, some_facts(place_th=""), reason="wrong place", by="treasurer")
        third = service.replace(session, second.number, some_facts(), reason="that was right", by="treasurer")
    assert (second.replaces, third.replaces) == (first.number, second.number)
    with books.read() as session:
        found = queries.proving(session, [first.proves])
        assert [(one.number, one.is_void) for one in found] == [
            (first.number, True),
            (second.number, True),
            (third.number, False),
        ]
        assert queries.gaps(session) == []


def test_a_void_receipt_is_replaced_once_and_by_one_for_the_same_entry(books: Database) -> None:
    with books.write() as session:
        void, other, kept = (service.issue(session, some_facts(), proves=proof(session)) for _ in range(3))
        service.void(session, void.number, reason="wrong name", by="treasurer")
        service.void(session, other.number, reason="recalled", by="treasurer")
        service.replace(session, void.number, some_facts(), reason="", by="treasurer")
    with pytest.raises(AlreadyIssuedError), books.write() as session:
        service.replace(session, void.number, some_facts(), reason="again", by="treasurer")
    for replaces, proves in ((kept.number, kept.proves), (other.number, proof_of(books)), (None, other.proves)):
        with pytest.raises(DBAPIError), books.write() as session:
            put_receipt(session.connection(), replaces, proves)
            pytest.fail(f"committed: a second receipt for {proves} that replaces {replaces}")


def test_two_who_replace_a_receipt_at_once_make_one(books: Database) -> None:
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))

    def replace_it(_: int) -> bool:
        try:
            with books.write() as session:
                service.replace(session, issued.number, some_facts(), reason="wrong name", by="treasurer")
        except (AlreadyIssuedError, AlreadyVoidError):
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        assert sum(threads.map(replace_it, range(8))) == 1


def proof_of(books: Database) -> UUID:
    with books.write() as session:
        return proof(session)


def put_receipt(connection: Connection, replaces: str | None, proves: UUID) -> None:
    """A receipt with the next number of its series, past the service."""
    last = "SELECT max(running) FROM receipts_receipt"
    running = connection.execute(text(last)).scalar_one() + 1
    columns = "book, kind, fiscal_year, facts, private_digest, issued_at"
    connection.execute(
        text(
            f"INSERT INTO receipts_receipt ({columns}, number, running, follows, proves, replaces, token, check_code)"
            f" SELECT {columns}, 'KK-2570-9', :running, :running - 1, :proves, :replaces, :code, :code"
            " FROM receipts_receipt WHERE running = 1"
        ),
        {
            "running": running,
            "proves": str(proves) if connection.dialect.name == "sqlite" else proves,
            "replaces": replaces,
            "code": "9" * 28,
        },
    )


def test_a_donors_part_comes_in_with_its_receipt_and_never_again(books: Database) -> None:
    """What was erased cannot be made up. SQLite refuses once the receipt is in the log."""
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
        part = session.connection().execute(text("SELECT * FROM receipts_private")).one()
    with books.write() as session:
        session.connection().execute(text("DELETE FROM receipts_private"))
    seal_all(books, sources=(RECEIPTS,))
    put = text("INSERT INTO receipts_private VALUES (:number, :owner, :closed)")
    for closed in (part.closed, b'{"donor_name":"x","donor_tax_id":""}'):
        with pytest.raises(DBAPIError, match="ledger:private"), books.engine.begin() as connection:
            connection.execute(put, {"number": issued.number, "owner": part.owner, "closed": closed})


def test_a_donors_part_that_nobody_promised_is_never_shown(books: Database) -> None:
    """By who has the keys, too: the digest stands in the receipt."""
    with books.write() as session:
        issued = service.issue(session, some_facts(), proves=proof(session))
        connection = session.connection()
        connection.execute(text("DELETE FROM receipts_private"))
        forged = donors.drawn(b'{"donor_name":"x","donor_tax_id":""}')
        connection.execute(insert(PrivateRow), donors.closed(session, [(issued.number, uuid4(), forged)]))
    with books.read() as session:
        assert queries.by_number(session, issued.number).facts == issued.facts.without_private()
        assert queries.by_number(session, issued.number).is_donor_erased
        assert queries.altered_donor_parts(session) == [issued.number]


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
    entries: list[UUID] = []

    def issue_some(thread: int) -> None:
        for turn in range(4):
            facts = some_facts(amount_satang=100 * thread + turn + 1)
            with suppress(ChangedMindError), books.write() as session:
                wanted = [(facts, proof(session)) for _ in range(block)]
                entries.extend(entry for _, entry in wanted)
                service.issue_many(session, wanted)
                if (thread + turn) % 3 == 0:
                    raise ChangedMindError

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(issue_some, range(16)))
    with books.read() as session:
        runnings = sorted(receipt.running for receipt in queries.proving(session, entries))
    kept = sum((thread + turn) % 3 != 0 for thread in range(16) for turn in range(4))
    assert runnings == list(range(1, kept * block + 1))


def test_two_units_of_work_lock_their_series_in_one_order(books: Database) -> None:
    def issue_both(turn: int) -> None:
        with books.write() as session:
            years = [(some_facts(fiscal_year=year), proof(session)) for year in (2026, 2027)]
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
