"""The book as JSON Lines: what is taken into an empty book is the same book, on either database."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from fund.db import Database
from ledger import accounts, balances, book, jsonl, periods, writer
from ledger.errors import BookNotEmptyError, NotABookError, OtherBookError, PeriodTurnError
from ledger.identifiers import new_id
from ledger.journal import Entry, Posting
from ledger.writer import Slip
from tests.ledger.builders import (
    BANK,
    DAY,
    GRANTS,
    TILL,
    a_fee,
    a_gift,
    a_key,
    an_authorised_payment,
    an_award,
    open_book,
    posted,
)

OCTOBER = date(2026, 10, 31)


@pytest.fixture
def year(books: Database) -> Database:
    """A book with every sort of line: reversal, details, purpose, months closed and opened, a fund that ends."""
    details = {"note": "น้องเอ"}
    posted(books, replace(a_gift(90_000, on=OCTOBER, key='k "1" \\ ก\n'), details=details), a_fee(3, on=OCTOBER))
    wrong = posted(books, replace(a_gift(7), occurred_on=OCTOBER))[0].entry_id
    meals = (Posting(BANK, "GEN", -5, purpose="meals", scope="4001"), Posting(GRANTS, "GEN", 5))
    with books.write() as session:
        book.reverse(session, wrong, reason="wrong", booked_on=DAY, by="ครู")
        accounts.allow_purpose(session, "GEN", "meals", "4001")
        book.post(session, Entry("payment", DAY, DAY, meals, a_key()), by="treasurer")
    posted(books, an_award(20, "grant:1"), an_authorised_payment(20, "grant:1"), a_gift(1, "D4001"))
    with books.write() as session:
        periods.close_month(session, OCTOBER, by="treasurer")
        periods.open_month(session, OCTOBER, reason="late", approved_by="chair", by="treasurer")
        periods.close_month(session, OCTOBER, by="treasurer")
        accounts.close_account(session, TILL)
        accounts.end_fund(session, "D4001", date(2026, 12, 31))
    return books


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Database]:
    """An empty book on SQLite, whatever the engine of the run."""
    database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    database.migrate()
    yield database
    database.close()


def exported(database: Database, *, with_details: bool = True) -> list[str]:
    with database.read() as session:
        return list(jsonl.lines(session, with_details=with_details))


def take_in(database: Database, text: list[str]) -> int:
    assert jsonl.require_whole(text) == len(text)
    with database.read() as session:
        jsonl.require_begun(session, text)
    taken = 0
    for part in jsonl.parts(text):
        with database.write() as session:
            taken += jsonl.take_in(session, part)
    with database.read() as session:
        jsonl.require_same(session, text)
    return taken


def changed(text: list[str], number: int, **changes: object) -> list[str]:
    """The export with one line written otherwise, and its last line's digest left as it was."""
    record = json.loads(text[number]) | changes
    return [*text[:number], json.dumps(record) + "\n", *text[number + 1 :]]


def test_a_book_that_is_taken_in_is_the_same_book(year: Database, other: Database) -> None:
    text = exported(year)
    assert take_in(other, text) == 8
    assert exported(other) == text
    with year.read() as ours, other.read() as theirs:
        assert book.entries(ours) == book.entries(theirs)
        assert balances.trial_balance(ours) == balances.trial_balance(theirs)
        assert periods.periods(ours) == periods.periods(theirs)
        assert accounts.funds(ours) == accounts.funds(theirs)


def test_the_log_order_is_kept_where_ids_do_not_rise(other: Database, database: Database) -> None:
    """On PostgreSQL what is written in one transaction stands in the order of ids."""
    open_book(other)
    ids = [new_id() for _ in range(30)]
    random.Random(3).shuffle(ids)
    with other.write() as session:
        for entry_id, entry in ((entry_id, a_gift()) for entry_id in ids):
            writer.write(session.connection(), [Slip(entry_id, entry, entry.request_hash())], "tester")
    assert take_in(database, exported(other)) == 30
    assert exported(database) == exported(other)
    with database.read() as session:
        assert [entry.id for entry in book.entries(session)] == ids


def test_a_long_book_is_taken_in_by_parts(books: Database, other: Database) -> None:
    for _ in range(2):
        posted(books, *(a_gift(number) for number in range(1, 601)))
    text = exported(books)
    entries = [part for part in jsonl.parts(text) if part[0]["what"] == "entry"]
    assert [len(part) for part in entries] == [1_000, 200]
    assert take_in(other, text) == 1_200
    assert exported(other) == text


def test_private_details_stay_at_home_unless_asked_for(year: Database, other: Database) -> None:
    text = exported(year, with_details=False)
    assert not any('"content"' in line for line in text)
    take_in(other, text)
    assert exported(other) == text
    with year.read() as ours, other.read() as theirs:
        assert book.entries(ours)[0].details == {"note": "น้องเอ"}
        assert book.entries(theirs)[0].details is None


def test_a_file_that_was_cut_short_or_changed_is_no_book(year: Database) -> None:
    text = exported(year)
    for wrong in ([], text[:-1], text[1:], [*text, text[-1]], [*text[:3], *text[4:]], changed(text, 5, name_en="x")):
        with pytest.raises(NotABookError):
            jsonl.require_whole(wrong)


def test_a_line_that_is_not_what_it_says_is_refused(year: Database) -> None:
    text = exported(year)
    first = next(number for number, line in enumerate(text) if '"what":"entry"' in line)
    gift = json.loads(text[first])
    assert gift["content"]
    for changes in (
        {"postings": [[BANK, "GEN", 5, "", None, None], ["4110", "GEN", -5, "", None, None]]},
        {"postings": [[BANK, "GEN", 5.5, "", None, None], ["4110", "GEN", -5.5, "", None, None]]},
        {"booked_on": "2026-10-30"},
        {"content": gift["content"][:-2] + "00"},
        {"id": "1"},
        {"what": "gift"},
    ):
        with pytest.raises(NotABookError, match=f"Line {first + 1} "):
            list(jsonl.parts(changed(text, first, **changes)))
    for wrong in (text[1:], changed(text, 0, format=2), [text[0], text[0]], ["{", *text[1:]], ["[]\n"]):
        with pytest.raises(NotABookError):
            list(jsonl.parts(wrong))


def test_only_an_empty_book_takes_in_another(year: Database, other: Database) -> None:
    text = exported(year)
    with other.write() as session:
        accounts.open_fund(session, accounts.Fund("GEN", "กองทุนทั่วไป", "General", principal_satang=5))
    with pytest.raises(BookNotEmptyError):
        take_in(other, text)
    assert len(exported(other)) == 3


def test_a_book_with_entries_of_its_own_takes_in_none(year: Database, other: Database) -> None:
    text = exported(year)
    open_book(other)
    posted(other, a_gift())
    own = exported(other)
    for foreign in (text, own[:-3] + text):
        with pytest.raises(BookNotEmptyError), other.read() as session:
            jsonl.require_begun(session, foreign)
    assert exported(other) == own


def test_an_interrupted_taking_in_goes_on_where_it_stopped(year: Database, other: Database) -> None:
    text = exported(year)
    for stop in range(len(list(jsonl.parts(text)))):
        for part in list(jsonl.parts(text))[: stop + 1]:
            with other.write() as session:
                jsonl.take_in(session, part)
        with other.read() as session:
            jsonl.require_begun(session, text)
    assert take_in(other, text) == 8
    assert exported(other) == text


def test_a_book_that_is_not_the_file_s_is_told_by_its_line(year: Database, other: Database) -> None:
    text = exported(year)
    take_in(other, text)
    posted(other, a_gift(1, on=DAY))
    with pytest.raises(OtherBookError, match="line"), other.read() as session:
        jsonl.require_same(session, text)


def test_months_turned_in_any_order_are_taken_in_again(books: Database, other: Database) -> None:
    """Closed twice, opened twice, entries between: the acts pass again, in the order of time."""
    september, november = date(2026, 9, 1), date(2026, 11, 1)
    posted(books, a_gift(on=OCTOBER), a_gift(on=november))
    acts = [(september, 1), (OCTOBER, 1), (OCTOBER, 0), (september, 0), (september, 1), (OCTOBER, 1), (november, 1)]
    for day, closes in acts:
        posted(books, a_gift(on=date(2026, 12, 1)))
        with books.write() as session:
            if closes:
                periods.close_month(session, day, by="treasurer")
            else:
                periods.open_month(session, day, reason="late", approved_by="chair", by="treasurer")
    assert take_in(other, exported(books)) == 9
    forged = [line for line in exported(books) if '"revision":2' not in line]
    part = [record for record in list(jsonl.parts(forged))[-1] if record["what"] == "period"]
    with pytest.raises(PeriodTurnError), books.write() as session:
        jsonl.take_in(session, [*part, part[-1] | {"revision": 9}])


KIND = '{"code":"GEN","nature":"fact","what":"kind"}'
END = '{"lines":1,"sha256":"","what":"end"}'
ACT = (
    '{"starts_on":"2026-10-01","ends_on":"2026-10-31","revision":1,"is_closed":true,"reason":"","recorded_by":"a",'
    '"approved_by":"","recorded_at":"%s","what":"period"}'
)
NOBODY_WRITES = {
    "nested without end": (KIND, "[" * 100_000),
    "an account without its names": (KIND, '{"code":"1110.01","what":"account"}'),
    "an unknown field": (KIND, '{"code":"x","nature":"fact","what":"kind","why":""}'),
    "half a satang": (
        KIND,
        '{"code":"GEN","name_en":"g","name_th":"g","principal_satang":1.5,"restriction":"none","valid_from":null,'
        '"what":"fund"}',
    ),
    "a moment without a zone": (KIND, ACT % "2026-11-01T00:00:00"),
    "a moment to come": (KIND, ACT % "9999-12-31T23:59:59.999999+00:00"),
    "a line after the last": (END, KIND),
}


@pytest.mark.parametrize(("before", "line"), NOBODY_WRITES.values(), ids=NOBODY_WRITES)
def test_a_line_that_no_book_writes_is_named(before: str, line: str) -> None:
    with pytest.raises(NotABookError, match="3"):
        list(jsonl.parts(['{"format":1,"what":"book"}', before, line]))
