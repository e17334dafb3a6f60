"""How long each kind of record is kept, and whose time is over.

Knows the fund's two periods (its profile): accounting papers from the end of their fiscal year, everything else from
when it was last needed.
"""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, bindparam, select, text
from sqlmodel import Session

from fund import clock, profile
from fund.profile import Profile
from fund.rights.kinds.kind import Kind
from ledger.columns import Day, Instant, Uid


def before(kind: Kind, fund: Profile, today: date) -> date:
    """What ended before this day is kept no longer."""
    return first_kept(fund, today) if kind.is_accounting else _years_before(today, fund.contact_years)


def first_kept(fund: Profile, today: date) -> date:
    """The first day of the oldest fiscal year whose papers must be there."""
    return _begins(fund, fund.fiscal_year(today) - fund.accounts_years)


def kept_until(fund: Profile, day: date) -> date:
    """The last day on which an accounting paper of that day must be there."""
    return _begins(fund, fund.fiscal_year(day) + fund.accounts_years + 1) - timedelta(days=1)


def overdue(session: Session, kind: Kind, *, limit: int) -> list[UUID]:
    """The subjects of this kind whose time is over and whom nobody proposed yet, or declined until a day to come."""
    fresh = _NOT_PROPOSED.bindparams(bindparam("today", clock.today(), type_=Day()), kind=kind.name)
    return list(session.execute(_overdue(session, kind).where(fresh).order_by("id").limit(limit)).scalars())


def still_overdue(session: Session, kind: Kind, subjects: Collection[UUID]) -> list[UUID]:
    """Those of these subjects whose time is over still."""
    over = set(session.execute(_overdue(session, kind)).scalars())
    return [subject for subject in subjects if subject in over]


def _overdue(session: Session, kind: Kind) -> Select[tuple[UUID]]:
    day = before(kind, profile.current(session), clock.today())
    moment = datetime.combine(day, time.min, clock.BANGKOK)
    known = bindparam("day", day, type_=Day()), bindparam("moment", moment, type_=Instant())
    given = [one for one in known if f":{one.key}" in kind.overdue]
    return select(text(kind.overdue).bindparams(*given).columns(id=Uid()).subquery("o").c.id)


def is_held(session: Session, contact_id: UUID) -> bool:
    """Whether a receipt that the law wants kept stands on this donor's key."""
    newest = receipts_until(session, contact_id)
    return newest is not None and newest >= clock.today()


def receipts_until(session: Session, contact_id: UUID) -> date | None:
    """The last day on which this donor's receipts must be there; None where there is none."""
    asked = text(_LAST_RECEIPT).bindparams(bindparam("owner", contact_id, type_=Uid())).columns(at=Instant())
    issued_at: datetime | None = session.execute(asked).scalar_one()
    return kept_until(profile.current(session), clock.bangkok_day(issued_at)) if issued_at else None


def _years_before(day: date, years: int) -> date:
    return day.replace(year=day.year - years, day=min(day.day, 28) if day.month == 2 else day.day)


def _begins(fund: Profile, fiscal_year: int) -> date:
    month = fund.fiscal_year_starts_month
    return date(fiscal_year - 1 if month > 1 else fiscal_year, month, 1)


_LAST_RECEIPT: Final = """
SELECT max(r.issued_at) AS at FROM receipts_private s JOIN receipts_receipt r ON r.number = s.number
JOIN sealed_key k ON k.subject = s.owner WHERE s.owner = :owner
"""
_NOT_PROPOSED: Final = text("""
NOT EXISTS (
    SELECT 1 FROM rights_proposal_subject s JOIN rights_proposal p ON p.id = s.proposal_id
    LEFT JOIN rights_decision d ON d.proposal_id = p.id
    WHERE s.subject = o.id AND p.kind = :kind AND (d.proposal_id IS NULL OR d.not_before > :today))
""")
