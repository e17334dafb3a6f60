"""Audit receipts are issued, voided and replaced here, by nobody's hand: when a payment is proven, and when it changes.

Knows that everything that acts on a grant waits for its turn, so that a payment has one such paper that counts. Refuses
nothing: what is not whole is left until it is.
"""

from typing import Final

from sqlmodel import Session

from fund import audit, outbox, sealing
from fund.audit import WORKER
from fund.audit_receipts import gathering, payments, queries
from fund.audit_receipts.gathering import NotWholeError
from fund.audit_receipts.payments import Payment
from fund.db import Database
from fund.donations.booking import RENDER_JOB
from fund.people import turns
from fund.settings import Settings
from receipts import queries as receipts
from receipts import service
from receipts.audits import AuditFacts
from receipts.queries import Receipt

CAME_BACK: Final = "the money came back"
PART_CAME_BACK: Final = "a part of the money came back"
NOT_PROVEN: Final = "the evidence does not count any more"
AT_ONCE: Final = 200


def issue(database: Database, settings: Settings, subject: str) -> None:
    """The job of one tranche (`<chain> <number>`): its entries come into the log, and its paper says what is so."""
    sealing.seal_news(database, settings)
    with database.write() as session:
        settle(session, *queries.tranche_of(subject))


def issue_missed(database: Database, settings: Settings) -> int:
    """Settle every tranche whose paper is missing or says what is no longer so; how many papers that gave."""
    with database.read() as session:
        missed = queries.unsettled(session, limit=AT_ONCE)
    if missed:
        sealing.seal_news(database, settings)
    issued = 0
    for chain, number in missed:
        with database.write() as session:
            issued += settle(session, chain, number) is not None
    return issued


def settle(session: Session, chain: str, number: int) -> Receipt | None:
    """Let the audit receipts of a tranche say what is so; the one that was issued for it now, if one was."""
    turns.wait_for(session, f"chain {chain}")
    payment = payments.of_tranche(session, chain, number)
    _void_what_is_no_longer_so(session, payment, chain, number)
    if payment is None or not payments.kept_satang(session, payment):
        return None
    of_entry = receipts.proving(session, [payment.entry_id], queries.KIND)
    if of_entry and not of_entry[-1].is_void:
        return None
    try:
        facts = gathering.facts(session, payment)
    except NotWholeError:
        return None
    return _issued(session, payment, facts, of_entry[-1] if of_entry else None)


def _issued(session: Session, payment: Payment, facts: AuditFacts, void: Receipt | None) -> Receipt:
    """A new paper, in the place of the void one where there is one."""
    if void:
        issued = service.replace(session, void.number, facts, reason="", by=WORKER.name)
    else:
        issued = service.issue(session, facts, proves=payment.entry_id)
    outbox.add(session, RENDER_JOB, issued.number)
    audit.record(session, WORKER, "audit_receipt.issued", issued.number)
    return issued


def _void_what_is_no_longer_so(session: Session, payment: Payment | None, chain: str, number: int) -> None:
    for one in receipts.proving(session, payments.entries(session, chain, number), queries.KIND):
        reason = "" if one.is_void else _why_void(session, payment, one)
        if reason:
            service.void(session, one.number, reason=reason, by=WORKER.name)
            audit.record(session, WORKER, "audit_receipt.voided", one.number)


def _why_void(session: Session, payment: Payment | None, issued: Receipt) -> str:
    """Why a paper that counts must not count any more; empty where it may."""
    if payment is None or payment.entry_id != issued.proves:
        return CAME_BACK
    kept = payments.kept_satang(session, payment)
    if kept != issued.facts.amount_satang:
        return PART_CAME_BACK if kept else CAME_BACK
    return "" if gathering.is_handed_over(session, payment) else NOT_PROVEN
