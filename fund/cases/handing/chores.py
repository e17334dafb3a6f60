"""What is done by the clock: handovers are opened for what has left, and follow the money that came back."""

from fund.cases.handing import handovers
from fund.db import Database
from fund.settings import Settings


def look_after(database: Database, _settings: Settings) -> None:
    """Follow the money first, then open; each may be done again."""
    with database.write() as session:
        handovers.follow_money(session)
    with database.write() as session:
        handovers.open_new(session)
