"""No question reads more as the book grows: its work is counted in a book, and again when it has four times the days.

What is counted: rows that PostgreSQL reads, instructions that SQLite's machine runs. `benchmarks.growth` asks the same
questions of ten million postings.
"""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session, text

from benchmarks.growth import QUESTIONS, Pick, Question
from fund.db import Database
from ledger import checkpoints
from tests.ledger.builders import BANK, DAY, a_gift, posted
from tests.ledger.logbook import seal_all
from tests.ledger.plans import work
from tests.ledger.raw import run

SMALL, LARGE, BATCH, TAIL = 400, 1_600, 50, 20
BY_DAYS = "a year by month"  # reads a cell for each month and account that has one: the answer is as long as that
ASKED = {name: question for name, question in QUESTIONS.items() if name != BY_DAYS}


def grow(database: Database, since: int, until: int) -> list[Pick]:
    """Five gifts a day, with a checkpoint and a seal after each batch; then a tail. A pick of each batch."""
    picks = []
    for start in range(since, until, BATCH):
        days = [DAY + timedelta(days=number // 5) for number in range(start, start + BATCH)]
        entry_id = posted(database, *(a_gift(7, on=day) for day in days))[0].entry_id
        picks.append(Pick(entry_id, BANK, "GEN", days[0], f"{entry_id}.2"))
        with database.write() as session:
            checkpoints.take(session, tail=1)
    posted(database, *(a_gift(7, on=days[-1]) for _ in range(TAIL)))
    seal_all(database)
    if not database.is_sqlite:
        run(database, "ANALYZE")  # as PostgreSQL does by itself after a while
    return picks


def works(database: Database, questions: dict[str, Question], picks: list[Pick]) -> dict[str, int]:
    def about(question: Question, pick: Pick) -> Callable[[Session], object]:
        return lambda session: question(session, pick)

    return {
        f"{name}, {when}": work(database, about(question, pick))
        for name, question in questions.items()
        for when, pick in (("of old", picks[1]), ("of late", picks[-3]))
    }


def growing(database: Database, questions: dict[str, Question]) -> dict[str, tuple[int, int]]:
    """The questions that are more than half as much work again in the large book, with their work in both."""
    first = grow(database, 0, SMALL)
    small = works(database, questions, first)
    large = works(database, questions, first + grow(database, SMALL, LARGE))
    return {name: (small[name], large[name]) for name in small if large[name] > 1.5 * small[name]}


def test_no_question_is_more_work_in_a_larger_book(books: Database) -> None:
    assert growing(books, ASKED) == {}


def test_a_question_that_walks_would_be_found(books: Database) -> None:
    sums = "SELECT sum(amount_satang) FROM ledger_posting WHERE account = :account AND fund = :fund"
    later_days = "SELECT count(*) FROM ledger_day WHERE account = :account AND fund = :fund AND booked_on >= :day"
    earlier = "SELECT count(*) FROM ledger_leaf WHERE position < (SELECT position FROM ledger_leaf WHERE subject = :id)"

    def walk(statement: str) -> Question:
        return lambda session, pick: session.connection().execute(
            text(statement),
            {"account": pick.account, "fund": pick.fund, "day": pick.day.isoformat(), "id": str(pick.entry_id)},
        )

    found = growing(books, {"sums": walk(sums), "later days": walk(later_days), "earlier leaves": walk(earlier)})
    assert found.keys() >= {"sums, of old", "sums, of late", "later days, of old", "earlier leaves, of late"}


@pytest.mark.parametrize("index", ["ledger_posting_balance"])
def test_a_missing_index_would_be_found(books: Database, index: str) -> None:
    run(books, f"DROP INDEX {index}")
    names = ("trial balance", "one balance", "a page of history")
    assert {name.partition(",")[0] for name in growing(books, {name: ASKED[name] for name in names})} == set(names)
