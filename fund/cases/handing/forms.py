"""What the forms of handing over send; what was typed goes back where it is refused. Refuses other fields."""

import base64
import binascii
from typing import Annotated, Final
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from fund.cases.children import parse_words
from fund.cases.forms import Long, Short
from fund.cases.handing import pictures
from fund.cases.handing.errors import SignatureMissingError
from fund.cases.handing.handovers import Said
from fund.cases.handing.pictures import Picture
from fund.donors.details import parse_name

_PNG: Final = "data:image/png;base64,"
_LARGEST_SIGNATURE: Final = 400_000


class SaidForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A family's answer as it was typed, with its signature."""

    answer: Short = ""
    who: Short = ""
    relation: Short = ""
    words: Long = ""
    signature: Annotated[str, msgspec.Meta(max_length=_LARGEST_SIGNATURE)] = ""

    def said(self) -> Said:
        """The answer. Raises what a name and words do."""
        return Said(self.answer, parse_name(self.who), self.relation, parse_words(self.words))

    def picture(self) -> Picture | None:
        """The signature; None where none was drawn. Raises SignatureMissingError."""
        if not self.signature:
            return None
        try:
            if not self.signature.startswith(_PNG):
                raise SignatureMissingError()
            return pictures.read(base64.b64decode(self.signature.removeprefix(_PNG), validate=True))
        except binascii.Error:
            raise SignatureMissingError() from None


class ActForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An act with its words: a decision, a statement, a link."""

    csrf_token: Short = ""
    row_id: Short = ""
    act: Short = ""
    replaces: Short = ""
    words: Long = ""

    @property
    def key(self) -> UUID | None:
        """The form's own key; None where it is none of ours."""
        return _key(self.row_id)


class EvidenceForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A paper, what it is, and, where nobody has said so yet, what stands on it."""

    csrf_token: Short = ""
    row_id: Short = ""
    kind: Short = ""
    words: Long = ""
    answer: Short = ""
    who: Short = ""
    relation: Short = ""
    problem: Long = ""
    paper: UploadFile | None = None

    @property
    def key(self) -> UUID | None:
        """The form's own key; None where it is none of ours."""
        return _key(self.row_id)

    def said(self) -> Said | None:
        """What stands on the paper; None where nothing was chosen."""
        if not self.answer:
            return None
        return Said(self.answer, parse_name(self.who), self.relation, parse_words(self.problem))


def _key(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
