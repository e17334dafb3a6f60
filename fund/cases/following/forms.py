"""The forms of following as they are sent, and what they say once read.

Knows what an office may be told of a child, each field by itself. Refuses fields that are not asked for.
"""

from typing import Annotated
from uuid import UUID

import msgspec

from fund.cases.children import LONGEST_TEXT, Child, Guardian, parse_number, parse_words
from fund.cases.following.complaints import Said
from fund.cases.following.referrals import FIELDS, HandedOver
from fund.donations.forms import Fields
from fund.donors.details import parse_name

Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=LONGEST_TEXT * 2)]


class ActForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One act on a matter, and its words; `back` is the case whose page it was sent from."""

    act: Short = ""
    words: Long = ""
    back: Short = ""
    csrf_token: Short = ""


class ReferForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which office, and which fields it is told."""

    office: Short = ""
    name: Short = ""
    nickname: Short = ""
    birth_on: Short = ""
    school: Short = ""
    address: Short = ""
    guardian: Short = ""
    needs: Short = ""
    words: Long = ""
    row_id: Short = ""
    csrf_token: Short = ""

    @property
    def chosen(self) -> tuple[str, ...]:
        """The fields that were ticked."""
        return tuple(name for name in FIELDS if getattr(self, name))

    @property
    def key(self) -> UUID | None:
        """The form's own key; None where it is none of ours."""
        try:
            return UUID(self.row_id)
        except ValueError:
            return None

    def told(self, child: Child, school: str, needs: tuple[str, ...]) -> HandedOver:
        """What the office is told of this child. Raises TextTooLongError and ControlCharacterError."""
        guardian = child.guardian
        known = {
            "name": child.name,
            "nickname": child.nickname,
            "birth_on": child.birth_on.isoformat() if child.birth_on else "",
            "school": school or child.school_name,
            "address": child.address,
            "guardian": " · ".join(part for part in (guardian.name, guardian.phone) if part),
        }
        fields = {name: known[name] for name in self.chosen if known.get(name)}
        return HandedOver(fields, needs if self.needs else (), parse_words(self.words))


class ComplaintForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a family says, without an account."""

    topic: Short = ""
    words: Long = ""
    name: Short = ""
    phone: Short = ""
    district: Short = ""
    form_key: Short = ""

    def read(self) -> tuple[Said, Fields]:
        """What is said, and what is wrong at each field."""
        fields = Fields()
        said = Said(
            self.topic,
            fields.read("words", lambda: parse_words(self.words), ""),
            fields.read("name", lambda: parse_name(self.name), ""),
            fields.read("phone", lambda: Guardian(phone=parse_number(self.phone)).phone, ""),
        )
        return said, fields
