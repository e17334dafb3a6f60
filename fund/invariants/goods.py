"""What must hold of donated goods: the books have what is in store, and every unit is somewhere.

Each function's first sentence is what staff read. Those in `READ_ALL` read the whole history of goods.
"""

from collections.abc import Iterator
from typing import Final

from sqlmodel import Session

from fund.invariants.asking import found

# Of each fund and day: what the steps say came to hand and left it, at its lot's value, is what 1200 moved.
_BOOKED: Final = """
SELECT fund, booked_on, CAST(sum(told) AS bigint) AS told, CAST(sum(booked) AS bigint) AS booked FROM (
    SELECT l.fund, s.booked_on, s.hand * s.quantity * l.value_satang AS told, 0 AS booked
    FROM goods_step s JOIN goods_lot l ON l.id = s.lot_id
    UNION ALL
    SELECT p.fund, e.booked_on, 0, p.amount_satang
    FROM ledger_posting p JOIN ledger_entry e ON e.id = p.entry_id WHERE p.account = '1200'
) t GROUP BY fund, booked_on HAVING sum(told) <> sum(booked)
"""
_SOMEWHERE: Final = """
SELECT l.id, l.quantity, coalesce(sum(CASE WHEN s.act IN ('receive', 'find') THEN s.quantity ELSE 0 END), 0) AS came,
       coalesce(sum(CASE s.act WHEN 'issue' THEN s.quantity WHEN 'return' THEN -s.quantity ELSE 0 END), 0) AS issued,
       coalesce(sum(CASE WHEN s.act IN ('write_off', 'give_back', 'lose') THEN s.quantity ELSE 0 END), 0) AS gone,
       (SELECT coalesce(sum(n.on_hand), 0) FROM goods_step n WHERE n.lot_id = l.id AND NOT EXISTS (
            SELECT 1 FROM goods_step m
            WHERE m.lot_id = n.lot_id AND m.place_id = n.place_id AND m.number > n.number)) AS here
FROM goods_lot l LEFT JOIN goods_step s ON s.lot_id = l.id GROUP BY l.id, l.quantity
"""
_LOST_UNITS: Final = f"""
SELECT id, quantity, came, here, issued, gone FROM ({_SOMEWHERE}) t
WHERE came < quantity OR came <> here + issued + gone OR here < 0 OR issued < 0
"""
# What an award promises is all there, handed out or still held; what is no award holds nothing.
_PROMISES: Final = """
SELECT r.chain, r.quantity,
       CASE WHEN EXISTS (SELECT 1 FROM goods_stop x WHERE x.chain = r.chain) THEN 'cancelled' ELSE t.next END AS next,
       coalesce(sum(s.held * s.quantity), 0) AS held,
       coalesce(sum(CASE WHEN s.act = 'issue' THEN s.quantity ELSE 0 END), 0) AS issued
FROM goods_request r
LEFT JOIN goods_request_step t ON t.chain = r.chain
     AND t.number = (SELECT max(n.number) FROM goods_request_step n WHERE n.chain = r.chain)
LEFT JOIN goods_step s ON s.request = r.chain
GROUP BY r.chain, r.quantity, t.next
"""
_BROKEN: Final = f"""
SELECT chain, quantity, next, held, issued FROM ({_PROMISES}) t
WHERE next IS NULL OR (next = 'awarded' AND held + issued <> quantity) OR (next <> 'awarded' AND held <> 0)
   OR (next NOT IN ('awarded', 'cancelled') AND issued <> 0)
"""
_UNDONE: Final = """
SELECT a.removal_id, a.act FROM goods_removal_answer a LEFT JOIN goods_step s ON s.removal_id = a.removal_id
WHERE a.act <> 'stay' AND s.lot_id IS NULL
UNION ALL
SELECT x.count_id, x.act FROM goods_explained x LEFT JOIN goods_step s ON s.count_id = x.count_id
WHERE x.act <> 'miscounted' AND s.lot_id IS NULL
"""


def goods_stand_in_the_books_at_their_value(session: Session) -> Iterator[str]:
    """On every day the goods on hand of each fund are in the books, each unit at the value of its lot."""
    yield from found(session, _BOOKED)


def every_unit_of_goods_is_somewhere(session: Session) -> Iterator[str]:
    """Every unit that came in is in store, with a case, written off, given back or lost in a count."""
    yield from found(session, _LOST_UNITS)


def awards_of_goods_are_held_or_handed_out(session: Session) -> Iterator[str]:
    """What was awarded of goods is in store for its case or handed out, and nothing else is held."""
    yield from found(session, _BROKEN)


def what_two_decided_of_goods_is_done(session: Session) -> Iterator[str]:
    """What two people decided to take out, or found in a count, was done."""
    yield from found(session, _UNDONE)


READ_ALL: Final = frozenset(
    {
        goods_stand_in_the_books_at_their_value,
        every_unit_of_goods_is_somewhere,
        awards_of_goods_are_held_or_handed_out,
        what_two_decided_of_goods_is_done,
    }
)
