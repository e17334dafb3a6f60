"""Grants of the demonstration: a run at the bank, one that waits, payments due and held, an advance.

Knows made-up people of the demonstration and cases that do not exist. Writes no table itself.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.db import Database
from fund.grants import payees, paying, run_views, runs, service
from fund.grants.payees import Payee
from fund.grants.service import PlannedPart, Wanted
from fund.people import demo_people, staff
from fund.settings import Settings

_ASKED: Final = (
    ("C7K2M9QXH4", "uniform", 45_000, Payee("guardian", "นางคำปัน ตัวอย่าง", "KBANK", "1234567890")),
    ("C3PWD8RT62", "travel", 60_000, Payee("guardian", "นายบุญมา สมมติ", "KTB", "9876543210")),
    ("CH5N0YK8VA", "food", 38_000, Payee("school", "โรงเรียนบ้านตัวอย่าง", "PROMPTPAY", "0812345678")),
    ("C9TXA2M4W1", "education_cost", 52_000, Payee("guardian", "นางสาวสมศรี สมมติ", "BAAC", "0200123456789")),
    ("C2QJ6KD0PR", "uniform", 40_000, Payee("shop", "ร้านชุดนักเรียนตัวอย่าง", "SCB", "4067001234")),
    ("C4M1XD9T7K", "travel", 35_000, Payee("guardian", "นายคำพัน ตัวอย่าง", "GSB", "020012345678")),
    ("C8RVM3C7HN", "health", 30_000, Payee("cash", "เงินสดให้ผู้ปกครอง")),
)
_RUNS: Final = (slice(0, 2), slice(2, 4))
"""Which of them are in a run; the first run is authorised."""


def live(database: Database, settings: Settings, last: date) -> None:
    """The last two days: asked, approved, and as far as each has come."""
    with clock.at(datetime.combine(last - timedelta(days=1), time(11), clock.BANGKOK)), database.write() as session:
        asks, approves = _somebody(session, "case_manager"), _somebody(session, "core_team")
        asked = [_award(session, one, last, asks, approves) for one in _ASKED]
    made = [request_id for request_id, is_awarded in asked if is_awarded]
    if len(made) < len(asked):  # too little has come in so far: the rest waits for money
        return
    with clock.at(datetime.combine(last, time(11), clock.BANGKOK)), database.write() as session:
        prepares, authorises = _somebody(session, "finance"), _somebody(session, "treasurer")
        for place, chosen in enumerate(_RUNS):
            told = [(one, 1) for one in made[chosen]]
            run_id = runs.prepare(session, settings, told, "1110.01", "table", last, by=prepares)
            if place == 0:
                runs.authorise(session, settings, run_id, run_views.run(session, run_id).digest, by=authorises)
        paying.hold(session, made[4], 1, "รอหนังสือยินยอมของผู้ปกครอง", by=approves)
        paying.prepare(session, made[-1], 1, by=prepares)


def _award(
    session: Session, one: tuple[str, str, int, Payee], due: date, asks: Actor, approves: Actor
) -> tuple[UUID, bool]:
    case_code, purpose, satang, payee = one
    payee_id = payees.add(session, payee, by=asks)
    wanted = Wanted(case_code, "4001", purpose, payee_id, "2569/2", (PlannedPart(satang, due),))
    request_id = service.request(session, wanted, by=asks)
    return request_id, service.approve(session, request_id, 1, by=approves).is_awarded


def _somebody(session: Session, role: str) -> Actor:
    row = staff.named(session, demo_people.name_of(role))
    assert row is not None
    return Actor(row.name, row.id)
