"""What an offer says, and who offers, as values that cannot be built wrong; and how forms' texts become them.

Refuses what nobody could answer: no words, no name, no way to reach anybody. Never repeats what was typed.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from fund import clock
from fund.donors.details import parse_name, printable
from fund.goods.errors import QuantityError
from fund.goods.offers.errors import (
    ChoiceMissingError,
    ContactMissingError,
    GiverMissingError,
    PhoneWrongError,
    WantedByError,
    WhatMissingError,
    WordsTooLongError,
)
from fund.goods.states import CONDITIONS
from fund.goods.steps import is_quantity

LONGEST: Final = 2_000
AHEAD: Final = timedelta(days=366)
GIVERS: Final = {"company": "A company, shop or body", "person": "A person"}
_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
_PHONE: Final = re.compile(r"0\d{8,9}", re.ASCII)
_COUNT: Final = re.compile(r"\d{1,7}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """In the giver's own words: what it is, in which unit, where it stands, what else; and how to reach them.

    `token` opens the offer's page: it lies here so that a letter can bring the link.
    """

    what: str
    unit: str = ""
    where: str = ""
    words: str = ""
    phone: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Giver:
    """Who offers."""

    kind: str
    name: str
    phone: str = ""
    email: str = ""

    def __post_init__(self) -> None:
        if self.kind not in GIVERS:
            raise ChoiceMissingError()
        if not self.name:
            raise GiverMissingError()
        if not (self.phone or self.email):
            raise ContactMissingError()


@dataclass(frozen=True, slots=True)
class Offer:
    """What is offered. `thing_id` is the nearest of the list, with its size; none where none is near."""

    what: str
    quantity: int
    unit: str = ""
    thing_id: UUID | None = None
    size: str = ""
    condition: str = "new"
    where: str = ""
    words: str = ""
    wanted_by: date | None = None
    for_district: str = ""

    def __post_init__(self) -> None:
        if not self.what:
            raise WhatMissingError()
        if not is_quantity(self.quantity):
            raise QuantityError()
        if self.condition not in CONDITIONS:
            raise ChoiceMissingError()


def parse_what(text: str) -> str:
    """What it is, on one line. Raises WhatMissingError and what `parse_name` does."""
    what = parse_name(text)
    if not what:
        raise WhatMissingError()
    return what


def parse_giver(text: str) -> str:
    """Who offers. Raises GiverMissingError and what `parse_name` does."""
    name = parse_name(text)
    if not name:
        raise GiverMissingError()
    return name


def parse_words(text: str) -> str:
    """Free words in NFC, line by line. Raises WordsTooLongError and ControlCharacterError."""
    if len(text) > LONGEST * 2:
        raise WordsTooLongError(longest=LONGEST)
    words = "\n".join(printable(line).rstrip() for line in text.strip().splitlines())
    if len(words) > LONGEST:
        raise WordsTooLongError(longest=LONGEST)
    return words


def parse_phone(text: str) -> str:
    """A Thai phone number as digits; empty stays empty. Raises PhoneWrongError."""
    digits = re.sub(r"[\s().-]", "", text.translate(_DIGITS))
    digits = "0" + digits.removeprefix("+66") if digits.startswith("+66") else digits
    if digits and not _PHONE.fullmatch(digits):
        raise PhoneWrongError()
    return digits


def parse_quantity(text: str) -> int:
    """How many. Raises QuantityError."""
    folded = text.strip().translate(_DIGITS).replace(",", "")
    if not _COUNT.fullmatch(folded) or not is_quantity(int(folded)):
        raise QuantityError()
    return int(folded)


def parse_wanted_by(text: str) -> date | None:
    """Until when an answer or a fetch is wanted; empty is not said. Raises WantedByError."""
    folded = text.strip().translate(_DIGITS)
    if not folded:
        return None
    try:
        day = date.fromisoformat(folded)
    except ValueError:
        raise WantedByError() from None
    if not clock.today() <= day <= clock.today() + AHEAD:
        raise WantedByError()
    return day


def require_choice(chosen: str, known: Container[str]) -> str:
    """What was chosen, if it is one of these. Raises ChoiceMissingError."""
    if chosen not in known:
        raise ChoiceMissingError()
    return chosen
