"""Children who do not exist, and their cases."""

from datetime import date
from typing import Any

from stdnum.th import pin

from fund.audit import Actor
from fund.cases import service
from fund.cases.children import Child, Guardian
from fund.cases.places import CasePlace
from fund.db import Database
from fund.people.powers import Grant, Person
from tests.builders import a_founded_fund
from tests.fund.browsing import a_person

DISTRICT, OTHER_DISTRICT = "4001", "4002"
HERE = CasePlace(DISTRICT, grade="P4")


def national_id(number: int) -> str:
    """A number with the right check digit that nobody has."""
    digits = f"0{number:011}"
    return digits + str(pin.calc_check_digit(digits))


def a_child(**changes: Any) -> Child:
    known: dict[str, Any] = {
        "name": "เด็กหญิงดาว ตัวอย่าง",
        "nickname": "ดาว",
        "birth_on": date(2016, 5, 4),
        "guardian": Guardian("นางจันทร์ ตัวอย่าง", "mother", "0800000000"),
    }
    return Child(**known | changes)


def a_case_manager(database: Database, name: str = "Malee", district: str = DISTRICT) -> tuple[Person, Actor]:
    with database.write() as session:
        person = a_person(session, name, Grant("case_manager", f"district:{district}"))
    return person, Actor(person.name, person.id)


def a_case(database: Database, child: Child | None = None, place: CasePlace = HERE, *, by: Actor) -> str:
    with database.write() as session:
        return service.open_case(session, child or a_child(), place, by=by)


def a_fund(database: Database) -> Actor:
    """A founded fund, and its case manager."""
    a_founded_fund(database)
    return a_case_manager(database)[1]
