"""What an audit receipt is gathered from: the grant's steps, the bank's line, the evidence, the log and the trace.

Knows which of these is still missing of a payment. Refuses nothing: what is not whole has no facts yet.
"""

import re
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import clock, profile
from fund import language as words
from fund.audit_receipts import payments
from fund.audit_receipts.payments import Payment
from fund.bank.models import LineRow, MatchRow, UndoneRow
from fund.cases.children import NEEDS
from fund.cases.handing import queries as handing
from fund.cases.handing.queries import Complete
from fund.donations import receipting
from fund.grants.models import StepRow
from fund.people import duties, staff
from fund.people.duties import Side
from ledger import accounts, leaves, merkle, proofs, trace
from ledger.accounts import Fund
from ledger.errors import NotLoggedError
from ledger.trace import Span
from receipts import queries as receipts
from receipts.audits import AuditFacts, EvidenceFile, GiftSpan, Hand, LoggedEntry, StatementLine

MATCH: Final = "match"
HANDOVER: Final = "handover"
LOG: Final = "log"
_OF_A_DISTRICT: Final = re.compile(r"D\d{4}")
_ONE_DISTRICT: Final = "Gifts for one district"


class NotWholeError(Exception):
    """Something of a payment's proof is still missing; `lack` says what."""

    def __init__(self, lack: str) -> None:
        self.lack = lack
        super().__init__(lack)


def facts(session: Session, payment: Payment) -> AuditFacts:
    """Everything that the audit receipt of a payment says, as of now. Raises NotWholeError."""
    line = _line(session, payment.entry_id)
    complete = _complete(session, payment)
    if line is None:
        raise NotWholeError(MATCH)
    if complete is None:
        raise NotWholeError(HANDOVER)
    amount, spans = payments.kept_satang(session, payment), trace.spans_of(session, payment.spending_id)
    if sum(one.end_satang - one.start_satang for one in spans) != amount:  # what moved last is not traced yet
        raise NotWholeError(LOG)
    return _facts(session, payment, line, complete, amount, spans)


def is_handed_over(session: Session, payment: Payment) -> bool:
    """Whether whoever it was for has received it, with all papers accepted."""
    return _complete(session, payment) is not None


def _complete(session: Session, payment: Payment) -> Complete | None:
    """The handover of this payment, not of an earlier one that came back."""
    handover = handing.newest(session, payment.tranche.chain, payment.tranche.number)
    if handover is None or handover.went < payment.went.step:
        return None
    return handing.complete(session, handover.chain, handover.number)


def _facts(
    session: Session, payment: Payment, line: LineRow, complete: Complete, amount: int, spans: tuple[Span, ...]
) -> AuditFacts:
    fund, today, purpose = profile.current(session), clock.today(), payment.tranche.purpose
    name_th, name_en, restriction = _fund(session, payment.tranche.fund)
    return AuditFacts(
        book=fund.receipt_book,
        fiscal_year=fund.fiscal_year(today),
        issuer=receipting.issuer(fund.issuer),
        amount_satang=amount,
        given_on=line.occurred_on,
        issued_on=today,
        case_code=payment.version.case_code,
        fund=payment.tranche.fund,
        fund_name_th=name_th,
        fund_name_en=name_en,
        restriction=restriction,
        purpose=purpose,
        purpose_th=words.gettext("th", NEEDS[purpose]),
        purpose_en=NEEDS[purpose],
        tranche=payment.name,
        paid_satang=payment.tranche.amount_satang,
        entry=_logged(session, payment.entry_id),
        hands=_hands(session, payment, complete),
        received_by=complete.received_by,
        how=complete.how,
        received_on=clock.bangkok_day(complete.received_at),
        line=_told(session, line),
        evidence=tuple(EvidenceFile(kind, sha256) for kind, sha256 in complete.files),
        voucher=next((one.number for one in receipts.proving(session, [payment.entry_id], "voucher")), ""),
        gifts=tuple(GiftSpan(one.fund, one.start_satang, one.end_satang) for one in spans),
    )


def _fund(session: Session, code: str) -> tuple[str, str, str]:
    """What a fund is called on papers that leave us, and its restriction; a district's money does not name it."""
    one: Fund = next(one for one in accounts.funds(session) if one.code == code)
    if _OF_A_DISTRICT.fullmatch(code):
        return words.gettext("th", _ONE_DISTRICT), _ONE_DISTRICT, one.restriction
    return one.name_th, one.name_en, one.restriction


def _logged(session: Session, entry_id: UUID) -> LoggedEntry:
    try:
        found = proofs.inclusion(session, leaves.ENTRY, str(entry_id))
    except NotLoggedError:
        raise NotWholeError(LOG) from None
    return LoggedEntry(str(entry_id), found.position, merkle.leaf_hash(found.content).hex())


def _hands(session: Session, payment: Payment, complete: Complete) -> tuple[Hand, ...]:
    """Who did what, in the order in which it was done: one person on one side, as the chain shows them."""
    chain = payment.tranche.chain
    parts = duties.parts(session, chain)
    for_whom = {(one.person_id, one.side): one.standing_in.for_name for one in parts if one.standing_in}
    approvers = duties.approvals(session, chain, payment.tranche.version)
    names = {one.id: one.name for one in staff.people(session)}

    def did(act: str, side: Side, step: StepRow) -> Hand:
        stands_in_for = for_whom.get((step.person, side), "") if step.person else ""
        return Hand(act, step.taken_by, stands_in_for, clock.bangkok_day(step.taken_at))

    return (
        did("asked", Side.REQUEST, _asked(payment)),
        *(did("approved", Side.APPROVE, _approved(payment, one)) for one in approvers),
        did("prepared", Side.PREPARE, payment.last("prepare")),
        did("authorised", Side.AUTHORISE, payment.last("authorise", "allow")),
        did("matched", Side.RECONCILE, payment.went),
        *(Hand("checked", names[one]) for one in complete.accepted_by),
    )


def _asked(payment: Payment) -> StepRow:
    """The step by which the version that was approved was asked for, or edited into."""
    asked = [one for one in payment.taken if one.number == 0 and one.act in ("request", "edit")]
    return asked[payment.tranche.version - 1]


def _approved(payment: Payment, person_id: UUID) -> StepRow:
    decided = [one for one in payment.taken if one.number == 0 and one.person == person_id]
    return next(one for one in reversed(decided) if one.act in ("approve", "queue", "award"))


def _line(session: Session, entry_id: UUID) -> LineRow | None:
    """The bank's line that a payment's entry was booked from; None where none stands for it."""
    undone = select(UndoneRow.match_id).where(col(UndoneRow.match_id) == col(MatchRow.id))
    matched = select(LineRow).join(MatchRow, col(MatchRow.line_id) == col(LineRow.id))
    return session.exec(matched.where(MatchRow.entry_id == entry_id, ~undone.exists())).first()


def _told(session: Session, line: LineRow) -> StatementLine:
    numbers = {one.account: one.number for one in profile.current(session).accounts}
    return StatementLine(str(line.id), numbers.get(line.account, "")[-4:], line.occurred_on, line.amount_satang)
