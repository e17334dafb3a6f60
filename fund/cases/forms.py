"""What the forms of cases send, and what they say once read: a child, a place, or what is wrong at each field.

Knows the fields by names that are one page's own. Refuses fields that are not asked for.
"""

import base64
import binascii
from collections.abc import Collection
from datetime import date
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from fund import clock
from fund.cases import children
from fund.cases.children import Child, Guardian, Household
from fund.cases.consents import SCOPES
from fund.cases.errors import DayError, PlaceOfCaseError, SignatureMissingError
from fund.cases.handing import pictures
from fund.cases.places import CasePlace
from fund.donations.forms import Fields, Refusal
from fund.donors.details import parse_name
from fund.people import stand_in_papers
from fund.people.places import SEPARATOR, KnownPlace
from fund.people.stand_in_papers import LARGEST_BYTES, Paper
from ledger.money import format_plain_baht, parse_baht

Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=children.LONGEST_TEXT * 2)]
_PNG: Final = "data:image/png;base64,"
LARGEST_SIGNATURE: Final = 200_000


class CaseForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A form of a case: why the page is open, and the form's own key, by which it is taken once."""

    csrf_token: Short = ""
    why: Short = ""
    row_id: Short = ""

    @property
    def key(self) -> UUID | None:
        """The form's own key; None where it is none of ours."""
        try:
            return UUID(self.row_id)
        except ValueError:
            return None


class ChildForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A child, the family and where the case belongs, as they were typed."""

    name: Short = ""
    nickname: Short = ""
    birth_on: Short = ""
    sex: Short = ""
    national_id: Short = ""
    other_id: Short = ""
    district: Short = ""
    school: Short = ""
    grade: Short = ""
    address: Long = ""
    guardian: Short = ""
    relation: Short = ""
    phone: Short = ""
    promptpay: Short = ""
    bank: Short = ""
    account: Short = ""
    people: Short = ""
    earners: Short = ""
    income: Short = ""
    household: Long = ""

    def read(
        self, schools: Collection[KnownPlace], districts: Collection[str]
    ) -> tuple[Child | None, CasePlace | None, dict[str, Refusal]]:
        """The child and the place, or what is wrong; a school that is none of `schools` is kept by its name."""
        fields = Fields()
        place = self._place(fields, schools, districts)
        told: dict[str, Any] = {
            "name": fields.read("name", lambda: children.parse_child_name(self.name), "–"),
            "nickname": fields.read("nickname", lambda: parse_name(self.nickname), ""),
            "birth_on": fields.read("birth_on", lambda: children.parse_birth(self.birth_on), None),
            "national_id": fields.read("national_id", lambda: children.parse_national_id(self.national_id), ""),
            "other_id": fields.read("other_id", self._other_id, ""),
            "sex": fields.read("sex", lambda: children.require_choice(self.sex, children.SEXES), ""),
            "address": fields.read("address", lambda: children.parse_words(self.address), ""),
            "school_name": fields.read("school", lambda: self._school_name(schools), ""),
            "guardian": self._guardian(fields),
            "household": self._household(fields),
        }
        return (None, None, fields.errors) if fields.errors else (Child(**told), place, {})

    def _place(self, fields: Fields, schools: Collection[KnownPlace], districts: Collection[str]) -> CasePlace | None:
        grade = fields.read("grade", lambda: children.require_choice(self.grade, children.GRADES), "")
        school = self._registered(schools)
        if self.district not in districts or (school and school.district != self.district):
            fields.errors["district"] = PlaceOfCaseError()
            return None
        return CasePlace(self.district, school.code if school else "", grade)

    def _registered(self, schools: Collection[KnownPlace]) -> KnownPlace | None:
        code = self.school.rpartition(SEPARATOR)[2].strip()
        return next((one for one in schools if one.code == code), None)

    def _school_name(self, schools: Collection[KnownPlace]) -> str:
        return "" if self._registered(schools) else parse_name(self.school)

    def _other_id(self) -> str:
        return Child("–", other_id=children.parse_other_id(self.other_id)).other_id

    def _guardian(self, fields: Fields) -> Guardian:
        number = children.parse_number
        bank = fields.read("bank", lambda: parse_name(self.bank), "")
        account = fields.read("account", lambda: Guardian(bank=bank, account=number(self.account)).account, "")
        return Guardian(
            name=fields.read("guardian", lambda: parse_name(self.guardian), ""),
            relation=fields.read("relation", lambda: Guardian(relation=self.relation).relation, ""),
            phone=fields.read("phone", lambda: Guardian(phone=number(self.phone)).phone, ""),
            promptpay=fields.read("promptpay", lambda: Guardian(promptpay=number(self.promptpay)).promptpay, ""),
            bank=bank if account else "",
            account=account,
        )

    def _household(self, fields: Fields) -> Household:
        return Household(
            people=fields.read("people", lambda: children.parse_count(self.people), None),
            earners=fields.read("earners", lambda: children.parse_count(self.earners), None),
            income_satang=fields.read("income", self._income, None),
            words=fields.read("household", lambda: children.parse_words(self.household), ""),
        )

    def _income(self) -> int | None:
        typed = self.income.strip()
        if not typed:
            return None
        return 0 if typed in ("0", "๐") else parse_baht(typed)


class NeedForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A need, and how urgent it is."""

    need: Short = ""
    urgency: Short = ""
    need_words: Long = ""


class NoteForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A note."""

    note: Long = ""


class HelpForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Help that another body has given."""

    help_on: Short = ""
    help_need: Short = ""
    giver: Short = ""
    help_words: Long = ""

    @property
    def day(self) -> date:
        """The day it was given. Raises DayError."""
        return past_day(self.help_on)


class MoveForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The next stage."""

    act: Short = ""
    reason: Long = ""


class AssignForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who is in charge."""

    person: Short = ""


class TieForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How whoever sends it is tied to the child."""

    tie: Short = ""


class PaperForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A paper or a photo."""

    paper_kind: Short = ""
    paper_words: Long = ""
    paper: UploadFile | None = None  # last: a field before it that is no text leaves no file open


class ConsentForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Who agreed to what, with a signature drawn on the screen or a signed paper."""

    who: Short = ""
    consent_relation: Short = ""
    given_on: Short = ""
    help: Short = ""
    share_with_partners: Short = ""
    photos: Short = ""
    signature: Annotated[str, msgspec.Meta(max_length=LARGEST_SIGNATURE * 2)] = ""
    signed: UploadFile | None = None

    @property
    def scopes(self) -> list[str]:
        """What was ticked."""
        return [scope for scope in SCOPES if getattr(self, scope)]

    @property
    def day(self) -> date:
        """The day of the consent. Raises DayError."""
        return past_day(self.given_on)

    def paper(self) -> tuple[str, Paper]:
        """How it was signed, and the signature or paper. Raises SignatureMissingError and the reader's refusals."""
        return read_signature(self.signature, self.signed)


def read_signature(drawn: str, signed: UploadFile | None) -> tuple[str, Paper]:
    """`paper` or `screen`, and the signed paper or what was drawn. Raises the same."""
    content = read_file(signed)
    if content:
        return "paper", pictures.cleaned(content)
    if not drawn.startswith(_PNG):
        raise SignatureMissingError()
    try:
        return "screen", stand_in_papers.read(base64.b64decode(drawn.removeprefix(_PNG), validate=True))
    except binascii.Error:
        raise SignatureMissingError() from None


def read_file(sent: UploadFile | None) -> bytes:
    """What was chosen; nothing where nothing was. One byte more than is taken shows what is too large."""
    return sent.file.read(LARGEST_BYTES + 1) if sent is not None else b""


def past_day(text: str) -> date:
    """A day that has come. Raises DayError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise DayError() from None
    if day > clock.today():
        raise DayError()
    return day


def typed(child: Child, place: CasePlace, schools: Collection[KnownPlace], language: str) -> ChildForm:
    """The form that says what is known."""
    family, home = child.guardian, child.household
    school = next((one for one in schools if one.code == place.school), None)
    return ChildForm(
        name=child.name,
        nickname=child.nickname,
        birth_on=child.birth_on.isoformat() if child.birth_on else "",
        sex=child.sex,
        national_id=child.national_id,
        other_id=child.other_id,
        district=place.district,
        school=choice(school, language) if school else child.school_name,
        grade=place.grade,
        address=child.address,
        guardian=family.name,
        relation=family.relation,
        phone=family.phone,
        promptpay=family.promptpay,
        bank=family.bank,
        account=family.account,
        people="" if home.people is None else str(home.people),
        earners="" if home.earners is None else str(home.earners),
        income="" if home.income_satang is None else format_plain_baht(home.income_satang),
        household=home.words,
    )


def choice(school: KnownPlace, language: str) -> str:
    """A school as it is chosen from a list: its name and code."""
    return f"{school.name_th if language == 'th' else school.name_en}{SEPARATOR}{school.code}"
