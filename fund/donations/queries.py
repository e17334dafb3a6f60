"""Campaigns, pledges and donations as frozen views.

Knows look-ups by code, slug, reference, link and money. A link that is wrong in any part finds nothing.
"""

import hashlib
import hmac
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, literal_column
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from fund import clock
from fund.among import among
from fund.donations import references, states
from fund.donations.models import CampaignRow, DonationRow, PledgeRow, ReversalRow
from fund.donors import queries as donors
from fund.errors import NotFoundError

_STEM: ColumnElement[str] = literal_column(f"substr(reference, 1, {references.STEM_LENGTH})")  # as the index has it


class CampaignNotFoundError(NotFoundError):
    message = "There is no such campaign. Choose one from the list."


class GiftNotFoundError(NotFoundError):
    message = "We found no such gift. Look at the reference and the amount again."


@dataclass(frozen=True, slots=True)
class CampaignView:
    """An appeal with its own QR; `closes_on` is the first day on which it is closed."""

    id: UUID
    code: str
    slug: str
    name_th: str
    name_en: str
    purpose_th: str
    purpose_en: str
    district: str
    fund: str
    income: str
    parent_id: UUID | None
    opens_on: date
    closes_on: date | None

    def name(self, language: str) -> str:
        """Its name in `th` or `en`."""
        return self.name_th if language == "th" else self.name_en

    def purpose(self, language: str) -> str:
        """What the money is for, one sentence in `th` or `en`."""
        return self.purpose_th if language == "th" else self.purpose_en

    def is_open(self, on: date | None = None) -> bool:
        """Whether it takes gifts on a day (today)."""
        day = on or clock.today()
        return self.opens_on <= day and (self.closes_on is None or day < self.closes_on)


@dataclass(frozen=True, slots=True)
class CampaignGroup:
    """A campaign and the open ones below it: a district with its schools and temples."""

    campaign: CampaignView
    below: list[CampaignView]


@dataclass(frozen=True, slots=True)
class PledgeView:
    """An intended gift."""

    id: UUID
    reference: str
    campaign_id: UUID
    amount_satang: int
    contact_id: UUID | None
    wants_receipt: bool
    language: str
    made_at: datetime
    expires_at: datetime
    is_settled: bool

    @property
    def state(self) -> str:
        """`open`, `settled` or `expired`, now."""
        return states.pledge_state(is_settled=self.is_settled, expires_at=self.expires_at, now=clock.now())


@dataclass(frozen=True, slots=True)
class DonationView:
    """Money that arrived for a campaign."""

    id: UUID
    campaign_id: UUID
    pledge_id: UUID | None
    amount_satang: int
    entry_id: UUID
    money_identity: str
    occurred_on: date
    booked_on: date
    is_second_payment: bool
    receipt_number: str | None
    is_reversed: bool = False


def campaigns(session: Session) -> list[CampaignView]:
    """Every campaign, open or closed, in the order of their codes."""
    return [_campaign(row) for row in session.exec(select(CampaignRow).order_by(col(CampaignRow.code)))]


def open_campaigns(session: Session) -> list[CampaignGroup]:
    """What a donor may choose today: the province's and the districts' campaigns, each with those below it."""
    found = [campaign for campaign in campaigns(session) if campaign.is_open()]
    below: dict[UUID | None, list[CampaignView]] = defaultdict(list)
    for campaign in found:
        below[campaign.parent_id].append(campaign)
    return [CampaignGroup(campaign, below[campaign.id]) for campaign in below[None]]


def campaign(session: Session, campaign_id: UUID) -> CampaignView:
    """One campaign by its id. Raises CampaignNotFoundError."""
    return _only_campaign(session, select(CampaignRow).where(CampaignRow.id == campaign_id))


def campaign_by_slug(session: Session, slug: str) -> CampaignView:
    """One campaign by the word in its address. Raises CampaignNotFoundError."""
    return _only_campaign(session, select(CampaignRow).where(CampaignRow.slug == _storable(slug)))


def campaign_by_code(session: Session, code: str) -> CampaignView:
    """One campaign by the code on its poster. Raises CampaignNotFoundError."""
    return _only_campaign(session, select(CampaignRow).where(CampaignRow.code == _storable(code)))


def campaigns_by_id(session: Session, campaign_ids: Collection[UUID]) -> dict[UUID, CampaignView]:
    """These campaigns by id; what is not there is left out."""
    rows = session.exec(select(CampaignRow).where(among(session, CampaignRow.id, campaign_ids)))
    return {row.id: _campaign(row) for row in rows}


def campaigns_by_code(session: Session, codes: Collection[str]) -> dict[str, CampaignView]:
    """These campaigns by code; codes that nobody has are left out."""
    rows = session.exec(select(CampaignRow).where(among(session, CampaignRow.code, codes)))
    return {row.code: _campaign(row) for row in rows}


def pledges_by_reference(session: Session, references: Collection[str]) -> dict[str, PledgeView]:
    """These pledges by reference; references that nobody has are left out."""
    views = _pledges(session, select(PledgeRow).where(among(session, PledgeRow.reference, references)))
    return {view.reference: view for view in views}


def pledges_by_id(session: Session, pledge_ids: Collection[UUID]) -> dict[UUID, PledgeView]:
    """These pledges by id; what is not there is left out."""
    views = _pledges(session, select(PledgeRow).where(among(session, PledgeRow.id, pledge_ids)))
    return {view.id: view for view in views}


def pledges_by_stem(session: Session, stems: Collection[str]) -> dict[str, list[PledgeView]]:
    """Pledges by how their references begin (`references.STEM_LENGTH` characters)."""
    if not stems:
        return {}
    found: dict[str, list[PledgeView]] = defaultdict(list)
    for view in _pledges(session, select(PledgeRow).where(_STEM.in_(stems))):
        found[view.reference[: references.STEM_LENGTH]].append(view)
    return found


def open_pledges_of_amount(
    session: Session, amount_satang: int, since: datetime, until: datetime, *, limit: int
) -> list[PledgeView]:
    """Pledges of this amount, made from `since` to `until`, that no money has arrived for; the last made first."""
    wanted = _unpaid([amount_satang], since, until).order_by(col(PledgeRow.made_at).desc()).limit(limit)
    return [_pledge(row, set()) for row in session.exec(wanted)]


def open_pledges_between(
    session: Session, amounts: Collection[int], since: datetime, until: datetime
) -> list[PledgeView]:
    """Pledges of these amounts, made from `since` to `until`, not expired, that no money has arrived for."""
    wanted = _unpaid(amounts, since, until).where(col(PledgeRow.expires_at) > clock.now())
    return [_pledge(row, set()) for row in session.exec(wanted)]


def _unpaid(amounts: Collection[int], since: datetime, until: datetime) -> SelectOfScalar[PledgeRow]:
    paid = (
        select(DonationRow.id)
        .join(ReversalRow, col(ReversalRow.donation_id) == col(DonationRow.id), isouter=True)
        .where(DonationRow.pledge_id == col(PledgeRow.id), col(ReversalRow.donation_id).is_(None))
    )
    return select(PledgeRow).where(
        col(PledgeRow.amount_satang).in_(amounts),
        col(PledgeRow.made_at).between(since, until),
        col(PledgeRow.expires_at) > col(PledgeRow.made_at),  # what was never open is paid through its collection
        ~paid.exists(),
    )


def campaign_of_fund(session: Session, fund: str) -> CampaignView | None:
    """The campaign that a gift to a fund as such belongs to: the fund's first, with none above it."""
    own = select(CampaignRow).where(CampaignRow.fund == fund, col(CampaignRow.parent_id).is_(None))
    row = session.exec(own.order_by(col(CampaignRow.code)).limit(1)).first()
    return _campaign(row) if row else None


def pledge_by_link(session: Session, reference: str, token: str) -> PledgeView:
    """The pledge that this link opens. Raises GiftNotFoundError for an unknown reference and a wrong token alike."""
    row = session.exec(select(PledgeRow).where(PledgeRow.reference == _storable(reference))).first()
    kept = row.token_sha256 if row else ""
    if not hmac.compare_digest(kept, token_digest(token)) or row is None:
        raise GiftNotFoundError()
    return _pledge(row, settled_pledges(session, [row.id]))


def pledge_by_amount(session: Session, reference: str, amount_satang: int) -> PledgeView:
    """The pledge with this reference, for who also knows its amount. Raises GiftNotFoundError."""
    found = pledges_by_reference(session, [reference]).get(reference)
    if found is None or found.amount_satang != amount_satang:
        raise GiftNotFoundError()
    return found


def settled_pledges(session: Session, pledge_ids: Collection[UUID]) -> set[UUID]:
    """Which of these pledges money has arrived for (and was not taken back)."""
    paid = (
        select(DonationRow.pledge_id)
        .join(ReversalRow, col(ReversalRow.donation_id) == col(DonationRow.id), isouter=True)
        .where(among(session, DonationRow.pledge_id, pledge_ids), col(ReversalRow.donation_id).is_(None))
    )
    return {pledge_id for pledge_id in session.exec(paid) if pledge_id} if pledge_ids else set()


def unpaid_contacts(session: Session, expired_before: datetime) -> list[UUID]:
    """Contacts that still say something, of pledges that expired before a moment and for which nothing ever came."""
    paid = select(DonationRow.pledge_id).where(col(DonationRow.pledge_id) == col(PledgeRow.id))
    wanted = select(PledgeRow.contact_id).where(
        col(PledgeRow.expires_at) < expired_before,
        col(PledgeRow.contact_id).in_(donors.not_blank()),
        ~paid.exists(),
    )
    return [contact_id for contact_id in session.exec(wanted) if contact_id]


def donations_of_pledge(session: Session, pledge_id: UUID) -> list[DonationView]:
    """What arrived for a pledge, first to last: usually one, more if it was paid again."""
    return _donations(session, select(DonationRow).where(DonationRow.pledge_id == pledge_id))


def donations_by_money(session: Session, identities: Collection[str]) -> dict[str, DonationView]:
    """Donations by the identity of their money; money that is no donation is left out."""
    views = _donations(session, select(DonationRow).where(among(session, DonationRow.money_identity, identities)))
    return {view.money_identity: view for view in views}


def donations_by_id(session: Session, ids: Collection[UUID]) -> dict[UUID, DonationView]:
    """Donations by their ids; those that are not there are left out."""
    return {
        view.id: view for view in _donations(session, select(DonationRow).where(among(session, DonationRow.id, ids)))
    }


def donations_of_receipt(session: Session, number: str) -> list[DonationView]:
    """The donation that this receipt is for; none where there is no such receipt."""
    return _donations(session, select(DonationRow).where(DonationRow.receipt_number == _storable(number)))


def donation(session: Session, donation_id: UUID) -> DonationView:
    """One donation by its id. Raises NotFoundError."""
    for view in _donations(session, select(DonationRow).where(DonationRow.id == donation_id)):
        return view
    raise NotFoundError()


def contact_of_receipt(session: Session, number: str) -> UUID | None:
    """Where the donor's contact lies whose gift this receipt is for; None where nobody told us anything."""
    pledges = select(PledgeRow.contact_id).join(DonationRow, col(DonationRow.pledge_id) == col(PledgeRow.id))
    return session.exec(pledges.where(DonationRow.receipt_number == number)).first()


def token_digest(token: str) -> str:
    """What is kept of a link's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def _storable(text: str) -> str:
    """`text` if a database can be asked for it; PostgreSQL refuses NUL even in a question."""
    return text if text.isprintable() else ""


def _only_campaign(session: Session, wanted: SelectOfScalar[CampaignRow]) -> CampaignView:
    row = session.exec(wanted).first()
    if row is None:
        raise CampaignNotFoundError()
    return _campaign(row)


def _campaign(row: CampaignRow) -> CampaignView:
    return CampaignView(**row.model_dump())


def _pledges(session: Session, wanted: SelectOfScalar[PledgeRow]) -> list[PledgeView]:
    session.flush()
    rows = session.connection().execute(wanted).all()  # as they lie: thousands of objects would only be copied
    settled = settled_pledges(session, [row.id for row in rows])
    return [_pledge(row, settled) for row in rows]


def _pledge(row: PledgeRow | Row[Any], settled: set[UUID]) -> PledgeView:
    return PledgeView(
        id=row.id,
        reference=row.reference,
        campaign_id=row.campaign_id,
        amount_satang=row.amount_satang,
        contact_id=row.contact_id,
        wants_receipt=row.wants_receipt,
        language=row.language,
        made_at=row.made_at,
        expires_at=row.expires_at,
        is_settled=row.id in settled,
    )


def _donations(session: Session, wanted: SelectOfScalar[DonationRow]) -> list[DonationView]:
    rows = list(session.exec(wanted.order_by(col(DonationRow.id))))
    reversed_ids = _reversed(session, rows)
    return [donation_view(row, is_reversed=row.id in reversed_ids) for row in rows]


def _reversed(session: Session, rows: Iterable[DonationRow]) -> set[UUID]:
    ids = [row.id for row in rows]
    return set(session.exec(select(ReversalRow.donation_id).where(among(session, ReversalRow.donation_id, ids))))


def donation_view(row: DonationRow, *, is_reversed: bool = False) -> DonationView:
    """A donation's row as a value."""
    return DonationView(
        id=row.id,
        campaign_id=row.campaign_id,
        pledge_id=row.pledge_id,
        amount_satang=row.amount_satang,
        entry_id=row.entry_id,
        money_identity=row.money_identity,
        occurred_on=row.occurred_on,
        booked_on=row.booked_on,
        is_second_payment=row.is_second_payment,
        receipt_number=row.receipt_number,
        is_reversed=is_reversed,
    )
