"""What must hold between the bank's lines, the gifts, their receipts and the books.

Each function's first sentence is what staff read. Those in `READ_ALL` read the whole history, row after row.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from fund import clock, postings, profile
from fund.bank import queries as bank
from fund.invariants.asking import found, rows
from ledger import balances
from ledger.money import format_baht
from receipts import kinds
from receipts import queries as receipts

_STANDING: Final = "bank_match m LEFT JOIN bank_undone u ON u.match_id = m.id"
_STATES: Final = f"""
SELECT l.id, i.state FROM bank_line l LEFT JOIN bank_inbox i ON i.line_id = l.id
LEFT JOIN (SELECT m.line_id, sum(CASE WHEN m.kind = 'unidentified' THEN 1 ELSE 0 END) AS unidentified,
                  sum(CASE WHEN m.kind = 'unidentified' THEN 0 ELSE 1 END) AS settled
           FROM {_STANDING} WHERE u.match_id IS NULL GROUP BY m.line_id) s ON s.line_id = l.id
WHERE (i.line_id IS NULL) <> (coalesce(s.settled, 0) > 0)
   OR (i.line_id IS NOT NULL AND coalesce(s.unidentified, 0) <> CASE WHEN i.is_booked THEN 1 ELSE 0 END)
   OR (i.state = 'withdrawn' AND i.is_booked)
"""
_KEPT: Final = ", ".join(f"'{name}'" for name, kind in kinds.KINDS.items() if kind.is_kept)
# A line that was returned to its sender is booked out by the line that did so; all other matches book their own.
_BOOKED: Final = f"""
SELECT l.id, l.amount_satang FROM bank_line l
JOIN (SELECT b.line_id, sum(p.amount_satang) AS booked
      FROM (SELECT m.line_id, m.entry_id FROM {_STANDING} WHERE u.match_id IS NULL AND m.kind <> 'returned') b
      JOIN bank_line o ON o.id = b.line_id
      JOIN ledger_posting p ON p.entry_id = b.entry_id AND p.account = o.account
      GROUP BY b.line_id) s ON s.line_id = l.id
WHERE s.booked <> l.amount_satang
"""
_UNDONE: Final = """
SELECT m.id FROM bank_match m LEFT JOIN bank_undone u ON u.match_id = m.id
LEFT JOIN ledger_entry r ON r.reverses = m.entry_id
WHERE (u.match_id IS NULL) <> (r.id IS NULL) OR u.entry_id <> r.id
"""
_WAITING: Final = (
    "SELECT COALESCE(SUM(l.amount_satang), 0) FROM bank_inbox i JOIN bank_line l ON l.id = i.line_id WHERE i.is_booked"
)
# An item of a clearing account is open since the first posting after it last stood at zero.
_OPEN_ITEMS: Final = """
SELECT account, fund, subject, min(booked_on) AS since, CAST(sum(amount_satang) AS bigint) AS amount_satang
FROM (
    SELECT s.*, max(CASE WHEN s.stands = 0 THEN s.number ELSE 0 END)
                OVER (PARTITION BY s.account, s.fund, s.subject) AS cleared
    FROM (
        SELECT p.account, p.fund, p.subject, p.booked_on, p.amount_satang,
               row_number() OVER item AS number, sum(p.amount_satang) OVER item AS stands
        FROM ledger_posting p WHERE p.account IN ('1130', '1140', '2100', '2110')
        WINDOW item AS (PARTITION BY p.account, p.fund, p.subject ORDER BY p.stamp, p.entry_id, p.line
                        ROWS UNBOUNDED PRECEDING)
    ) s
) t
WHERE number > cleared GROUP BY account, fund, subject HAVING min(booked_on) < :before
ORDER BY since, account, fund, subject
"""


def unidentified_money_is_explained(session: Session) -> Iterator[str]:
    """The balance of unidentified receipts is the sum of the lines that wait under that name."""
    booked_satang = -balances.balance(session, postings.UNIDENTIFIED, postings.TECHNICAL_FUND)
    waiting_satang = int(session.connection().execute(text(_WAITING)).scalar_one())
    if booked_satang != waiting_satang:
        yield f"{format_baht(booked_satang)} · {format_baht(waiting_satang)}"


def clearing_accounts_are_cleared_in_time(session: Session) -> Iterator[str]:
    """Nothing stays on a clearing account (1130, 1140, 2100, 2110) for longer than the fund's profile allows."""
    if not profile.is_installed(session):
        return
    before = clock.today() - timedelta(days=profile.current(session).clearing_days)
    for account, fund, subject, since, satang in rows(session, _OPEN_ITEMS, before=before):
        days = (clock.today() - date.fromisoformat(str(since))).days
        yield f"{account} · {fund} · {subject} · {format_baht(abs(satang))} · {since} (+{days})"


def bank_balances_meet(session: Session) -> Iterator[str]:
    """Each bank account's books, with the lines still to be explained, meet the bank's closing balance."""
    if not profile.is_installed(session):
        return
    for proof in bank.proofs(session, profile.current(session).accounts):
        if not proof.meets:
            yield f"{proof.account.account} · {format_baht(proof.unexplained_satang)}"


def every_line_is_in_one_state(session: Session) -> Iterator[str]:
    """A statement line is settled, or waits, and is booked as unidentified only while it waits under that name."""
    yield from found(session, _STATES)


def settled_lines_are_booked_whole(session: Session) -> Iterator[str]:
    """What a settled line's matches have booked on its bank account is what the bank says has moved."""
    yield from found(session, _BOOKED)


def undone_matches_are_reversed(session: Session) -> Iterator[str]:
    """The entry of a match stands, or the match was undone by the entry's own reversal."""
    yield from found(session, _UNDONE)


def every_gift_entry_has_its_donation(session: Session) -> Iterator[str]:
    """Each entry that books a gift belongs to a donation, and each donation to an entry."""
    yield from found(
        session,
        "SELECT e.id FROM ledger_entry e LEFT JOIN donations_donation d ON d.entry_id = e.id"
        " WHERE e.kind IN ('donation', 'naming', 'cash-counted') AND e.reverses IS NULL AND e.subject LIKE 'donation:%'"
        " AND d.id IS NULL",
    )


def every_donation_has_its_bank_line(session: Session) -> Iterator[str]:
    """Each donation's money is a statement line's, was confirmed by the bank, or was counted in a cash box."""
    yield from found(
        session,
        "SELECT d.id FROM donations_donation d LEFT JOIN bank_line l ON l.identity = substr(d.money_identity, 1, 64)"
        " LEFT JOIN bank_callback_standing s ON s.donation_id = d.id LEFT JOIN cash_counted c ON c.donation_id = d.id"
        " WHERE l.id IS NULL AND s.callback_id IS NULL AND c.count_id IS NULL",
    )


def every_gift_is_matched_or_undone(session: Session) -> Iterator[str]:
    """Each gift's entry has its bank line, waits on 1130, is cash that was counted, or was reversed with a reason."""
    yield from found(
        session,
        "SELECT d.entry_id FROM donations_donation d LEFT JOIN bank_match m ON m.donation_id = d.id"
        " AND m.entry_id = d.entry_id LEFT JOIN donations_reversal r ON r.donation_id = d.id"
        " LEFT JOIN bank_callback_standing s ON s.donation_id = d.id AND s.state IN ('confirmed', 'cleared')"
        " LEFT JOIN cash_counted c ON c.donation_id = d.id"
        " WHERE m.id IS NULL AND r.donation_id IS NULL AND s.callback_id IS NULL AND c.count_id IS NULL",
    )


def confirmed_money_waits_by_name(session: Session) -> Iterator[str]:
    """What stands on 1130 is, one by one, what the bank confirmed and no statement line has brought."""
    yield from found(
        session,
        "SELECT c.subject, c.amount_satang FROM ("
        "SELECT subject, CAST(sum(amount_satang) AS bigint) AS amount_satang FROM ("
        "SELECT p.subject, p.amount_satang FROM ledger_posting p WHERE p.account = '1130'"
        " UNION ALL SELECT b.identity, -b.amount_satang FROM bank_callback b"
        " JOIN bank_callback_standing s ON s.callback_id = b.id WHERE s.state = 'confirmed') o"
        " GROUP BY subject) c WHERE c.amount_satang <> 0",
    )


def cleared_money_has_its_line(session: Session) -> Iterator[str]:
    """The line that brought what was confirmed, or told of, is there and is settled."""
    yield from found(
        session,
        "SELECT s.callback_id FROM bank_callback_standing s LEFT JOIN bank_match m ON m.line_id = s.line_id"
        " WHERE s.line_id IS NOT NULL AND m.id IS NULL",
    )


def receipt_numbers_have_no_gap(session: Session) -> Iterator[str]:
    """Every series runs from 1 to its last number without a gap."""
    yield from receipts.gaps(session)


def every_receipt_proves_a_donation(session: Session) -> Iterator[str]:
    """A donation receipt's entry is that of the donation which names it, an in-kind receipt's that of its lot."""
    yield from found(
        session,
        "SELECT r.number FROM receipts_receipt r"
        " LEFT JOIN donations_donation d ON d.receipt_number = r.number AND d.entry_id = r.proves"
        " WHERE r.kind = 'donation' AND d.id IS NULL"
        " UNION ALL SELECT r.number FROM receipts_receipt r LEFT JOIN goods_lot l ON l.entry_id = r.proves"
        " WHERE r.kind = 'in-kind' AND l.id IS NULL",
    )


def no_entry_has_two_receipts(session: Session) -> Iterator[str]:
    """Each receipt proves an entry, and no entry is proved by two receipts of a kind that were not voided."""
    yield from found(
        session,
        "SELECT r.number FROM receipts_receipt r LEFT JOIN ledger_entry e ON e.id = r.proves WHERE e.id IS NULL",
    )
    yield from found(
        session,
        "SELECT r.proves, COUNT(*) AS receipts FROM receipts_receipt r LEFT JOIN receipts_void v ON v.number = r.number"
        " WHERE v.number IS NULL GROUP BY r.proves, r.kind HAVING COUNT(*) > 1",
    )


def every_receipt_has_its_paper_or_a_job(session: Session) -> Iterator[str]:
    """A receipt's PDF is made, or the job that makes it is still to be done."""
    yield from found(
        session,
        "SELECT r.number FROM receipts_receipt r LEFT JOIN fund_paper p ON p.number = r.number"
        " LEFT JOIN fund_outbox j ON j.subject = r.number AND j.kind = 'receipt.render'"
        " AND j.done_at IS NULL AND j.failed_at IS NULL"
        f" WHERE p.number IS NULL AND j.id IS NULL AND r.kind IN ({_KEPT})",
    )


def donors_parts_are_unaltered(session: Session) -> Iterator[str]:
    """What a receipt says of its donor is what its salted digest was made from."""
    yield from receipts.altered_donor_parts(session)


READ_ALL: Final = frozenset(
    {
        clearing_accounts_are_cleared_in_time,  # of these accounts alone
        every_line_is_in_one_state,
        settled_lines_are_booked_whole,
        undone_matches_are_reversed,
        every_gift_entry_has_its_donation,
        every_donation_has_its_bank_line,
        every_gift_is_matched_or_undone,
        confirmed_money_waits_by_name,  # of 1130 alone
        cleared_money_has_its_line,
        receipt_numbers_have_no_gap,
        every_receipt_proves_a_donation,
        no_entry_has_two_receipts,
        every_receipt_has_its_paper_or_a_job,
        donors_parts_are_unaltered,
    }
)
