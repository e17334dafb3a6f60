"""Cash and refunds of the demonstration: a box in a market that two people counted, and a gift that one asks back.

Knows made-up people of the demonstration. Writes no table itself.
"""

from datetime import date, datetime, time, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from fund import clock
from fund.audit import Actor
from fund.cash import boxes, carrying, counting, pieces
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import refunds
from fund.donations.models import DonationRow
from fund.people import demo_people, staff

_FOUND = pieces.of({10_000: 12, 2_000: 31, 1_000: 44, 100: 17})
_MISCOUNTED = pieces.of({10_000: 11, 2_000: 31, 1_000: 44, 100: 17})


def live(database: Database, folder: Path, last: date) -> None:
    """The last two days: counted twice because they differed, most of it carried off, and a refund asked for."""
    with clock.at(datetime.combine(last - timedelta(days=1), time(16), clock.BANGKOK)), database.write() as session:
        first, second = _somebody(session, "finance"), _somebody(session, "treasurer")
        campaign = gifts.campaigns(session)[1]
        box = boxes.add(session, "ตลาดสดเทศบาล", "ประตูหน้า ข้างป้ายประชาสัมพันธ์", campaign.id, by=first)
        boxes.add(session, "วัดกลาง", "ศาลาการเปรียญ", campaign.id, by=first)
        for found, who in ((_FOUND, first), (_MISCOUNTED, second), (_FOUND, second), (_FOUND, first)):
            counting.count(session, box, found, by=who)
    with clock.at(datetime.combine(last, time(10), clock.BANGKOK)), database.write() as session:
        carrying.carry(session, folder, {box: 200_000}, "1110.01", last, reference="CD0077341", by=first)
        receipted = select(DonationRow.id).where(col(DonationRow.receipt_number).is_not(None))
        gift = session.exec(receipted.order_by(col(DonationRow.id).desc()).limit(1)).one()
        refunds.ask(session, gift, reason="โอนซ้ำสองครั้ง", by=first)


def _somebody(session: Session, role: str) -> Actor:
    row = staff.named(session, demo_people.name_of(role))
    assert row is not None
    return Actor(row.name, row.id)
