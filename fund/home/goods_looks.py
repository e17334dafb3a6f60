"""How much waits in the store: what nobody has valued, what needs a second person, what expires soon.

Refuses nothing; a person's own counts and wishes wait for somebody else.
"""

from datetime import datetime, time

from sqlmodel import Session

from fund import clock, profile
from fund.goods import holding, stock
from fund.goods import views as goods
from fund.home.looks import NOTHING, Work, working_day_after
from fund.people.powers import Person
from fund.profile import NoProfileError


def goods_to_value(session: Session, person: Person) -> Work:
    """What came in that another has counted."""
    found = [one.row.received_at for one in goods.to_value(session) if one.row.received_person != person.id]
    return Work(len(found), min(found), working_day_after(min(found))) if found else NOTHING


def goods_to_settle(session: Session, person: Person) -> Work:
    """Counts of others that differ, and what others want taken out."""
    counts = [one.counted_at for one in holding.open_counts(session) if one.counted_person != person.id]
    asked = [one.asked_at for one in holding.open_removals(session) if one.asked_person != person.id]
    since = min([*counts, *asked], default=None)
    return Work(len(counts) + len(asked), since, working_day_after(since)) if since else NOTHING


def goods_expiring(session: Session, _person: Person) -> Work:
    """Piles of goods whose last day is near."""
    try:
        found = stock.expiring(session, profile.current(session).near_expiry_days)
    except NoProfileError:
        return NOTHING
    last = min((one.expires_on for one in found if one.expires_on), default=None)
    return Work(len(found), due=datetime.combine(last, time.min, clock.BANGKOK)) if last else NOTHING
