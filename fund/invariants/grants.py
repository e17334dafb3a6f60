"""What must hold of grants: the books say what the states say, and nothing is paid beyond what others approved."""

from collections.abc import Callable, Iterator
from typing import Final

from sqlmodel import Session

from fund.grants import states
from fund.invariants.asking import found

_SUBJECT: Final = "t.chain || ':' || CAST(t.number AS text)"


def every_tranche_stands_in_the_books_as_it_is(session: Session) -> Iterator[str]:
    """Each tranche's commitment, payable and advance are what its state says, and the books have no others."""
    yield from found(session, _BOOKED)


def every_act_on_a_grant_is_by_who_stands_on_its_side(session: Session) -> Iterator[str]:
    """Whoever asked, approved, prepared, authorised or reconciled a grant stands on that side, and on no other."""
    yield from found(
        session,
        "SELECT s.chain, s.number, s.step FROM grants_step s LEFT JOIN duties_participant p"
        " ON p.chain = s.chain AND p.person = s.person AND p.side = s.duty WHERE s.duty <> '' AND p.person IS NULL"
        " UNION ALL SELECT chain, 0, count(*) FROM duties_participant WHERE chain LIKE 'grant:%'"
        " GROUP BY chain, person HAVING count(*) > 1",
    )


def no_grant_is_more_than_what_was_approved(session: Session) -> Iterator[str]:
    """Each grant is a version that somebody approved, and its tranches are that version's parts."""
    yield from found(session, _APPROVED)


def no_grant_is_paid_beyond_what_was_approved(session: Session) -> Iterator[str]:
    """What has left the bank for a tranche, less what came back, is never more than the tranche."""
    yield from found(session, _PAID)


def queues_of_grants_say_the_last_step(session: Session) -> Iterator[str]:
    """The standing of each request and tranche is its last step and newest version, and a grant has its tranches."""
    yield from found(
        session,
        "SELECT s.chain, s.number, s.step FROM grants_step s LEFT JOIN grants_standing g"
        " ON g.chain = s.chain AND g.number = s.number AND g.step >= s.step WHERE g.chain IS NULL"
        " UNION ALL SELECT g.chain, g.version, count(t.number) FROM grants_grant g JOIN grants_request_version v"
        " ON v.chain = g.chain AND v.version = g.version LEFT JOIN grants_tranche t ON t.chain = g.chain"
        " LEFT JOIN grants_standing s ON s.chain = g.chain AND s.number = 0 AND s.state = 'awarded'"
        " GROUP BY g.chain, g.version, v.parts, s.state HAVING count(t.number) <> v.parts OR s.state IS NULL"
        " UNION ALL SELECT v.chain, 0, v.version FROM grants_request_version v LEFT JOIN grants_standing s"
        " ON s.chain = v.chain AND s.number = 0 AND (s.version > v.version OR (s.version = v.version"
        " AND s.amount_satang = v.amount_satang AND s.urgency = v.urgency AND s.made_at = v.made_at))"
        " WHERE s.chain IS NULL"
        " UNION ALL SELECT t.chain, t.number, t.version FROM grants_tranche t LEFT JOIN grants_standing s"
        " ON s.chain = t.chain AND s.number = t.number AND s.version = t.version"
        " AND s.amount_satang = t.amount_satang AND s.due_on = t.due_on WHERE s.chain IS NULL",
    )


def _listed(of: tuple[str, ...]) -> str:
    return ", ".join(f"'{state}'" for state in of)


_BOOKED: Final = f"""
SELECT subject, account, sum(amount_satang) AS amount_satang FROM (
    SELECT subject, account, amount_satang FROM ledger_posting
    WHERE account IN ('9100', '2200', '1300') AND subject LIKE 'grant:%'
    UNION ALL
    SELECT {_SUBJECT}, '9100', -t.amount_satang FROM grants_tranche t
    JOIN grants_standing s ON s.chain = t.chain AND s.number = t.number AND s.state IN ({_listed(states.COMMITTED)})
    UNION ALL
    SELECT {_SUBJECT}, '2200', t.amount_satang FROM grants_tranche t
    JOIN grants_standing s ON s.chain = t.chain AND s.number = t.number AND s.state IN ({_listed(states.PAYABLE)})
    UNION ALL
    SELECT {_SUBJECT}, '1300', -sum(p.amount_satang) FROM grants_tranche t
    JOIN grants_standing s ON s.chain = t.chain AND s.number = t.number AND s.state = '{states.ISSUED}'
    JOIN ledger_posting p ON p.account = '1300' AND p.fund = t.fund AND p.subject = {_SUBJECT}
    GROUP BY t.chain, t.number HAVING sum(p.amount_satang) > 0
) o GROUP BY subject, account HAVING sum(amount_satang) <> 0
"""
_APPROVED: Final = """
SELECT g.chain, g.version FROM grants_grant g
LEFT JOIN duties_approval a ON a.chain = g.chain AND a.version = g.version WHERE a.chain IS NULL
UNION ALL
SELECT t.chain, t.number FROM grants_tranche t LEFT JOIN grants_grant g ON g.chain = t.chain AND g.version = t.version
LEFT JOIN grants_plan p ON p.chain = t.chain AND p.version = t.version AND p.number = t.number
    AND p.amount_satang = t.amount_satang
WHERE g.chain IS NULL OR p.chain IS NULL
"""
_PAID: Final = f"""
WITH tranche AS MATERIALIZED (SELECT {_SUBJECT} AS subject, t.amount_satang FROM grants_tranche t)
SELECT p.subject, -sum(p.amount_satang) AS amount_satang
FROM ledger_posting p LEFT JOIN tranche ON tranche.subject = p.subject
WHERE p.account LIKE '1110.%' AND p.subject LIKE 'grant:%'
GROUP BY p.subject, tranche.amount_satang
HAVING -sum(p.amount_satang) > coalesce(tranche.amount_satang, 0) OR sum(p.amount_satang) > 0
"""

READ_ALL: Final[frozenset[Callable[[Session], Iterator[str]]]] = frozenset(
    {
        every_tranche_stands_in_the_books_as_it_is,
        every_act_on_a_grant_is_by_who_stands_on_its_side,
        no_grant_is_more_than_what_was_approved,
        no_grant_is_paid_beyond_what_was_approved,
        queues_of_grants_say_the_last_step,
    }
)
