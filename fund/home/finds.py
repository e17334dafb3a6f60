"""What a searched word may mean, and where in each room it is found.

Knows references however they are spelled, numbers of receipts, codes, and amounts, in Thai digits too. Refuses to
search names and a bank's words: they lie sealed, and nothing of them is shown here.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, codes
from fund.audit import Sought
from fund.bank.models import InboxRow, LineRow, MatchRow
from fund.cases import codes as case_codes
from fund.cases import queries as children
from fund.cases import stages
from fund.cases.errors import CaseNotFoundError
from fund.collections import queries as gathered
from fund.donations import campaign_pages, references, refunds
from fund.donations import queries as gifts
from fund.donations.models import DonationRow, PledgeRow
from fund.donations.queries import CampaignView
from fund.goods import views as goods
from fund.goods.errors import LotNotFoundError
from fund.goods.offers import queries as offers
from fund.goods.offers.errors import OfferNotFoundError
from fund.goods.offers.states import STATES as OFFER_STATES
from fund.people.powers import Place
from ledger.errors import LedgerError
from ledger.money import parse_baht
from receipts import numbering
from receipts import queries as receipts
from receipts.errors import ReceiptNotFoundError
from receipts.queries import Receipt

MOST: Final = 10
"""Of one kind; the newest. Who needs more asks by reference."""

_NOWHERE: Final = Place()  # only who has a role for everywhere finds it
_MONEY_WORDS: Final = re.compile(r"^[-−+]|฿|บาท|\bbaht\b|\bthb\b", re.IGNORECASE)
STATES: Final = {
    "new": "Not matched yet",
    "waiting": "Waits for a name",
    "refused": "Refused by the books",
    "held": "On hold",
    "withdrawn": "Withdrawn with its import",
    "settled": "Explained",
}
REFUND_STATES: Final = {
    "asked": "Waits for a decision",
    "declined": "Declined",
    "payable": "To be paid back",
    "paid": "Given back",
}
COLLECTION_STATES: Final = {
    "draft": "List not confirmed",
    "open": "Waits for the money",
    "part": "Part of the money is here",
    "settled": "The money is here",
    "expired": "Expired",
    "withdrawn": "Withdrawn",
}
PLEDGE_STATES: Final = {"open": "Not paid yet", "settled": "Paid", "expired": "Expired, not paid"}


@dataclass(frozen=True, slots=True)
class Term:
    """A searched word, read in every way it can be meant."""

    text: str
    references: tuple[str, ...] = ()
    receipt: str = ""
    amount_satang: int | None = None

    @property
    def is_miswritten(self) -> bool:
        """Whether it has the shape of a reference, but a sign of it is wrong."""
        folded = codes.fold(self.text)
        return len(folded) == references.PLEDGE_LENGTH and folded[0] == "D" and not self.references


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that was found: what it is, its code, day, amount and state, and where it lies."""

    kind: str
    name: str
    on: date
    href: str
    amount_satang: int | None = None
    state: str = ""
    place: Place = _NOWHERE


def read(text: str) -> Term:
    """What a typed word may mean: any of it, or nothing."""
    plain = "".join(str(unicodedata.decimal(sign, sign)) for sign in text.replace("\0", "")).strip()
    return Term(plain, tuple(references.found_in(plain)), numbering.fold(plain), _amount(plain))


def campaigns(session: Session, term: Term) -> Iterator[Found]:
    """The campaigns with this code."""
    for one in gifts.campaigns_by_code(session, term.references).values():
        state = "Taking gifts" if one.is_open() else "Closed"
        yield Found("Campaign", one.code, one.opens_on, _campaign(one), None, state, campaign_pages.place(one))


def collections(session: Session, term: Term) -> Iterator[Found]:
    """The collections with this reference, or that await this amount."""
    found = list(gathered.by_reference(session, term.references).values())
    found += gathered.awaiting(session, [term.amount_satang])[:MOST] if term.amount_satang else []
    of = gifts.campaigns_by_id(session, {one.campaign_id for one in found})
    for one in found:
        made_on, href = clock.bangkok_day(one.made_at), f"/staff/collections/{one.id}"
        state, place = COLLECTION_STATES[one.state], campaign_pages.place(of[one.campaign_id])
        yield Found("Collection", one.reference, made_on, href, one.sum_satang or None, state, place)


def pledges(session: Session, term: Term) -> Iterator[Found]:
    """The intended gifts with this reference or amount."""
    found = list(gifts.pledges_by_reference(session, term.references).values())
    if term.amount_satang:
        newest = select(PledgeRow.id).where(PledgeRow.amount_satang == term.amount_satang)
        ids = session.exec(newest.order_by(col(PledgeRow.made_at).desc()).limit(MOST)).all()
        found += gifts.pledges_by_id(session, ids).values()
    of = gifts.campaigns_by_id(session, {one.campaign_id for one in found})
    for one in sorted(found, key=lambda one: one.made_at, reverse=True):
        made_on, state = clock.bangkok_day(one.made_at), PLEDGE_STATES[one.state]
        yield Found("Intended gift", one.reference, made_on, _campaign(of[one.campaign_id]), one.amount_satang, state)


def cases(session: Session, term: Term) -> Iterator[Found]:
    """The case with this code; nothing of who the child is."""
    try:
        found = children.case(session, case_codes.fold(term.text))
    except CaseNotFoundError:
        return
    on, href = clock.bangkok_day(found.moved_at), f"/staff/cases/{found.code}"
    yield Found("Case", found.code, on, href, None, stages.STAGES[found.stage], found.place)


def receipts_of(session: Session, term: Term) -> Iterator[Found]:
    """The receipt with this number, or those of the gift with this reference."""
    numbers = [one.receipt_number for one in _gifts(session, term) if one.receipt_number]
    for number in dict.fromkeys([*filter(None, [term.receipt]), *numbers]):
        try:
            yield _receipt(receipts.by_number(session, number))
        except ReceiptNotFoundError:
            continue


def refunds_of(session: Session, term: Term) -> Iterator[Found]:
    """The refunds of the gift with this reference or receipt's number."""
    for one in _gifts(session, term):
        for story in refunds.of_donation(session, one.id)[:1]:
            name, on = one.receipt_number or one.money_identity[:8], clock.bangkok_day(story.asked_at)
            yield Found("Refund", name, on, f"/staff/refunds/{one.id}", one.amount_satang, REFUND_STATES[story.state])


def lines(session: Session, term: Term) -> Iterator[Found]:
    """The bank's lines of this amount, in or out, and those of the gift meant; twins are two."""
    amounts = [term.amount_satang, -term.amount_satang] if term.amount_satang else []
    theirs = select(MatchRow.line_id).where(col(MatchRow.donation_id).in_([one.id for one in _gifts(session, term)]))
    is_meant = col(LineRow.amount_satang).in_(amounts) | col(LineRow.id).in_(theirs)
    rows = session.exec(select(LineRow).where(is_meant).order_by(col(LineRow.id).desc()).limit(MOST)).all()
    states = _inbox(session, [row.id for row in rows])
    for row in rows:
        name, state = f"{row.account} {row.occurred_at[:5]}".strip(), states.get(row.id, "settled")
        yield Found("Bank line", name, row.occurred_on, f"/staff/lines/{row.id}", row.amount_satang, STATES[state])


def offers_of(session: Session, term: Term) -> Iterator[Found]:
    """The offer of goods with this number."""
    number = codes.fold(term.text)
    with suppress(OfferNotFoundError):
        one = offers.one(session, number)
        on = clock.bangkok_day(one.made_at)
        yield Found("Offer of goods", number, on, f"/staff/offers/{number}", None, OFFER_STATES[one.state])


def lots(session: Session, term: Term) -> Iterator[Found]:
    """The lot with this id."""
    with suppress(ValueError, LotNotFoundError):
        came = goods.lot(session, UUID(term.text)).came
        name, address = came.thing.name_th, f"/staff/goods/lots/{came.row.id}"
        yield Found("Lot of goods", name, came.row.received_on, address)


def acts(session: Session, term: Term) -> Iterator[Found]:
    """The trail of exactly this code, number or id."""
    for subject in dict.fromkeys(filter(None, (*term.references, term.receipt, term.text))):
        for act in audit.acts(session, Sought(subject=subject), limit=1):
            yield Found("Trail", subject, clock.bangkok_day(act.recorded_at), f"/staff/trail?subject={subject}")


def _amount(text: str) -> int | None:
    try:
        return parse_baht(_MONEY_WORDS.sub("", text))
    except LedgerError:
        return None


def _gifts(session: Session, term: Term) -> list[DonationRow]:
    """The gifts with this reference or receipt's number."""
    pledged = select(PledgeRow.id).where(col(PledgeRow.reference).in_(term.references))
    numbers = [term.receipt] if term.receipt else []
    by_reference = select(DonationRow).where(col(DonationRow.pledge_id).in_(pledged))
    by_receipt = select(DonationRow).where(col(DonationRow.receipt_number).in_(numbers))
    return [*session.exec(by_reference), *session.exec(by_receipt)]


def _campaign(campaign: CampaignView) -> str:
    return f"/staff/campaigns#{campaign.code}"


def _receipt(one: Receipt) -> Found:
    """Its page of checking tells amount and days, and nobody's name."""
    issued_on, state = clock.bangkok_day(one.issued_at), "Voided" if one.is_void else "Genuine"
    return Found("Receipt", one.number, issued_on, f"/v/{one.number}/{one.check_code}", one.facts.amount_satang, state)


def _inbox(session: Session, line_ids: Collection[UUID]) -> dict[UUID, str]:
    rows = session.exec(select(InboxRow.line_id, InboxRow.state).where(col(InboxRow.line_id).in_(line_ids)))
    return dict(rows.all())
