"""Plain builders for gifts: a founded fund, pledges, money that arrives."""

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

from sqlmodel import Session

from fund import chart, profile
from fund.audit import DONOR, Actor
from fund.db import Database
from fund.donations import queries, service
from fund.donations.booking import Arrival
from fund.donations.queries import CampaignView
from fund.donations.service import Pledged, PledgeRequest
from fund.donors.details import ContactDetails
from fund.postings import Money
from fund.profile import BankAccount, Issuer, Profile, PromptPay

STAFF = Actor("officer")
OPENED = date(2026, 1, 1)
BILLER = "099400000000601"
DISTRICTS = [("4001", "เมืองขอนแก่น", "Mueang Khon Kaen"), ("4005", "ชุมแพ", "Chum Phae"), ("4012", "พล", "Phon")]
VALID_TAX_ID = "1100700000001"

_money = count(1)

ISSUER = Issuer(
    name_th="กองทุนทดสอบ",
    name_en="Test fund",
    address_th="ศาลากลางจังหวัด",
    address_en="City hall",
    tax_id="0994000000006",
    phone="043-000-000",
    signatory_name_th="ผู้ลงนาม",
    signatory_name_en="Signatory",
    signatory_title_th="เหรัญญิก",
    signatory_title_en="Treasurer",
)


def a_profile(**changes: Any) -> Profile:
    """A fund in Khon Kaen with one bank account and a biller."""
    known: dict[str, Any] = {
        "name_th": "กองทุน 10 บาททดสอบ",
        "name_en": "Ten-baht test fund",
        "province_th": "ขอนแก่น",
        "province_en": "Khon Kaen",
        "issuer": ISSUER,
        "promptpay": PromptPay(biller_id=BILLER),
        "accounts": (BankAccount("KBANK", "1230456789", "กองทุน", "1110.01", "general"),),
        "receipt_book": "KK",
    }
    return Profile(**{**known, **changes})


def found(database: Database, **changes: Any) -> None:
    """An installed fund with its chart and three districts' campaigns."""
    founded = a_profile(**changes)
    with database.write() as session:
        profile.install(session, as_demo=False)
        profile.adopt(session, founded, valid_from=OPENED, by=STAFF)
        chart.open_chart(session, founded.accounts, [chart.district_fund(*district) for district in DISTRICTS])
        service.open_province(session, founded, DISTRICTS, opens_on=OPENED, by=STAFF)


def chum_phae(session: Session) -> CampaignView:
    """One district's campaign."""
    return queries.campaign_by_slug(session, "chum-phae")


def a_request(session: Session, **changes: Any) -> PledgeRequest:
    """Ten baht for Chum Phae, from a form of its own."""
    known: dict[str, Any] = {
        "campaign_id": chum_phae(session).id,
        "amount_satang": 1000,
        "form_key": service.new_form_key(),
    }
    return PledgeRequest(**{**known, **changes})


def a_pledge(session: Session, **changes: Any) -> Pledged:
    """A pledge of ten baht for Chum Phae."""
    return service.pledge(session, a_request(session, **changes), by=DONOR)


def a_named_pledge(session: Session, **changes: Any) -> Pledged:
    """A pledge whose donor wants a receipt."""
    donor = ContactDetails(public_name="สมชาย", name="สมชาย ใจดี", tax_id=VALID_TAX_ID)
    return a_pledge(session, contact=donor, wants_receipt=True, **changes)


def some_money(amount_satang: int = 1000, **changes: Any) -> Money:
    """Money that reached our bank account, with an identity of its own."""
    known: dict[str, Any] = {
        "identity": f"line:{next(_money)}",
        "account": "1110.01",
        "amount_satang": amount_satang,
        "occurred_on": date(2026, 11, 20),
        "booked_on": date(2026, 11, 21),
    }
    return Money(**{**known, **changes})


def an_arrival(session: Session, pledged: Pledged | None = None, **changes: Any) -> Arrival:
    """Money for a pledge, or for Chum Phae's poster."""
    if pledged is None:
        return Arrival(some_money(**changes), chum_phae(session).id)
    return Arrival(some_money(**changes), pledged.pledge.campaign_id, pledged.pledge.id)


def in_november() -> datetime:
    """A fixed moment for what depends on the day."""
    return datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
