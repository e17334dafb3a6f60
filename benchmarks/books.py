"""Books of any size, as a province would fill them: three years of gifts, grants and costs in all its funds.

Everything goes in by the one write door, in batches, with checkpoints and seals after each, as the worker makes them.
Knows how far a book has come: building goes on where it stopped. Refuses nothing: the guards do.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from time import perf_counter, process_time
from typing import Final

from sqlalchemy import text

from benchmarks.measuring import tell
from benchmarks.places import BENCHMARK, found
from fund import postings, profile, sealing
from fund.db import Database
from fund.postings import Gift, Money
from ledger import accounts, book, checkpoints, log
from ledger.accounts import Kind
from ledger.journal import Entry, Posting, move
from ledger.notes import SigningKey

KEY: Final = SigningKey("benchmark", bytes(32))
FIRST_DAY: Final = date(2030, 1, 1)
DAYS: Final = 3 * 365
BANK, OTHER_BANK = "1110.01", "1110.02"
GRANTS, COMMITMENTS, RESERVE = "5100", "9100", "9190"
ENTRIES_A_ROUND: Final = 50
POSTINGS_A_ROUND: Final = 102
ROUNDS_A_COMMIT: Final = 40
ENTRIES_A_COMMIT: Final = ROUNDS_A_COMMIT * ENTRIES_A_ROUND
_OPENING_SATANG: Final = 1_000_000_000
_GRANT_SATANG: Final = 100_000
_TOLD_EVERY: Final = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One commit's entries: how many the book then held, and the seconds that each part of adding them took.

    By the clock; on SQLite, where the database computes in our process, also in seconds of computing.
    """

    entries: int
    posted: float
    checked: float
    sealed: float
    posted_computing: float
    sealed_computing: float


def grow(url: str, wanted: int) -> list[Step]:
    """Let the book at `url` have `wanted` postings: made if there is none, continued if there are fewer."""
    database = Database(url)
    _open(database, url)
    with database.read() as session:
        funds = [fund.code for fund in accounts.funds(session) if fund.restriction != "technical"]
        done = session.connection().scalar(text("SELECT count(*) FROM ledger_entry WHERE kind <> 'opening'")) or 0
    rounds = wanted // POSTINGS_A_ROUND
    steps = []
    for start in range(done // ENTRIES_A_ROUND, rounds, ROUNDS_A_COMMIT):
        until = min(start + ROUNDS_A_COMMIT, rounds)
        entries = [entry for number in range(start, until) for entry in a_round(number, rounds, funds)]
        steps.append(_add(database, entries, until * ENTRIES_A_ROUND))
        if len(steps) % _TOLD_EVERY == 0:
            tell(_progress(steps[-_TOLD_EVERY:]))
    database.close()
    return steps


def a_round(number: int, of: int, funds: Sequence[str]) -> Iterator[Entry]:
    """Fifty entries of about one moment: a grant promised and paid, a cost, gifts; some lines come days late."""
    chance = random.Random(number)
    today = FIRST_DAY + timedelta(days=DAYS * number // of)
    grant, fund = f"grant:{number}", chance.choice(funds)
    promised = move(_GRANT_SATANG, fund, debit=COMMITMENTS, credit=RESERVE, subject=grant)
    yield Entry("award", today, today, promised, f"award:{number}", grant)
    kept = (Posting(RESERVE, fund, _GRANT_SATANG, grant), Posting(COMMITMENTS, fund, -_GRANT_SATANG, grant))
    paid = move(_GRANT_SATANG, fund, debit=GRANTS, credit=BANK) + kept
    yield Entry("payment", today, today, paid, f"payment:{number}", grant)
    yield postings.running_cost_paid(Money(f"cost:{number}", BANK, 5_000, today, today))
    for gift in range(ENTRIES_A_ROUND - 3):
        day = max(FIRST_DAY, today - timedelta(days=chance.choice((0,) * 19 + (3,))))
        yield _gift(f"{number}:{gift}", day, funds, chance)


def _gift(identity: str, day: date, funds: Sequence[str], chance: random.Random) -> Entry:
    fund = chance.choice(("GEN", chance.choice(funds), chance.choice(funds), chance.choice(funds)))
    bank = chance.choice((BANK, BANK, BANK, OTHER_BANK))
    is_ten_baht = chance.random() < 0.9
    income = postings.TEN_BAHT_DONATIONS if is_ten_baht else postings.DONATIONS
    amount = 1_000 if is_ten_baht else 100 * chance.randrange(1, 1_000)
    return postings.donation_received(Gift(identity, fund, income), Money(identity, bank, amount, day, day))


def _open(database: Database, url: str) -> None:
    database.migrate()
    with database.read() as session:
        if profile.is_installed(session):
            return
    found(url)
    with database.write() as session:
        accounts.define_kind(session, Kind("award", "choice"))
        accounts.define_kind(session, Kind("payment", "choice"))
        log.add_key(session, KEY)
        for fund in accounts.funds(session):
            lines = move(_OPENING_SATANG, fund.code, debit=BANK, credit=postings.NET_ASSETS)
            book.post(session, Entry("opening", FIRST_DAY, FIRST_DAY, lines, f"open:{fund.code}"), by=BENCHMARK.name)


def _add(database: Database, entries: Sequence[Entry], grown: int) -> Step:
    clock = [_now()]
    with database.write() as session:
        book.post_many(session, entries, by=BENCHMARK.name)
    clock.append(_now())
    with database.write() as session:
        checkpoints.take(session)
    clock.append(_now())
    sealing.seal_all(database, KEY)
    clock.append(_now())
    (posted, posting), (checked, _), (sealed, computing) = (
        (after[0] - before[0], after[1] - before[1]) for before, after in pairwise(clock)
    )
    return Step(grown, posted, checked, sealed, posting, computing)


def _now() -> tuple[float, float]:
    return perf_counter(), process_time()


def _progress(steps: Sequence[Step]) -> str:
    entries = len(steps) * ENTRIES_A_COMMIT
    parts = {
        "post": sum(step.posted for step in steps),
        "checkpoints": sum(step.checked for step in steps),
        "seal": sum(step.sealed for step in steps),
        "post, computing": sum(step.posted_computing for step in steps),
        "seal, computing": sum(step.sealed_computing for step in steps),
    }
    told = ", ".join(f"{name} {seconds / entries * 1e6:,.0f}" for name, seconds in parts.items())
    return f"{steps[-1].entries:,} entries; microseconds an entry: {told}"
