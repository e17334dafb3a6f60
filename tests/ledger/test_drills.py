"""Sixty drills of an owner who switched every guard off: an outsider finds each, and is told the first thing wrong.

Forty-two leave traces that reading the book again finds by itself. Eighteen were done with the log's own key, so that
every hash and signature fits: these are found by whoever kept a head from before, and by nobody else.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

import pytest
from sqlalchemy import Connection
from sqlmodel import Session

from fund.db import Database
from ledger import book, checkpoints, log, notes, verification
from ledger.merkle import leaf_hash
from tests.ledger.builders import a_gift, posted
from tests.ledger.forger import Forger
from tests.ledger.logbook import KEY, RECEIPTS, SOURCES, a_full_book, findings, seal_all
from tests.ledger.test_log_tampering import found, unguarded

Act = Callable[[Forger], object]
STRANGER = notes.new_key(KEY.origin)


@dataclass(frozen=True)
class Drill:
    """What the owner does, and what an outsider is told first; `at` is the entry whose position must be named."""

    act: Act
    says: str
    at: int | None = None


def sql(*statements: str) -> Act:
    return lambda forger: forger.sql(*statements)


def resigned(act: Act) -> Act:
    """The same, and everything made to fit with the stolen key."""

    def both(forger: Forger) -> None:
        act(forger)
        forger.resign()

    return both


def receipt_rewritten(forger: Forger) -> None:
    RECEIPTS["KK-2570-000001"] = "other facts"


def leaf_follows(forger: Forger, *, with_hash: bool) -> None:
    """An amount is raised, and the leaf that says so with it."""
    forger.sql("UPDATE ledger_posting SET amount_satang = amount_satang * 2 WHERE entry_id = '{e6}'")
    leaf = f"SELECT content FROM ledger_leaf WHERE position = {forger.position(6)}"
    content = bytes(forger.connection.exec_driver_sql(leaf).scalar_one()).replace(b"1006", b"2012")
    changes = {"content": content} | ({"hash": leaf_hash(content)} if with_hash else {})
    for column, value in changes.items():
        literal = f"x'{value.hex()}'" if forger.is_sqlite else f"'\\x{value.hex()}'"
        forger.sql(f"UPDATE ledger_leaf SET {column} = {literal} WHERE position = {forger.position(6)}")


def key_replaced(forger: Forger) -> None:
    """The stranger's key in the place of the log's own, and everything signed with it."""
    forger.sql("UPDATE ledger_posting SET amount_satang = amount_satang * 2 WHERE entry_id = '{e6}'")
    key = STRANGER.public
    literal = f"x'{key.public.hex()}'" if forger.is_sqlite else f"'\\x{key.public.hex()}'"
    forger.sql(f"UPDATE ledger_log_key SET id = '{key.id}', public_key = {literal}")
    forger.resign(STRANGER)


def key_added(forger: Forger, endorsed_by: notes.SigningKey | None) -> None:
    """The stranger's key behind the log's own, and everything signed with it."""
    forger.sql("UPDATE ledger_posting SET amount_satang = amount_satang * 2 WHERE entry_id = '{e6}'")
    with Session(forger.connection, join_transaction_mode="rollback_only") as session:
        log.add_key(session, STRANGER, endorsed_by=endorsed_by)
        session.flush()
    forger.resign(STRANGER)


def order_exchanged(forger: Forger, one: int = 4, other: int = 22) -> None:
    """Two entries exchange their stamps, on PostgreSQL with them the transactions they came in."""
    for number, stamp in ((one, forger.stamp(other)), (other, forger.stamp(one))):
        for table, column in (("ledger_posting", "entry_id"), ("ledger_entry", "id")):
            forger.sql(f"UPDATE {table} SET stamp = {-stamp} WHERE {column} = '{{e{number}}}'")
    for table in ("ledger_posting", "ledger_entry"):
        forger.sql(f"UPDATE {table} SET stamp = -stamp WHERE stamp < 0")


def tail_replaced(forger: Forger) -> None:
    """Back to the first head; other gifts take the places of what came after it."""
    longer = len(forger.subjects)
    forger.truncate(HEADS[0])
    RECEIPTS.clear()
    with Session(forger.connection, join_transaction_mode="rollback_only") as session:
        book.post_many(session, [a_gift(5) for _ in range(longer - HEADS[0])], by="owner")
        while log.seal(session, KEY, sources=SOURCES):
            pass
        session.flush()


HEADS = (44, 50, 58)
"""The sizes of the heads that the drilled book has, and that outsiders hold."""

DOUBLED = "UPDATE ledger_posting SET amount_satang = amount_satang * 2 WHERE entry_id = '{e3}'"
ANOTHER_DAY = (
    "UPDATE ledger_entry SET booked_on = '2026-10-05' WHERE id = '{e7}'",
    "UPDATE ledger_posting SET booked_on = '2026-10-05' WHERE entry_id = '{e7}'",
)
ANOTHER_FUND = "UPDATE ledger_posting SET fund = 'D4001' WHERE entry_id = '{e4}'"
SPLIT = (
    "UPDATE ledger_entry SET lines = 3 WHERE id = '{e6}'",
    "UPDATE ledger_posting SET lines = 3 WHERE entry_id = '{e6}'",
    "INSERT INTO ledger_posting (entry_id, lines, line, stamp, booked_on, account, fund, amount_satang, subject)"
    " SELECT entry_id, lines, 3, stamp, booked_on, '1120.01', fund, 6, subject FROM ledger_posting"
    " WHERE entry_id = '{e6}' AND line = 1",
    "UPDATE ledger_posting SET amount_satang = amount_satang - 6 WHERE entry_id = '{e6}' AND line = 1",
)
SWAPPED = (
    "UPDATE ledger_posting SET amount_satang = amount_satang + 2 * CASE WHEN entry_id = '{e8}' THEN 1 ELSE -1 END"
    " * CASE line WHEN 1 THEN 1 ELSE -1 END WHERE entry_id IN ('{e8}', '{e10}')"
)
LEGS_RENUMBERED = (
    "UPDATE ledger_posting SET line = line - 3 WHERE entry_id = '{e9}'",
    "UPDATE ledger_posting SET line = -line WHERE entry_id = '{e9}'",
)
NO_DETAILS = (
    "UPDATE ledger_entry SET details_digest = NULL WHERE id = '{e20}'",
    "DELETE FROM ledger_private WHERE entry_id = '{e20}'",
)
ANOTHER_ID = tuple(
    f"UPDATE ledger_{table} SET {column} = '0199a000-0000-7000-8000-000000000001' WHERE {column} = '{{e11}}'"
    for table, column in (("posting", "entry_id"), ("entry", "id"))
)
DETAILS_SWAPPED = "UPDATE ledger_private SET salt = (SELECT p.salt FROM ledger_private p WHERE p.entry_id = '{e20}')"
LEAVES_SWAPPED = tuple(
    f"UPDATE ledger_leaf SET position = {new} WHERE position = {old}" for old, new in ((30, -1), (31, 30), (-1, 31))
)
MOVED_UP = (
    "UPDATE ledger_leaf SET position = -position - 2",
    "UPDATE ledger_leaf SET position = -position - 1",
)
NOT_LOGGED = "is not what was logged"

ALONE: dict[str, Drill] = {
    "both legs of a gift doubled": Drill(sql(DOUBLED), NOT_LOGGED, 3),
    "one leg raised": Drill(sql(DOUBLED + " AND line = 1"), NOT_LOGGED, 3),
    "a gift put on another account": Drill(
        sql("UPDATE ledger_posting SET account = '1120.01' WHERE entry_id = '{e5}' AND line = 1"), NOT_LOGGED, 5
    ),
    "a gift put into another fund": Drill(sql(ANOTHER_FUND), NOT_LOGGED, 4),
    "an award made to another grant": Drill(
        sql("UPDATE ledger_posting SET subject = 'grant:2' WHERE subject = 'grant:1'"), NOT_LOGGED, 22
    ),
    "a purpose made up": Drill(
        sql("UPDATE ledger_posting SET purpose = 'meals', scope = '*' WHERE entry_id = '{e2}'"), NOT_LOGGED, 2
    ),
    "legs renumbered": Drill(sql(*LEGS_RENUMBERED), NOT_LOGGED, 9),
    "booked in another month": Drill(sql(*ANOTHER_DAY), NOT_LOGGED, 7),
    "happened on another day": Drill(
        sql("UPDATE ledger_entry SET occurred_on = '2026-10-31' WHERE id = '{e1}'"), NOT_LOGGED, 1
    ),
    "recorded at another moment": Drill(
        sql("UPDATE ledger_entry SET recorded_at = '2026-10-31T00:00:00.000000+00:00' WHERE id = '{e1}'"), NOT_LOGGED, 1
    ),
    "recorded by somebody else": Drill(
        sql("UPDATE ledger_entry SET recorded_by = 'nobody' WHERE id = '{e19}'"), NOT_LOGGED, 19
    ),
    "another request hash": Drill(
        sql(
            "UPDATE ledger_entry SET request_hash = (SELECT hash FROM ledger_leaf WHERE position = 0) WHERE id = '{e0}'"
        ),
        NOT_LOGGED,
        0,
    ),
    "about another donation": Drill(
        sql("UPDATE ledger_entry SET subject = 'donation:ก้าง' WHERE id = '{e20}'"), NOT_LOGGED, 20
    ),
    "another reason for a reversal": Drill(
        sql("UPDATE ledger_entry SET reason = 'asked for' WHERE id = '{e24}'"), NOT_LOGGED, 24
    ),
    "a reversal that undoes another entry": Drill(
        sql("UPDATE ledger_entry SET reverses = '{e5}' WHERE id = '{e24}'"), NOT_LOGGED, 24
    ),
    "a gift called a fee": Drill(sql("UPDATE ledger_entry SET kind = 'fee' WHERE id = '{e3}'"), NOT_LOGGED, 3),
    "details that never were": Drill(sql(*NO_DETAILS), NOT_LOGGED, 20),
    "a posting split in two": Drill(sql(*SPLIT), NOT_LOGGED, 6),
    "the amounts of two gifts exchanged": Drill(sql(SWAPPED), NOT_LOGGED, 8),
    "an entry under another id": Drill(sql(*ANOTHER_ID), "is gone", 11),
    "an entry deleted": Drill(lambda forger: forger.remove(12), "is gone", 12),
    "the first entry deleted": Drill(lambda forger: forger.remove(0), "is gone", 0),
    "the last sealed entry deleted": Drill(lambda forger: forger.remove(32), "is gone", 32),
    "a posting deleted": Drill(sql("DELETE FROM ledger_posting WHERE entry_id = '{e13}' AND line = 2"), NOT_LOGGED, 13),
    "an entry slipped in": Drill(
        lambda forger: forger.slip_in(14, booked_on=date(2026, 10, 5)), "is not in its place|is not in the log"
    ),
    "the order exchanged": Drill(order_exchanged, "is not in its place"),
    "two leaves exchanged": Drill(sql(*LEAVES_SWAPPED), "the stored hash 1 of level 4 is false|root of size 44"),
    "every position one higher": Drill(sql(*MOVED_UP), "position 0 of the log is missing"),
    "a leaf cut out": Drill(sql("DELETE FROM ledger_leaf WHERE position = 30"), "position 30 of the log is missing"),
    "a leaf that follows its entry": Drill(
        lambda forger: leaf_follows(forger, with_hash=False), "the hash at position {6} is not that of its leaf"
    ),
    "a leaf and its hash that follow": Drill(
        lambda forger: leaf_follows(forger, with_hash=True), "the root of size 44 is not the signed one"
    ),
    "everything follows but the key": Drill(key_replaced, "the trusted key is not one of this log's"),
    "everything follows under a next key": Drill(
        lambda forger: key_added(forger, None), "key 2 has no endorsement: who trusts an older key must be told of it"
    ),
    "a head of another moment": Drill(
        sql("UPDATE ledger_head SET signed_at = '2026-10-31T00:00:00.000000+00:00' WHERE size = 50"),
        "the signature of the head of size 50 is false",
    ),
    "a head forgotten": Drill(sql("DELETE FROM ledger_head WHERE size = 50"), "a head between 44 and 58 is missing"),
    "a stored subtree changed": Drill(
        sql("UPDATE ledger_subtree SET hash = (SELECT hash FROM ledger_leaf WHERE position = 0) WHERE number = 1"),
        "the stored hash 1 of level 4 is false",
    ),
    "details exchanged": Drill(sql(DETAILS_SWAPPED), "the private details of entry .* are not those that were logged"),
    "details erased and forged": Drill(
        sql("UPDATE ledger_private SET content = salt WHERE entry_id = '{e20}'"),
        "the private details of entry {e20} are not those that were logged",
    ),
    "an account that became spendable": Drill(
        sql("UPDATE ledger_account SET is_spendable = NOT is_spendable WHERE code = '1120.01'"),
        "account 1120.01 at position .* is not what was logged",
    ),
    "an endowment's principal lowered": Drill(
        sql("UPDATE ledger_fund SET principal_satang = 0 WHERE code = 'KEEP'"), "fund KEEP at position .* is not what"
    ),
    "a closed month that never was": Drill(
        sql("DELETE FROM ledger_period WHERE revision = 2"), "month 2026-09-01/2 at position .* is gone"
    ),
    "the balance of a day": Drill(
        sql("UPDATE ledger_day SET amount_satang = amount_satang + 1"),
        "the days of the checkpoint of .* are not the sums",
    ),
}

RESIGNED: dict[str, tuple[Act, int]] = {
    "an amount": (resigned(sql(DOUBLED)), 3),
    "a day": (resigned(sql(*ANOTHER_DAY)), 7),
    "a fund": (resigned(sql(ANOTHER_FUND)), 4),
    "who recorded it": (resigned(sql("UPDATE ledger_entry SET recorded_by = 'nobody' WHERE id = '{e22}'")), 22),
    "the details' digest": (resigned(sql(*NO_DETAILS)), 20),
    "a posting split": (resigned(sql(*SPLIT)), 6),
    "two gifts exchanged": (resigned(sql(SWAPPED)), 8),
    "an entry deleted": (resigned(lambda forger: forger.remove(12)), 12),
    "a late entry deleted": (resigned(lambda forger: forger.remove(28)), 28),
    "an entry slipped in": (resigned(lambda forger: forger.slip_in(14)), 14),
    "an entry slipped in late": (resigned(lambda forger: forger.slip_in(26)), 26),
    "the order exchanged": (resigned(order_exchanged), 4),
    "a reversal undone": (resigned(lambda forger: forger.remove(24)), 24),
    "the principal of an endowment": (
        resigned(sql("UPDATE ledger_fund SET principal_satang = 0 WHERE code = 'KEEP'")),
        20,
    ),
    "a receipt": (resigned(receipt_rewritten), 24),
    "the tail cut off": (lambda forger: forger.truncate(HEADS[0]), 21),
    "the tail cut off and grown anew": (tail_replaced, 21),
    "a next key and history under it": (lambda forger: key_added(forger, KEY), 6),
}


def a_drilled_book(database: Database) -> list[str]:
    """A book with everything in it, and its three heads as outsiders hold them."""
    a_full_book(database)
    posted(database, *(a_gift(2_000 + number, on=date(2026, 10, 5)) for number in range(8)))
    seal_all(database)
    with database.write() as session:
        checkpoints.take(session, tail=1)
    with database.read() as session:
        held = log.heads(session)
    assert tuple(head.size for head in held) == HEADS
    assert findings(database, *(head.note() for head in held)) == []
    return [head.note() for head in held]


@contextmanager
def drilled(connection: Connection, act: Act) -> Iterator[Forger]:
    """The book as the owner left it, for as long as the block lasts."""
    receipts = dict(RECEIPTS)
    with connection.begin_nested() as drill:
        forger = Forger(connection)
        act(forger)
        yield forger
        drill.rollback()
    RECEIPTS.clear()
    RECEIPTS.update(receipts)


def expected(drill: Drill, forger: Forger) -> str:
    """What the outsider must be told first."""
    says = drill.says.replace("{e20}", forger.entries[20]).replace("{6}", str(forger.position(6)))
    if drill.at is None:
        return says
    return f"^entry {forger.entries[drill.at]} at position {forger.position(drill.at)} {says}"


def missed_alone(connection: Connection, drills: Mapping[str, Drill] = ALONE) -> list[str]:
    """The drills that reading the book does not find, or whose first thing wrong it does not name."""
    missed = []
    for name, drill in drills.items():
        with drilled(connection, drill.act) as forger:
            says = expected(drill, forger)
            first = next(iter(found(connection)), "nothing")
            missed += [] if re.search(says, first) else [f"{name}: {first}"]
    return missed


def missed_by_holders(connection: Connection, held: list[str]) -> list[str]:
    """The re-signed drills that do not fit in themselves, or that any head from behind the change does not accuse."""
    missed = []
    for name, (act, at) in RESIGNED.items():
        with drilled(connection, act) as forger:
            told = found(connection, *held)
            accused = {size for size in HEADS if any(f"holds a signed head of size {size}" in one for one in told)}
            if accused != {size for size in HEADS if size > forger.position(at)} or len(told) != len(accused):
                missed.append(f"{name}: {told}")
    return missed


def test_sixty_drills_of_sixty_are_found(books: Database) -> None:
    held = a_drilled_book(books)
    with unguarded(books) as connection:
        assert missed_alone(connection) == []
        assert missed_by_holders(connection, held) == []
        assert found(connection, *held) == []
    assert len(ALONE) + len(RESIGNED) == 60


LOOKS = {
    "_leaf": "one leg raised",
    "_one_head": "a head forgotten",
    "_subtrees": "a stored subtree changed",
    "_private": "details exchanged",
    "_checkpoints": "the balance of a day",
    "_keys": "everything follows but the key",
    "_unendorsed": "everything follows under a next key",
}


def test_a_reading_with_a_look_left_out_misses_its_drill(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the drills that are found by reading."""
    a_drilled_book(books)
    with unguarded(books) as connection:
        for look, drill in LOOKS.items():
            with monkeypatch.context() as planted:
                planted.setattr(verification, look, lambda *_: iter(()))
                assert missed_alone(connection, {drill: ALONE[drill]}) != [], look


def test_without_a_head_from_before_nobody_finds_what_was_signed_anew(books: Database) -> None:
    """The control of the drills with the stolen key: they fit, and it is the kept head that tells."""
    a_drilled_book(books)
    with unguarded(books) as connection:
        assert missed_by_holders(connection, []) == [f"{name}: []" for name in RESIGNED]


FAR = {
    "an amount": Drill(sql(DOUBLED.replace("{e3}", "{e50000}")), NOT_LOGGED, 50_000),
    "an entry deleted": Drill(lambda forger: forger.remove(70_000), "is gone", 70_000),
    "the order exchanged": Drill(lambda forger: order_exchanged(forger, 60_000, 90_000), "is not in its place"),
    "an amount signed anew": Drill(
        resigned(sql(DOUBLED.replace("{e3}", "{e50000}"))), "a signed head of size 80021 with another root"
    ),
    "the tail cut off": Drill(
        lambda forger: forger.truncate(40_021), "a signed head of size 80021: the log is shorter"
    ),
}


@pytest.mark.nightly
def test_drills_in_a_long_book_are_found(books: Database) -> None:
    """A hundred thousand gifts; who holds the heads of the twentieth and eightieth thousand is told of the latter."""
    RECEIPTS.clear()
    for _ in range(100):
        posted(books, *(a_gift() for _ in range(1_000)))
    seal_all(books)
    with books.read() as session:
        held = [head.note() for head in log.heads(session)[19::60]]
    with unguarded(books) as connection:
        for name, drill in FAR.items():
            with drilled(connection, drill.act) as forger, Session(connection) as session:
                wrong = verification.verify(session, sources=SOURCES, trusted=KEY.public, held=held)
                assert re.search(expected(drill, forger), next(wrong)), name
