"""What must hold of referrals, follow-ups and complaints: where each stands follows from what was written down."""

from collections.abc import Iterator

from sqlmodel import Session

from fund.invariants.asking import found

_STANDS_OTHERWISE = """
SELECT m.id, m.machine, m.state FROM following_matter m
LEFT JOIN following_step s ON s.matter_id = m.id
     AND s.number = (SELECT max(number) FROM following_step WHERE matter_id = m.id)
WHERE s.matter_id IS NULL OR s.state <> m.state OR s.done_at <> m.moved_at
   OR (m.machine = 'referral') <> EXISTS (SELECT 1 FROM following_referral r WHERE r.id = m.id)
   OR (m.machine = 'follow_up') <> EXISTS (SELECT 1 FROM following_follow_up f WHERE f.id = m.id)
   OR (m.machine = 'complaint') <> EXISTS (SELECT 1 FROM following_complaint c WHERE c.id = m.id)
"""


def each_matter_stands_where_its_steps_led(session: Session) -> Iterator[str]:
    """What lists say of a referral, a follow-up or a complaint is what its newest step says."""
    yield from found(session, _STANDS_OTHERWISE)
