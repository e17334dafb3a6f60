"""Made-up children of the demonstration who were helped: referred, turned down, due to be looked in on; a complaint.

Knows children who do not exist.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session

from fund import clock
from fund.audit import Actor
from fund.cases import consents, records, service
from fund.cases.children import Child, Guardian
from fund.cases.consents import Given
from fund.cases.following import complaints, follow_ups, referrals
from fund.cases.following.complaints import Said
from fund.cases.following.referrals import HandedOver
from fund.cases.places import CasePlace
from fund.cases.queries import ConsentOf
from fund.cases.records import NeedSaid
from fund.db import Database
from fund.people import demo_people, places, staff
from fund.people.stand_in_papers import Paper

SCHOOL: Final = "KK4001001V"
CHILDREN: Final = (
    Child("เด็กหญิงใบเฟิร์น สมมติ", "เฟิร์น", guardian=Guardian("นางบัว สมมติ", "grandparent", "0899999991")),
    Child("เด็กชายต้นกล้า สมมติ", "กล้า", guardian=Guardian("นายเมฆ สมมติ", "father", "0899999992")),
)
WORDS: Final = "ขอรถรับส่งไปโรงเรียน บ้านอยู่ไกลและไม่มีคนไปส่ง"
SAID: Final = Said("not_received", "ครูบอกว่าชุดนักเรียนมาแล้ว แต่หลานยังไม่ได้รับ", "ยายสมมติ", "0899999993")


def live(database: Database, folder: Path, last: datetime) -> None:
    """Two children helped five weeks ago; one referred twice, one to be looked in on, and what a family says."""
    with database.read() as session:
        by, partner = (_somebody(session, role) for role in ("case_manager", "partner"))
    with clock.at(last - timedelta(days=35)), database.write() as session:
        codes = [_helped(session, folder, child, by) for child in CHILDREN]
    with clock.at(last), database.write() as session:
        told = HandedOver({"nickname": CHILDREN[0].nickname, "school": "ป.4"}, ("travel",), WORDS)
        referrals.send(session, codes[0], "health", told, by=by)
        turned_down = referrals.send(session, codes[0], "education", told, by=by)
        referrals.act(session, turned_down, "decline", "ปีนี้รถรับส่งเต็มแล้ว ลองถามเหล่ากาชาด", by=partner)
        referrals.send(session, codes[1], "education", told, by=by)
        complaints.complain(session, SAID, key=complaints.link_of(session, codes[1], by=by), form_key="demo-complaint")
    with clock.at(last), database.write() as session:
        follow_ups.open_due(session)


def _helped(session: Session, folder: Path, child: Child, by: Actor) -> str:
    """A case of the school in which consent was given and help has arrived."""
    place = CasePlace(places.one(session, "school", SCHOOL).district, SCHOOL, "P4")
    code = service.open_case(session, child, place, by=by)
    records.note_need(session, code, NeedSaid("travel", "เดินทางไกล"), 2, by=by)
    of = ConsentOf(child.guardian.name, child.guardian.relation)
    signed = Paper(f"%PDF-1.4\n% {code}".encode(), "application/pdf", "pdf")
    given = Given(of, ("help", "share_with_partners"), clock.today(), "paper", signed)
    consents.give_consent(session, folder, code, given, by=by)
    for act in ("assess", "plan", "help"):
        service.move(session, code, act, by=by)
    return code


def _somebody(session: Session, role: str) -> Actor:
    row = staff.named(session, demo_people.name_of(role))
    assert row is not None
    return Actor(row.name, row.id)
