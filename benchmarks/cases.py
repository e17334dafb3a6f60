"""The queue of cases among a hundred thousand: how long one page takes on PostgreSQL, with and without names.

Knows made-up cases, written past the guards, and on top of the queue a page of real ones, so that there is somebody to
open. One page is what a person waits for when they open it: fifty cases and how many there are at each stage.
"""

from collections.abc import Callable, Iterator
from statistics import median
from time import perf_counter
from typing import Final
from uuid import uuid4

from sqlalchemy import text
from sqlmodel import Session

from benchmarks.measuring import Finding, Note, Scale, tell
from benchmarks.places import BENCHMARK, Places, found
from fund.cases import queries, queues, records, service
from fund.cases.children import Child
from fund.cases.places import CasePlace
from fund.cases.queues import AT_ONCE, Sought
from fund.cases.records import NeedSaid
from fund.db import Database
from fund.people.powers import Grant, Person

_STAGE: Final = "(ARRAY['found', 'assessed', 'planned', 'helped', 'followed', 'closed', 'closed'])[1 + n % 7]"
_MOVED: Final = "now() - n * interval '10 minutes'"
_CODE: Final = "'C' || lpad(n::text, 9, '0')"
_FILL: Final = (
    f"INSERT INTO cases_case SELECT {_CODE}, md5(n::text)::uuid, {_MOVED}, 'benchmark'"
    " FROM generate_series(1, :count) n",
    f"INSERT INTO cases_standing SELECT {_CODE}, (4001 + n % 26)::text, '', 'P1', {_STAGE}, n % 4, NULL, {_MOVED}"
    " FROM generate_series(1, :count) n",
    "ANALYZE",
)
MANAGER: Final = Person(uuid4(), "manager", (Grant("case_manager", "district:4001"),))
OF_FOUR: Final = Person(uuid4(), "of four", tuple(Grant("case_manager", f"district:400{n}") for n in (1, 2, 3, 4)))
CORE: Final = Person(uuid4(), "core", (Grant("core_team"),))


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """How many milliseconds one page of a queue takes."""
    count = scale.of(100_000, 10_000)
    url = places.empty("postgresql")
    found(url)
    database = Database(url)
    tell(f"cases · writing {count:,}")
    fill(database, count)
    for name, page in _pages().items():
        times = [_milliseconds(database, page) for _ in range(scale.of(9, 3))]
        yield Note(f"cases · {count:,} · {name}: {median(times):.0f} ms, {max(times):.0f} at most")
    database.close()


def fill(database: Database, count: int) -> None:
    """So many made-up cases, and a page of real ones."""
    with database.engine.begin() as connection:
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in _FILL:
            connection.execute(text(statement), {"count": count} if ":count" in statement else {})
    with database.write() as session:
        for number in range(AT_ONCE):
            code = service.open_case(session, Child(f"child {number}"), CasePlace("4001"), by=BENCHMARK)
            records.note_need(session, code, NeedSaid("food"), 3, by=BENCHMARK)
        session.execute(text("UPDATE cases_standing SET moved_at = '2000-01-01' WHERE code IN"
                             " (SELECT code FROM cases_place)"))  # fmt: skip


def _pages() -> dict[str, Callable[[Session], object]]:
    return {
        "a case manager's page": lambda session: _page(session, MANAGER, Sought()),
        "the same with names, each look noted": _with_names,
        "a page of one stage": lambda session: _page(session, MANAGER, Sought(stage="planned")),
        "a page of four districts": lambda session: _page(session, OF_FOUR, Sought()),
        "the core team's page": lambda session: _page(session, CORE, Sought()),
        "what is urgent anywhere": lambda session: queues.urgent(session, CORE),
    }


def _page(session: Session, person: Person, sought: Sought) -> list[str]:
    queues.counts(session, person)
    return [one.code for one in queues.cases_of(session, person, sought)]


def _with_names(session: Session) -> None:
    shown = _page(session, MANAGER, Sought())
    assert len(queries.children(session, shown, purpose="case_work", by=BENCHMARK)) == AT_ONCE
    session.flush()


def _milliseconds(database: Database, page: Callable[[Session], object]) -> float:
    with database.write() as session:
        begun = perf_counter()
        page(session)
        return (perf_counter() - begun) * 1_000
