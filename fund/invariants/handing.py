"""What must hold of handing over: where each handover stands follows from what was said, handed in and decided.

Each function's first sentence is what staff read. Those in `READ_ALL` read the whole history of what was handed out.
"""

from collections.abc import Iterator
from typing import Final

from sqlmodel import Session

from fund.invariants.asking import found

_OF = "{0}.chain = h.chain AND {0}.number = h.number AND {0}.went = h.went"
_STEP, _EVIDENCE = _OF.format("s"), _OF.format("e")
_NOT_SO = f"""
SELECT h.chain, h.number, h.went, h.state FROM handing_handover h
LEFT JOIN handing_step s ON {_STEP}
     AND s.step = (SELECT max(n.step) FROM handing_step n WHERE {_OF.format("n")})
WHERE coalesce(s.state, 'waiting') <> h.state
   OR h.pending <> (SELECT count(*) FROM handing_evidence e
                    LEFT JOIN handing_verdict v ON v.evidence_id = e.id
                    LEFT JOIN handing_joined j ON j.evidence_id = e.id
                    WHERE {_EVIDENCE} AND v.evidence_id IS NULL
                      AND (e.kind <> 'statement' OR j.evidence_id IS NOT NULL))
   OR (h.is_complete AND NOT EXISTS (SELECT 1 FROM handing_evidence e JOIN handing_verdict v ON v.evidence_id = e.id
                                     WHERE {_EVIDENCE} AND v.is_accepted))
   OR (h.is_complete AND h.state NOT IN ('received', 'settled'))
"""
_UNSIGNED: Final = """
SELECT s.request, s.issue_number FROM goods_step s
WHERE s.act = 'issue' AND NOT EXISTS (
    SELECT 1 FROM in_kind_signature k WHERE k.chain = s.request AND k.number = s.issue_number)
"""


def each_handover_stands_where_it_was_led(session: Session) -> Iterator[str]:
    """What lists say of a handover is what its newest answer says, and what others decided on its evidence."""
    yield from found(session, _NOT_SO)


def goods_handed_out_are_signed_for(session: Session) -> Iterator[str]:
    """All goods that were handed out for a case are signed for."""
    yield from found(session, _UNSIGNED)


READ_ALL: Final = frozenset({goods_handed_out_are_signed_for})
