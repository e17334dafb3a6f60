"""A letter a day of what waits: to each member of staff with an address for whom something does, and to nobody else.

Knows working mornings. A letter has the table's words and counts, and a link: no name, no code, no amount. What it says
is looked up as it is sent: none goes for work that is done meanwhile, and none that was meant for another day.
"""

from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import clock, notices
from fund.db import Database
from fund.home import looks, waiting
from fund.notices import Notice
from fund.people import staff
from fund.settings import Settings

KIND: Final = "notice.digest"  # subject: the person's id, and the day
MORNING: Final = range(7, 12)
"""The hours in Bangkok in which it goes out; a service that stood still at seven is not too late at nine."""


def write_daily(database: Database, _settings: Settings) -> None:
    """Have each person's letter written on the morning of a working day; of one day's letters only the first is."""
    if clock.now().astimezone(clock.BANGKOK).hour not in MORNING or not looks.is_working(clock.today()):
        return
    with database.write() as session:
        there = [one.id for one in staff.people(session) if one.email and one.has_password]
        notices.tell(session, KIND, there, str(clock.today()))


def letter(session: Session, settings: Settings, subject: str) -> Notice | None:
    """What waits for a person on this day; advice alone brings no letter."""
    person_id, _, day = subject.partition(" ")
    waits = waiting.waiting(session, staff.person(session, UUID(person_id)))
    if day != str(clock.today()) or all(one.kind.is_advice for one in waits):
        return None
    return notices.to_person(session, person_id, waits=waits, link=f"{settings.address}/staff")
