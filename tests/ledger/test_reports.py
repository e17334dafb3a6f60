"""Every figure that is shown, under any filter, is what somebody would count by hand from the journal.

The book is grown once, with checkpoints, late entries and reversals in it; then hundreds of questions are asked of it.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlmodel import Session

from fund.db import Database
from ledger import accounts, balances, book, checkpoints, periods
from ledger.accounts import Kind
from ledger.book import BookedEntry
from ledger.history import history
from ledger.journal import Entry, Posting, move
from tests import examples
from tests.ledger.builders import BANK, CHART, FEES, GIFTS, GRANTS, NET, TILL, UNIDENTIFIED, a_key, posted

SEED: Final = 20_261_123
FIRST, DAYS = date(2026, 9, 20), 100
FUNDS = ["GEN", "D4001", "KEEP"]
RESULTS = {account.code for account in CHART if account.type in ("income", "expense")}
SUBJECTS = ["line:1", "line:2", "line:3"]


def some_postings(chance: random.Random) -> tuple[str, tuple[Posting, ...]]:
    amount, fund = chance.randrange(1, 500), chance.choice(FUNDS)
    return chance.choice(
        [
            ("donation", move(amount, fund, debit=BANK, credit=GIFTS)),
            ("donation", move(amount, fund, debit=BANK, credit=UNIDENTIFIED, subject=chance.choice(SUBJECTS))),
            ("fee", move(amount, fund, debit=FEES, credit=BANK)),
            ("fee", move(amount, fund, debit=GRANTS, credit=BANK)),
            ("fee", (*move(amount, fund, debit=TILL, credit=BANK), *move(3, "GEN", debit=BANK, credit=GIFTS))),
            (balances.CLOSING, move(amount, fund, debit=GIFTS, credit=NET)),
        ]
    )


def an_entry(chance: random.Random, newest: int) -> Entry:
    """Mostly of the newest days, some long before them; some booked long after they happened."""
    kind, postings = some_postings(chance)
    booked = newest - (chance.randrange(newest + 1) if chance.random() < 0.3 else 0)
    occurred = booked - (chance.randrange(60) if chance.random() < 0.3 else 0)
    return Entry(kind, FIRST + timedelta(days=occurred), FIRST + timedelta(days=booked), postings, a_key())


@pytest.fixture
def journal(books: Database) -> tuple[Database, list[BookedEntry]]:
    """A book of a hundred days, and all its entries in log order."""
    chance = random.Random(SEED)
    with books.write() as session:
        accounts.define_kind(session, Kind(balances.CLOSING, "fact"))
    for newest in range(DAYS):
        made = posted(books, *(an_entry(chance, newest) for _ in range(chance.randrange(1, 4))))
        with books.write() as session:
            if chance.random() < 0.3:
                book.reverse(session, made[0].entry_id, reason="wrong", booked_on=FIRST + timedelta(days=newest + 1),
                             by="x")  # fmt: skip
            if chance.random() < 0.15:
                checkpoints.take(session, tail=chance.randrange(1, 9))
    with books.read() as session:
        return books, book.entries(session, limit=10_000)


@dataclass(frozen=True)
class Filter:
    """A question's freely combined conditions; `entry` is the number of the last one that counts."""

    on: date | None
    since: date
    until: date
    account: str
    fund: str
    entry: int | None
    page: int
    skip: int


a_day = st.integers(-2, DAYS + 2).map(lambda number: FIRST + timedelta(days=number))
a_filter = st.builds(
    Filter,
    on=st.none() | a_day,
    since=a_day,
    until=a_day,
    account=st.sampled_from([BANK, BANK, GIFTS, FEES, TILL, UNIDENTIFIED, "9999"]),
    fund=st.sampled_from([*FUNDS, "OLD"]),
    entry=st.none() | st.integers(0, 10_000),
    page=st.integers(1, 60),
    skip=st.integers(0, 200),
)


class ByHand:
    """Counts in plain loops over the journal."""

    def __init__(self, entries: list[BookedEntry]) -> None:
        self.entries = entries

    def is_by(self, booked_on: date, end: date | None) -> bool:
        return end is None or booked_on <= end

    def recorded(self, asked: Filter) -> list[BookedEntry]:
        return self.entries if asked.entry is None else self.entries[: asked.entry % len(self.entries) + 1]

    def as_of(self, asked: Filter) -> UUID | None:
        return None if asked.entry is None else self.recorded(asked)[-1].id

    def trial_balance(self, asked: Filter) -> dict[tuple[str, str], int]:
        sums: dict[tuple[str, str], int] = {}
        for entry in self.recorded(asked):
            for p in entry.postings if self.is_by(entry.booked_on, asked.on) else ():
                sums[p.account, p.fund] = sums.get((p.account, p.fund), 0) + p.amount_satang
        return sums

    def movements(self, asked: Filter) -> dict[tuple[date, str, str], int]:
        """Months with a booked day between the two are named even where nothing remains of it."""
        moved: Counter[tuple[date, str, str]] = Counter()
        for entry in self.entries:
            if asked.since <= entry.booked_on and self.is_by(entry.booked_on, asked.until):
                for p in entry.postings:
                    if p.account in RESULTS and entry.kind != balances.CLOSING:
                        moved[entry.booked_on.replace(day=1), p.account, p.fund] += p.amount_satang
        return dict(moved)

    def history(self, asked: Filter) -> list[tuple[UUID, int, int, int]]:
        """Entry, line, amount, and what stood there then."""
        lines, standing = [], 0
        for entry in self.entries:
            for number, p in enumerate(entry.postings, 1):
                if (p.account, p.fund) == (asked.account, asked.fund):
                    standing += p.amount_satang
                    lines.append((entry.id, number, p.amount_satang, standing))
        return lines

    def corrections(self, day: date) -> list[UUID]:
        first = day.replace(day=1)
        end = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        booked_on = {entry.id: entry.booked_on for entry in self.entries}
        found = [
            entry
            for entry in self.entries
            if not self.is_by(entry.booked_on, end)
            and any(first <= its and self.is_by(its, end)
                    for its in (entry.occurred_on, booked_on.get(entry.reverses or entry.id, date.max)))
        ]  # fmt: skip
        return [entry.id for entry in sorted(found, key=lambda entry: entry.booked_on)]

    def of_subject(self, asked: Filter, subject: str) -> int:
        return sum(p.amount_satang for entry in self.entries for p in entry.postings
                   if (p.account, p.fund, p.subject) == (asked.account, asked.fund, subject))  # fmt: skip


class ByAnotherHand(ByHand):
    """The planted defect: the last day is left out."""

    def is_by(self, booked_on: date, end: date | None) -> bool:
        return end is None or booked_on < end


def check_balances(session: Session, by_hand: ByHand, asked: Filter) -> None:
    expected, as_of = by_hand.trial_balance(asked), by_hand.as_of(asked)
    found = balances.trial_balance(session, on=asked.on, as_of=as_of)
    assert [((b.account, b.fund), b.amount_satang) for b in found] == sorted(expected.items())
    one = balances.balance(session, asked.account, asked.fund, on=asked.on, as_of=as_of)
    assert one == expected.get((asked.account, asked.fund), 0)


def check_movements(session: Session, by_hand: ByHand, asked: Filter) -> None:
    found = balances.movements(session, since=asked.since, until=asked.until)
    assert {(m.month, m.account, m.fund): m.amount_satang for m in found if m.amount_satang} == {
        place: amount for place, amount in by_hand.movements(asked).items() if amount
    }


def check_history(session: Session, by_hand: ByHand, asked: Filter) -> None:
    whole = by_hand.history(asked)
    skipped = whole[: asked.skip % (len(whole) + 1)]
    after = f"{skipped[-1][0]}.{skipped[-1][1]}" if skipped else ""
    found = history(session, asked.account, asked.fund, after=after, limit=asked.page)
    rest = whole[len(skipped) :]
    assert [(line.entry_id, line.line, line.amount_satang, line.balance_satang) for line in found.lines] == rest[
        : asked.page
    ]
    assert found.has_more == (len(rest) > asked.page)


def check_corrections(session: Session, by_hand: ByHand, asked: Filter) -> None:
    found = [correction.entry_id for correction in periods.corrections(session, asked.since)]
    assert found == by_hand.corrections(asked.since)
    for subject in SUBJECTS:
        expected = by_hand.of_subject(asked, subject)
        assert balances.subject_balance(session, asked.account, asked.fund, subject) == expected


CHECKS = (check_balances, check_movements, check_history, check_corrections)
Check = Callable[[Session, ByHand, Filter], None]


def ask(database: Database, by_hand: ByHand, questions: int, *checks: Check) -> None:
    """Ask that many questions, each with every check, of one book."""

    @settings(
        max_examples=questions,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
        derandomize=settings.get_current_profile_name() == "gate",
    )
    @given(asked=a_filter)
    def each(asked: Filter) -> None:
        with database.read() as session:
            for check in checks:
                check(session, by_hand, asked)

    each()


def test_every_figure_is_what_is_counted_by_hand(journal: tuple[Database, list[BookedEntry]]) -> None:
    database, entries = journal
    assert len(entries) > 200
    ask(database, ByHand(entries), examples.count(1_000) // len(CHECKS), *CHECKS)


@pytest.mark.parametrize("check", [check_balances, check_movements, check_corrections])
def test_a_day_left_out_is_noticed(journal: tuple[Database, list[BookedEntry]], check: Check) -> None:
    """The control."""
    database, entries = journal
    with pytest.raises(AssertionError):
        ask(database, ByAnotherHand(entries), 200, check)


def test_a_page_that_begins_one_line_late_is_noticed(journal: tuple[Database, list[BookedEntry]]) -> None:
    """The control for pages, which know no days."""
    database, entries = journal
    with pytest.raises(AssertionError):
        ask(database, ByHand(entries[1:]), 200, check_history)
