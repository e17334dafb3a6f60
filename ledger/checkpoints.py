"""Checkpoints: what stood on the accounts up to a point nothing can be booked before, so that balances stay quick.

A balance is the last checkpoint and the tail behind it. The database refuses a checkpoint that is not true.
"""

from typing import Final

from sqlmodel import Session

TAIL: Final = 1_000
"""Postings behind the last checkpoint of an account after which the next is worth taking."""

_WATERMARK: Final = {
    "sqlite": "SELECT 1 + coalesce(max(stamp), 0) FROM ledger_entry",
    "postgresql": "SELECT public.ledger_watermark()",
}
_TAKE: Final = """
INSERT INTO ledger_checkpoint (fund, account, upto, amount_satang)
SELECT l.fund, l.account, {upto}, CAST(l.amount_satang + sum(p.amount_satang) AS bigint)
FROM ledger_last_checkpoint l
JOIN ledger_posting p ON p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto AND p.stamp < {upto}
GROUP BY l.fund, l.account, l.amount_satang
HAVING count(*) >= {tail}
"""


def take(session: Session, *, tail: int = TAIL) -> int:
    """Take a checkpoint of every account of every fund with at least `tail` postings since its last; answer how many.

    On PostgreSQL the tail ends at the oldest transaction still running.
    """
    connection = session.connection()
    upto = connection.exec_driver_sql(_WATERMARK[connection.dialect.name]).scalar_one()
    return connection.exec_driver_sql(_TAKE.format(upto=int(upto), tail=int(tail))).rowcount
