"""Rows straight into SQL, well-formed but for one thing: not one such set is booked, and the well-formed ones are."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, insert
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import book, periods
from ledger.identifiers import new_id
from tests import examples
from tests.ledger.builders import BANK, COMMITMENTS, DAY, FEES, GIFTS, GRANTS, NET, PAYABLE, RESERVE, a_gift, posted
from tests.ledger.disarmed import disarm
from tests.ledger.raw import ENTRY, POSTING, posting_values, put_entry, put_lines, raw
from tests.ledger.test_guards import contents

CLOSED: Final = date(2026, 10, 9)
THE_GIFT: Final = "the gift"


@dataclass
class Rows:
    """An entry's rows before they are written; `head` and each line's last part say what differs from the usual."""

    lines: list[list[Any]]  # account, fund, amount, changes
    head: dict[str, Any] = field(default_factory=dict)
    said: int = 0

    def any_line(self, chance: random.Random) -> list[Any]:
        return chance.choice(self.lines)

    def change_any(self, chance: random.Random, **changes: Any) -> None:
        self.any_line(chance)[3].update(changes)


def well_formed(chance: random.Random) -> Rows:
    """A gift split over some lines, in one or two funds, some with a promise beside it."""
    lines: list[list[Any]] = []
    for fund in chance.choice([["GEN"], ["D4001"], ["GEN", "D4001"]]):
        parts = [chance.randrange(2, 10**6) for _ in range(chance.randrange(1, 4))]
        lines += [[BANK, fund, part, {}] for part in parts] + [[GIFTS, fund, -sum(parts), {}]]
        if chance.random() < 0.3:
            lines += [[COMMITMENTS, fund, 5, {"subject": "grant:1"}], [RESERVE, fund, -5, {}]]
    chance.shuffle(lines)
    return Rows(lines, said=len(lines))


def _amount(chance: random.Random, rows: Rows, amounts: list[Any]) -> None:
    rows.any_line(chance)[2] = chance.choice(amounts)


def _one_off(chance: random.Random, rows: Rows) -> None:
    rows.any_line(chance)[2] += chance.choice([-1, 1])


def _line_less(chance: random.Random, rows: Rows) -> None:
    rows.lines.remove(rows.any_line(chance))


def _line_more(_chance: random.Random, rows: Rows) -> None:
    rows.lines += [[BANK, "GEN", 7, {}], [NET, "GEN", -7, {}]]


def _said(chance: random.Random, rows: Rows) -> None:
    rows.said = chance.choice([rows.said - 1, rows.said + 1, 0, 1, 1001])


def _other_fund(chance: random.Random, rows: Rows) -> None:
    line = rows.any_line(chance)
    line[1] = {"GEN": "D4001", "D4001": "GEN"}[line[1]]


def _other_class(chance: random.Random, rows: Rows) -> None:
    rows.lines = [[RESERVE if line[0] == GIFTS else FEES if line[0] == COMMITMENTS else line[0], *line[1:]]
                  for line in rows.lines]  # fmt: skip


def _account(chance: random.Random, rows: Rows) -> None:
    rows.any_line(chance)[0] = chance.choice(["9999", "", "1110", "1110.01 "])


def _fund(chance: random.Random, rows: Rows) -> None:
    fund = chance.choice(["NONE", "OLD", "", "gen"])
    rows.lines = [[line[0], fund, *line[2:]] for line in rows.lines]


def _no_subject(_chance: random.Random, rows: Rows) -> None:
    rows.lines = [[PAYABLE if line[0] == GIFTS else line[0], *line[1:]] for line in rows.lines]


def _same_slot(chance: random.Random, rows: Rows) -> None:
    rows.change_any(chance, line=chance.choice([0, -1, len(rows.lines) + 1, 10**6]))


def _overspent(_chance: random.Random, rows: Rows) -> None:
    rows.head["kind"] = "payment"
    rows.lines = [[GRANTS, "GEN", 10**12, {}], [BANK, "GEN", -(10**12), {}]]
    rows.said = 2


def _no_mirror(_chance: random.Random, rows: Rows) -> None:
    rows.head |= {"reverses": THE_GIFT, "reason": "wrong"}


def _head(**changes: Any) -> Callable[[random.Random, Rows], None]:
    return lambda _chance, rows: rows.head.update(changes)


Spoil = Callable[[random.Random, Rows], None]
SPOILS: Final[dict[str, Spoil]] = {
    "one off": _one_off,
    "a line less": _line_less,
    "two lines more": _line_more,
    "another number said": _said,
    "another fund": _other_fund,
    "another class": _other_class,
    "no such account": _account,
    "no such fund": _fund,
    "no subject": _no_subject,
    "a slot that is none": _same_slot,
    "overspent": _overspent,
    "no mirror": _no_mirror,
    "no amount": lambda chance, rows: _amount(chance, rows, [0, None, "ten", "", b"5"]),
    "not a number": lambda chance, rows: _amount(chance, rows, [math.nan, math.inf, -math.inf]),
    "too large": lambda chance, rows: _amount(chance, rows, [10**15 + 1, -(10**15) - 1, 2**63, -(2**63) - 1, 2**64]),
    "no lines": lambda _chance, rows: rows.lines.clear(),
    "a purpose not allowed": lambda chance, rows: rows.change_any(chance, purpose="rice", scope="*"),
    "a scope without a purpose": lambda chance, rows: rows.change_any(chance, scope="*"),
    "a closed month": lambda _chance, rows: rows.head.update(booked_on=CLOSED),
    "no such kind": _head(kind="gift"),
    "the Buddhist era": _head(booked_on=date(2569, 11, 2)),
    "long ago": _head(occurred_on=date(1926, 11, 2)),
    "no key": _head(key=""),
    "too long a key": _head(key="k" * 301),
    "a key that is taken": _head(key=THE_GIFT),
    "a short hash": _head(request_hash=b"\0" * 31),
    "nobody": _head(recorded_by=""),
    "a reason for nothing": _head(reason="because"),
    "the undoing of nothing": _head(reverses=new_id(), reason="wrong"),
    "an undoing without a reason": _head(reverses=THE_GIFT),
    "a short digest": _head(details_digest=b"\0" * 31),
    "no kind": _head(kind=None),
    "no day": _head(occurred_on=None),
    "no subject of the entry": _head(subject=None),
}


def by_draft(connection: Connection, rows: Rows) -> None:
    """As the door itself writes."""
    entry_id = new_id()
    on = {"booked_on": rows.head["booked_on"]} if "booked_on" in rows.head else {}
    for number, (account, fund, amount, changes) in enumerate(rows.lines, 1):
        put_lines(connection, entry_id, [(account, fund, amount)],
                  **{"line": number, "lines": rows.said, **on, **changes})  # fmt: skip
    put_entry(connection, entry_id, rows.said, **rows.head)


def by_insert(connection: Connection, rows: Rows) -> None:
    """Into the tables themselves; on SQLite this is never the door."""
    entry_id = new_id()
    values: list[dict[str, Any]] = [
        posting_values(connection, entry_id, rows.said, number, account, fund, amount)
        | {"booked_on": rows.head.get("booked_on", DAY)} | changes
        for number, (account, fund, amount, changes) in enumerate(rows.lines, 1)
    ]  # fmt: skip
    usual = {"id": entry_id, "lines": rows.said, "kind": "donation", "occurred_on": DAY, "booked_on": DAY,
             "recorded_at": datetime.now(UTC), "recorded_by": "attacker", "key": f"raw:{entry_id}",
             "request_hash": b"\0" * 32, "subject": "", "reason": ""}  # fmt: skip
    stamp = posting_values(connection, entry_id, 1, 1, "", "", 1).get("stamp")
    connection.execute(insert(ENTRY).values(usual | ({"stamp": stamp} if stamp else {}) | rows.head))
    for line in values:
        connection.execute(insert(POSTING).values(line))


Way = Callable[[Connection, Rows], None]


def is_booked(database: Database, write: Way, rows: Rows, gift: UUID) -> bool:
    """Whether the rows could be committed."""
    if rows.head.get("reverses") == THE_GIFT:
        rows.head["reverses"] = gift
    try:
        with raw(database) as connection:
            write(connection, rows)
    except (DBAPIError, OverflowError):
        return False
    return True


@pytest.fixture
def gift(books: Database) -> UUID:
    """A gift that is booked, beside a month that is closed."""
    with books.write() as session:
        periods.close_month(session, CLOSED, by="treasurer")
    return posted(books, a_gift(1_000, key=THE_GIFT))[0].entry_id


def accepted(books: Database, write: Way, gift: UUID, count: int) -> list[str]:
    """The spoils with which rows were booked all the same, of `count` tries."""
    passed: list[str] = []

    @settings(
        max_examples=count,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=settings.get_current_profile_name() == "gate",
    )
    @given(spoil=st.sampled_from(sorted(SPOILS)), seed=st.integers(0, 2**32))
    def attempt(spoil: str, seed: int) -> None:
        chance = random.Random(seed)
        rows = well_formed(chance)
        SPOILS[spoil](chance, rows)
        if is_booked(books, write, rows, gift):
            passed.append(f"{spoil}: {rows}")

    attempt()
    return passed


def test_no_malformed_rows_are_booked(books: Database, gift: UUID) -> None:
    before = contents(books)
    assert accepted(books, by_draft, gift, examples.count(500)) == []
    if books.is_sqlite:  # past the door nothing is booked at all
        assert accepted(books, by_insert, gift, 100) == []
        assert not is_booked(books, by_insert, well_formed(random.Random(1)), gift)
    assert contents(books) == before


def test_the_same_rows_unspoilt_are_booked(books: Database, gift: UUID) -> None:
    chance = random.Random(20_261_123)
    assert all(is_booked(books, by_draft, well_formed(chance), gift) for _ in range(20))
    with books.read() as session:
        assert len(book.entries(session)) == 21


def test_without_the_guards_malformed_rows_are_booked(books: Database, gift: UUID) -> None:
    """The control: the constraints alone let many of the same rows through."""
    with raw(books) as connection:
        disarm(connection, "ledger_entry", "ledger_posting")
    passed = {what.partition(":")[0] for what in accepted(books, by_insert, gift, 300)}
    assert {"one off", "another fund", "another class", "no such fund", "overspent", "a closed month"} <= passed
    assert len(passed) > 8
