"""Checkpoints: what stood on the accounts up to a point nothing can be booked before, so that balances stay quick.

A balance is the last checkpoint and the tail behind it. The database refuses a checkpoint that is not true, and writes
with it what stood at the end of each booked day that it changes: balances on a day are as quick.
"""

from typing import Final

from sqlmodel import Session

from ledger.balances import by_index

TAIL: Final = 100
"""Postings behind the last checkpoint of an account after which the next is worth taking."""

_WATERMARK: Final = {
    "sqlite": "SELECT 1 + coalesce(max(stamp), 0) FROM ledger_entry",
    "postgresql": "SELECT public.ledger_watermark()",
}
_LOCK: Final = "SELECT pg_try_advisory_xact_lock(hashtext('ledger_checkpoint'))"
_TAKE: Final = {
    "sqlite": """
INSERT INTO ledger_checkpoint (fund, account, upto, amount_satang)
SELECT l.fund, l.account, {upto}, l.amount_satang + sum(p.amount_satang)
FROM ledger_last_checkpoint l
JOIN ledger_posting p ON p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto AND p.stamp < {upto}
GROUP BY l.fund, l.account, l.amount_satang
HAVING count(*) >= {tail}
""",
    "postgresql": """
INSERT INTO ledger_checkpoint (fund, account, upto, amount_satang)
SELECT l.fund, l.account, {upto}, CAST(l.amount_satang + t.amount_satang AS bigint)
FROM ledger_last_checkpoint l CROSS JOIN LATERAL (
    SELECT count(*) AS lines, sum(p.amount_satang) AS amount_satang FROM ledger_posting p
    WHERE p.fund = l.fund AND p.account = l.account AND p.stamp >= l.upto AND p.stamp < {upto}) t
WHERE t.lines >= {tail}
""",
}


def take(session: Session, *, tail: int = TAIL) -> int:
    """Take a checkpoint of every account of every fund with at least `tail` postings since its last; answer how many.

    On PostgreSQL the tail ends at the oldest transaction still running, and 0 is also the answer while another session
    takes them.
    """
    connection = session.connection()
    engine = connection.dialect.name
    if engine != "sqlite" and not connection.exec_driver_sql(_LOCK).scalar_one():
        return 0
    upto = connection.exec_driver_sql(_WATERMARK[engine]).scalar_one()
    with by_index(session):
        return connection.exec_driver_sql(_TAKE[engine].format(upto=int(upto), tail=int(tail))).rowcount
