"""What the database itself refuses of goods, to raw SQL and to twenty at once, on both engines."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from fund import clock
from fund.errors import FundError
from fund.goods import awards, holding
from ledger.errors import LedgerError
from tests.fund.goods.store import TODAY, Store

COPY = "INSERT INTO goods_step SELECT {columns} FROM goods_step WHERE lot_id = :lot AND number = {of}"
COLUMNS = (
    "lot_id, place_id, number, before, was_on_hand, was_reserved, act, hand, held, is_booked, quantity, on_hand,"
    " reserved, entry_id, booked_on, partner, other_place, other_number, resolves, request, issue_number, of_place,"
    " of_number, removal_id, count_id, taken_by, taken_person, taken_at, side"
)
CHAIN = {"number": "2", "before": "1", "was_on_hand": "on_hand", "was_reserved": "reserved"}
REFUSED = {
    "a counter that is changed": "UPDATE goods_step SET on_hand = on_hand + 1",
    "a step that is taken away": "DELETE FROM goods_step",
    "a lot worth more": "UPDATE goods_lot SET value_satang = value_satang + 1",
    "another who valued": "UPDATE goods_lot SET valued_person = (SELECT received_person FROM goods_arrival)",
}


def step(first: int = 1, /, **changes: str) -> str:
    """A step like another, with changes: what somebody writes past the service."""
    columns = ", ".join(changes.get(name.strip(), name.strip()) for name in COLUMNS.split(","))
    return COPY.format(columns=columns, of=first)


BELOW = step(**CHAIN, act="'write_off'", hand="-1", quantity="11", on_hand="-1")
OUT = step(**CHAIN, act="'write_off'", hand="-1", quantity="1", on_hand="9")
MORE = step(**CHAIN, act="'find'", quantity="1", on_hand="11")
TWICE = step(**CHAIN, on_hand="20")
HALF = step(
    **CHAIN, act="'leave'", hand="-1", is_booked="{no}", entry_id="NULL", quantity="1", on_hand="9",
    partner="'arrive'", other_place="(SELECT max(id) FROM goods_place WHERE id <> place_id)", other_number="1",
)  # fmt: skip
HELD = step(
    **CHAIN, act="'reserve'", hand="0", held="1", is_booked="{no}", entry_id="NULL", quantity="1", on_hand="on_hand",
    reserved="1", request="(SELECT chain FROM goods_request)",
)  # fmt: skip


@pytest.mark.parametrize("what", REFUSED)
def test_what_was_written_of_goods_stays(store: Store, what: str) -> None:
    store.lot(10)
    with pytest.raises(DBAPIError):
        store.sql(REFUSED[what])


@pytest.mark.parametrize(
    "statement", [BELOW, OUT, MORE, TWICE, HALF, HELD], ids=["below", "out", "more", "twice", "half", "held"]
)
def test_a_step_written_past_the_service_is_refused(store: Store, statement: str) -> None:
    """Below nothing, without two people, without a count, received twice, half a move, held for what is not awarded."""
    lot = store.lot(10)
    store.request()
    with pytest.raises(DBAPIError):
        store.sql(statement.format(no=_no(store)), lot=_key(store, lot))
    assert store.stands(lot) == (10, 0)


def test_a_step_that_is_whole_is_taken(store: Store) -> None:
    """The control: the same raw hold, once the request is awarded and its own promise is let go."""
    lot = store.lot(10)
    request_id = store.awarded(1)
    assert store.stands(lot) == (10, 1)
    store.act(awards.cancel, request_id, "elsewhere", by="ton")
    again = step(2, number="4", before="3")
    assert store.sql(again, lot=_key(store, lot)) == 1
    assert store.stands(lot) == (10, 1)


def test_two_people_are_two_in_raw_sql_too(store: Store) -> None:
    lot = store.lot(10)
    store.remove(lot, 1)
    answer = (
        "INSERT INTO goods_removal_answer SELECT id, chain, lot_id, place_id, act, act, quantity, asked_by,"
        " asked_person, asked_at, 'approve' FROM goods_removal"
    )
    with pytest.raises(DBAPIError):
        store.sql(answer)
    store.count(lot, 9)
    explained = (
        "INSERT INTO goods_explained SELECT id, chain, lot_id, place_id, on_hand, found, 'lose', 1, 'x', counted_by,"
        " counted_person, counted_at, 'approve' FROM goods_count"
    )
    with pytest.raises(DBAPIError):
        store.sql(explained)


def together(acts: list[Callable[[], object]]) -> list[object]:
    """Everything at the same moment; what each came to."""
    start = threading.Barrier(len(acts))

    def one(act: Callable[[], object]) -> object:
        start.wait()
        with clock.at(TODAY):
            try:
                return act()
            except (FundError, LedgerError, DBAPIError) as refusal:
                return type(refusal)

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(one, acts))


def test_of_twenty_awards_of_the_last_unit_one_wins(store: Store) -> None:
    lot = store.lot(1)
    asked = [store.request() for _ in range(20)]
    met = together([partial(store.act, awards.approve, one, by="ton") for one in asked])
    assert met.count(True) == 1 and store.stands(lot) == (1, 1) and store.wrong() == []


def test_of_twenty_who_hand_out_the_last_unit_one_does(store: Store) -> None:
    lot = store.lot(1)
    request_id = store.awarded()
    (promise,) = store.promised(request_id)
    met = together([partial(store.act, awards.issue, request_id, *promise, by="som") for _ in range(20)])
    assert met.count(1) == 1 and store.stands(lot) == (0, 0)
    assert (store.on("5200"), store.on("1200"), store.wrong()) == (20_000, 0, [])


def test_of_twenty_who_move_the_last_unit_one_does(store: Store) -> None:
    lot = store.lot(1)
    met = together([partial(store.act, holding.move, lot, *store.places[:2], 1, by="som") for _ in range(20)])
    assert met.count(None) == 1 and (store.stands(lot), store.stands(lot, 1)) == ((0, 0), (1, 0))


def test_a_counter_that_is_read_and_written_is_overdrawn(store: Store) -> None:
    """The control: the same race on a counter without a row before it hands the last unit out more than once."""
    store.sql("CREATE TABLE counter (left_over integer)")
    store.sql("INSERT INTO counter VALUES (1)")
    all_read = threading.Barrier(20)

    def take() -> bool:
        with store.database.read() as session:
            left = session.connection().execute(text("SELECT left_over FROM counter")).scalar_one()
        all_read.wait()
        return left > 0 and store.sql("UPDATE counter SET left_over = left_over - 1") == 1

    assert together([take] * 20).count(True) > 1


def _key(store: Store, lot: UUID) -> object:
    return str(lot) if store.database.is_sqlite else lot


def _no(store: Store) -> str:
    return "0" if store.database.is_sqlite else "FALSE"
