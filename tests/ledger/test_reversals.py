"""A reversal undoes one entry, posting by posting, once; plain SQL can write no other."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import balances, book, details
from ledger.errors import AlreadyReversedError, NotAMirrorError, NotEnoughError, UnknownEntryError
from ledger.identifiers import new_id
from ledger.journal import Entry, move
from tests.ledger.builders import BANK, DAY, GIFTS, NET, TILL, a_gift, a_key, a_spend, posted
from tests.ledger.raw import Line, book_raw, run

MIRROR: list[Line] = [(BANK, "GEN", -1_000), (GIFTS, "GEN", 1_000)]


def undo(database: Database, entry_id: UUID, reason: str = "booked twice") -> UUID:
    with database.write() as session:
        return book.reverse(session, entry_id, reason=reason, booked_on=DAY, by="treasurer").entry_id


def test_a_reversal_that_does_not_mirror_is_refused(books: Database) -> None:
    gift, other = (answer.entry_id for answer in posted(books, a_gift(1_000), a_gift(1_000, "D4001")))
    wrong: list[tuple[list[Line], dict[str, Any]]] = [
        ([(BANK, "GEN", 1_000), (GIFTS, "GEN", -1_000)], {}),
        ([(BANK, "GEN", -999), (GIFTS, "GEN", 999)], {}),
        ([(TILL, "GEN", -1_000), (GIFTS, "GEN", 1_000)], {}),
        (MIRROR[::-1], {}),
        ([(BANK, "GEN", -500), (BANK, "GEN", -500), (GIFTS, "GEN", 1_000)], {}),
        (MIRROR, {"reverses": other}),
        (MIRROR, {"reverses": new_id()}),
        (MIRROR, {"kind": "fee"}),
        (MIRROR, {"reason": ""}),
    ]
    for lines, changes in wrong:
        with pytest.raises(DBAPIError):
            book_raw(books, lines, **dict[str, Any](reverses=gift, reason="wrong") | changes)
    book_raw(books, MIRROR, reverses=gift, reason="right")
    with pytest.raises(DBAPIError):
        book_raw(books, MIRROR, reverses=gift, reason="again")
    with books.read() as session:
        assert balances.balance(session, BANK, "GEN") == 0


def test_an_entry_cannot_reverse_itself_or_a_reversal(books: Database) -> None:
    gift = posted(books, a_gift(1_000))[0].entry_id
    reversal = undo(books, gift)
    with pytest.raises(NotAMirrorError):
        undo(books, reversal)
    with pytest.raises(DBAPIError):
        book_raw(books, [(BANK, "GEN", 1_000), (GIFTS, "GEN", -1_000)], reverses=reversal, reason="back again")


def test_the_door_refuses_a_mirror_of_its_own_making(books: Database) -> None:
    gift = posted(books, a_gift(1_000))[0].entry_id
    crooked = Entry("donation", DAY, DAY, a_gift(1_000).postings, a_key(), reverses=gift, reason="wrong sign")
    with pytest.raises(NotAMirrorError):
        posted(books, crooked)
    nobody = Entry("donation", DAY, DAY, a_gift(1_000).postings, a_key(), reverses=new_id(), reason="of nothing")
    with pytest.raises(NotAMirrorError):
        posted(books, nobody)


def test_a_reversal_has_a_reason_and_an_entry(books: Database) -> None:
    gift = posted(books, a_gift(1_000))[0].entry_id
    with pytest.raises(NotAMirrorError):
        undo(books, gift, " ")
    with pytest.raises(UnknownEntryError):
        undo(books, new_id())


def test_undoing_a_fact_is_a_fact_and_undoing_a_choice_is_a_choice(books: Database) -> None:
    gift = posted(books, a_gift(1_000))[0].entry_id
    opening = posted(books, Entry("opening", DAY, DAY, a_gift(500).postings, a_key()))[0].entry_id
    posted(books, a_spend(1_200))
    with pytest.raises(NotEnoughError):
        undo(books, opening)
    undo(books, gift)
    with books.read() as session:
        assert balances.spendable(session, "GEN") == -700


def test_a_second_undoing_is_told_so_whatever_else_is_wrong_with_it(books: Database) -> None:
    """The first took all that was there: a second would take the till below zero."""
    opening = Entry("opening", DAY, DAY, move(100, "GEN", debit=TILL, credit=NET), a_key())
    wrong = posted(books, opening)[0].entry_id
    undo(books, wrong)
    with pytest.raises(AlreadyReversedError), books.write() as session:
        book.reverse(session, wrong, reason="again", booked_on=DAY, by="treasurer", key=a_key())


def test_private_details_are_erased_and_the_entry_stays(books: Database) -> None:
    entry = Entry("donation", DAY, DAY, a_gift(5).postings, a_key(), details={"name": "สมชาย"})
    entry_id = posted(books, entry)[0].entry_id
    with books.read() as session:
        digest = details.of(session, [entry_id])[entry_id].digest()
    with pytest.raises(DBAPIError, match="ledger:frozen"):
        run(books, "UPDATE ledger_private SET content = salt")
    for _ in range(2):
        with books.write() as session:
            book.erase_details(session, entry_id)
    with books.read() as session:
        assert book.entry(session, entry_id).details is None
        kept = session.connection().exec_driver_sql("SELECT details_digest FROM ledger_entry").scalar_one()
        assert bytes(kept) == digest


def test_pages_of_the_journal_follow_each_other(books: Database) -> None:
    wanted = [answer.entry_id for answer in posted(books, *[a_gift(number) for number in range(1, 8)])]
    wanted += [answer.entry_id for answer in posted(books, a_gift(8), a_gift(9))]
    seen: list[UUID] = []
    with books.read() as session:
        while page := book.entries(session, after=seen[-1] if seen else None, limit=2):
            seen += [entry.id for entry in page]
        assert seen == wanted
        with pytest.raises(UnknownEntryError):
            book.entries(session, after=new_id())
