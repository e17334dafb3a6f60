"""Where a child's case belongs: a district, a school in it, a grade."""

from dataclasses import dataclass

from sqlmodel import Session

from fund.cases.children import GRADES
from fund.cases.errors import ChoiceError, PlaceOfCaseError
from fund.people import places
from fund.people.errors import PlaceNotFoundError
from fund.people.powers import Place


@dataclass(frozen=True, slots=True)
class CasePlace:
    """A district's code, a registered school's (empty where it is none), and one of `GRADES`."""

    district: str
    school: str = ""
    grade: str = ""

    def __post_init__(self) -> None:
        if self.grade not in GRADES:
            raise ChoiceError()

    @property
    def place(self) -> Place:
        """The same, as powers ask for it."""
        return Place(district=self.district, school=self.school)


def require_known(session: Session, place: CasePlace) -> None:
    """Raises PlaceOfCaseError where there is no such district, or no such school in it."""
    if place.district not in places.districts(session):
        raise PlaceOfCaseError()
    if place.school and _district_of(session, place.school) != place.district:
        raise PlaceOfCaseError()


def _district_of(session: Session, school: str) -> str:
    try:
        return places.one(session, "school", school).district
    except PlaceNotFoundError:
        return ""
