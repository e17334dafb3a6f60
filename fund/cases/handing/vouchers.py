"""The voucher (ใบสำคัญรับเงิน): numbered once for each handover, printed whenever it is asked for.

Knows the case by its code, and prints whom the grant was paid to, who signs it. On it stands the way to complain.
"""

from uuid import UUID

from sqlmodel import Session, select

from fund import audit, clock, profile
from fund.audit import Actor
from fund.cases import service as case_verbs
from fund.cases.following import complaints
from fund.cases.handing import handovers
from fund.cases.handing.models import HandoverRow, VoucherRow
from fund.donations import receipting
from fund.grants import payees, steps
from fund.grants.models import StepRow, TrancheRow
from fund.grants.payees import CASH
from fund.settings import Settings
from ledger import accounts
from receipts import queries as receipts
from receipts import render
from receipts import service as numbered
from receipts.queries import Receipt
from receipts.vouchers import VoucherFacts

PURPOSES = {
    "education_cost": ("ค่าใช้จ่ายในการเรียน", "Cost of school"),
    "travel": ("ค่าเดินทางไปโรงเรียน", "Travel to school"),
    "uniform": ("ชุดนักเรียน", "School uniform"),
    "food": ("ค่าอาหาร", "Food"),
    "health": ("ค่ารักษาและสุขภาพ", "Health"),
    "housing": ("ค่าที่อยู่อาศัย", "Housing"),
    "safety": ("ความปลอดภัย", "Safety"),
}
"""What a grant is for, as it stands on papers in both languages."""


def voucher(session: Session, chain: str, number: int, *, by: Actor) -> tuple[Receipt, str, str]:
    """The voucher of a handover, numbered when it is first asked for; who signs it; the family's way to complain.

    The view of who signs is noted. Raises NotOutError and ConflictError.
    """
    row = handovers.current(session, chain, number)
    case_verbs.require_untied(session, row.case_code, by.person_id)
    paper = _numbered(session, row, by)
    tranche = session.get_one(TrancheRow, (chain, number))
    told = payees.payee(session, tranche.payee_id, purpose="case_work", by=by)
    name = told.name if told is not None and row.payee_kind != CASH else ""
    return paper, name, complaints.link_of(session, row.case_code, by=by)


def pdf(paper: Receipt, receiver: str, complaint_key: str, settings: Settings, *, is_demo: bool) -> bytes:
    """The voucher to be printed and signed by hand. Raises RenderError."""
    complaint = complaints.address_of(settings.address, complaint_key)
    return render.voucher_pdf(
        paper, receiver, complaint, address=settings.address, is_demo=is_demo, seconds=int(settings.render_seconds)
    )


def number_of(session: Session, row: HandoverRow) -> str:
    """The number of a handover's voucher; empty while it was not asked for."""
    return _known(session, row) or ""


def _numbered(session: Session, row: HandoverRow, by: Actor) -> Receipt:
    known = _known(session, row)
    if known:
        return receipts.by_number(session, known)
    fund, today = profile.current(session), clock.today()
    tranche = session.get_one(TrancheRow, (row.chain, row.number))
    names = {one.code: (one.name_th, one.name_en) for one in accounts.funds(session)}
    facts = VoucherFacts(
        book=fund.receipt_book,
        fiscal_year=fund.fiscal_year(today),
        issuer=receipting.issuer(fund.issuer),
        amount_satang=tranche.amount_satang,
        given_on=row.went_on,
        issued_on=today,
        case_code=row.case_code,
        fund=tranche.fund,
        fund_name_th=names[tranche.fund][0],
        fund_name_en=names[tranche.fund][1],
        purpose_th=PURPOSES[tranche.purpose][0],
        purpose_en=PURPOSES[tranche.purpose][1],
    )
    paper = numbered.issue(session, facts, proves=_entry(session, row))
    session.add(
        VoucherRow(
            voucher=paper.number, chain=row.chain, number=row.number, went=row.went, made_at=clock.now(),
            made_by=by.name,
        )
    )  # fmt: skip
    audit.record(session, by, "voucher.made", steps.subject_of(row.chain, row.number))
    session.flush()
    return paper


def _known(session: Session, row: HandoverRow) -> str | None:
    query = select(VoucherRow.voucher).where(VoucherRow.chain == row.chain, VoucherRow.number == row.number)
    return session.exec(query.where(VoucherRow.went == row.went)).first()


def _entry(session: Session, row: HandoverRow) -> UUID:
    """What the voucher proves: that the money went."""
    entry = session.get_one(StepRow, (row.chain, row.number, row.went)).entry_id
    assert entry is not None
    return entry
