"""An account's history: every posting once, in log order, with what stood there after it."""

from concurrent.futures import ThreadPoolExecutor
from itertools import accumulate
from uuid import uuid4

import pytest

from fund.db import Database
from ledger import balances, book, checkpoints
from ledger.errors import UnknownEntryError
from ledger.history import Line, Page, history
from ledger.journal import Entry, Posting
from tests.ledger.builders import BANK, DAY, GIFTS, a_fee, a_gift, a_key, posted
from tests.ledger.plans import read_rows


def page(database: Database, after: str = "", limit: int = 100, fund: str = "GEN") -> Page:
    with database.read() as session:
        return history(session, BANK, fund, after=after, limit=limit)


def turned(database: Database, limit: int) -> list[Line]:
    """All lines, page by page."""
    lines: list[Line] = []
    here = page(database, limit=limit)
    while here.lines:
        lines += here.lines
        here = page(database, here.after, limit)
    return lines


def a_split_fee() -> Entry:
    """An entry that books twice on the bank account."""
    lines = (Posting(BANK, "GEN", -3), Posting(BANK, "GEN", -4), Posting("5300", "GEN", 7))
    return Entry("fee", DAY, DAY, lines, a_key())


def test_pages_of_any_size_tell_the_same_history(books: Database) -> None:
    for number in range(4):
        posted(books, a_gift(100 + number), a_gift(5, "D4001"), a_split_fee(), a_fee(9))
        if number % 2:
            with books.write() as session:
                checkpoints.take(session, tail=1)
    whole = page(books)
    assert (len(whole.lines), whole.has_more) == (16, False)
    assert [line.balance_satang for line in whole.lines] == list(accumulate(line.amount_satang for line in whole.lines))
    with books.read() as session:
        assert whole.lines[-1].balance_satang == balances.balance(session, BANK, "GEN")
        assert [line.kind for line in whole.lines[:4]] == ["donation", "fee", "fee", "fee"]
    for limit in (1, 2, 3, 5, 16, 17):
        assert turned(books, limit) == list(whole.lines)


def test_the_last_page_is_a_place_to_wait_for_the_next_entry(books: Database) -> None:
    posted(books, a_gift(10))
    last = page(books)
    assert page(books, last.after) == Page((), last.after, has_more=False)
    posted(books, a_gift(7))
    assert [(line.amount_satang, line.balance_satang) for line in page(books, last.after).lines] == [(7, 17)]
    assert page(books, fund="D4001") == Page((), "", has_more=False)


def test_an_entry_that_is_committed_late_is_not_skipped(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    posted(books, a_gift(1))
    with books.write() as slow:
        book.post(slow, a_gift(20), by="tester")
        posted(books, a_gift(300))
        first = page(books)
        assert [line.amount_satang for line in first.lines] == [1]
        assert not page(books, first.after).lines
    assert [(line.amount_satang, line.balance_satang) for line in page(books, first.after).lines] == [
        (20, 21),
        (300, 321),
    ]


def test_who_turns_pages_while_gifts_arrive_meets_each_once(books: Database) -> None:
    met: list[Line] = []
    after = ""
    with ThreadPoolExecutor(4) as pool:
        gifts = [pool.submit(posted, books, a_gift(number)) for number in range(1, 41)]
        while not all(gift.done() for gift in gifts):
            here = page(books, after, limit=3)
            met, after = [*met, *here.lines], here.after
    met += page(books, after).lines
    assert sorted(line.amount_satang for line in met) == list(range(1, 41))
    assert met[-1].balance_satang == sum(range(1, 41))


def test_a_cursor_names_a_posting(books: Database) -> None:
    gift = posted(books, a_gift())[0].entry_id
    for cursor in ("x", f"{uuid4()}.1", f"{gift}.3", f"{gift}.", f"{gift}"):
        with pytest.raises(UnknownEntryError):
            page(books, cursor)


def test_a_page_reads_a_page(books: Database) -> None:
    for _ in range(3):
        posted(books, *(a_gift(7) for _ in range(300)))
        with books.write() as session:
            checkpoints.take(session)
    after = page(books, limit=650).after
    for question in (
        lambda session: history(session, BANK, "GEN", after=after, limit=10),
        lambda session: history(session, GIFTS, "GEN", limit=10),
    ):
        assert 0 <= read_rows(books, question) < 700  # no more than the batch that was written in one transaction
