"""What the trace costs: sealing gifts and payments with their spans, beside sealing the same without.

Two books alike, each posted to and sealed in turn; posting is outside the clock. Knows nothing of rules.
"""

from collections.abc import Iterator
from functools import partial
from itertools import count

from benchmarks import books
from benchmarks.measuring import Figure, Scale, rate, side_by_side
from benchmarks.places import BENCHMARK, ENGINES, NAMES, Places
from fund import sealing
from fund.db import Database
from ledger import accounts, book, log
from ledger.notes import SigningKey


def measure(places: Places, scale: Scale) -> Iterator[Figure]:
    """Entries sealed a second, with the trace and without."""
    for engine in ENGINES:
        ours, bare = (_begun(places.empty(engine)) for _ in range(2))
        rounds, entries = scale.of(5, 2), scale.of(10_000, 2_000)
        name = f"sealing with its trace · {NAMES[engine]} · {entries:,} entries"
        with_trace, without = partial(_rate, ours, count(10_000), entries), partial(_rate, bare, count(10_000), entries)
        yield from side_by_side(
            name,
            "entries",
            partial(with_trace, is_traced=True),
            {"sealing without": partial(without, is_traced=False)},
            rounds=rounds,
        )
        ours.close()
        bare.close()


def _begun(url: str) -> Database:
    books.grow(url, books.POSTINGS_A_ROUND)
    return Database(url)


def _rate(database: Database, numbers: "count[int]", entries: int, *, is_traced: bool) -> float:
    with database.read() as session:
        funds = [fund.code for fund in accounts.funds(session) if fund.restriction != "technical"]
    for _ in range(entries // books.ENTRIES_A_ROUND):
        with database.write() as session:
            book.post_many(session, [*books.a_round(next(numbers), 40_000, funds)], by=BENCHMARK.name)
    return rate(entries, partial(sealing.seal_all if is_traced else _seal_bare, database, books.KEY))


def _seal_bare(database: Database, key: SigningKey) -> None:
    is_done = False
    while not is_done:
        with database.write() as session:
            is_done = log.seal(session, key, sources=sealing.SOURCES) is None
