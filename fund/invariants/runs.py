"""What must hold of payment runs: sums are sums, and what was authorised is what stands there."""

from collections.abc import Callable, Iterator
from typing import Final

from sqlmodel import Session, col, select

from fund.grants import run_views, runs
from fund.grants.run_errors import RunNotFoundError
from fund.grants.run_models import AuthorisedRow
from fund.invariants.asking import found


def payment_runs_are_the_sum_of_their_payments(session: Session) -> Iterator[str]:
    """Every payment run is the sum of its payments, and every order belongs to a run that was authorised."""
    yield from found(session, _SUMS)


def authorised_runs_are_as_they_were_authorised(session: Session) -> Iterator[str]:
    """The lines of every authorised run still have the digest that was authorised."""
    for run_id in session.exec(select(AuthorisedRow.run_id).order_by(col(AuthorisedRow.run_id))):
        try:
            is_sound = runs.is_as_authorised(run_views.run(session, run_id))
        except RunNotFoundError:
            is_sound = False
        if not is_sound:
            yield str(run_id)


_SUMS: Final = """
SELECT r.reference, count(l.position) AS lines, coalesce(sum(l.amount_satang), 0) AS amount_satang
FROM grants_run r LEFT JOIN grants_run_line l ON l.run_id = r.id GROUP BY r.reference, r.count, r.amount_satang
HAVING count(l.position) <> r.count OR coalesce(sum(l.amount_satang), 0) <> r.amount_satang
UNION ALL
SELECT r.reference, count(o.position), coalesce(sum(t.amount_satang), 0) FROM grants_run_authorised a
JOIN grants_run r ON r.id = a.run_id LEFT JOIN grants_order o ON o.run_id = a.run_id
LEFT JOIN grants_tranche t ON t.chain = o.chain AND t.number = o.number
GROUP BY r.reference, a.count, a.amount_satang
HAVING count(o.position) <> a.count OR coalesce(sum(t.amount_satang), 0) <> a.amount_satang
UNION ALL
SELECT r.reference, count(*), 0 FROM grants_order o JOIN grants_run r ON r.id = o.run_id
LEFT JOIN grants_run_authorised a ON a.run_id = o.run_id WHERE a.run_id IS NULL GROUP BY r.reference
"""

READ_ALL: Final[frozenset[Callable[[Session], Iterator[str]]]] = frozenset(
    {payment_runs_are_the_sum_of_their_payments, authorised_runs_are_as_they_were_authorised}
)
