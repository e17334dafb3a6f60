"""The forms of reports as they are sent, and what they say once read, with what is wrong at each field.

Knows the public form and staff's own, which asks a little more. Refuses nothing by itself: it collects what every
field's reader refuses.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from fund.cases import children
from fund.cases.children import GRADES, Guardian
from fund.cases.finding.errors import SignMissingError, WhoMissingError
from fund.cases.finding.told import RELATIONS, SIGNS, Reporter, Told
from fund.donations.forms import Fields, Refusal
from fund.donors.details import parse_name

_FORM_KEY_LENGTHS: Final = range(22, 65)


class ReportForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What anybody may tell, without an account; each sign is a box of its own."""

    name: str = ""
    nickname: str = ""
    age: str = ""
    grade: str = ""
    where: str = ""
    words: str = ""
    district: str = ""
    school_name: str = ""
    reporter_name: str = ""
    reporter_phone: str = ""
    reporter_relation: str = ""
    absent: str = ""
    left: str = ""
    money: str = ""
    hungry: str = ""
    ill: str = ""
    works: str = ""
    alone: str = ""
    hurt: str = ""
    form_key: str = ""

    @property
    def signs(self) -> tuple[str, ...]:
        """The signs that were ticked."""
        return tuple(sign for sign in SIGNS if getattr(self, sign))

    @property
    def has_form_key(self) -> bool:
        """Whether the key can be one that we handed out."""
        return len(self.form_key) in _FORM_KEY_LENGTHS and self.form_key.isascii() and self.form_key.isprintable()


class StaffReportForm(ReportForm, frozen=True, forbid_unknown_fields=True):
    """What staff tell from the inside; `place` is one of theirs, as `school:KK4001001V` or `district:4001`."""

    place: str = ""
    birth_on: str = ""
    national_id: str = ""
    csrf_token: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a form says; `errors` by the field they stand at."""

    told: Told
    reporter: Reporter
    errors: dict[str, Refusal]


def read(form: ReportForm) -> Reading:
    """Read every field, each with its own refusal."""
    fields, more = Fields(), form if isinstance(form, StaffReportForm) else StaffReportForm()
    told = Told(
        name=fields.read("name", lambda: parse_name(form.name), ""),
        nickname=fields.read("nickname", lambda: parse_name(form.nickname), ""),
        age=fields.read("age", lambda: children.parse_count(form.age), None),
        birth_on=fields.read("birth_on", lambda: children.parse_birth(more.birth_on), None),
        national_id=fields.read("national_id", lambda: children.parse_national_id(more.national_id), ""),
        school_name=fields.read("school_name", lambda: parse_name(form.school_name), ""),
        grade=fields.read("grade", lambda: children.require_choice(form.grade, GRADES), ""),
        where=fields.read("where", lambda: children.parse_words(form.where), ""),
        signs=form.signs,
        words=fields.read("words", lambda: children.parse_words(form.words), ""),
    )
    reporter = Reporter(
        name=fields.read("reporter_name", lambda: parse_name(form.reporter_name), ""),
        phone=fields.read("reporter_phone", lambda: _phone(form.reporter_phone), ""),
        relation=fields.read(
            "reporter_relation", lambda: children.require_choice(form.reporter_relation, RELATIONS), ""
        ),
    )
    if not fields.errors:
        _check(told, fields)
    return Reading(told, reporter, fields.errors)


def _phone(text: str) -> str:
    return Guardian(phone=children.parse_number(text)).phone


def _check(told: Told, fields: Fields) -> None:
    try:
        told.check()
    except WhoMissingError as refusal:
        fields.errors["name"] = refusal
    except SignMissingError as refusal:
        fields.errors["signs"] = refusal
