"""Gifts of two postings into one fund, a second: one by one and in batches, on both databases, and by a crowd.

The limit is bare SQL that writes the same rows in as many commits: on SQLite one transaction of `executemany`, on
PostgreSQL one statement, the whole transaction in one round trip (or, beside it, between BEGIN and COMMIT, in three).
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, Final

from benchmarks import bare
from benchmarks.bare import Bare, Rows
from benchmarks.crowd import Turn, crowd
from benchmarks.measuring import Figure, Scale, rate, side_by_side
from benchmarks.places import BENCHMARK, ENGINES, FUND, NAMES, Engine, Places, found
from fund import postings
from fund.db import Database
from fund.postings import Gift, Money
from ledger import book
from ledger.identifiers import new_id
from ledger.journal import Entry

ENTRY, POSTING = "ledger_entry", "ledger_posting"
TABLES: Final = (ENTRY, POSTING)
DAY: Final = date(2026, 11, 2)
INDEXED, KEYED = "bare inserts, same indexes", "bare inserts, primary keys alone"
BEGINS = "bare inserts, same indexes, BEGIN and COMMIT"
CROWDS: Final = (8, 20)


@dataclass(frozen=True, slots=True)
class Limit:
    """Bare tables (a file, or a schema of the same database), and whether a commit needs its own BEGIN."""

    place: str
    begins: bool = False

    def connect(self, url: str) -> Bare:
        """A connection to them."""
        return bare.connect(url, TABLES, at=self.place, begins=self.begins)


def measure(places: Places, scale: Scale) -> Iterator[Figure]:
    """All figures of posting."""
    for engine in ENGINES:
        url = places.empty(engine)
        found(url)
        limits = _bare_places(places, engine, url)
        yield from _alone(engine, url, limits, scale)
        if engine == "postgresql":
            yield from _crowded(url, limits, scale)


def _bare_places(places: Places, engine: Engine, url: str) -> dict[str, Limit]:
    made = {}
    for limit, place in ((INDEXED, "bare_indexed"), (KEYED, "bare_keyed")):
        made[limit] = Limit(str(places.folder / place) if engine == "sqlite" else place)
        bare.make(url, TABLES, at=made[limit].place, has_indexes=limit == INDEXED)
    if engine == "postgresql":
        made[BEGINS] = Limit(made[INDEXED].place, begins=True)
    return made


def _alone(engine: Engine, url: str, limits: dict[str, Limit], scale: Scale) -> Iterator[Figure]:
    database = Database(url)
    connections = {name: limit.connect(url) for name, limit in limits.items()}
    for size, full, quick in ((1, 800, 100), (100, 6_000, 800), (1000, 12_000, 2_000)):
        count = scale.of(full, quick)
        yield from side_by_side(
            f"posting · {NAMES[engine]} · {'one by one' if size == 1 else f'batches of {size:,}'}",
            "gifts",
            partial(_rate_of_ours, database, count, size),
            {
                name: partial(_rate_of_bare, there, count, size)
                for name, there in connections.items()
                if size == 1 or name != BEGINS
            },
            rounds=scale.of(5, 2),
        )
    for there in connections.values():
        there.close()
    database.close()


def _crowded(url: str, limits: dict[str, Limit], scale: Scale) -> Iterator[Figure]:
    for size in CROWDS[: scale.of(len(CROWDS), 1)]:
        each = scale.of(2_000, 320) // size
        with crowd(size, Poster, url, limits) as posters:
            yield from side_by_side(
                f"posting · PostgreSQL · one by one, {size} at once",
                "gifts",
                partial(posters.rate, "ours", each),
                {name: partial(posters.rate, name, each) for name in (INDEXED, BEGINS)},
                rounds=scale.of(5, 2),
            )


class Poster:
    """One process of a crowd, with connections of its own."""

    def __init__(self, url: str, limits: dict[str, Limit], _number: int) -> None:
        self._database = Database(url)
        self._bare = {name: limit.connect(url) for name, limit in limits.items()}

    def __call__(self, work: str, count: int) -> Turn:
        if work == "ours":
            return partial(_post, self._database, some_gifts(count), 1)
        return partial(_write_all, self._bare[work], _bare_commits(self._bare[work], count, 1))


def some_gifts(count: int) -> list[Entry]:
    """Ten-baht gifts into one fund, none of which was there before."""
    return [_gift(str(new_id())) for _ in range(count)]


def _gift(identity: str) -> Entry:
    money = Money(identity, "1110.01", 1_000, DAY, DAY)
    return postings.donation_received(Gift(identity, FUND, postings.TEN_BAHT_DONATIONS), money)


def _rate_of_ours(database: Database, count: int, size: int) -> float:
    return rate(count, partial(_post, database, some_gifts(count), size))


def _post(database: Database, entries: Sequence[Entry], size: int) -> None:
    if size == 1:
        for entry in entries:
            with database.write() as session:
                book.post(session, entry, by=BENCHMARK.name)
        return
    for start in range(0, len(entries), size):
        with database.write() as session:
            book.post_many(session, entries[start : start + size], by=BENCHMARK.name)


def _rate_of_bare(connection: Bare, count: int, size: int) -> float:
    return rate(count, partial(_write_all, connection, _bare_commits(connection, count, size)))


def _bare_commits(connection: Bare, count: int, size: int) -> list[Any]:
    """The same rows that `_post` writes, made ready for the driver."""
    is_sqlite = isinstance(connection, bare.SqliteBare)
    entries = some_gifts(count)
    return [
        connection.prepared(_rows(entries[start : start + size], is_sqlite=is_sqlite))
        for start in range(0, count, size)
    ]


def _write_all(connection: Bare, commits: Sequence[Any]) -> None:
    for prepared in commits:
        connection.commit(prepared)


def _rows(entries: Sequence[Entry], *, is_sqlite: bool) -> dict[str, Rows]:
    ids = sorted(new_id() for _ in entries)
    stamp = secrets.randbits(40)
    entry_rows: list[tuple[Any, ...]] = []
    posting_rows: list[tuple[Any, ...]] = []
    for entry_id, entry in zip(ids, entries, strict=True):
        stamp += 1
        key = str(entry_id) if is_sqlite else entry_id
        entry_rows.append(_entry_row(key, stamp, entry, is_sqlite=is_sqlite))
        posting_rows += _posting_rows(key, stamp, entry, is_sqlite=is_sqlite)
    return {ENTRY: entry_rows, POSTING: posting_rows}


def _entry_row(entry_id: Any, stamp: int, entry: Entry, *, is_sqlite: bool) -> tuple[Any, ...]:
    day, now = entry.booked_on, datetime.now(UTC)
    days = (day.isoformat(), day.isoformat(), now.isoformat(timespec="microseconds")) if is_sqlite else (day, day, now)
    told = (entry.key, entry.request_hash(), entry.subject, None, "", None)
    return (stamp, entry_id, len(entry.postings), entry.kind, *days, BENCHMARK.name, *told)


def _posting_rows(entry_id: Any, stamp: int, entry: Entry, *, is_sqlite: bool) -> list[tuple[Any, ...]]:
    day = entry.booked_on.isoformat() if is_sqlite else entry.booked_on
    return [
        (entry_id, len(entry.postings), line, stamp, day, p.account, p.fund, p.amount_satang, p.subject, None, None)
        for line, p in enumerate(entry.postings, 1)
    ]
