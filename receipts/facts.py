"""What a receipt says, frozen: open facts as canonical bytes, the donor's own part apart from them.

Knows which facts a receipt has and how they are written down for ever (version 1, sorted keys, integers, NFC).
Refuses facts that could not be printed: no amount, a year of another date, control characters, endless names.
"""

import hashlib
import json
import unicodedata
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from typing import Any, Final

from receipts.errors import FactsError
from receipts.numbering import Series

VERSION: Final = 1
LONGEST_TEXT: Final = 200
_LARGEST_SATANG: Final = 10**15
_UNPRINTABLE: Final = ("Cc", "Cs", "Zl", "Zp")
_PRIVATE: Final = ("donor_name", "donor_tax_id")


@dataclass(frozen=True, slots=True)
class IssuerFacts:
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

    def __post_init__(self) -> None:
        _compose(self)


@dataclass(frozen=True, slots=True)
class ReceiptFacts:
    """Everything a receipt's face says but its number and codes.

    `fiscal_year` is the Christian year in which the fiscal year of `issued_on` ends. Without `donor_name`
    the donor stays unnamed. `place` is the district or school the gift is for, empty for the whole province.
    """

    book: str
    fiscal_year: int
    issuer: IssuerFacts
    amount_satang: int
    given_on: date
    issued_on: date
    fund_name_th: str
    fund_name_en: str
    purpose_th: str
    purpose_en: str
    place_th: str = ""
    place_en: str = ""
    donor_name: str = ""
    donor_tax_id: str = ""
    permit_number: str = ""
    kind: str = "donation"

    def __post_init__(self) -> None:
        _compose(self)
        if type(self.amount_satang) is not int or not 0 < self.amount_satang <= _LARGEST_SATANG:
            raise FactsError(field="amount_satang")
        if self.fiscal_year - self.issued_on.year not in (0, 1):
            raise FactsError(field="fiscal_year")
        if self.donor_tax_id and not self.donor_name:
            raise FactsError(field="donor_tax_id")
        self.series()  # refuses a book or kind that has none

    def series(self) -> Series:
        """The run of numbers this receipt belongs to."""
        return Series(self.book, self.kind, self.fiscal_year)

    def canonical(self) -> bytes:
        """The open facts as bytes that never change; nothing of the donor is in them."""
        known = {name: value for name, value in asdict(self).items() if name not in _PRIVATE}
        return _json({**known, "version": VERSION})

    def private_part(self) -> bytes:
        """The donor's own part as bytes; empty when the donor stays unnamed."""
        return _json({name: getattr(self, name) for name in _PRIVATE}) if self.donor_name else b""

    def digest(self) -> bytes:
        """SHA-256 of the open facts."""
        return hashlib.sha256(self.canonical()).digest()

    def without_donor(self) -> "ReceiptFacts":
        """The same facts after the donor's part was erased."""
        return replace(self, donor_name="", donor_tax_id="")

    @classmethod
    def from_canonical(cls, content: bytes, private_part: bytes = b"") -> "ReceiptFacts":
        """Read back what `canonical` and `private_part` wrote."""
        known: dict[str, Any] = json.loads(content)
        if known.pop("version", None) != VERSION:
            raise FactsError(field="version")
        known["issuer"] = IssuerFacts(**known["issuer"])
        known["given_on"] = date.fromisoformat(known["given_on"])
        known["issued_on"] = date.fromisoformat(known["issued_on"])
        return cls(**known, **(json.loads(private_part) if private_part else {}))


def _compose(facts: IssuerFacts | ReceiptFacts) -> None:
    """Write every text in NFC: Thai marks come in more than one order. Refuses what could not be printed."""
    for field in fields(facts):
        value = getattr(facts, field.name)
        if isinstance(value, str):
            composed = unicodedata.normalize("NFC", value)
            if len(composed) > LONGEST_TEXT or any(unicodedata.category(c) in _UNPRINTABLE for c in composed):
                raise FactsError(field=field.name)
            object.__setattr__(facts, field.name, composed)


def _json(known: dict[str, Any]) -> bytes:
    return json.dumps(known, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=date.isoformat).encode()
