"""What the desk's forms send. Refuses fields that are not asked for; days and moments are Thailand's."""

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec

from fund.clock import BANGKOK
from fund.donors import details
from fund.donors.details import ContactDetails
from fund.rights.desk import LONGEST
from fund.rights.errors import ChoiceError, CountError, MomentError, ReceivedError

Short = Annotated[str, msgspec.Meta(max_length=500)]
Long = Annotated[str, msgspec.Meta(max_length=LONGEST * 2)]


class Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A form that only says yes."""

    csrf_token: Short = ""


class RequestForm(Form, frozen=True, forbid_unknown_fields=True):
    """Somebody asks: what for, what they showed, how we know who they are."""

    kind: Short = ""
    shown: Short = ""
    identified_by: Short = ""
    received_on: Short = ""
    words: Long = ""

    @property
    def day(self) -> date:
        """The day it came. Raises ReceivedError."""
        try:
            return date.fromisoformat(self.received_on)
        except ValueError:
            raise ReceivedError() from None


class CorrectionForm(Form, frozen=True, forbid_unknown_fields=True):
    """What a donor's contact is to say."""

    contact: Short = ""
    public_name: Short = ""
    name: Short = ""
    tax_id: Short = ""
    email: Short = ""

    @property
    def details(self) -> ContactDetails:
        """The same, read and checked. Raises MalformedError's kinds."""
        names = details.parse_name(self.public_name), details.parse_name(self.name)
        return ContactDetails(*names, details.parse_tax_id(self.tax_id), details.parse_email(self.email))


class AnswerForm(Form, frozen=True, forbid_unknown_fields=True):
    """What became of a request."""

    outcome: Short = ""
    words: Long = ""


class DeclineForm(Form, frozen=True, forbid_unknown_fields=True):
    """Until when something is kept."""

    not_before: Short = ""

    @property
    def day(self) -> date:
        """The day until which it rests. Raises ChoiceError."""
        try:
            return date.fromisoformat(self.not_before)
        except ValueError:
            raise ChoiceError() from None


class BreachForm(Form, frozen=True, forbid_unknown_fields=True):
    """What got out; of a step also which one. A count that is left empty is not known."""

    step: Short = ""
    words: Long = ""
    at: Short = ""
    risk: Short = ""
    people: Short = ""

    @property
    def moment(self) -> datetime:
        """The moment typed. Raises MomentError."""
        try:
            return datetime.fromisoformat(self.at).replace(tzinfo=BANGKOK).astimezone(UTC)
        except (ValueError, OverflowError):
            raise MomentError() from None

    @property
    def count(self) -> int | None:
        """How many people; None where nothing was typed. Raises CountError."""
        typed = self.people.strip()
        if typed and not (typed.isascii() and typed.isdigit() and len(typed) < 10):
            raise CountError()
        return int(typed) if typed else None
