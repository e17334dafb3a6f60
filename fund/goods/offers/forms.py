"""The forms of offers as they are sent, and what they say once read, with what is wrong at each field."""

from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from fund.donations.forms import Fields, Refusal
from fund.donors import details
from fund.goods.errors import ThingNotFoundError
from fund.goods.offers import told
from fund.goods.offers.errors import ChoiceMissingError, ContactMissingError
from fund.goods.offers.told import GIVERS, Giver, Offer
from fund.goods.states import CONDITIONS
from fund.goods.things import Thing

_FORM_KEY_LENGTHS: Final = range(22, 65)


class OfferForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What whoever offers typed; `thing` is `<id>` or `<id> <size>`."""

    what: str = ""
    thing: str = ""
    quantity: str = ""
    unit: str = ""
    condition: str = "new"
    where: str = ""
    wanted_by: str = ""
    district: str = ""
    words: str = ""
    giver: str = "company"
    name: str = ""
    phone: str = ""
    email: str = ""
    form_key: str = ""

    @property
    def has_form_key(self) -> bool:
        """Whether the key can be one that we handed out."""
        return len(self.form_key) in _FORM_KEY_LENGTHS and self.form_key.isascii() and self.form_key.isprintable()


class StaffOfferForm(OfferForm, frozen=True, forbid_unknown_fields=True):
    """What staff note for somebody who called or came."""

    csrf_token: str = ""


class AnswerForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Staff's act on an offer: why, how many, and what is written to whoever offered."""

    reason: str = ""
    accepted: str = ""
    words: str = ""
    csrf_token: str = ""


class PhotoForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A photo of what is offered."""

    photo: UploadFile


class StaffPhotoForm(PhotoForm, frozen=True, forbid_unknown_fields=True):
    """The same, from the inside."""

    csrf_token: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says, or None with what is wrong by field."""

    offer: Offer | None
    giver: Giver | None
    errors: dict[str, Refusal]


def read(form: OfferForm, things: Mapping[UUID, Thing], districts: Container[str]) -> Reading:
    """Read every field, each with its own refusal."""
    fields = Fields()
    what = fields.read("what", lambda: told.parse_what(form.what), "")
    no_thing: tuple[UUID | None, str] = (None, "")
    thing_id, size = fields.read("thing", lambda: _thing(form.thing, things), no_thing)
    quantity = fields.read("quantity", lambda: told.parse_quantity(form.quantity), 1)
    unit = fields.read("unit", lambda: details.parse_name(form.unit), "")
    condition = fields.read("condition", lambda: told.require_choice(form.condition, CONDITIONS), "new")
    where = fields.read("where", lambda: told.parse_words(form.where), "")
    wanted_by = fields.read("wanted_by", lambda: told.parse_wanted_by(form.wanted_by), None)
    district = fields.read("district", lambda: _district(form.district, districts), "")
    words = fields.read("words", lambda: told.parse_words(form.words), "")
    kind = fields.read("giver", lambda: told.require_choice(form.giver, GIVERS), "company")
    name = fields.read("name", lambda: told.parse_giver(form.name), "")
    phone = fields.read("phone", lambda: told.parse_phone(form.phone), "")
    email = fields.read("email", lambda: details.parse_email(form.email), "")
    if not (phone or email or {"phone", "email"} & fields.errors.keys()):
        fields.errors["phone"] = ContactMissingError()
    if fields.errors:
        return Reading(None, None, fields.errors)
    offer = Offer(what, quantity, unit, thing_id, size, condition, where, words, wanted_by, district)
    return Reading(offer, Giver(kind, name, phone, email), {})


def _district(code: str, districts: Container[str]) -> str:
    if code and code not in districts:
        raise ChoiceMissingError()
    return code


def _thing(text: str, things: Mapping[UUID, Thing]) -> tuple[UUID | None, str]:
    """The thing that was chosen, and its size."""
    if not text:
        return None, ""
    named, _, size = text.partition(" ")
    found = next((one for one in things.values() if str(one.id) == named), None)
    if found is None or size not in (found.sizes or ("",)):
        raise ThingNotFoundError()
    return found.id, size
