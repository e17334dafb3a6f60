"""Forms as they are sent, and what they say once read: an amount, the donor's words, or an error at each field.

Refuses nothing by itself: it collects what every field's reader refuses, so that all is shown at once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

import msgspec

from fund import web
from fund.donations import openings
from fund.donors import details
from fund.donors.details import ContactDetails, ReceiptNameMissingError, TaxIdMissingError
from fund.errors import FundError, MalformedError
from fund.language import Language
from ledger.errors import LedgerError
from ledger.money import Satang, parse_baht

T = TypeVar("T")

CHOICES: Final = ("10", "20", "100")
OTHER: Final = "other"
_FORM_KEY_LENGTHS: Final = range(22, 65)

Refusal = FundError | LedgerError


class CampaignNameMissingError(MalformedError):
    message = "Write the name in both languages."


class TwoAmountsError(MalformedError):
    message = "You chose {chosen} baht and wrote another amount. Choose “Other”, or clear this field."


class GiveForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a donor typed. `choice` is one of the chips; `amount` counts when it is the last one, or when none is.

    A chip with another amount written beside it is refused: nobody could say which of them was meant.
    """

    choice: str = ""
    amount: str = ""
    public_name: str = ""
    name: str = ""
    tax_id: str = ""
    email: str = ""
    reports_tax: str = ""
    form_key: str = ""

    @property
    def asks_receipt(self) -> bool:
        """Whether anything was written that only a receipt needs."""
        return bool(self.name.strip() or self.tax_id.strip() or self.email.strip() or self.reports_tax)

    @property
    def has_form_key(self) -> bool:
        """Whether the key can be one that we handed out."""
        return len(self.form_key) in _FORM_KEY_LENGTHS and self.form_key.isascii() and self.form_key.isprintable()


class ReturnForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a donor who comes back without the link types."""

    reference: str = ""
    amount: str = ""


class VerifyForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is printed on a receipt's face."""

    number: str = ""
    code: str = ""


class CampaignForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A school's or temple's campaign, as it is typed. Empty purposes are those of the campaign above."""

    parent: str = ""
    name_th: str = ""
    name_en: str = ""
    purpose_th: str = ""
    purpose_en: str = ""
    csrf_token: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the form says; `errors` by the field they stand at. `reports_tax`: the tax office may be told."""

    amount_satang: int
    contact: ContactDetails
    wants_receipt: bool
    reports_tax: bool
    errors: dict[str, Refusal]


@dataclass(frozen=True, slots=True)
class Wording:
    """What staff call a new campaign, and what it is for."""

    name_th: str
    name_en: str
    purpose_th: str = ""
    purpose_en: str = ""


class Said(dict[str, str]):
    """Errors in the reader's language by field; nothing for a field without one."""

    def __missing__(self, field: str) -> str:
        return ""


def said(errors: Mapping[str, Refusal], language: Language) -> Said:
    """What the errors say in `language`."""
    return Said({field: web.message_of(error, language) for field, error in errors.items()})


class Fields:
    """Reads one field after the other and keeps what each one's reader refuses."""

    def __init__(self) -> None:
        self.errors: dict[str, Refusal] = {}

    def read(self, field: str, parse: Callable[[], T], otherwise: T) -> T:
        """What `parse` reads, or `otherwise` when it refuses."""
        try:
            return parse()
        except (FundError, LedgerError) as error:
            self.errors[field] = error
            return otherwise


def read(form: GiveForm, *, limit: Satang) -> Reading:
    """Read every field of the give form, each with its own refusal."""
    fields = Fields()
    amount = fields.read("amount", lambda: _amount(form, limit), Satang(0))
    public_name = fields.read("public_name", lambda: details.parse_name(form.public_name), "")
    name = fields.read("name", lambda: details.parse_name(form.name), "")
    tax_id = fields.read("tax_id", lambda: details.parse_tax_id(form.tax_id), "")
    email = fields.read("email", lambda: details.parse_email(form.email), "")
    if form.asks_receipt and not (name or public_name):
        fields.errors.setdefault("name", ReceiptNameMissingError())
    if form.reports_tax and not tax_id:
        fields.errors.setdefault("tax_id", TaxIdMissingError())
    contact = ContactDetails(public_name, (name or public_name) if form.asks_receipt else "", tax_id, email)
    return Reading(amount, contact, form.asks_receipt, bool(form.reports_tax), fields.errors)


def _amount(form: GiveForm, limit: Satang) -> Satang:
    if form.choice not in CHOICES:
        return parse_baht(form.amount, limit=limit)
    chosen = parse_baht(form.choice, limit=limit)
    if form.amount.strip() and not _says(form.amount, chosen):
        raise TwoAmountsError(chosen=form.choice)
    return chosen


def _says(text: str, amount: Satang) -> bool:
    try:
        return parse_baht(text) == amount
    except LedgerError:
        return False


def read_wording(form: CampaignForm) -> tuple[Wording, dict[str, Refusal]]:
    """Names and purposes of a new campaign, and what is wrong with them."""
    fields = Fields()
    name_th = fields.read("name_th", lambda: _needed(form.name_th), "")
    name_en = fields.read("name_en", lambda: _needed(form.name_en), "")
    purpose_th = fields.read("purpose_th", lambda: details.parse_name(form.purpose_th), "")
    purpose_en = fields.read("purpose_en", lambda: details.parse_name(form.purpose_en), "")
    if name_en:
        fields.read("name_en", lambda: openings.slug(name_en), "")
    return Wording(name_th, name_en, purpose_th, purpose_en), fields.errors


def _needed(text: str) -> str:
    name = details.parse_name(text)
    if not name:
        raise CampaignNameMissingError()
    return name
