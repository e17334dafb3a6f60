"""What a donor may tell us about themselves, read from what they typed.

Knows names, Thai tax IDs (checked by python-stdnum) and e-mail addresses.
Refuses control characters, names that nobody could see, over-long text and wrong check digits, and never repeats
a tax ID in an error.
"""

import unicodedata
from dataclasses import dataclass
from typing import Final

from stdnum.th import tin

from fund import post
from fund.errors import MalformedError

LONGEST_NAME: Final = 200
_REFUSED_CATEGORIES: Final = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
# Letters and joints that leave no mark on paper: zero-width characters and the fillers of Korean writing.
_UNSEEN = dict.fromkeys(
    map(ord, "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u2060\u3164\ufeff\uffa0")
)
_THAI_DIGITS = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


class NameTooLongError(MalformedError):
    message = "A name has {longest} characters at most."


class ControlCharacterError(MalformedError):
    message = "This has characters that cannot be printed. Type it again."


class UnseenNameError(MalformedError):
    message = "A name has at least one letter or digit."


class TaxIdError(MalformedError):
    """The check digit or the length is wrong; the number itself is not repeated anywhere."""

    message = "This tax ID is not right. Look at its 13 digits again."


class TaxIdMissingError(MalformedError):
    message = "The tax office knows you by your tax ID: write it, or leave the box below empty."


class EmailError(MalformedError):
    message = "This e-mail address is not complete."


class ReceiptNameMissingError(MalformedError):
    message = "Write the name that the receipt is for."


@dataclass(frozen=True, slots=True)
class ContactDetails:
    """One donor's own words: the name we thank (`public_name`, which no public page shows) and what the receipt needs.

    Empty is not given.
    """

    public_name: str = ""
    name: str = ""
    tax_id: str = ""
    email: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.public_name or self.name or self.tax_id or self.email)


def parse_name(text: str) -> str:
    """A name in NFC with single spaces, e.g. of a person, a shop or a class; empty stays empty.

    Raises NameTooLongError, ControlCharacterError and UnseenNameError.
    """
    name = " ".join(printable(text.translate(_UNSEEN)).split())
    if len(name) > LONGEST_NAME:
        raise NameTooLongError(longest=LONGEST_NAME)
    if name and not any(unicodedata.category(character)[0] in "LN" for character in name):
        raise UnseenNameError()
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
    address = printable(text).strip()
    if address and not post.is_address(address):
        raise EmailError()
    return address


def printable(text: str) -> str:
    """A text in NFC. Raises ControlCharacterError for what cannot be printed, line ends among it."""
    if any(unicodedata.category(character) in _REFUSED_CATEGORIES for character in text):
        raise ControlCharacterError()
    return unicodedata.normalize("NFC", text)
