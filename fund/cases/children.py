"""A child, who answers for them, and the household they live in, as values that cannot be built wrong.

Knows what of it may be unknown: a child without an ID, a birth date or a family is a child like any other. Refuses
numbers with a wrong check digit, and never repeats what was typed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from stdnum.th import pin

from fund import clock
from fund.cases.errors import (
    BankAccountError,
    BirthDateError,
    BuddhistYearError,
    ChildNameMissingError,
    ChoiceError,
    CountError,
    NationalIdError,
    OtherIdError,
    PhoneError,
    PromptPayIdError,
    TextTooLongError,
)
from fund.donors.details import parse_name, printable
from fund.errors import MalformedError

NEEDS: Final = {
    "education_cost": "Cost of education",
    "travel": "Travel to school",
    "uniform": "Uniform and shoes",
    "food": "Food",
    "health": "Health",
    "housing": "Housing",
    "safety": "Safety",
}
"""What a child may need; the purposes of grants have the same names."""

GRADES: Final = {
    "": "Not known",
    "out": "Not in school",
    **{f"K{year}": f"Kindergarten {year}" for year in (1, 2, 3)},
    **{f"P{year}": f"Primary {year}" for year in (1, 2, 3, 4, 5, 6)},
    **{f"M{year}": f"Secondary {year}" for year in (1, 2, 3, 4, 5, 6)},
    **{f"V{year}": f"Vocational certificate {year}" for year in (1, 2, 3)},
    **{f"D{year}": f"Vocational diploma {year}" for year in (1, 2)},
}
SEXES: Final = {"": "Not said", "female": "Girl", "male": "Boy"}
RELATIONS: Final = {
    "": "Not known",
    "mother": "Mother",
    "father": "Father",
    "grandparent": "Grandparent",
    "relative": "Another relative",
    "foster": "Foster parent or home",
    "self": "The young person themselves",
}
OF_AGE: Final = 20
"""Years (Civil and Commercial Code, section 19)."""

LONGEST_TEXT: Final = 2_000
_OLDEST: Final = timedelta(days=366 * 40)
_THAI_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_OTHER_ID: Final = re.compile(r"[0-9A-Z/.-]{1,20}", re.ASCII)
_PHONE: Final = re.compile(r"0\d{8,9}", re.ASCII)
_ACCOUNT: Final = re.compile(r"\d{10,15}", re.ASCII)


def is_id(number: str) -> bool:
    """Whether this is a 13-digit number with the right check digit; a 0 leads those without a nationality."""
    is_long = len(number) == 13 and number.isascii() and number.isdecimal()
    return is_long and pin.calc_check_digit(number[:-1]) == number[-1]


def require_choice(chosen: str, known: Mapping[str, str]) -> str:
    """What was chosen, if it is one of these. Raises ChoiceError."""
    if chosen not in known:
        raise ChoiceError()
    return chosen


def _require(holds: object, refusal: type[MalformedError], **facts: int) -> None:
    if not holds:
        raise refusal(**facts)


@dataclass(frozen=True, slots=True)
class Guardian:
    """Who answers for the child, and where help in money reaches them. Empty is not known."""

    name: str = ""
    relation: str = ""
    phone: str = ""
    promptpay: str = ""
    bank: str = ""
    account: str = ""

    def __post_init__(self) -> None:
        require_choice(self.relation, RELATIONS)
        _require(not self.phone or _PHONE.fullmatch(self.phone), PhoneError)
        is_phone = _PHONE.fullmatch(self.promptpay) and len(self.promptpay) == 10
        _require(not self.promptpay or is_phone or is_id(self.promptpay), PromptPayIdError)
        _require(bool(self.bank) == bool(self.account), BankAccountError)
        _require(not self.account or _ACCOUNT.fullmatch(self.account), BankAccountError)


@dataclass(frozen=True, slots=True)
class Household:
    """Who lives together, and on how much a month. None is not known."""

    people: int | None = None
    earners: int | None = None
    income_satang: int | None = None
    words: str = ""

    def __post_init__(self) -> None:
        counts = [count for count in (self.people, self.earners) if count is not None]
        _require(all(0 <= count <= 99 for count in counts), CountError)
        _require(len(self.words) <= LONGEST_TEXT, TextTooLongError, longest=LONGEST_TEXT)


@dataclass(frozen=True, slots=True)
class Child:
    """A child as the case store knows them.

    `other_id` is a school's G code, a passport or the like; `school_name` a school that is not among the places.
    """

    name: str
    nickname: str = ""
    birth_on: date | None = None
    national_id: str = ""
    other_id: str = ""
    sex: str = ""
    address: str = ""
    school_name: str = ""
    guardian: Guardian = Guardian()
    household: Household = Household()

    def __post_init__(self) -> None:
        _require(self.name, ChildNameMissingError)
        _require(not self.national_id or is_id(self.national_id), NationalIdError)
        _require(not self.other_id or _OTHER_ID.fullmatch(self.other_id), OtherIdError)
        require_choice(self.sex, SEXES)
        _require(len(self.address) <= LONGEST_TEXT, TextTooLongError, longest=LONGEST_TEXT)

    def is_of_age(self, on: date) -> bool:
        """Whether they are known to be 20 or older on this day."""
        return self.is_aged(OF_AGE, on)

    def is_aged(self, years: int, on: date) -> bool:
        """Whether they are known to be so old or older on this day."""
        return self.birth_on is not None and _birthday(self.birth_on, years) <= on


def parse_birth(text: str) -> date | None:
    """A birth date as a form sends it; empty is not known. Raises BirthDateError and BuddhistYearError."""
    folded = text.strip().translate(_THAI_DIGITS)
    if not folded:
        return None
    try:
        day = date.fromisoformat(folded)
    except ValueError:
        raise BirthDateError() from None
    if day.year > 2400:
        raise BuddhistYearError()
    if not clock.today() - _OLDEST < day <= clock.today():
        raise BirthDateError()
    return day


def parse_national_id(text: str) -> str:
    """The 13 digits of a Thai ID; empty where there is none. Raises NationalIdError."""
    folded = _digits(text)
    if folded and not is_id(folded):
        raise NationalIdError()
    return folded


def parse_other_id(text: str) -> str:
    """Another number by which the child is known, in capitals; empty where there is none."""
    return "".join(text.translate(_THAI_DIGITS).upper().split())


def parse_number(text: str) -> str:
    """A phone number or an account as digits alone."""
    return _digits(text)


def parse_count(text: str) -> int | None:
    """A number of people; empty is not known. Raises CountError."""
    folded = text.strip().translate(_THAI_DIGITS)
    if folded and not re.fullmatch(r"\d{1,2}", folded, re.ASCII):
        raise CountError()
    return int(folded) if folded else None


def parse_child_name(text: str) -> str:
    """A child's name. Raises ChildNameMissingError and what `parse_name` does."""
    name = parse_name(text)
    if not name:
        raise ChildNameMissingError()
    return name


def parse_words(text: str) -> str:
    """Free words in NFC, line by line. Raises TextTooLongError and ControlCharacterError."""
    lines = text.replace("\r\n", "\n").split("\n")
    words = "\n".join(printable(line.replace("\t", " ")).rstrip() for line in lines).strip()
    if len(words) > LONGEST_TEXT:
        raise TextTooLongError(longest=LONGEST_TEXT)
    return words


def _digits(text: str) -> str:
    return re.sub(r"[\s\-–.]", "", text.translate(_THAI_DIGITS))


def _birthday(born: date, years: int) -> date:
    """The day on which somebody becomes so old; who was born on 29 February, on 1 March of other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)
