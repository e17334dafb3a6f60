"""What must hold of the people we hold something on: who was erased stays erased."""

from collections.abc import Iterator

from sqlmodel import Session

from fund.invariants.asking import found

_CAME_BACK = """
SELECT e.subject, e.what FROM rights_erasure e JOIN sealed_key k ON k.subject = e.subject WHERE e.what = 'key'
UNION ALL
SELECT e.subject, e.what FROM rights_erasure e JOIN donors_contact c ON c.id = e.subject
WHERE e.what IN ('key', 'contact') AND (c.sealed IS NOT NULL OR c.tax_id_index IS NOT NULL)
"""


def who_was_erased_stays_erased(session: Session) -> Iterator[str]:
    """Nobody on the list of erasures has a key or a contact again."""
    yield from found(session, _CAME_BACK)
