"""What this fund is: its issuer, bank accounts, PromptPay address, limits and fiscal year, dated.

Knows the profile in force on a day. A change is a new row with a future date; old rows stay, because papers
of their time were made from them. Nothing of one province is a constant in code: Khon Kaen's profile is a file.
"""

from datetime import date, datetime
from uuid import UUID

import msgspec
from sqlmodel import Field, Session, SQLModel, col, select

from fund import clock
from fund.audit import Actor
from fund.errors import UnavailableError
from ledger.columns import Day, Flag, Instant, Uid
from ledger.identifiers import new_id
from ledger.money import Satang


class Issuer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who receives the money and signs the receipts."""

    name_th: str
    name_en: str
    address_th: str
    address_en: str
    tax_id: str
    phone: str
    signatory_name_th: str
    signatory_name_en: str
    signatory_title_th: str
    signatory_title_en: str


class BankAccount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bank account of the fund and the account of the chart (1110.nn) it is booked on."""

    bank: str  # the bank's short name: KBANK, KTB, SCB, BBL, GSB, BAAC
    number: str  # digits only
    name: str
    account: str  # code in the chart, e.g. 1110.01
    campaign: str  # slug of the campaign its unaddressed gifts belong to (tag 29)
    opening_satang: int = 0
    opened_on: date | None = None


class PromptPay(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where QR payments go: a biller (tag 30), else one of tax ID, phone or e-wallet (tag 29)."""

    biller_id: str = ""
    tax_id: str = ""
    phone: str = ""
    ewallet: str = ""


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One fund, from a day on. Amounts in satang."""

    name_th: str
    name_en: str
    province_th: str
    province_en: str
    issuer: Issuer
    promptpay: PromptPay
    accounts: tuple[BankAccount, ...]
    receipt_book: str  # the series' short name, A–Z 0–9, e.g. KK
    fiscal_year_starts_month: int = 10
    largest_gift_satang: int = 200_000_000
    pledge_days: int = 30
    clearing_days: int = 30  # how long money may wait on a clearing account
    cash_days: int = 3  # how long money that was counted may stay in its cash box
    payment_days: int = 5  # how long a payment that was authorised may take to stand on a statement
    advance_days: int = 30  # how long an advance of cash may wait to be accounted for
    evidence_days: int = 14  # how long after a payment left, or cash was given out, its evidence may take
    evidence_limit_days: int = 14  # how late evidence may be before its case manager asks for nothing more
    handover_link_days: int = 3  # how long the link waits by which a family says that help arrived
    near_expiry_days: int = 60  # how long before their last day goods stand on the list of what expires soon
    accounts_years: int = 7  # how long accounting papers are kept after their fiscal year; 5 at least
    contact_years: int = 2  # how long contacts and requests are kept after what they were for
    two_approve_from_satang: int = 500_000  # the first limit; a later one is two people's, by `fund.grants.rules`
    follow_up_days: tuple[int, ...] = (30, 90)  # so many days after help somebody looks in on the child
    follow_up_missed_days: int = 14  # how long a follow-up may wait before it is missed
    term_starts: tuple[str, ...] = ("05-16", "11-01")  # of schools, month and day (Ministry of Education, B.E. 2549)
    help_until_age: int = 20  # from this birthday on nothing more is asked for
    permit_number: str = ""
    permit_from: date | None = None
    permit_to: date | None = None

    @property
    def largest_gift(self) -> Satang:
        return Satang(self.largest_gift_satang)

    def fiscal_year(self, day: date) -> int:
        """The Christian year in which the fiscal year of `day` ends (2026-10-01 → 2027 when it starts in October)."""
        starts_later = self.fiscal_year_starts_month > 1 and day.month >= self.fiscal_year_starts_month
        return day.year + 1 if starts_later else day.year


class NoProfileError(UnavailableError):
    message = "This fund has not been set up. Run: sipbaht init"


class ProfileRow(SQLModel, table=True):
    __tablename__ = "fund_profile"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    valid_from: date = Field(sa_type=Day)
    content: str
    recorded_by: str
    recorded_at: datetime = Field(sa_type=Instant)


class Installation(SQLModel, table=True):
    """The one row that says what kind of database this is, written when it is made."""

    __tablename__ = "fund_installation"
    id: int = Field(default=1, primary_key=True)
    is_demo: bool = Field(sa_type=Flag)
    made_at: datetime = Field(sa_type=Instant)


def current(session: Session, on: date | None = None) -> Profile:
    """The profile in force on a day (today's)."""
    day = on or clock.today()
    rows = select(ProfileRow).where(col(ProfileRow.valid_from) <= day)
    newest_first = rows.order_by(col(ProfileRow.valid_from).desc(), col(ProfileRow.recorded_at).desc())
    row = session.exec(newest_first.limit(1)).first()
    if row is None:
        raise NoProfileError()
    return msgspec.json.decode(row.content, type=Profile)


def adopt(session: Session, profile: Profile, *, valid_from: date, by: Actor) -> None:
    """Make `profile` the one in force from `valid_from`."""
    content = msgspec.json.encode(profile).decode()
    session.add(ProfileRow(valid_from=valid_from, content=content, recorded_by=by.name, recorded_at=clock.now()))
    session.flush()


def is_demo(session: Session) -> bool:
    """Whether this database was made as a demonstration."""
    installation = session.get(Installation, 1)
    return installation is not None and installation.is_demo


def is_installed(session: Session) -> bool:
    """Whether a fund (or a demonstration) has been founded in this database."""
    return session.get(Installation, 1) is not None


def install(session: Session, *, as_demo: bool) -> None:
    """Write down, once and for ever, whether this database is a demonstration."""
    session.add(Installation(is_demo=as_demo, made_at=clock.now()))
    session.flush()
