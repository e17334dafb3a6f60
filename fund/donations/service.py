"""Verbs on gifts: open a campaign, pledge a gift, book the money that arrived, take a wrong booking back.

Knows that a pledge is no money, that what arrived is the donation, and that one form makes one pledge.
Refuses gifts to a closed campaign (never money that has already come) and a form that is sent with other contents.
"""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, func, select, update

from fund import audit, clock, codes, profile
from fund.audit import Actor
from fund.donations import booking, openings, queries, references, refunds, states
from fund.donations.booking import Arrival
from fund.donations.models import CampaignRow, PledgeRow, ReversalRow
from fund.donations.openings import District, Opening
from fund.donations.queries import CampaignView, DonationView, PledgeView
from fund.donors import queries as donors
from fund.donors import service as contacts
from fund.donors.details import ContactDetails
from fund.errors import NotFoundError, RequestReusedError, StateError
from fund.profile import Profile
from fund.tax import consents
from ledger import book
from ledger.errors import AmountNotPositiveError, AmountTooLargeError
from ledger.identifiers import new_id
from ledger.money import format_baht
from receipts import service as receipts

STALE_AFTER: Final = timedelta(hours=1)
FORGOTTEN_AFTER: Final = timedelta(days=30)


class CampaignTakenError(StateError):
    message = "There is already a campaign with this English name."


class CampaignClosedError(StateError):
    message = "This campaign no longer takes gifts."


class ParentCampaignError(StateError):
    message = "Choose the province or a district whose own campaign takes gifts."


@dataclass(frozen=True, slots=True)
class PledgeRequest:
    """What a donor sends with the give form, read and checked. `form_key` is the form's own, 128 random bits.

    `reports_tax`: they let us tell the tax office who gave this.
    """

    campaign_id: UUID
    amount_satang: int
    form_key: str
    contact: ContactDetails = field(default_factory=ContactDetails)
    wants_receipt: bool = False
    reports_tax: bool = False
    language: str = "th"

    def __post_init__(self) -> None:
        if type(self.amount_satang) is not int or self.amount_satang <= 0:
            raise AmountNotPositiveError()


@dataclass(frozen=True, slots=True)
class Pledged:
    """A pledge and the token that opens its page; the token itself is kept nowhere."""

    pledge: PledgeView
    token: str
    is_replay: bool

    @property
    def is_over(self) -> bool:
        """Whether an old form came again, e.g. from the browser's history: its gift is paid, late, or of yesterday."""
        is_old = clock.now() - self.pledge.made_at > STALE_AFTER
        return self.is_replay and (is_old or self.pledge.state != states.OPEN)


@dataclass(frozen=True, slots=True)
class Received:
    """The donation that an arrival became; a replay was received before and changed nothing."""

    donation: DonationView
    is_replay: bool


def open_province(
    session: Session, founded: Profile, districts: Sequence[tuple[str, str, str]], *, opens_on: date, by: Actor
) -> list[CampaignView]:
    """Open the general campaign and one for each district, given as (code, Thai name, English name).

    Codes begin with the fund's receipt book, e.g. KK; look-alikes in it are folded: SN becomes 5N.
    """
    prefix = founded.receipt_book
    wanted = [openings.general(prefix, founded.province_th, founded.province_en, opens_on)]
    wanted += [openings.of_district(prefix, District(*district), opens_on) for district in districts]
    return [open_campaign(session, opening, by=by) for opening in wanted]


def open_campaign(session: Session, opening: Opening, *, by: Actor) -> CampaignView:
    """Open an appeal with a QR of its own. Raises CampaignTakenError."""
    taken = select(CampaignRow.id).where(
        (col(CampaignRow.slug) == opening.slug) | (col(CampaignRow.code) == opening.code)
    )
    if session.exec(taken).first() is not None:
        raise CampaignTakenError()
    row = CampaignRow(id=new_id(), **asdict(opening))
    session.add(row)
    audit.record(session, by, "campaign.opened", row.code)
    session.flush()
    return queries.campaign(session, row.id)


def open_below(
    session: Session, parent: CampaignView, *, name_th: str, name_en: str, purpose_th: str, purpose_en: str, by: Actor
) -> CampaignView:
    """Open a school's or temple's campaign below a district's (or the general one), feeding the same fund.

    Empty purposes are those of the campaign above. Raises ParentCampaignError, CampaignTakenError,
    CampaignAddressError.
    """
    if parent.parent_id is not None or not parent.is_open():
        raise ParentCampaignError()
    below = select(func.count()).where(CampaignRow.parent_id == parent.id)
    opening = Opening(
        code=codes.with_check(f"{parent.code[:-1]}{session.exec(below).one() + 1:03d}"),
        slug=openings.slug(name_en),
        name_th=name_th,
        name_en=name_en,
        purpose_th=purpose_th or parent.purpose_th,
        purpose_en=purpose_en or parent.purpose_en,
        fund=parent.fund,
        income=parent.income,
        district=parent.district,
        parent_id=parent.id,
        opens_on=clock.today(),
    )
    return open_campaign(session, opening, by=by)


def close_campaign(session: Session, campaign_id: UUID, *, by: Actor) -> None:
    """Take no more gifts from today on; money that still arrives is booked all the same."""
    campaign = queries.campaign(session, campaign_id)
    if not campaign.is_open():
        raise CampaignClosedError()
    session.execute(update(CampaignRow).where(col(CampaignRow.id) == campaign_id).values(closes_on=clock.today()))
    audit.record(session, by, "campaign.closed", campaign.code)


def new_form_key() -> str:
    """What a form carries so that sending it twice makes one pledge."""
    return secrets.token_urlsafe(16)


def pledge(session: Session, request: PledgeRequest, *, by: Actor) -> Pledged:
    """Note that a donor means to give, and hand out the reference and the link.

    The same form with the same contents gives the same pledge. Raises RequestReusedError for other contents,
    CampaignClosedError, CampaignNotFoundError, AmountTooLargeError.
    """
    known = _pledge_of_form(session, request)
    if known is not None:
        return known
    fund = profile.current(session)
    if request.amount_satang > fund.largest_gift_satang:
        raise AmountTooLargeError(limit=format_baht(fund.largest_gift_satang, short=True))
    if not queries.campaign(session, request.campaign_id).is_open():
        raise CampaignClosedError()
    try:
        with session.begin_nested():
            reference = _add_pledge(session, request, timedelta(days=fund.pledge_days), by)
    except IntegrityError:  # the same form, sent twice at once: the other one was first
        known = _pledge_of_form(session, request)
        if known is None:
            raise
        return known
    return Pledged(queries.pledges_by_reference(session, [reference])[reference], _token(request.form_key), False)


def receive(session: Session, arrival: Arrival, *, by: Actor) -> DonationView:
    """Book money that arrived as a donation and issue its receipt if one is wanted."""
    return receive_many(session, [arrival], by=by)[0].donation


def receive_many(session: Session, arrivals: Sequence[Arrival], *, by: Actor) -> list[Received]:
    """Book many arrivals, in their order, all or nothing: entries, donations, receipts wanted and their papers.

    Money that was received before is found by its identity and is not booked again.
    """
    known = queries.donations_by_money(session, {arrival.money.key for arrival in arrivals})
    fresh = [arrival for arrival in _each_once(arrivals) if arrival.money.key not in known]
    made = booking.book_arrivals(session, fresh, by=by) if fresh else {}
    if made:
        audit.record(session, by, "donations.received", f"{len(made)} from {min(one.id for one in made.values())}")
        session.flush()
    return [_received(arrival.money.key, known, made) for arrival in arrivals]


def forget_unpaid(session: Session, before: datetime, *, by: Actor) -> int:
    """Blank the contacts of pledges that expired before a moment and were never paid; how many there were.

    The privacy notice promises it `FORGOTTEN_AFTER` the pledge expired; the worker calls this every night.
    """
    unpaid = queries.unpaid_contacts(session, before)
    for contact_id in unpaid:
        contacts.forget(session, contact_id, by=by)
    return len(unpaid)


def reverse(session: Session, donation_id: UUID, *, reason: str, booked_on: date, by: Actor) -> UUID:
    """Take a donation back: its entry is reversed (by the entry answered) and its receipt voided.

    Raises NotInThisStateError.
    """
    return reverse_many(session, {donation_id: booked_on}, reason=reason, by=by)[donation_id]


def reverse_many(session: Session, days: Mapping[UUID, date], *, reason: str, by: Actor) -> dict[UUID, UUID]:
    """Take donations back, each booked on its day, all or none; the reversals by donation. Raises as `reverse` does."""
    refunds.take_turn(session)
    known = queries.donations_by_id(session, days)
    if days.keys() - known.keys():
        raise NotFoundError()
    for state in refunds.states_of(session, known.values()).values():
        states.after(states.DONATION, state, "reverse")
    entries = {known[donation_id].entry_id: day for donation_id, day in days.items()}
    undone = book.reverse_many(session, entries, reason=reason, by=by.name)
    numbers = [number for donation_id in days if (number := known[donation_id].receipt_number)]
    if numbers:
        receipts.void_many(session, numbers, reason=reason, by=by.name)
    reversals, at = {donation_id: undone[known[donation_id].entry_id] for donation_id in days}, clock.now()
    session.add_all(
        ReversalRow(donation_id=donation_id, entry_id=entry_id, reason=reason, reversed_at=at)
        for donation_id, entry_id in reversals.items()
    )
    audit.record_each(session, by, "donation.reversed", days)
    session.flush()
    return reversals


def _pledge_of_form(session: Session, request: PledgeRequest) -> Pledged | None:
    form_key = _digest(request.form_key)
    reference = session.exec(select(PledgeRow.reference).where(PledgeRow.form_key_sha256 == form_key)).first()
    if reference is None:
        return None
    view = queries.pledges_by_reference(session, [reference])[reference]
    if _contents(session, view) != _asked(request):
        raise RequestReusedError()
    return Pledged(view, _token(request.form_key), True)


def _contents(session: Session, view: PledgeView) -> tuple[object, ...]:
    """What an earlier form asked for, compared as it is: a digest of a tax ID could be guessed."""
    told = donors.contact(session, view.contact_id)
    reports_tax = bool(view.contact_id and consents.ever(session, [view.contact_id]))
    return view.campaign_id, view.amount_satang, view.wants_receipt, reports_tax, told


def _asked(request: PledgeRequest) -> tuple[object, ...]:
    return request.campaign_id, request.amount_satang, request.wants_receipt, request.reports_tax, request.contact


def _add_pledge(session: Session, request: PledgeRequest, lasts: timedelta, by: Actor) -> str:
    row = PledgeRow(
        id=new_id(),
        reference=references.new_reference(),
        token_sha256=queries.token_digest(_token(request.form_key)),
        form_key_sha256=_digest(request.form_key),
        campaign_id=request.campaign_id,
        amount_satang=request.amount_satang,
        contact_id=contacts.keep(session, request.contact, by=by),
        wants_receipt=request.wants_receipt,
        language=request.language,
        made_at=clock.now(),
        expires_at=clock.now() + lasts,
    )
    session.add(row)
    if request.reports_tax and row.contact_id:
        consents.give(session, row.contact_id, by=by)
    audit.record(session, by, "pledge.made", row.reference)
    session.flush()
    return row.reference


def _token(form_key: str) -> str:
    """The link's secret, 128 bits made from the form's: a form sent again leads to the same link."""
    return urlsafe_b64encode(hashlib.sha256(b"gift-link:" + form_key.encode()).digest()[:16]).rstrip(b"=").decode()


def _digest(form_key: str) -> str:
    return hashlib.sha256(form_key.encode()).hexdigest()


def _each_once(arrivals: Sequence[Arrival]) -> list[Arrival]:
    """The arrivals without exact repeats; the same money told in two ways is refused."""
    by_key: dict[str, Arrival] = {}
    for arrival in arrivals:
        if by_key.setdefault(arrival.money.key, arrival) != arrival:
            raise RequestReusedError()
    return list(by_key.values())


def _received(key: str, known: dict[str, DonationView], made: dict[str, DonationView]) -> Received:
    return Received(made[key], False) if key in made else Received(known[key], True)
