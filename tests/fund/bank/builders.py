"""Plain builders: a founded fund with its bank accounts, lines and files as the bank would send them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from fund import founding, profile, profile_files
from fund.audit import Actor
from fund.bank import service, settling
from fund.bank.sample_files import SampleLine, bill_payment_detail, camt053, kbank_corporate_csv
from fund.bank.service import ImportResult
from fund.bank.settling import SettleResult
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.queries import CampaignView, PledgeView
from fund.donations.service import PledgeRequest
from fund.profile import Profile
from fund.settings import Settings
from ledger import balances

OFFICER = Actor("officer")
KBANK = "1230456789"
OTHER = "9870001234"
TODAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 5, tzinfo=UTC)
OPENING = 5_000_000  # of the demonstration's KBank account
SAMPLES = Path(__file__).parents[2] / "golden" / "statements"


def a_gift(amount_satang: int = 1000, detail: str = "", *, day: int = 2, at: time = time(9, 5, 1)) -> SampleLine:
    """Money in on a day of November 2569."""
    return SampleLine(date(2026, 11, day), amount_satang, detail, at)


def a_payment(*references: str, amount_satang: int = 1000, day: int = 2, at: time = time(9, 5, 1)) -> SampleLine:
    """A bill payment with these references."""
    return a_gift(amount_satang, bill_payment_detail(*references), day=day, at=at)


def a_fee(amount_satang: int = -1500, *, day: int = 3) -> SampleLine:
    """The bank takes a fee."""
    return SampleLine(date(2026, 11, day), amount_satang, "", time(18, 0), kind="ค่าธรรมเนียม")


def a_csv(lines: Sequence[SampleLine], *, opening_satang: int = OPENING, first: int = 1, last: int = 23) -> bytes:
    """KBank's file of days of November 2569."""
    from_on, to_on = date(2026, 11, first), date(2026, 11, last)
    return kbank_corporate_csv(KBANK, lines, opening_satang=opening_satang, from_on=from_on, to_on=to_on)


def a_camt(
    lines: Sequence[SampleLine], version: int = 8, *, account: str = KBANK, opening_satang: int = OPENING
) -> bytes:
    """A camt.053 of November 2569."""
    from_on, to_on = date(2026, 11, 1), date(2026, 11, 23)
    return camt053(account, lines, version, opening_satang=opening_satang, from_on=from_on, to_on=to_on)


@dataclass
class Fund:
    """A founded fund in a test's database, and the verbs a test speaks with it."""

    database: Database
    folder: Path
    profile: Profile = field(init=False)

    def __post_init__(self) -> None:
        self.settings = Settings(files_dir=str(self.folder))
        self.profile = profile_files.from_file(profile_files.PROVINCES / "khonkaen" / "demo.toml", "khonkaen")
        with self.database.write() as session:
            founding.found(session, self.profile, "khonkaen", as_demo=True, by=OFFICER)

    def take(self, content: bytes, name: str = "statement.csv", *, account: str | None = None) -> ImportResult:
        """Take in a file, without settling it."""
        with self.database.write() as session:
            fund = profile.current(session)
            return service.import_statement(session, self.settings, fund, content, name, by=OFFICER, account=account)

    def settle(self) -> SettleResult:
        """Settle what waits for the matcher."""
        return settling.settle_waiting(self.database, by=OFFICER)

    def take_and_settle(self, content: bytes, name: str = "statement.csv") -> SettleResult:
        """Take in a file and settle it."""
        self.take(content, name)
        return self.settle()

    def campaign(self, slug: str = "general") -> CampaignView:
        """A campaign by the word in its address."""
        with self.database.read() as session:
            return gifts.campaign_by_slug(session, slug)

    def pledge(self, amount_satang: int = 1000, *, slug: str = "general", key: str = "form-key-1") -> PledgeView:
        """A donor means to give."""
        request = PledgeRequest(self.campaign(slug).id, amount_satang, key, wants_receipt=True)
        with self.database.write() as session:
            return donations.pledge(session, request, by=OFFICER).pledge

    def balance(self, account: str, fund: str) -> int:
        """Satang on an account of a fund."""
        with self.database.read() as session:
            return balances.balance(session, account, fund)
