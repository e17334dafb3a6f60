"""The core team's page among a hundred thousand cases and three hundred thousand grants, on PostgreSQL.

Knows the made-up cases and grants of `cases` and `grants` in one book, with their steps, follow-ups and referrals. What
a person waits for is the page from the count that the worker keeps; beside it stands how long one count takes.
"""

import os
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median, quantiles
from time import perf_counter
from typing import Final

from litestar.testing import TestClient
from sqlalchemy import text

from benchmarks import cases, grants
from benchmarks.measuring import Finding, Note, Scale, tell
from benchmarks.places import Places, found
from fund import clock, profile
from fund.app import create_app
from fund.audit import Actor
from fund.db import Database
from fund.overview import counts, periods
from fund.people import sessions, staff
from fund.people.powers import Grant
from fund.people.sessions import Origin
from fund.settings import Settings

_STEPS: Final = (
    ("", "open", "found"),
    ("found", "assess", "assessed"),
    ("assessed", "plan", "planned"),
    ("planned", "help", "helped"),
    ("helped", "refer", "referred"),
    ("referred", "reopen", "reopened"),
)
_AT: Final = "now() - n * interval '10 minutes'"
_ID: Final = "md5('{0}' || n)::uuid"
_FILL: Final = (
    *(
        f"INSERT INTO cases_step SELECT 'C' || lpad(n::text, 9, '0'), {number}, {number - 1 or 'NULL'}, '{came_from}',"
        f" '{act}', '{stage}', NULL, {_AT} + interval '{number} days', 'benchmark'"
        f" FROM generate_series(1, :count) n WHERE n % 6 >= {number - 1}"
        for number, (came_from, act, stage) in enumerate(_STEPS, 1)
    ),
    f"INSERT INTO following_matter SELECT {_ID.format('f')}, 'follow_up', 'C' || lpad(n::text, 9, '0'),"
    f" CASE WHEN n % 9 = 0 THEN 'open' ELSE 'attending' END, {_AT} FROM generate_series(1, :count) n WHERE n % 2 = 0",
    f"INSERT INTO following_step SELECT {_ID.format('f')}, 2, 'follow_up', 1, 'open', 'attend', 'attending', NULL,"
    f" {_AT}, 'benchmark' FROM generate_series(1, :count) n WHERE n % 2 = 0 AND n % 9 > 0",
    f"INSERT INTO following_matter SELECT {_ID.format('r')}, 'referral', 'C' || lpad(n::text, 9, '0'),"
    f" CASE WHEN n % 4 = 0 THEN 'open' ELSE 'accepted' END, {_AT} FROM generate_series(1, :count) n WHERE n % 5 = 0",
    f"INSERT INTO following_referral SELECT {_ID.format('r')}, 'office' || n % 40, md5('c')::uuid, '\\x00'"
    " FROM generate_series(1, :count) n WHERE n % 5 = 0",
    f"INSERT INTO following_step SELECT {_ID.format('r')}, 1, 'referral', NULL, '', 'send', 'open', NULL,"
    f" {_AT}, 'benchmark' FROM generate_series(1, :count) n WHERE n % 5 = 0",
    "UPDATE cases_standing SET school = district || '-' || abs(hashtext(code)) % 42",  # a thousand schools
    "ANALYZE",
)


def measure(places: Places, scale: Scale) -> Iterator[Finding]:
    """How many milliseconds the pages of the core team and of a case manager take, over HTTP, and one count."""
    count = scale.of(100_000, 10_000)
    url = places.empty("postgresql")
    found(url)
    database = Database(url)
    tell(f"overview · writing {count:,} cases and {3 * count:,} grants")
    fill(database, count)
    yield from measured(database, url, scale.of(40, 5))
    database.close()


def fill(database: Database, count: int) -> None:
    """The cases, the grants, and what followed from them."""
    cases.fill(database, count)
    for statements, rows in ((grants.FILL, 3 * count), (_FILL, count)):
        with database.engine.begin() as connection:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement), {"count": rows} if ":count" in statement else {})


def measured(database: Database, url: str, rounds: int) -> Iterator[Note]:
    """One count of each present period, then the pages as people open them."""
    with database.read() as session:
        present = periods.present(profile.current(session), clock.today())
    for period in present:
        begun = perf_counter()
        with database.write() as session:
            counted = counts.count(session, period)
        yield Note(f"overview · one count of {period.key}: {(perf_counter() - begun) * 1_000:.0f} ms,"
                   f" {counted.total.children.found:,} children found")  # fmt: skip
    with TestClient(create_app(Settings(database_url=url))) as client:
        for who, grant, path in _PAGES:
            client.cookies.set("staff", _come_in(database, who, grant))
            client.get(path)
            times = [_milliseconds(partial(client.get, path)) for _ in range(rounds)]
            p95 = quantiles(times, n=20)[-1]
            yield Note(f"overview · {who}: {path}: p50 {median(times):.0f} ms, p95 {p95:.0f} ms,"
                       f" load {os.getloadavg()[0]:.1f}")  # fmt: skip


_PAGES: Final = (
    ("core team", Grant("core_team"), "/staff/overview"),
    ("core team", Grant("core_team"), "/staff/overview?figure=paid_satang"),
    ("core team", Grant("core_team"), "/staff/overview/districts/4001"),
    ("core team", Grant("core_team"), "/staff/cases"),
    ("case manager", Grant("case_manager", "district:4001"), "/staff/cases"),
    ("case manager", Grant("case_manager", "district:4001"), "/staff/overview"),
)


def _come_in(database: Database, name: str, grant: Grant) -> str:
    with database.write() as session:
        row = staff.named(session, name)
        if row is None:
            _, token = staff.invite(session, name, [grant], by=Actor("benchmark"))
            person = staff.accept(session, token, "no password")
        else:
            person = staff.person(session, row.id)
        return sessions.begin(session, person.id, "", Origin(), is_strong=True, by=Actor(name, person.id))


def _milliseconds(act: Callable[[], object]) -> float:
    begun = perf_counter()
    answer = act()
    assert getattr(answer, "status_code", 200) == 200, answer
    return (perf_counter() - begun) * 1_000
