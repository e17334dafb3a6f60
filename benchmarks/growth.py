"""Whether an answer takes longer in a large book than in one of 10,000 postings, and whether sealing keeps up.

Both books are filled alike (`benchmarks.books`), and the same questions are asked of both in turn: the rate in the
small book is the limit. What is asked was asked before, so it comes from memory; a note tells of answers from disk.
"""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, Final
from uuid import UUID

import psycopg
from sqlmodel import Session, col, select

from benchmarks import books
from benchmarks.books import Step
from benchmarks.crowd import Turn, crowd
from benchmarks.measuring import Figure, Finding, Note, Scale, side_by_side
from benchmarks.places import BENCHMARK, ENGINES, NAMES, Engine, Places
from benchmarks.posting import some_gifts
from fund import postings, sealing
from fund.db import Database
from ledger import balances, book, history, leaves, log, proofs
from ledger.models import HeadRow, LeafRow

SMALL: Final = 10_000
LIMIT: Final = f"the same in a book of {SMALL:,} postings"
BUSY: Final = (postings.TEN_BAHT_DONATIONS, "GEN")
"""The account whose history is read: even the small book has more than a page of it before any of our cursors."""

_PICKS: Final = 300
_SECONDS: Final = 1
YEAR: Final = timedelta(days=364)
_BATCH: Final = 100


@dataclass(frozen=True, slots=True)
class Pick:
    """Some posting of the book: what questions are asked about; and some line of the busy account."""

    entry_id: UUID
    account: str
    fund: str
    day: date
    cursor: str


Question = Callable[[Session, Pick], object]
QUESTIONS: Final[dict[str, Question]] = {
    "trial balance": lambda session, _: balances.trial_balance(session),
    "trial balance on a day": lambda session, pick: balances.trial_balance(session, on=pick.day),
    "one balance": lambda session, pick: balances.balance(session, pick.account, pick.fund),
    "one balance on a day": lambda session, pick: balances.balance(session, pick.account, pick.fund, on=pick.day),
    "one balance as of an entry": lambda session, pick: balances.balance(
        session, pick.account, pick.fund, as_of=pick.entry_id
    ),
    "what a fund may spend": lambda session, pick: balances.spendable(session, pick.fund),
    "a year by month": lambda session, pick: balances.movements(session, since=pick.day - YEAR, until=pick.day),
    "a page of history": lambda session, pick: history.history(session, *BUSY, after=pick.cursor),
    "a page of the journal": lambda session, pick: book.entries(session, after=pick.entry_id),
    "a proof": lambda session, pick: proofs.inclusion(session, leaves.ENTRY, str(pick.entry_id)),
}


def measure(places: Places, scale: Scale, *, wanted: int = 0, kept: str = "") -> Iterator[Finding]:
    """The figures of growth, in books of `wanted` postings on both engines, or in the one kept at a URL."""
    for engine in ENGINES:
        if kept and not kept.startswith(engine):
            continue
        small, large = places.empty(engine), kept or places.empty(engine)
        books.grow(small, SMALL)
        steps = books.grow(large, wanted or scale.of(1_000_000, 50_000))
        yield from _questions(engine, small, large, scale.of(9, 3))
        yield from _sealing(NAMES[engine], steps)
        yield _following(NAMES[engine], small, scale.of(20_000, 4_000))


def _questions(engine: Engine, small: str, large: str, rounds: int) -> Iterator[Finding]:
    name = f"{NAMES[engine]} · {_size(large):,} leaves"
    databases, picks = {url: Database(url) for url in (small, large)}, {url: _picks(url) for url in (small, large)}
    if engine == "sqlite":
        for url, told in ((large, name), (small, f"{NAMES[engine]} · the small book")):
            yield Note(f"{told} · first answers, from disk: {_from_disk(url, picks[url])}")
    else:
        _tidy(small)
        _tidy(large)
    for asked, question in QUESTIONS.items():
        ours, limit = (partial(_rate, databases[url], question, picks[url]) for url in (large, small))
        yield from side_by_side(f"{asked} · {name}", "answers", ours, {LIMIT: limit}, rounds=rounds)
    for database in databases.values():
        database.close()


def _size(url: str) -> int:
    database = Database(url)
    with database.read() as session:
        last = log.head(session)
    database.close()
    return last.size if last else 0


def _picks(url: str) -> list[Pick]:
    """Entries from all over the book but its newest part, where a page would be short; the same few every time."""
    chance, database = random.Random(1), Database(url)
    with database.read() as session:
        end = session.exec(select(HeadRow.size).order_by(col(HeadRow.size).desc())).first() or 0
        found: list[Pick] = []
        cursor = ""
        while len(found) < _PICKS:
            leaf = session.get(LeafRow, chance.randrange(end * 8 // 10))
            if leaf is None or leaf.kind != leaves.ENTRY:
                continue
            entry = book.entry(session, UUID(leaf.subject))
            lines = enumerate(entry.postings, 1)
            cursor = next((f"{entry.id}.{n}" for n, p in lines if (p.account, p.fund) == BUSY), cursor)
            some = chance.choice(entry.postings)
            if cursor:
                found.append(Pick(entry.id, some.account, some.fund, entry.booked_on, cursor))
    database.close()
    return found


def _rate(database: Database, question: Question, picks: Sequence[Pick]) -> float:
    """Answers a second, in one look at the database."""
    with database.read() as session:
        question(session, picks[0])
        count, begin = 0, perf_counter()
        while perf_counter() < begin + _SECONDS:
            question(session, picks[count % len(picks)])
            count += 1
        return count / (perf_counter() - begin)


def _tidy(url: str) -> None:
    """What PostgreSQL does by itself after a while."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _from_disk(url: str, picks: Sequence[Pick]) -> str:
    """How long an answer takes when nothing of a SQLite file is in memory."""
    told: list[str] = []
    for asked in ("trial balance", "one balance on a day", "a page of history", "a proof"):
        _forget(Path(url.removeprefix("sqlite:///")))
        database = Database(url)
        with database.read() as session:
            begin = perf_counter()
            QUESTIONS[asked](session, picks[len(told)])
            told.append(f"{asked} {(perf_counter() - begin) * 1e3:,.0f} ms")
        database.close()
    return ", ".join(told)


def _forget(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _sealing(name: str, steps: Sequence[Step]) -> Iterator[Figure]:
    """The build's own figures: sealing beside posting all the way, and the end of both beside their beginning."""
    full = steps[:-1]  # the last commit may be a smaller one
    tenth = len(full) // 10
    if not tenth:
        return
    sealed = [books.ENTRIES_A_COMMIT / step.sealed for step in full]
    posted = [books.ENTRIES_A_COMMIT / step.posted for step in full]
    yield Figure(f"sealing · {name}", "entries", tuple(sealed), "posting the same, in batches", tuple(posted))
    for act, rates in (("sealing", sealed), ("posting", posted)):
        last = f"{act} · {name} · the last tenth of {steps[-1].entries:,}"
        yield Figure(last, "entries", tuple(rates[-tenth:]), "the first tenth", tuple(rates[:tenth]))


def _following(name: str, url: str, count: int) -> Note:
    """How far the sealer, who looks once a second, falls behind a process that posts as fast as it can."""
    database, behind = Database(url), [0]
    with crowd(1, Poster, url) as poster, ThreadPoolExecutor(1) as pool:
        posted = pool.submit(poster.rate, "post", count)
        while not posted.done():
            sleep(1)
            with database.read() as session:
                behind.append(log.unsealed(session, limit=count))
            sealing.seal_all(database, books.KEY)
        begin = monotonic()
        sealing.seal_all(database, books.KEY)
    database.close()
    return Note(
        f"sealing · {name} · follows {posted.result():,.0f} entries a second (batches of {_BATCH}): never more than"
        f" {max(behind):,} waiting, the last sealed {monotonic() - begin:.1f} s after the end"
    )


class Poster:
    """One process that posts in batches."""

    def __init__(self, url: str, _number: int) -> None:
        self._database = Database(url)

    def __call__(self, _work: str, count: int) -> Turn:
        entries: Any = some_gifts(count)

        def post() -> None:
            for start in range(0, count, _BATCH):
                with self._database.write() as session:
                    book.post_many(session, entries[start : start + _BATCH], by=BENCHMARK.name)

        return post
