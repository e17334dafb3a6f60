"""Where each gift stands towards e-Donation: handed out, ready, or not and why; nobody's name is read for it.

Knows the month in whose books a gift counts, so that the list's sum is the ledger's. A gift that was handed out and
then given back, undone, or whose donor took consent back is to be taken back there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, case, exists, select, text
from sqlmodel import Session, col

from fund import postings
from fund.donations.models import CampaignRow, DonationRow, PledgeRow, RefundAnswerRow, ReversalRow
from fund.donors.models import ContactRow
from fund.edonation.models import ExportedRow, TakenBackRow
from fund.tax import rules
from fund.tax.models import ConsentRow, WithdrawalRow
from fund.tax.rules import Rule, Rules
from ledger import balances
from ledger.columns import Day

READY, EXPORTED, TO_TAKE_BACK, TAKEN_BACK = "ready", "exported", "to_take_back", "taken_back"
GIVEN_BACK, NO_RULE, BY_BANK, NO_ID, NO_CONSENT = "given_back", "no_rule", "by_bank", "no_id", "no_consent"
STATES: Final = {
    READY: "Ready to hand out",
    EXPORTED: "In a table",
    TO_TAKE_BACK: "To be taken back",
    TAKEN_BACK: "Taken out of e-Donation",
    GIVEN_BACK: "Given back or undone",
    NO_RULE: "No rule held on its day",
    BY_BANK: "Not cash: the bank reports it",
    NO_ID: "No tax ID",
    NO_CONSENT: "No consent",
}
"""What each state is called."""

_BACK: Final[Any] = col(ReversalRow.donation_id).is_not(None) | exists(
    select(col(RefundAnswerRow.donation_id)).where(
        col(RefundAnswerRow.donation_id) == col(DonationRow.id), col(RefundAnswerRow.entry_id).is_not(None)
    )
)
_COLUMNS: Final[tuple[Any, ...]] = (
    col(DonationRow.id),
    col(DonationRow.amount_satang),
    col(DonationRow.occurred_on),
    col(DonationRow.booked_on),
    col(DonationRow.receipt_number),
    col(DonationRow.money_identity),
    col(PledgeRow.reference),
    col(PledgeRow.contact_id),
    col(CampaignRow.fund),
    col(CampaignRow.name_th),
    col(CampaignRow.name_en),
    case((_BACK, 1), else_=0).label("is_back"),
    case((col(ContactRow.tax_id_index).is_not(None), 1), else_=0).label("has_id"),
    case((col(ConsentRow.contact_id).is_not(None), 1), else_=0).label("has_agreed"),
    case((col(WithdrawalRow.contact_id).is_not(None), 1), else_=0).label("has_withdrawn"),
    col(ExportedRow.export_id),
    case((col(TakenBackRow.donation_id).is_not(None), 1), else_=0).label("is_taken_back"),
)
_GIFTS: Final = (
    select(*_COLUMNS)
    .join(CampaignRow, col(CampaignRow.id) == col(DonationRow.campaign_id))
    .join(PledgeRow, col(PledgeRow.id) == col(DonationRow.pledge_id), isouter=True)
    .join(ReversalRow, col(ReversalRow.donation_id) == col(DonationRow.id), isouter=True)
    .join(ContactRow, col(ContactRow.id) == col(PledgeRow.contact_id), isouter=True)
    .join(ConsentRow, col(ConsentRow.contact_id) == col(PledgeRow.contact_id), isouter=True)
    .join(WithdrawalRow, col(WithdrawalRow.contact_id) == col(PledgeRow.contact_id), isouter=True)
    .join(ExportedRow, col(ExportedRow.donation_id) == col(DonationRow.id), isouter=True)
    .join(TakenBackRow, col(TakenBackRow.donation_id) == col(DonationRow.id), isouter=True)
    .order_by(col(DonationRow.booked_on), col(DonationRow.id))
)
_UNDONE: Final = text("""
    SELECT CAST(coalesce(sum(d.amount_satang), 0) AS bigint) AS satang FROM donations_reversal r
    JOIN donations_donation d ON d.id = r.donation_id JOIN ledger_entry e ON e.id = r.entry_id
    WHERE e.booked_on BETWEEN :first AND :last
""").bindparams(bindparam("first", type_=Day()), bindparam("last", type_=Day()))


@dataclass(frozen=True, slots=True)
class Gift:
    """One gift and where it stands; `rule` is the one of its day."""

    id: UUID
    amount_satang: int
    occurred_on: date
    booked_on: date
    receipt_number: str
    reference: str
    contact_id: UUID | None
    campaign_th: str
    campaign_en: str
    state: str
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Sum:
    """So many gifts, and what they come to."""

    gifts: int = 0
    amount_satang: int = 0


@dataclass(frozen=True, slots=True)
class Month:
    """A month's gifts by where they stand, beside what the ledger says of the same days."""

    first: date
    gifts: tuple[Gift, ...]
    undone_satang: int
    ledger_satang: int

    @property
    def sums(self) -> Mapping[str, Sum]:
        """How many stand where; every state that any does, in the order of `STATES`."""
        return {state: found for state in STATES if (found := _sum(self.gifts, state)).gifts}

    @property
    def amount_satang(self) -> int:
        return sum(one.amount_satang for one in self.gifts)

    @property
    def agrees(self) -> bool:
        """Whether gifts less what was undone in this month are the ledger's income of gifts."""
        return self.amount_satang - self.undone_satang == self.ledger_satang


def month(session: Session, first: date) -> Month:
    """Every gift that counts in the books of a month."""
    last = last_of(first)
    undone = session.execute(_UNDONE, {"first": first, "last": last}).scalar_one()
    income = {postings.DONATIONS, postings.TEN_BAHT_DONATIONS}
    moved = balances.movements(session, since=first, until=last)
    booked = -sum(one.amount_satang for one in moved if one.account in income)
    gifts = _gifts(session, col(DonationRow.booked_on).between(first, last))
    return Month(first, tuple(gifts), undone, booked)


def to_take_back(session: Session) -> list[Gift]:
    """Every gift that was handed out and must be taken out of e-Donation again, of any month."""
    open_ones = _gifts(session, col(ExportedRow.export_id).is_not(None), col(TakenBackRow.donation_id).is_(None))
    return [one for one in open_ones if one.state == TO_TAKE_BACK]


def of_export(session: Session, export_id: UUID) -> list[Gift]:
    """The gifts of one table, wherever they stand today."""
    return list(_gifts(session, ExportedRow.export_id == export_id))


def gift(session: Session, donation_id: UUID) -> Gift | None:
    """One gift; None where it is not there."""
    return next(iter(_gifts(session, DonationRow.id == donation_id)), None)


def last_of(first: date) -> date:
    """The last day of a month."""
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def _gifts(session: Session, *conditions: Any) -> Iterable[Gift]:
    known = rules.agreed(session)
    return [_gift(known, row) for row in session.execute(_GIFTS.where(*conditions))]


def _gift(known: Rules, row: Any) -> Gift:
    rule = known.on(row.fund, row.occurred_on)
    return Gift(
        id=row.id,
        amount_satang=row.amount_satang,
        occurred_on=row.occurred_on,
        booked_on=row.booked_on,
        receipt_number=row.receipt_number or "",
        reference=row.reference or "",
        contact_id=row.contact_id,
        campaign_th=row.name_th,
        campaign_en=row.name_en,
        state=_state(rule, row),
        rule=rule,
    )


def _state(rule: Rule | None, row: Any) -> str:
    if row.export_id is not None:
        if row.is_taken_back:
            return TAKEN_BACK
        return TO_TAKE_BACK if row.is_back or row.has_withdrawn else EXPORTED
    is_cash = row.money_identity.startswith(postings.CASH_MONEY)
    reasons = {
        GIVEN_BACK: row.is_back,
        NO_RULE: rule is None,
        BY_BANK: rule is not None and rule.unit.bank_reports and not is_cash,
        NO_ID: not row.has_id,
        NO_CONSENT: not row.has_agreed or row.has_withdrawn,
    }
    return next((reason for reason, holds in reasons.items() if holds), READY)


def _sum(gifts: Iterable[Gift], state: str) -> Sum:
    amounts = [one.amount_satang for one in gifts if one.state == state]
    return Sum(len(amounts), sum(amounts))
