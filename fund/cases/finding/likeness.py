"""Whether two descriptions may be of one child: reasons for and against, and what they weigh together.

Knows names as they sound, nicknames, birthdays and ages, schools, and the national ID. Decides nothing: what is likely
is shown to a case manager, who says whether it is the same child. Pure; keeps and logs nothing.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from fund import spelling
from fund.spelling import Alike

LIKELY: Final = 50
CERTAIN: Final = 100


class Mark(StrEnum):
    """Whether a reason speaks for it, nearly so, or against it."""

    FOR = "✓"
    NEAR = "~"
    AGAINST = "✗"


@dataclass(frozen=True, slots=True)
class Described:
    """What somebody knows of a child; empty is not known. `age` was said in the year `said_in`."""

    name: str = ""
    nickname: str = ""
    birth_on: date | None = None
    age: int | None = None
    said_in: int = 0
    school: str = ""
    national_id: str = ""

    @property
    def birth_year(self) -> int | None:
        """The year of birth, from the birthday or, give or take one, from the age."""
        if self.birth_on:
            return self.birth_on.year
        return self.said_in - self.age if self.age is not None else None


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing compared, and what it weighs."""

    about: str
    mark: Mark
    weight: int

    @property
    def says(self) -> str:
        """In words, as the case manager reads it."""
        return SAYS[self.about, self.mark]


@dataclass(frozen=True, slots=True)
class Likeness:
    """All reasons, and their sum between 0 and 100."""

    reasons: tuple[Reason, ...]

    @property
    def score(self) -> int:
        if any(reason.about == "id" and reason.mark is Mark.FOR for reason in self.reasons):
            return CERTAIN
        return max(0, min(CERTAIN - 1, sum(reason.weight for reason in self.reasons)))

    @property
    def is_likely(self) -> bool:
        """Whether somebody should look at both."""
        return self.score >= LIKELY


SAYS: Final = {
    ("id", Mark.FOR): "The ID number is the same",
    ("id", Mark.AGAINST): "The ID numbers are two",
    ("name", Mark.FOR): "The name is the same",
    ("name", Mark.NEAR): "The name is nearly the same",
    ("name", Mark.AGAINST): "The name is another one",
    ("nickname", Mark.FOR): "The nickname is the same",
    ("birth", Mark.FOR): "The birthday is the same",
    ("birth", Mark.NEAR): "Birthday or age are near",
    ("birth", Mark.AGAINST): "Birthday or age do not fit",
    ("school", Mark.FOR): "The school is the same",
    ("school", Mark.AGAINST): "The school is another one",
}

_NAMES: Final = {
    (Alike.SAME, Alike.SAME): (Mark.FOR, 60),
    (Alike.SAME, Alike.NEAR): (Mark.NEAR, 50),
    (Alike.NEAR, Alike.SAME): (Mark.NEAR, 38),
    (Alike.NEAR, Alike.NEAR): (Mark.NEAR, 34),
    (Alike.SAME, Alike.UNKNOWN): (Mark.NEAR, 30),
    (Alike.SAME, Alike.OTHER): (Mark.NEAR, 20),
    (Alike.NEAR, Alike.UNKNOWN): (Mark.NEAR, 15),
}
"""By given and family name; any other pair is another name. A family name changes when a mother marries."""

_OTHER_NAME: Final = (Mark.AGAINST, -20)
_NICKNAME_ALONE, _NICKNAME_TOO = 30, 12
_SAME_BIRTHDAY, _NEAR_BIRTHDAY, _AGE_FITS, _OTHER_BIRTHDAY = 35, 12, 8, -45
_SAME_SCHOOL, _OTHER_SCHOOL = 12, -6
_TWO_IDS: Final = -45


def compare(one: Described, other: Described) -> Likeness:
    """Everything that both tell, compared."""
    found = (_id(one, other), *_called(one, other), _birth(one, other), _school(one, other))
    return Likeness(tuple(reason for reason in found if reason))


def _id(one: Described, other: Described) -> Reason | None:
    if not (one.national_id and other.national_id):
        return None
    is_same = one.national_id == other.national_id
    return Reason("id", Mark.FOR, CERTAIN) if is_same else Reason("id", Mark.AGAINST, _TWO_IDS)


def _called(one: Described, other: Described) -> tuple[Reason | None, Reason | None]:
    """Names and nicknames; neighbours often know no other name than the nickname, and give it as the name."""
    mine, theirs = spelling.words(one.name), spelling.words(other.name)
    nickname, others = "".join(spelling.words(one.nickname)), "".join(spelling.words(other.nickname))
    if _is_same(mine, others) or _is_same(theirs, nickname):
        return None, Reason("nickname", Mark.FOR, _NICKNAME_ALONE)
    named = _name(mine, theirs) if mine and theirs else None
    if spelling.alike(nickname, others) is not Alike.SAME:
        return named, None
    is_alone = named is None or named.mark is Mark.AGAINST
    return named, Reason("nickname", Mark.FOR, _NICKNAME_ALONE if is_alone else _NICKNAME_TOO)


def _is_same(words: list[str], nickname: str) -> bool:
    """Whether a name of one word is this nickname."""
    return len(words) == 1 and spelling.alike(words[0], nickname) is Alike.SAME


def _name(mine: list[str], theirs: list[str]) -> Reason:
    pair = (spelling.alike(mine[0], theirs[0]), spelling.alike("".join(mine[1:]), "".join(theirs[1:])))
    if len(mine) != len(theirs) and "".join(mine) == "".join(theirs):  # written without the space
        pair = (Alike.SAME, Alike.SAME)
    return Reason("name", *_NAMES.get(pair, _OTHER_NAME))


def _birth(one: Described, other: Described) -> Reason | None:
    if one.birth_on and other.birth_on:
        if one.birth_on == other.birth_on:
            return Reason("birth", Mark.FOR, _SAME_BIRTHDAY)
        is_near = _is_slip(one.birth_on, other.birth_on)
        return Reason("birth", *((Mark.NEAR, _NEAR_BIRTHDAY) if is_near else (Mark.AGAINST, _OTHER_BIRTHDAY)))
    mine, theirs = one.birth_year, other.birth_year
    if mine is None or theirs is None:
        return None
    apart = abs(mine - theirs)
    if apart > 2:
        return Reason("birth", Mark.AGAINST, _OTHER_BIRTHDAY)
    return Reason("birth", Mark.NEAR, _AGE_FITS if apart < 2 else 0)


def _is_slip(one: date, other: date) -> bool:
    """Day and month swapped, or one of day, month and year miswritten (the year by one or two, or by ten)."""
    if (one.day, one.month, one.year) == (other.month, other.day, other.year):
        return True
    wrong = [mine != theirs for mine, theirs in zip(one.timetuple()[:3], other.timetuple()[:3], strict=True)]
    return sum(wrong) == 1 and (not wrong[0] or abs(one.year - other.year) in (1, 2, 10))


def _school(one: Described, other: Described) -> Reason | None:
    if not (one.school and other.school):
        return None
    is_same = one.school == other.school
    return Reason("school", Mark.FOR, _SAME_SCHOOL) if is_same else Reason("school", Mark.AGAINST, _OTHER_SCHOOL)
