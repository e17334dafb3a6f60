"""A fund whose gifts count for tax from a day on, by two people, and gifts of donors who want the tax office told."""

from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.db import Database
from fund.donations import service
from fund.donations.queries import DonationView
from fund.donations.service import Pledged
from fund.donors.details import ContactDetails
from fund.people.powers import Grant
from fund.tax import rules
from fund.tax.rules import EVERY_FUND, Unit
from tests.fund.browsing import a_person
from tests.fund.donations.builders import STAFF, VALID_TAX_ID, a_pledge, an_arrival, found

BEFORE: Final = datetime(2026, 10, 20, 3, tzinfo=UTC)
SINCE: Final = date(2026, 11, 1)
NOW: Final = datetime(2026, 11, 23, 5, tzinfo=UTC)
MONTH: Final = date(2026, 11, 1)
UNIT: Final = Unit(
    "โรงเรียนสมมุติวิทยา", "Sommut School (made up)", "0994000000006", "มาตรา 47 (7)", "section 47 (7)",
    bank_reports=False,
)  # fmt: skip
SOMCHAI: Final = ContactDetails(name="สมชาย ใจดี", tax_id=VALID_TAX_ID)


class Office:
    """A treasurer, somebody of the core team and a finance officer, in a fund founded for them."""

    def __init__(self, database: Database) -> None:
        found(database)
        with database.write() as session, clock.at(BEFORE):
            self.treasurer = _employed(session, "treasurer")
            self.core = _employed(session, "core_team")
            self.finance = _employed(session, "finance")

    def rule(self, session: Session, since: date = SINCE, fund: str = EVERY_FUND, **changes: Any) -> UUID:
        """A rule that two agreed to before its day."""
        until, unit = changes.pop("until", None), Unit(**{**_told(UNIT), **changes})
        with clock.at(BEFORE):
            rule_id = rules.propose(session, fund, since, until, unit, by=self.treasurer)
            rules.agree(session, rule_id, by=self.core)
        return rule_id


def a_told_pledge(session: Session, contact: ContactDetails = SOMCHAI, *, agrees: bool = True) -> Pledged:
    """A pledge whose donor wants a receipt, and the tax office told."""
    return a_pledge(session, contact=contact, wants_receipt=True, reports_tax=agrees)


def a_gift(session: Session, pledged: Pledged | None = None, **money: Any) -> DonationView:
    """Money that arrived for it."""
    return service.receive(session, an_arrival(session, pledged, **money), by=STAFF)


def _told(unit: Unit) -> dict[str, Any]:
    return {name: getattr(unit, name) for name in Unit.__dataclass_fields__}


def _employed(session: Session, role: str) -> Actor:
    made = a_person(session, f"one who is {role}", Grant(role))
    return Actor(made.name, made.id)
