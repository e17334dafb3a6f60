"""Gifts of two postings into one fund, a second: one by one, in batches, by a crowd, and by a crowd in groups.

The limit is bare SQL that writes the same rows in as many commits: on SQLite one transaction of `executemany`, on
PostgreSQL one statement, the whole transaction in one round trip (or, beside it, between BEGIN and COMMIT, in three).
"""

import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from benchmarks import bare
from benchmarks.bare import Bare, Rows
from benchmarks.crowd import Turn, crowd
from benchmarks.measuring import Figure, Measure, Scale, rate, side_by_side
from benchmarks.pgbench import pgbench
from benchmarks.places import BENCHMARK, ENGINES, FUND, NAMES, Engine, Places, found
from fund import postings
from fund.db import Database
from fund.postings import Gift, Money
from ledger import book
from ledger.grouping import GroupingWriter
from ledger.identifiers import new_id
from ledger.journal import Entry

ENTRY, POSTING = "ledger_entry", "ledger_posting"
TABLES: Final = (ENTRY, POSTING)
DAY: Final = date(2026, 11, 2)
LISTS, TEXTS = "bare inserts", "bare inserts, arrays ready as text"
BEGINS = "bare inserts, BEGIN and COMMIT"
CROWDS: Final = (8, 20)
CALLERS: Final = 32


_PGBENCH = """
WITH gift AS MATERIALIZED (SELECT gen_random_uuid() AS id, date '2026-11-02' AS day, 1::bigint AS stamp),
entry AS (
    INSERT INTO bare.ledger_entry (stamp, id, lines, kind, occurred_on, booked_on, recorded_at, recorded_by, key,
                                   request_hash, subject, reason)
    SELECT stamp, id, 2, 'donation', day, day, now(), 'benchmark', 'gift:' || id, sha256(id::text::bytea),
           'donation:' || id, '' FROM gift
)
INSERT INTO bare.ledger_posting (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject)
SELECT id, 2, line, stamp, day, account, 'GEN', amount_satang, ''
FROM gift, (VALUES (1, '1110.01', 1000), (2, '4110.10', -1000)) AS p (line, account, amount_satang)
"""


@dataclass(frozen=True, slots=True)
class Limit:
    """Bare tables (a file, or a schema of the same database), and how a commit writes into them."""

    place: str
    begins: bool = False
    as_text: bool = False

    def connect(self, url: str) -> Bare:
        """A connection to them."""
        return bare.connect(url, TABLES, at=self.place, begins=self.begins, as_text=self.as_text)


def measure(places: Places, scale: Scale) -> Iterator[Figure]:
    """All figures of posting."""
    for engine in ENGINES:
        url = places.empty(engine)
        found(url)
        place = str(places.folder / "bare") if engine == "sqlite" else "bare"
        bare.make(url, TABLES, at=place)
        if engine == "sqlite":
            yield from _alone(engine, url, {LISTS: Limit(place)}, scale)
        else:
            limits = {LISTS: Limit(place), TEXTS: Limit(place, as_text=True), BEGINS: Limit(place, begins=True)}
            yield from _alone(engine, url, limits, scale)
            yield from _crowded(url, limits, scale)
        yield from _grouped(places, engine, url, scale)


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
                {name: partial(posters.rate, name, each) for name in limits},
                rounds=scale.of(5, 2),
            )


def _grouped(places: Places, engine: Engine, url: str, scale: Scale) -> Iterator[Figure]:
    """Many callers and one writer, each answered when its gift is durable."""
    database, count = Database(url), CALLERS * scale.of(150, 20)
    limits: dict[str, Measure] = {"ours, one by one": partial(_rate_of_ours, database, scale.of(800, 100), 1)}
    if engine == "postgresql":
        script = _pgbench_script(places.folder / "gift.sql")
        for clients in (8, CALLERS):
            limits[f"bare inserts by pgbench, {clients} clients"] = partial(pgbench, url, script, clients, count)
    with GroupingWriter(database.write) as writer, ThreadPoolExecutor(CALLERS) as callers:
        yield from side_by_side(
            f"posting · {NAMES[engine]} · {CALLERS} callers, one grouping writer",
            "gifts",
            partial(_rate_of_callers, writer, callers, count),
            limits,
            rounds=scale.of(5, 2),
        )
    database.close()


def _rate_of_callers(writer: GroupingWriter, callers: ThreadPoolExecutor, count: int) -> float:
    gifts = some_gifts(count)

    def call(number: int) -> None:
        for gift in gifts[number::CALLERS]:
            writer.post(gift, by=BENCHMARK.name)

    return rate(count, lambda: list(callers.map(call, range(CALLERS))))


def _pgbench_script(path: Path) -> Path:
    """One commit of pgbench: the rows of one gift, made by the server."""
    path.write_text(_PGBENCH)
    path.chmod(0o644)
    return path


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
