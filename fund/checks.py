"""Named invariants over everything: read-only questions whose right answer is "nothing".

Knows what must hold between the ledger, the donations, the bank lines and the receipts. Changes nothing.
Run by `sipbaht check`, after every story in the tests, and by whoever doubts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from fund import postings, profile
from fund.bank import queries as bank
from ledger import accounts, balances
from ledger.money import format_baht
from receipts import queries as receipts


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which invariant, and what breaks it."""

    check: str
    what: str


def books_balance_in_every_fund(session: Session) -> Iterator[str]:
    """Debits equal credits in every fund, for real and for memorandum accounts."""
    kinds = {account.code: account.type == "memorandum" for account in accounts.accounts(session)}
    sums: dict[tuple[str, bool], int] = {}
    for row in balances.trial_balance(session):
        place = (row.fund, kinds[row.account])
        sums[place] = sums.get(place, 0) + row.amount_satang
    for (fund, is_memorandum), amount_satang in sums.items():
        if amount_satang:
            yield f"fund {fund}{' (memorandum)' if is_memorandum else ''} is off by {format_baht(amount_satang)}"


def entries_are_whole(session: Session) -> Iterator[str]:
    """Every entry has as many postings as it says, and they sum to zero in each fund."""
    yield from _ids(
        session,
        "SELECT e.id FROM ledger_entry e LEFT JOIN ledger_posting p ON p.entry_id = e.id"
        " GROUP BY e.id, e.lines HAVING COUNT(p.line) <> e.lines",
    )
    yield from _ids(
        session,
        "SELECT p.entry_id FROM ledger_posting p JOIN ledger_account a ON a.code = p.account"
        " GROUP BY p.entry_id, p.fund, a.type = 'memorandum' HAVING SUM(p.amount_satang) <> 0",
    )


def unidentified_money_is_explained(session: Session) -> Iterator[str]:
    """The balance of unidentified receipts is the sum of the lines that wait under that name."""
    booked_satang = -balances.balance(session, postings.UNIDENTIFIED, postings.TECHNICAL_FUND)
    waiting = (
        "SELECT COALESCE(SUM(l.amount_satang), 0) FROM bank_inbox i JOIN bank_line l ON l.id = i.line_id"
        " WHERE i.is_booked"
    )
    waiting_satang = int(session.connection().execute(text(waiting)).scalar_one())
    if booked_satang != waiting_satang:
        yield f"booked {format_baht(booked_satang)}, waiting {format_baht(waiting_satang)}"


def bank_balances_meet(session: Session) -> Iterator[str]:
    """Each bank account's books, with the lines still to be explained, meet the bank's closing balance."""
    if not profile.is_installed(session):
        return
    for proof in bank.proofs(session, profile.current(session).accounts):
        if not proof.meets:
            yield f"account {proof.account.account}: off by {format_baht(proof.unexplained_satang)}"


def every_settled_line_has_its_match(session: Session) -> Iterator[str]:
    """A statement line is in the inbox or has been matched."""
    yield from _ids(
        session,
        "SELECT l.id FROM bank_line l LEFT JOIN bank_inbox i ON i.line_id = l.id"
        " LEFT JOIN bank_match m ON m.line_id = l.id WHERE i.line_id IS NULL AND m.id IS NULL",
    )


def every_gift_entry_has_its_donation(session: Session) -> Iterator[str]:
    """Each entry that books a gift belongs to a donation, and each donation to an entry."""
    yield from _ids(
        session,
        "SELECT e.id FROM ledger_entry e LEFT JOIN donations_donation d ON d.entry_id = e.id"
        " WHERE e.kind IN ('donation', 'naming') AND e.reverses IS NULL AND e.subject LIKE 'donation:%'"
        " AND d.id IS NULL",
    )


def every_donation_has_its_bank_line(session: Session) -> Iterator[str]:
    """Each donation's money is a statement line's."""
    yield from _ids(
        session,
        "SELECT d.id FROM donations_donation d LEFT JOIN bank_line l ON l.identity = d.money_identity"
        " WHERE l.id IS NULL",
    )


def receipt_numbers_have_no_gap(session: Session) -> Iterator[str]:
    """Every series runs from 1 to its last number without a gap."""
    yield from _ids(
        session,
        "SELECT c.book || ' ' || c.kind || ' ' || c.fiscal_year FROM receipts_counter c"
        " LEFT JOIN receipts_receipt r ON r.book = c.book AND r.kind = c.kind AND r.fiscal_year = c.fiscal_year"
        " GROUP BY c.book, c.kind, c.fiscal_year, c.last"
        " HAVING COUNT(r.number) <> c.last OR COALESCE(MAX(r.running), 0) <> c.last",
    )


def every_receipt_proves_a_donation(session: Session) -> Iterator[str]:
    """A receipt's entry is that of the donation which names the receipt."""
    yield from _ids(
        session,
        "SELECT r.number FROM receipts_receipt r"
        " LEFT JOIN donations_donation d ON d.receipt_number = r.number AND d.entry_id = r.proves WHERE d.id IS NULL",
    )


def every_receipt_has_its_paper_or_a_job(session: Session) -> Iterator[str]:
    """A receipt's PDF is made, or the job that makes it is still to be done."""
    yield from _ids(
        session,
        "SELECT r.number FROM receipts_receipt r LEFT JOIN fund_paper p ON p.number = r.number"
        " LEFT JOIN fund_outbox j ON j.subject = r.number AND j.kind = 'receipt.render'"
        " AND j.done_at IS NULL AND j.failed_at IS NULL WHERE p.number IS NULL AND j.id IS NULL",
    )


def donors_parts_are_unaltered(session: Session) -> Iterator[str]:
    """What a receipt says of its donor is what its salted digest was made from."""
    yield from receipts.altered_donor_parts(session)


def no_fund_is_overspent(session: Session) -> Iterator[str]:
    """No fund has spent, or promised, more than it has."""
    for fund, amount_satang in balances.alarmed_funds(session):
        yield f"fund {fund} is at {format_baht(amount_satang)}"


CHECKS: Final[tuple[Callable[[Session], Iterator[str]], ...]] = (
    books_balance_in_every_fund,
    entries_are_whole,
    no_fund_is_overspent,
    unidentified_money_is_explained,
    bank_balances_meet,
    every_settled_line_has_its_match,
    every_gift_entry_has_its_donation,
    every_donation_has_its_bank_line,
    receipt_numbers_have_no_gap,
    every_receipt_proves_a_donation,
    every_receipt_has_its_paper_or_a_job,
    donors_parts_are_unaltered,
)


def run(session: Session) -> list[Finding]:
    """Everything that is wrong; an empty list is the right answer."""
    return [Finding(check.__name__, what) for check in CHECKS for what in check(session)]


def described() -> list[tuple[str, str]]:
    """Each invariant's name and what it says, in one sentence."""
    return [(check.__name__, (check.__doc__ or "").splitlines()[0]) for check in CHECKS]


def _ids(session: Session, question: str) -> Iterator[str]:
    for (found,) in session.connection().execute(text(question)):
        yield str(found)
