"""Posting, replays, reversals and reading back, on both databases."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from fund.db import Database
from ledger import balances, book
from ledger.errors import AlreadyReversedError, KeyReusedError, UnwritableTextError
from ledger.journal import Entry, move
from tests.ledger.builders import BANK, DAY, GIFTS, a_gift, posted


def test_a_gift_stands_on_the_bank_and_on_the_income_account(books: Database) -> None:
    posted(books, a_gift(1_000), a_gift(2_500), a_gift(700, "D4001"))
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 3_500
        assert balances.balance(session, GIFTS, "GEN") == -3_500
        assert balances.balance(session, BANK, "D4001") == 700
        assert balances.balance(session, BANK, "KEEP") == 0


def test_the_same_key_with_the_same_request_answers_the_first_entry(books: Database) -> None:
    first = posted(books, a_gift(key="money:1"))[0]
    again = posted(books, a_gift(key="money:1"), a_gift(key="money:2"), a_gift(key="money:2"))
    assert [answer.is_replay for answer in again] == [True, False, True]
    assert again[0].entry_id == first.entry_id
    assert again[1].entry_id == again[2].entry_id
    with books.read() as session:
        assert len(book.entries(session)) == 2


@pytest.mark.parametrize("together", [True, False])
def test_the_same_key_with_another_request_is_refused(books: Database, together: bool) -> None:
    if not together:
        posted(books, a_gift(1_000, key="money:1"))
    with pytest.raises(KeyReusedError):
        posted(books, a_gift(1_000, key="money:1"), a_gift(1_001, key="money:1"))
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == (0 if together else 1_000)


def test_a_reversal_mirrors_the_entry_and_happens_once(books: Database) -> None:
    gift = posted(books, a_gift(1_000))[0]
    with books.write() as session:
        undone = book.reverse(session, gift.entry_id, reason="wrong fund", booked_on=DAY, by="treasurer")
    with books.write() as session:
        again = book.reverse(session, gift.entry_id, reason="wrong fund", booked_on=DAY, by="treasurer")
        assert (again.entry_id, again.is_replay) == (undone.entry_id, True)
    for key in (None, "other"):
        with pytest.raises(AlreadyReversedError), books.write() as session:
            book.reverse(session, gift.entry_id, reason="once more", booked_on=DAY, by="treasurer", key=key)
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 0
        assert book.entry(session, gift.entry_id).reversed_by == undone.entry_id
        assert book.entry(session, undone.entry_id).reverses == gift.entry_id


def test_an_entry_reads_back_as_it_was_written(books: Database) -> None:
    wanted = Entry(
        "donation",
        date(2026, 10, 31),
        DAY,
        move(1_000, "GEN", debit=BANK, credit=GIFTS, subject="x"),
        "money:7",
        subject="donation:7",
        details={"note": "สวัสดี"},
    )
    entry_id = posted(books, wanted)[0].entry_id
    with books.read() as session:
        found = book.entry(session, entry_id)
    assert (found.kind, found.occurred_on, found.booked_on) == ("donation", date(2026, 10, 31), DAY)
    assert (found.postings, found.key, found.subject) == (wanted.postings, "money:7", "donation:7")
    assert found.details == {"note": "สวัสดี"}
    assert found.recorded_by == "tester"


def test_a_caller_that_names_nobody_is_told_by_the_database(books: Database) -> None:
    with pytest.raises(IntegrityError), books.write() as session:
        book.post(session, a_gift(), by="")


def test_a_key_of_somebody_elses_choosing_is_not_taken_for_a_second_reversal(books: Database) -> None:
    first, second = posted(books, a_gift(5, key="taken"), a_gift(6))
    with pytest.raises(KeyReusedError), books.write() as session:
        book.reverse(session, second.entry_id, reason="wrong", booked_on=DAY, by="treasurer", key="taken")
    with books.read() as session:
        assert book.entry(session, first.entry_id).reversed_by is None


@pytest.mark.parametrize("field", ["key", "subject", "reason"])
def test_a_text_that_one_database_could_not_store_is_refused(field: str) -> None:
    changed: dict[str, Any] = {field: "a\0b"}
    with pytest.raises(UnwritableTextError):
        replace(a_gift(), **changed)
