"""Offers of the demonstration: one that waits, one that is accepted in part, one that was declined.

Knows made-up givers. Writes no table itself.
"""

from datetime import datetime
from typing import Final

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.db import Database
from fund.goods.offers import service, states
from fund.goods.offers.told import Giver, Offer
from fund.people import staff

_OFFERS: Final = (
    (
        Offer("จักรยาน 20 นิ้ว มีตะกร้า", 20, unit="คัน", where="โกดังร้าน ถนนกลางเมือง", for_district="4001"),
        Giver("company", "ร้านจักรยานตัวอย่าง", "043000001", "bicycles@example.org"),
        None,
    ),
    (
        Offer("สมุดปกแข็ง 80 แผ่น", 500, unit="เล่ม", words="ส่งให้ถึงที่ได้"),
        Giver("company", "ห้างเครื่องเขียนสมมติ", "043000002"),
        (states.PART, "enough", 300),
    ),
    (
        Offer("เสื้อกันหนาวมือสอง", 40, unit="ตัว", condition="worn"),
        Giver("person", "นางใจดี ตัวอย่าง", email="jaidee@example.org"),
        (states.DECLINE, "no_need", None),
    ),
)


def live(database: Database, moment: datetime) -> None:
    """Have them offered and answered at this moment."""
    with clock.at(moment), database.write() as session:
        by = _storekeeper(session)
        for place, (offer, giver, answer) in enumerate(_OFFERS):
            number, _ = service.offer(session, offer, giver, form_key=f"demo-offer-{place:012}")
            if answer:
                act, reason, count = answer
                service.answer(session, number, act, reason, "ขอบคุณที่นึกถึงเด็ก ๆ", accepted=count, by=by)


def _storekeeper(session: Session) -> Actor:
    row = next(one for one in staff.people(session) if any(grant.role == "storekeeper" for grant in one.grants))
    return Actor(row.name, row.id)
