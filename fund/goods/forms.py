"""Forms of the store as they are sent. What was typed goes back where it is refused; other fields are refused."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from fund.donors.details import ContactDetails, parse_name, parse_tax_id
from fund.goods.errors import DayError, OfferError, PlaceNotFoundError, QuantityError, ThingNotFoundError
from fund.goods.receiving import Arrival
from fund.people import stand_in_papers
from fund.people.stand_in_papers import LARGEST_BYTES, Paper

Short = Annotated[str, msgspec.Meta(max_length=500)]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A button alone."""

    csrf_token: Short = ""


class ThingForm(Form, frozen=True, kw_only=True):
    """A new thing; its sizes apart by commas."""

    name_th: Short = ""
    name_en: Short = ""
    unit_th: Short = ""
    unit_en: Short = ""
    sizes: Short = ""

    @property
    def size_list(self) -> list[str]:
        """The sizes, none where it comes in one."""
        return [size for size in (part.strip() for part in self.sizes.split(",")) if size]


class PlaceForm(Form, frozen=True, kw_only=True):
    """A new place."""

    kind: Short = "store"
    name: Short = ""


class ReceiveForm(Form, frozen=True, kw_only=True):
    """What came in, as one person has counted it; `thing` names the size too."""

    thing: Short = ""
    accepted: Short = ""
    rejected: Short = ""
    rejected_because: Short = ""
    expires_on: Short = ""
    condition: Short = "new"
    place: Short = ""
    for_district: Short = ""
    giver: Short = ""
    tax_id: Short = ""
    offer: Short = ""
    photo: UploadFile | None = None  # last: a field before it that is no text leaves no file open

    def arrival(self, contact_id: UUID | None) -> Arrival:
        """What was counted. Raises what an arrival does, DayError and OfferError."""
        thing, _, size = self.thing.partition(":")
        if self.offer and not (self.offer.isascii() and self.offer.isalnum() and len(self.offer) <= 40):
            raise OfferError()
        return Arrival(
            thing_id=ident(thing, ThingNotFoundError),
            size=size,
            accepted=whole(self.accepted),
            place_id=ident(self.place, PlaceNotFoundError),
            rejected=whole(self.rejected or "0"),
            rejected_because=" ".join(self.rejected_because.split()),
            expires_on=_day(self.expires_on),
            condition=self.condition,
            contact_id=contact_id,
            for_district=self.for_district,
            offer=self.offer or None,
        )

    def contact(self) -> ContactDetails:
        """Who gave it, empty where nobody said so. Raises what names and tax IDs do."""
        return ContactDetails(name=parse_name(self.giver), tax_id=parse_tax_id(self.tax_id))


class ValueForm(Form, frozen=True, kw_only=True):
    """What one is worth, on what this rests, and the paper."""

    worth: Short = ""
    basis: Short = "invoice"
    paper: UploadFile | None = None


class MoveForm(Form, frozen=True, kw_only=True):
    """From where, to where, how many."""

    place: Short = ""
    to: Short = ""
    quantity: Short = ""


class CountForm(Form, frozen=True, kw_only=True):
    """How many somebody has found at a place."""

    place: Short = ""
    found: Short = ""


class RemoveForm(Form, frozen=True, kw_only=True):
    """How many shall be written off or given back, why, and the paper."""

    place: Short = ""
    act: Short = "write_off"
    quantity: Short = ""
    reason: Short = ""
    paper: UploadFile | None = None


class AnswerForm(Form, frozen=True, kw_only=True):
    """An answer (yes or no), and why."""

    answer: Short = ""
    reason: Short = ""


def whole(text: str) -> int:
    """A whole number as people write it. Raises QuantityError."""
    try:
        return int(text.replace(",", ""))
    except ValueError:
        raise QuantityError() from None


def ident(text: str, missing: type[Exception]) -> UUID:
    """An id that was chosen from a list. Raises `missing`."""
    try:
        return UUID(text)
    except ValueError:
        raise missing() from None


def paper(file: UploadFile | None) -> Paper:
    """The paper that was chosen. Raises NoPaperError and PaperTooLargeError."""
    return stand_in_papers.read(file.file.read(LARGEST_BYTES + 1) if file else b"")


def photo(file: UploadFile | None) -> Paper | None:
    """The picture, if one was chosen. Raises the same."""
    content = file.file.read(LARGEST_BYTES + 1) if file else b""
    return stand_in_papers.read(content) if content else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise DayError() from None
