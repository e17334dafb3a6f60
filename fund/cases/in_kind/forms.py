"""What the forms of help in goods send; what was typed goes back where it is refused. Refuses other fields."""

from typing import Annotated

import msgspec
from litestar.datastructures import UploadFile

from fund.cases import forms as of_cases
from fund.cases.forms import CaseForm, Short
from fund.cases.handing import pictures
from fund.cases.in_kind.service import Signed, Signer
from fund.donors.details import parse_name


class AskForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a case needs: a thing with its size, and how many."""

    thing: Short = ""
    quantity: Short = "1"


class DecideForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """No more of it, and why, chosen from a list."""

    act: Short = ""
    reason: Short = ""
    csrf_token: Short = ""


class CarryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From where to where the promise is carried, or what came back: which issue, how many, to where."""

    place: Short = ""
    to: Short = ""
    number: Short = ""
    quantity: Short = ""
    csrf_token: Short = ""


class HandOutForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Where it is handed out, who signs, and the signature on the screen or the signed voucher."""

    csrf_token: Short = ""
    place: Short = ""
    who: Short = ""
    relation: Short = ""
    signature: Annotated[str, msgspec.Meta(max_length=of_cases.LARGEST_SIGNATURE)] = ""
    signed: UploadFile | None = None

    def read(self) -> Signed:
        """The signature. Raises SignatureMissingError and what names and pictures do."""
        way, paper = of_cases.read_signature(self.signature, self.signed)
        return Signed(Signer(parse_name(self.who), self.relation), way, pictures.read(paper.content).paper)
