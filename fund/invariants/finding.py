"""What must hold of reports of children: a class list brought as many as it says, and what ended lies where it went."""

from collections.abc import Iterator

from sqlmodel import Session

from fund.invariants.asking import found

_INCOMPLETE = """
SELECT l.id, l.report_count FROM finding_class_list l
WHERE l.report_count <> (SELECT count(*) FROM finding_report r WHERE r.class_list_id = l.id)
"""
_LEFT_BEHIND = """
SELECT e.report_id, e.outcome FROM finding_report_end e JOIN cases_case c ON c.code = e.case_code
WHERE e.outcome = 'taken' AND c.child_id <> e.report_id
UNION ALL
SELECT e.report_id, e.outcome FROM finding_report_end e JOIN sealed_key k ON k.subject = e.report_id
WHERE e.outcome = 'merged'
"""


def class_lists_brought_their_reports(session: Session) -> Iterator[str]:
    """Every class list has the number of reports that it says: all of them came, or none."""
    yield from found(session, _INCOMPLETE)


def ended_reports_lie_with_their_child(session: Session) -> Iterator[str]:
    """A report taken into a case is of its child, and one merged into a case left no key of its own."""
    yield from found(session, _LEFT_BEHIND)
