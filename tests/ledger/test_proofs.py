"""Proofs of a real book: each row under the last head, each head after the one before, as an outsider checks them."""

import json
from uuid import UUID

import pytest
from sqlalchemy import event
from sqlmodel import Session

import verify_receipt
from fund.db import Database
from ledger import book, leaves, log, merkle, notes, proofs
from ledger.errors import LogBrokenError, NotLoggedError
from ledger.proofs import Shown
from tests.ledger.builders import a_gift, posted
from tests.ledger.logbook import KEY, RECEIPTS, a_full_book, a_private_gift, seal, seal_all
from tests.ledger.test_log_tampering import unguarded


def is_true(file: str) -> bool:
    """What the outsider's program says to a proof file."""
    key = verify_receipt.read_key(KEY.public.text())
    return verify_receipt.verdict(file.encode(), key, None)[0] == verify_receipt.TRUE


def sealed_entry(database: Database) -> UUID:
    RECEIPTS.clear()
    entry_id = posted(database, a_private_gift())[0].entry_id
    seal_all(database)
    return entry_id


def test_every_leaf_of_a_book_is_proved(books: Database) -> None:
    a_full_book(books)
    with books.read() as session:
        rows = session.connection().exec_driver_sql("SELECT kind, subject FROM ledger_leaf").all()
        for kind, subject in rows:
            proof = proofs.inclusion(session, kind, subject)
            leaf = merkle.leaf_hash(proof.content)
            assert merkle.is_included(leaf, proof.position, proof.head.size, proof.path, proof.head.root)
            file = proofs.inclusion_file(session, Shown(kind, subject))
            assert kind == "receipt" or is_true(file)  # a receipt is proved with its entry: see tests/receipts
            assert len(file.encode()) <= 5 * 1024
    assert {kind for kind, _ in rows} == {"entry", "month", "account", "fund", "kind", "receipt"}


def test_every_head_continues_every_older_one(books: Database) -> None:
    a_full_book(books)
    for _ in range(3):
        posted(books, *(a_gift() for _ in range(9)))
        seal(books)
    with books.read() as session:
        sizes = [head.size for head in log.heads(session)]
        for old in sizes:
            for new in sizes:
                if old <= new:
                    assert is_true(proofs.consistency_file(session, old, new))
        assert is_true(proofs.consistency_file(session, sizes[0]))
        for wrong in ((sizes[-1], sizes[0]), (sizes[0] + 1, sizes[-1])):
            with pytest.raises(NotLoggedError):
                proofs.consistency(session, *wrong)


def test_what_is_not_sealed_is_not_proved(books: Database) -> None:
    sealed_entry(books)
    waiting = posted(books, a_gift())[0].entry_id
    with books.read() as session:
        assert log.unsealed(session) == 1
        with pytest.raises(NotLoggedError):
            proofs.entry_file(session, waiting)


def test_an_unsealed_book_proves_nothing(books: Database) -> None:
    waiting = posted(books, a_gift())[0].entry_id
    with books.read() as session, pytest.raises(NotLoggedError):
        proofs.entry_file(session, waiting)


def test_an_erased_detail_leaves_every_proof_valid(books: Database) -> None:
    entry_id = sealed_entry(books)
    with books.read() as session:
        opened = proofs.opened_entry(session, entry_id)
        assert opened is not None
        file = proofs.inclusion_file(session, Shown(leaves.ENTRY, str(entry_id), (opened,)))
        closed = proofs.entry_file(session, entry_id)
    with books.write() as session:
        book.erase_details(session, entry_id)
    with books.read() as session:
        assert proofs.opened_entry(session, entry_id) is None
        assert proofs.entry_file(session, entry_id) == closed
    assert "น้ำใจ" not in closed
    assert json.loads(file)["leaves"][0]["opened"]
    assert is_true(closed)
    assert is_true(file)  # the donor's own file goes on proving what it proved


def test_proofs_go_on_from_key_to_key(books: Database) -> None:
    entry_id = sealed_entry(books)
    second, third = notes.new_key(KEY.origin), notes.new_key(KEY.origin)
    with books.write() as session:
        log.add_key(session, second, endorsed_by=KEY)
    posted(books, a_gift())
    seal_all(books, second)
    with books.read() as session:
        assert is_true(proofs.entry_file(session, entry_id))  # by who trusts the first key
        assert is_true(proofs.consistency_file(session, log.heads(session)[0].size))
    with books.write() as session:
        log.add_key(session, third)  # the second was lost: nobody endorses the third
    posted(books, a_gift())
    seal_all(books, third)
    with books.read() as session, pytest.raises(verify_receipt.Untrue, match="the key you trust"):
        is_true(proofs.entry_file(session, entry_id))


def test_a_proof_is_two_queries_of_hashes_however_long_the_log(books: Database) -> None:
    RECEIPTS.clear()
    entry_id = posted(books, *(a_gift() for _ in range(300)))[0].entry_id
    seal_all(books)
    asked: list[str] = []
    with books.read() as session:
        proofs.inclusion(session, leaves.ENTRY, str(entry_id))
        connection = session.connection()
        event.listen(connection, "before_cursor_execute", lambda *call: asked.append(call[2]))
        proofs.inclusion(session, leaves.ENTRY, str(entry_id))
    hashes = [query for query in asked if "IN (" in query]
    assert len(hashes) == 2
    assert len(asked) <= 6


def test_nothing_is_signed_that_does_not_continue_the_last_head(books: Database) -> None:
    """Before signing, the sealer proves that the stored tree continues what it signed before."""
    drills = {
        "UPDATE ledger_subtree SET hash = (SELECT hash FROM ledger_leaf WHERE position = 0)": "is not the signed one",
        "UPDATE ledger_head SET root = (SELECT hash FROM ledger_leaf WHERE position = 0)": "signature",
        "UPDATE ledger_head SET signed_at = '2026-01-01T00:00:00.000000+00:00'": "signature",
        "DELETE FROM ledger_subtree": "is missing",
        "DELETE FROM ledger_leaf WHERE position > 30": "leaves do not end",
        "DELETE FROM ledger_head": "leaves do not end",
    }
    a_full_book(books)
    posted(books, a_gift())
    for drill, reason in drills.items():
        with unguarded(books) as connection:
            connection.exec_driver_sql(drill)
            with Session(connection) as session, pytest.raises(LogBrokenError, match=reason):
                log.seal(session, KEY)
    assert seal(books) is not None
