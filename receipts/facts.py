"""What a numbered paper says, frozen: open facts as canonical bytes, what is a person's own apart from them.

Knows how facts are written down for ever (version 1, sorted keys, integers, NFC), and those of a donation receipt; the
other kinds' lie beside it. Refuses facts that could not be printed: no amount, a year of another date, control
characters, endless names.
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, ClassVar, Final, Self

import msgspec

from receipts.errors import FactsError
from receipts.numbering import Series

VERSION: Final = 1
LONGEST_TEXT: Final = 200
LARGEST_SATANG: Final = 10**15
_UNPRINTABLE: Final = ("Cc", "Cs", "Zl", "Zp")


@dataclass(frozen=True, slots=True)
class Words:
    """A part of what a paper says: its texts are written in NFC, and refused where they could not be printed."""

    def __post_init__(self) -> None:
        """Thai marks come in more than one order."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                composed = unicodedata.normalize("NFC", value)
                if len(composed) > LONGEST_TEXT or any(unicodedata.category(c) in _UNPRINTABLE for c in composed):
                    raise FactsError(field=field.name)
                object.__setattr__(self, field.name, composed)


@dataclass(frozen=True, slots=True)
class IssuerFacts(Words):
    """Who issues the receipt and who signs it, as of its day."""

    name_th: str
    name_en: str
    address_th: str
    address_en: str
    tax_id: str
    phone: str
    signatory_name_th: str
    signatory_name_en: str
    signatory_title_th: str
    signatory_title_en: str


@dataclass(frozen=True, slots=True)
class TaxFacts(Words):
    """Whose gift it is in the tax office's eyes, how many times it counts, and the law that says so."""

    donee_th: str
    donee_en: str
    donee_tax_id: str
    ground_th: str
    ground_en: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts(Words):
    """Everything that the face of every numbered paper says but its number and codes.

    `fiscal_year` is the Christian year in which the fiscal year of `issued_on` ends. `given_on` is the day of what the
    paper proves, `amount_satang` what that came to, in money or in worth. `PRIVATE` names the fields that are a
    person's own: they lie apart and may be erased.
    """

    PRIVATE: ClassVar[tuple[str, ...]] = ()

    kind: str
    book: str
    fiscal_year: int
    issuer: IssuerFacts
    amount_satang: int
    given_on: date
    issued_on: date

    def __post_init__(self) -> None:
        Words.__post_init__(self)
        if type(self.amount_satang) is not int or not 0 < self.amount_satang <= LARGEST_SATANG:
            raise FactsError(field="amount_satang")
        if self.fiscal_year - self.issued_on.year not in (0, 1):
            raise FactsError(field="fiscal_year")
        Series(self.book, self.kind, self.fiscal_year)  # refuses a book that could not be told apart

    def canonical(self) -> bytes:
        """The open facts as bytes that never change; nothing that is a person's own, or not there, is in them."""
        told = asdict(self).items()
        known = {name: value for name, value in told if name not in self.PRIVATE and value is not None}
        return _json({**known, "version": VERSION})

    def private_part(self) -> bytes:
        """What is a person's own, as bytes; empty where nothing was given."""
        own = {name: getattr(self, name) for name in self.PRIVATE}
        return _json(own) if any(own.values()) else b""

    def digest(self) -> bytes:
        """SHA-256 of the open facts."""
        return hashlib.sha256(self.canonical()).digest()

    def without_private(self) -> Self:
        """The same facts after what is a person's own was erased."""
        erased: dict[str, Any] = dict.fromkeys(self.PRIVATE, "")
        return replace(self, **erased)

    @classmethod
    def from_canonical(cls, content: bytes, private_part: bytes = b"") -> Self:
        """Read back what `canonical` and `private_part` wrote."""
        known: dict[str, Any] = json.loads(content)
        if known.pop("version", None) != VERSION:
            raise FactsError(field="version")
        own = json.loads(private_part) if private_part else {}
        return msgspec.convert({**known, **own}, cls)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptFacts(Facts):
    """What a donation receipt says.

    Without `donor_name` the donor stays unnamed. `place` is the district or school the gift is for, empty for the whole
    province. Without `tax` it claims nothing about tax.
    """

    PRIVATE = ("donor_name", "donor_tax_id")

    kind: str = "donation"
    fund_name_th: str
    fund_name_en: str
    purpose_th: str
    purpose_en: str
    place_th: str = ""
    place_en: str = ""
    donor_name: str = ""
    donor_tax_id: str = ""
    permit_number: str = ""
    tax: TaxFacts | None = None

    def __post_init__(self) -> None:
        Facts.__post_init__(self)
        if self.donor_tax_id and not self.donor_name:
            raise FactsError(field="donor_tax_id")


def _json(known: dict[str, Any]) -> bytes:
    return json.dumps(known, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=date.isoformat).encode()
