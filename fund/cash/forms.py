"""Forms of cash boxes as they are sent: a new box, what somebody counted, what is carried to the bank."""

from datetime import date
from typing import Annotated
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from fund.cash.errors import NothingCarriedError, SlipKindError, WhenError
from fund.cash.pieces import DENOMINATIONS
from fund.people import stand_in_papers
from fund.people.stand_in_papers import LARGEST_BYTES, NoPaperError, Paper
from ledger.money import parse_baht

Short = Annotated[str, msgspec.Meta(max_length=500)]


class BoxForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new box."""

    name: Short = ""
    place: Short = ""
    campaign: Short = ""
    csrf_token: Short = ""


class CountForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many of each: a field for each denomination, by its satang."""

    n100000: Short = ""
    n50000: Short = ""
    n10000: Short = ""
    n5000: Short = ""
    n2000: Short = ""
    n1000: Short = ""
    n500: Short = ""
    n200: Short = ""
    n100: Short = ""
    n50: Short = ""
    n25: Short = ""
    csrf_token: Short = ""

    @property
    def typed(self) -> dict[int, str]:
        """What was typed for each denomination."""
        return {satang: getattr(self, f"n{satang}") for satang in DENOMINATIONS}


class ReasonForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why something is broken off, withdrawn or declined; a button alone sends none."""

    reason: Short = ""
    csrf_token: Short = ""


class ShortForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a box is not there, and what is known of it."""

    amount: Short = ""
    reason: Short = ""
    csrf_token: Short = ""


class CarryForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An amount for each box (an empty one is left out), where to, when, and the paying-in slip."""

    box: list[UUID] = []
    amount: list[Short] = []
    account: Short = ""
    carried_on: Short = ""
    reference: Short = ""
    csrf_token: Short = ""
    slip: UploadFile | None = None  # last: a field before it that is no text leaves no file open

    @property
    def typed(self) -> dict[UUID, str]:
        """What was typed for each box."""
        return dict(zip(self.box, self.amount, strict=False))

    @property
    def amounts(self) -> dict[UUID, int]:
        """Satang out of each box. Raises NothingCarriedError, and what an amount refuses."""
        if len(self.box) != len(self.amount) or len(set(self.box)) != len(self.box):
            raise NothingCarriedError()
        return {box: parse_baht(text) for box, text in self.typed.items() if text.strip()}

    @property
    def day(self) -> date:
        """When it is carried. Raises WhenError."""
        try:
            return date.fromisoformat(self.carried_on)
        except ValueError:
            raise WhenError() from None

    def paper(self) -> Paper | None:
        """The slip, if one was chosen. Raises SlipKindError, PaperTooLargeError."""
        content = self.slip.file.read(LARGEST_BYTES + 1) if self.slip else b""
        try:
            return stand_in_papers.read(content) if content else None
        except NoPaperError:
            raise SlipKindError() from None
