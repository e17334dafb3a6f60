"""What must hold of cases: what lists say of one follows from what was written down."""

from collections.abc import Iterator

from sqlmodel import Session

from fund.invariants.asking import found

_STANDS_OTHERWISE = """
SELECT c.code FROM cases_case c
LEFT JOIN cases_standing s ON s.code = c.code
LEFT JOIN cases_step t ON t.code = c.code AND t.number = (SELECT max(number) FROM cases_step WHERE code = c.code)
LEFT JOIN cases_place p ON p.code = c.code AND p.version = (SELECT max(version) FROM cases_place WHERE code = c.code)
LEFT JOIN cases_assignment a ON a.code = c.code
     AND a.version = (SELECT max(version) FROM cases_assignment WHERE code = c.code)
WHERE s.code IS NULL OR t.code IS NULL OR p.code IS NULL OR s.stage <> t.stage OR s.moved_at <> t.done_at
   OR s.district <> p.district OR s.school <> p.school OR s.grade <> p.grade
   OR (s.person IS NULL) <> (a.person IS NULL) OR s.person <> a.person
   OR NOT EXISTS (SELECT 1 FROM cases_child d WHERE d.child_id = c.child_id)
"""


def each_case_stands_where_its_steps_led(session: Session) -> Iterator[str]:
    """What lists say of a case is what its newest step, place and assignment say."""
    yield from found(session, _STANDS_OTHERWISE)
