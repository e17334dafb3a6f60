"""What a donor may tell us about themselves, read from what they typed.

Knows names, Thai tax IDs (checked by python-stdnum) and e-mail addresses.
Refuses control characters, over-long text and wrong check digits, and never repeats a tax ID in an error.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from stdnum.th import tin

from fund.errors import MalformedError

LONGEST_NAME: Final = 200
_LONGEST_EMAIL: Final = 254
_REFUSED_CATEGORIES: Final = {"Cc", "Cs", "Zl", "Zp"}
_EMAIL = re.compile(r"^[^\s@<>\"',;:()\[\]\\]{1,64}@[^\s@<>\"',;:()\[\]\\.]+(\.[^\s@<>\"',;:()\[\]\\.]+)+$")
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


class NameTooLongError(MalformedError):
    message = "A name has {longest} characters at most."


class ControlCharacterError(MalformedError):
    message = "This has characters that cannot be printed. Type it again."


class TaxIdError(MalformedError):
    """The check digit or the length is wrong; the number itself is not repeated anywhere."""

    message = "This tax ID is not right. Look at its 13 digits again."


class EmailError(MalformedError):
    message = "This e-mail address is not complete."


class ReceiptNameMissingError(MalformedError):
    message = "Write the name that the receipt is for."


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """One donor's own words: the name shown to the public, and what the receipt needs. Empty is not given."""

    public_name: str = ""
    name: str = ""
    tax_id: str = ""
    email: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.public_name or self.name or self.tax_id or self.email)


def parse_name(text: str) -> str:
    """A name in NFC with single spaces, e.g. of a person, a shop or a class; empty stays empty.

    Raises NameTooLongError and ControlCharacterError.
    """
    name = " ".join(_printable(text).split())
    if len(name) > LONGEST_NAME:
        raise NameTooLongError(longest=LONGEST_NAME)
    return name


def parse_tax_id(text: str) -> str:
    """The 13 digits of a person's or a body's tax ID; empty stays empty. Raises TaxIdError."""
    folded = text.strip().translate(_THAI_DIGITS)
    if not folded:
        return ""
    if len(folded) > 40 or not tin.is_valid(folded):
        raise TaxIdError()
    return str(tin.compact(folded))


def parse_email(text: str) -> str:
    """An e-mail address; empty stays empty. Raises EmailError."""
    address = _printable(text).strip()
    if address and (len(address) > _LONGEST_EMAIL or not _EMAIL.match(address)):
        raise EmailError()
    return address


def _printable(text: str) -> str:
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text):
        raise ControlCharacterError()
    return unicodedata.normalize("NFC", text)
