"""What is done by the clock: follow-ups open and are missed, referrals end with their consent."""

from fund.cases.following import follow_ups, referrals
from fund.db import Database
from fund.settings import Settings


def look_after(database: Database, _settings: Settings) -> None:
    """End what may not be shared any more first; then open and miss follow-ups. Each may be done again."""
    for chore in (referrals.lapse_without_consent, follow_ups.open_due, follow_ups.miss_late):
        with database.write() as session:
            chore(session)
