"""Goods of the demonstration: bicycles, uniforms and rice in three places; issued, promised and asked for.

Knows made-up givers, and the demonstration's cases whose families consent to help. Writes no table itself.
"""

from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, select

from fund import clock
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases.consents import HELP
from fund.cases.in_kind import service
from fund.cases.in_kind.service import Signed, Signer
from fund.cases.models import StandingRow
from fund.db import Database
from fund.donors import service as donors
from fund.donors.details import ContactDetails
from fund.goods import awards, holding, labels, receiving, things
from fund.goods.receiving import Arrival
from fund.people import demo_people, staff
from fund.people.stand_in_papers import Paper

_PAPER: Final = Paper(b"%PDF-1.4 price list of the demonstration", "application/pdf", "pdf")
_THINGS: Final[tuple[tuple[str, str, str, str, tuple[str, ...]], ...]] = (
    ("จักรยาน", "Bicycle", "คัน", "bicycles", ("20 นิ้ว", "24 นิ้ว")),
    ("ชุดนักเรียน", "School uniform", "ชุด", "sets", ("S", "M", "L")),
    ("ข้าวสาร 5 กก.", "Rice, 5 kg", "ถุง", "bags", ()),
)
_PLACES: Final = (
    ("store", "คลังจังหวัด (ตัวอย่าง)"),
    ("district", "ห้องเก็บของ อ.เมือง (ตัวอย่าง)"),
    ("school", "โรงเรียนบ้านตัวอย่าง"),
)
_LOTS: Final = (
    (0, "20 นิ้ว", 12, 0, "4001", 180_000, "ร้านจักรยานใจดี (สมมติ)"),
    (1, "M", 30, 0, "", 45_000, "โรงงานเสื้อผ้าตัวอย่าง"),
    (2, "", 40, 1, "", 19_500, "นางสาวมีน้ำใจ ตัวอย่าง"),
)
"""Thing, size, how many, where, for which district, what one is worth, and who gave it."""
_ASKED: Final = (
    (0, 0, "20 นิ้ว", 1, "hand out"),
    (1, 1, "M", 2, "hand out"),
    (0, 2, "", 2, "award"),
    (1, 0, "20 นิ้ว", 1, ""),
)
"""For which case, which thing in which size, how many, and how far it comes."""
_SIGNER: Final = Signer("ผู้ปกครองตัวอย่าง", "grandparent")


def live(database: Database, folder: Path, moment: datetime) -> None:
    """Have them counted, valued, carried, asked for, awarded and handed out at this moment."""
    with clock.at(moment), database.write() as session:
        keeper = _somebody(session, "storekeeper")
        known = [things.add_thing(session, *thing, by=keeper) for thing in _THINGS]
        places = [things.add_place(session, *place, by=keeper) for place in _PLACES]
        lots = [_lot(session, folder, known, places, one) for one in _LOTS]
        holding.move(session, lots[1], places[0], places[2], 10, by=keeper)
        labels.make(session, lots[0], by=keeper)
        helped = _helped(session)
        for case, thing, size, quantity, until in _ASKED:
            if case < len(helped):
                _ask(session, folder, helped[case], known[thing], size, quantity, until)


def _helped(session: Session) -> list[str]:
    """The cases of the district whose families consent to help."""
    rows = session.exec(select(StandingRow.code).where(StandingRow.district == "4001").order_by(StandingRow.code))
    return [code for code in rows if cases.has_consent(session, code, HELP)]


def _ask(session: Session, folder: Path, code: str, thing: UUID, size: str, quantity: int, until: str) -> None:
    request_id = service.ask(session, code, thing, size, quantity, by=_somebody(session, "case_manager"))
    if not until or not service.approve(session, request_id, by=_somebody(session, "core_team")):
        return
    if until == "hand out":
        signed, keeper = Signed(_SIGNER, "paper", _PAPER), _somebody(session, "storekeeper")
        for place in {one.place_id for one in awards.promises(session, f"goods-grant:{request_id}")}:
            service.hand_out(session, folder, request_id, place, signed, by=keeper)


def _lot(
    session: Session,
    folder: Path,
    known: list[UUID],
    places: list[UUID],
    lot: tuple[int, str, int, int, str, int, str],
) -> UUID:
    thing, size, accepted, place, district, worth, giver = lot
    contact = donors.keep(session, ContactDetails(name=giver), by=_somebody(session, "storekeeper"))
    arrival = Arrival(known[thing], size, accepted, places[place], contact_id=contact, for_district=district)
    lot_id = receiving.receive(session, folder, arrival, by=_somebody(session, "storekeeper"))
    receiving.value(session, folder, lot_id, worth, "price_list", _PAPER, by=_somebody(session, "valuer"))
    return lot_id


def _somebody(session: Session, role: str) -> Actor:
    row = staff.named(session, demo_people.name_of(role))
    assert row is not None
    return Actor(row.name, row.id)
