"""What must hold of audit receipts: what is proven has one that counts, and what counts is still so."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from sqlmodel import Session

from fund import clock
from fund.audit_receipts import payments, queries
from fund.invariants.asking import found
from fund.postings import GRANTS_PAID

_ISSUED_WITHIN: Final = timedelta(hours=1)
_PAID: Final = ", ".join(f"'{state}'" for state in payments.PAID)
_WENT: Final = ", ".join(f"'{act}'" for act in payments.WENT)
_AMOUNT: Final = {
    "sqlite": "json_extract(r.facts, '$.amount_satang')",
    "postgresql": "CAST(CAST(r.facts AS json) ->> 'amount_satang' AS bigint)",
}
_GIFTS: Final = {
    "sqlite": "(SELECT sum(json_extract(g.value, '$.end_satang') - json_extract(g.value, '$.start_satang'))"
    " FROM json_each(r.facts, '$.gifts') g)",
    "postgresql": "(SELECT sum(CAST(g ->> 'end_satang' AS bigint) - CAST(g ->> 'start_satang' AS bigint))"
    " FROM json_array_elements(CAST(r.facts AS json) -> 'gifts') g)",
}
# What counts, with the step that it proves, how far the tranche is, and what of it did not come back.
_NO_LONGER_SO: Final = """
SELECT r.number FROM receipts_receipt r
LEFT JOIN receipts_void v ON v.number = r.number
LEFT JOIN grants_step s ON s.entry_id = r.proves AND s.act IN ({went})
LEFT JOIN grants_standing t ON t.chain = s.chain AND t.number = s.number AND t.state IN ({paid})
WHERE r.kind = '{kind}' AND v.number IS NULL AND (
    t.chain IS NULL OR {amount} <> {gifts} OR {amount} <> coalesce((
        SELECT sum(p.amount_satang) FROM ledger_posting p
        WHERE p.account = '{account}' AND p.subject = s.chain || ':' || CAST(s.number AS text)), 0)
    OR EXISTS (SELECT 1 FROM grants_step later WHERE later.chain = s.chain AND later.number = s.number
               AND later.step > s.step AND later.act IN ({went})))
"""


def what_is_proven_has_one_audit_receipt(session: Session) -> Iterator[str]:
    """Every payment that is proven has one audit receipt that counts, and its gifts come to its amount."""
    for chain, number in queries.unissued(session, before=clock.now() - _ISSUED_WITHIN):
        yield f"{chain}:{number}"
    engine = session.get_bind().dialect.name
    facts = {"amount": _AMOUNT[engine], "gifts": _GIFTS[engine], "account": GRANTS_PAID}
    yield from found(session, _NO_LONGER_SO.format(went=_WENT, paid=_PAID, kind=queries.KIND, **facts))


READ_ALL: Final = frozenset({what_is_proven_has_one_audit_receipt})
