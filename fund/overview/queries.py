"""Since when there is something to count."""

from datetime import date

from sqlmodel import Session, func, select

from fund import clock
from fund.cases.models import CaseRow
from fund.grants.models import AwardRow


def begun_on(session: Session) -> date | None:
    """The day of the first case or the first award; None before."""
    opened = session.exec(select(func.min(CaseRow.opened_at))).one()
    awarded = session.exec(select(func.min(AwardRow.awarded_on))).one()
    return min((one for one in (opened and clock.bangkok_day(opened), awarded) if one), default=None)
