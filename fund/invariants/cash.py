"""What must hold between cash boxes, refunds and the books.

Each function's first sentence is what staff read. Those in `READ_ALL` read the whole history of these accounts.
"""

from collections.abc import Iterator
from typing import Final

from sqlmodel import Session

from fund.invariants.asking import found

_STANDING: Final = "bank_match m LEFT JOIN bank_undone u ON u.match_id = m.id WHERE u.match_id IS NULL"
# Each box: what two agreed on, less what the bank's lines have brought and what is lost, is what the books say; and
# never below nothing.
_BOXES: Final = f"""
SELECT account, CAST(sum(told) AS bigint) AS told, CAST(sum(booked) AS bigint) AS booked FROM (
    SELECT b.account, c.amount_satang AS told, 0 AS booked
    FROM cash_counted c JOIN cash_count n ON n.id = c.count_id JOIN cash_box b ON b.id = n.box_id
    UNION ALL
    SELECT b.account, -p.amount_satang, 0 FROM cash_deposit_part p JOIN cash_box b ON b.id = p.box_id
    WHERE 'deposit:' || CAST(p.deposit_id AS text) IN (SELECT m.about FROM {_STANDING} AND m.kind = 'cash-banked')
    UNION ALL
    SELECT b.account, -a.amount_satang, 0 FROM cash_short_ask a JOIN cash_box b ON b.id = a.box_id
    JOIN cash_short_answer d ON d.ask_id = a.id WHERE d.entry_id IS NOT NULL
    UNION ALL
    SELECT p.account, 0, p.amount_satang FROM ledger_posting p WHERE p.account LIKE '1120.%'
) t GROUP BY account HAVING sum(told) <> sum(booked) OR sum(booked) < 0
"""
_REFUNDS: Final = f"""
SELECT subject, CAST(sum(told) AS bigint) AS told, CAST(sum(booked) AS bigint) AS booked FROM (
    SELECT a.chain AS subject, d.amount_satang AS told, 0 AS booked
    FROM donations_refund_answer a JOIN donations_donation d ON d.id = a.donation_id WHERE a.entry_id IS NOT NULL
    UNION ALL
    SELECT m.about, l.amount_satang, 0 FROM bank_line l JOIN (
        SELECT m.about, m.line_id FROM {_STANDING} AND m.kind IN ('refund-left', 'refund-came-back')
    ) m ON m.line_id = l.id
    UNION ALL
    SELECT p.subject, 0, -p.amount_satang FROM ledger_posting p WHERE p.account = '2110'
) t GROUP BY subject HAVING sum(told) <> sum(booked)
"""
_NOBODYS: Final = """
SELECT d.id FROM donations_donation d LEFT JOIN cash_counted c ON c.donation_id = d.id
WHERE (d.money_identity LIKE 'cash:%') <> (c.count_id IS NOT NULL) OR c.amount_satang <> d.amount_satang
   OR c.entry_id <> d.entry_id
"""


def boxes_hold_what_was_counted_and_not_banked(session: Session) -> Iterator[str]:
    """What stands in each cash box is what two people counted in it, less what the bank has and what is lost."""
    yield from found(session, _BOXES)


def cash_gifts_were_counted_by_two(session: Session) -> Iterator[str]:
    """A gift out of a cash box is what two people counted alike, and nothing else is."""
    yield from found(session, _NOBODYS)


def refunds_payable_are_decided_and_not_paid(session: Session) -> Iterator[str]:
    """What is payable of each refund is what was decided, less what has left, and what came back."""
    yield from found(session, _REFUNDS)


READ_ALL: Final = frozenset(
    {
        boxes_hold_what_was_counted_and_not_banked,
        cash_gifts_were_counted_by_two,
        refunds_payable_are_decided_and_not_paid,
    }
)
