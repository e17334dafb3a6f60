"""The queues of grants among three hundred thousand: how long one page of each takes on PostgreSQL.

Knows the made-up grants, written past the guards; nineteen of twenty are paid, as in a fund of some years. One page is
what a person waits for when they open it: its first hundred lines, or the sum above them.
"""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from benchmarks.measuring import Finding, Note, Scale, tell
from benchmarks.places import Places, found
from fund.db import Database
from fund.grants import queries

_CHAIN: Final = "'grant:' || md5(n::text)::uuid"
_MADE: Final = "now() - n * interval '5 minutes'"
_DISTRICT: Final = "(4001 + n % 26)::text"
_STATE: Final = """CASE WHEN n % 100 < 95 THEN 'awarded' WHEN n % 100 < 97 THEN 'asked'
                   WHEN n % 100 < 98 THEN 'questioned' WHEN n % 100 < 99 THEN 'waiting' ELSE 'declined' END"""
_PAID: Final = "CASE WHEN n % 100 < 91 THEN 'left' WHEN n % 100 < 93 THEN 'awarded' ELSE 'prepared' END"
FILL: Final = (
    "INSERT INTO grants_payee SELECT md5('payee' || n)::uuid, 'guardian', decode(md5(n::text) || md5(n::text), 'hex'),"
    f" '\\x00', {_MADE}, 'benchmark' FROM generate_series(1, :count) n",
    f"INSERT INTO grants_request_version SELECT {_CHAIN}, 1, md5('person')::uuid, 'request', 'C' || n, {_DISTRICT},"
    f" 'uniform', 100 * (1 + n % 4000), 1, md5('payee' || n)::uuid, '2569/2', 1 + n % 3, {_MADE}"
    " FROM generate_series(1, :count) n",
    f"INSERT INTO grants_plan SELECT {_CHAIN}, 1, 1, 1, 100 * (1 + n % 4000), current_date - n % 700"
    " FROM generate_series(1, :count) n",
    f"INSERT INTO grants_grant SELECT {_CHAIN}, 1, current_date - n % 700 FROM generate_series(1, :count) n"
    " WHERE n % 100 < 95",
    f"INSERT INTO grants_tranche SELECT {_CHAIN}, 1, 1, 'GEN', 'uniform', '*', {_DISTRICT}, 100 * (1 + n % 4000),"
    " current_date - n % 700, md5('payee' || n)::uuid FROM generate_series(1, :count) n WHERE n % 100 < 95",
    f"INSERT INTO grants_standing SELECT {_CHAIN}, 0, 2, {_STATE}, {_DISTRICT}, 1, 100 * (1 + n % 4000), 1 + n % 3,"
    f" {_MADE}, NULL FROM generate_series(1, :count) n",
    f"INSERT INTO grants_standing SELECT {_CHAIN}, 1, 4, {_PAID}, {_DISTRICT}, 1, 100 * (1 + n % 4000), NULL, NULL,"
    " current_date - n % 700 FROM generate_series(1, :count) n WHERE n % 100 < 95",
    "ANALYZE",
)
QUEUES: Final[dict[str, Callable[[Session], object]]] = {
    "a case manager's open requests": lambda session: queries.open_requests(session, ["4001"]),
    "a case manager's tranches to come": lambda session: queries.tranches_in(session, "awarded", ["4001"]),
    "what the core team has to read": queries.to_review,
    "what waits for money": queries.waiting,
    "the unmet need": queries.unmet_satang,
    "what may be prepared": lambda session: queries.tranches_in(session, "awarded"),
}


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """How many milliseconds one page of each queue takes."""
    count = scale.of(300_000, 30_000)
    url = places.empty("postgresql")
    found(url)
    database = Database(url)
    tell(f"grants · writing {count:,}")
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in FILL:
            connection.execute(text(statement), {"count": count} if ":count" in statement else {})
    for name, queue in QUEUES.items():
        times = [_milliseconds(database, queue) for _ in range(scale.of(9, 3))]
        yield Note(f"grants · {count:,} · {name}: {median(times):.0f} ms, {max(times):.0f} at most")
    database.close()


def _milliseconds(database: Database, queue: Callable[[Session], object]) -> float:
    with database.read() as session:
        begun = perf_counter()
        queue(session)
        return (perf_counter() - begun) * 1_000
