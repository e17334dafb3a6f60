"""Made-up reports for the demonstration: a teacher's, a neighbour's of the same child, and an urgent one.

Knows children who do not exist.
"""

from typing import Final

from sqlmodel import Session

from fund.audit import Actor
from fund.cases.finding import service
from fund.cases.finding.told import Reporter, Source, Told
from fund.people import places

SCHOOL: Final = "KK4001001V"
TEACHERS: Final = Told(
    "เด็กชายธนภัทร ศรีสุข", "ภัทร", 11, grade="P5", signs=("absent", "money"), words="ไม่มาเรียนสองสัปดาห์ ยายบอกว่าไม่มีค่ารถ"
)
NEIGHBOURS: Final = Told("ธนภัทร ศรีสุก", age=11, where="บ้านไม้หลังวัด อยู่กับยาย", signs=("left",))
URGENT: Final = Told(nickname="ฝน", age=8, where="ห้องเช่าหลังตลาด", signs=("alone", "hungry"), words="อยู่กับน้องสองคน")


def tell(session: Session, *, by: Actor) -> None:
    """Give a school its link, and have three reports come."""
    district = places.one(session, "school", SCHOOL).district
    key = service.make_link(session, SCHOOL, by=by)
    at_school = Source("link", district, SCHOOL, key)
    teacher, nobody = Reporter("ครูสมมติ", "0899999999", "teacher"), Reporter()
    service.report(session, TEACHERS, teacher, at_school, form_key="demo-teacher")
    service.report(session, NEIGHBOURS, nobody, Source("open", district), form_key="demo-neighbour")
    service.report(session, URGENT, nobody, Source("open", district), form_key="demo-urgent")
