"""What a report says: of the child, what worries whoever reports, and, if they like, who they are.

Knows the signs to choose from and which of them cannot wait. Refuses a report that says neither who nor what; asks for
no more than a case manager needs to find the child.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from fund.cases.finding.errors import SignMissingError, WhoMissingError
from fund.cases.finding.likeness import Described

SIGNS: Final = {
    "absent": "Misses school for days",
    "left": "Has left school",
    "money": "No money for school",
    "hungry": "Goes hungry",
    "ill": "Is ill or disabled, without care",
    "works": "Has to work",
    "alone": "Nobody looks after the child",
    "hurt": "Is hurt or not safe",
}
"""What may worry somebody."""

URGENT: Final = frozenset({"alone", "hurt"})

RELATIONS: Final = {
    "": "I would rather not say",
    "teacher": "Teacher or school",
    "neighbour": "Neighbour",
    "relative": "Relative",
    "watcher": "Volunteer or village health worker",
    "self": "I am the child",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What is said of the child; empty is not known. `school_name` is free words where no school was chosen."""

    name: str = ""
    nickname: str = ""
    age: int | None = None
    birth_on: date | None = None
    national_id: str = ""
    school_name: str = ""
    grade: str = ""
    where: str = ""
    signs: tuple[str, ...] = ()
    words: str = ""

    def check(self) -> None:
        """Refuse what nobody could follow up. Raises WhoMissingError and SignMissingError."""
        if not (self.name or self.nickname or self.where):
            raise WhoMissingError()
        if not (self.signs or self.words):
            raise SignMissingError()

    @property
    def is_urgent(self) -> bool:
        """Whether it cannot wait for the next working day."""
        return not URGENT.isdisjoint(self.signs)

    def described(self, school: str, said_in: int) -> Described:
        """The child, to be compared with others."""
        return Described(self.name, self.nickname, self.birth_on, self.age, said_in, school, self.national_id)


@dataclass(frozen=True, slots=True)
class Reporter:
    """How to reach whoever reported; nobody else than the case managers sees it. Empty is not said."""

    name: str = ""
    phone: str = ""
    relation: str = ""

    @property
    def is_unnamed(self) -> bool:
        return not (self.name or self.phone or self.relation)


@dataclass(frozen=True, slots=True)
class Source:
    """Which way a report came, and of which district and school the child is."""

    channel: str
    district: str
    school: str = ""
    link_key: str | None = None
    class_list_id: UUID | None = None
