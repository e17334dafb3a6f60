"""The forms of requests as they are sent, and what they say once read, or what is wrong at each field.

Knows up to six parts of a plan by names of their own. Refuses fields that are not asked for.
"""

from collections.abc import Collection
from datetime import date, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar.datastructures import UploadFile

from fund import clock
from fund.cases.children import NEEDS, parse_words, require_choice
from fund.cases.errors import WordsMissingError
from fund.cases.forms import CaseForm, Long, Short
from fund.cases.requests.errors import PartDayError, PartError, PayeeChoiceError, TermError
from fund.cases.requests.service import Asked
from fund.donations.forms import Fields, Refusal
from fund.donors.details import parse_name
from fund.grants.errors import PlanError
from fund.grants.payees import CASH, PROMPTPAY, Payee
from fund.grants.queries import RequestView
from fund.grants.service import PlannedPart
from fund.people import duties
from ledger.money import Satang, format_plain_baht, parse_baht

MOST_PARTS: Final = 6
NEW: Final = "new"
URGENCIES: Final = {"1": "It cannot wait", "2": "This month is early enough", "3": "It can wait"}
PAYEES: Final = {
    "guardian": "The guardian",
    "school": "The school",
    "shop": "A shop",
    CASH: "Cash, which I bring and account for",
}
BANKS: Final = {
    PROMPTPAY: "PromptPay",
    "KTB": "Krungthai Bank",
    "BAAC": "Bank for Agriculture (BAAC)",
    "GSB": "Government Savings Bank",
    "KBANK": "Kasikornbank",
    "SCB": "Siam Commercial Bank",
    "BBL": "Bangkok Bank",
    "BAY": "Krungsri",
    "TTB": "TTB",
    "GHB": "Government Housing Bank",
}
"""Banks by the short names that they are paid by."""

_LATEST: Final = timedelta(days=730)


class RequestForm(CaseForm, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is asked for, as it was typed. `version` is the one that whoever changes it has read."""

    version: Short = ""
    purpose: Short = ""
    term: Short = ""
    urgency: Short = "2"
    words: Long = ""
    again: Long = ""
    amount_1: Short = ""
    due_1: Short = ""
    amount_2: Short = ""
    due_2: Short = ""
    amount_3: Short = ""
    due_3: Short = ""
    amount_4: Short = ""
    due_4: Short = ""
    amount_5: Short = ""
    due_5: Short = ""
    amount_6: Short = ""
    due_6: Short = ""
    payee: Short = ""
    payee_kind: Short = ""
    payee_name: Short = ""
    bank: Short = ""
    account: Short = ""
    paper: UploadFile | None = None

    @property
    def number(self) -> int:
        """The version that was read; 0 where it is none."""
        return int(self.version) if self.version.isascii() and self.version.isdecimal() else 0

    def part(self, number: int) -> tuple[str, str]:
        """A part as it was typed: amount and day."""
        return getattr(self, f"amount_{number}"), getattr(self, f"due_{number}")

    def read(self, terms: Collection[str]) -> tuple[Asked | None, dict[str, Refusal]]:
        """What is asked for, or what is wrong at each field."""
        fields = Fields()
        purpose = fields.read("purpose", lambda: require_choice(self.purpose, NEEDS), "")
        term = fields.read("term", lambda: self._term(terms), "")
        urgency = fields.read("urgency", lambda: int(require_choice(self.urgency, URGENCIES)), 2)
        words = fields.read("words", self._words, "")
        again = fields.read("again", lambda: parse_words(self.again), "")
        plan = self._plan(fields)
        payee = fields.read("payee", self._payee, None)
        if fields.errors or payee is None:
            return None, fields.errors
        return Asked(purpose, term, plan, urgency, payee, words, again), {}

    def _term(self, terms: Collection[str]) -> str:
        if self.term not in terms:
            raise TermError()
        return self.term

    def _words(self) -> str:
        words = parse_words(self.words)
        if not words:
            raise WordsMissingError()
        return words

    def _plan(self, fields: Fields) -> tuple[PlannedPart, ...]:
        typed = [(number, *self.part(number)) for number in range(1, MOST_PARTS + 1)]
        parts = []
        for number, amount, due in typed:
            if number > 1 and not (amount.strip() or due.strip()):
                continue
            satang = fields.read(f"amount_{number}", partial(parse_baht, amount), Satang(0))
            parts.append(PlannedPart(satang, fields.read(f"due_{number}", partial(_day, due), date.max)))
        days = [part.due_on for part in parts]
        if not fields.errors and days != sorted(days):
            fields.errors["due_1"] = PlanError()
        return tuple(parts)

    def _payee(self) -> UUID | Payee:
        if self.payee != NEW:
            try:
                return UUID(self.payee)
            except ValueError:
                raise PayeeChoiceError() from None
        kind, name = require_choice(self.payee_kind, PAYEES), parse_name(self.payee_name)
        if kind == CASH:
            return Payee(kind, name)
        return Payee(kind, name, require_choice(self.bank, BANKS), self.account)


class DecisionForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A decision on the version that was read, in whose place where not in one's own, and why."""

    version: Short = ""
    stand_in: Short = ""
    act: Short = ""
    reason: Long = ""
    csrf_token: Short = ""

    @property
    def number(self) -> int:
        """The version that was read; 0 where it is none."""
        return int(self.version) if self.version.isascii() and self.version.isdecimal() else 0

    @property
    def through(self) -> UUID | None:
        """The appointment by which they act. Raises StandInError."""
        return duties.chosen_stand_in(self.stand_in)


def typed(found: RequestView, words: str, again: str) -> RequestForm:
    """The form that says what is asked for now."""
    parts: dict[str, Any] = {}
    for number, part in enumerate(found.plan[:MOST_PARTS], 1):
        parts[f"amount_{number}"] = format_plain_baht(part.amount_satang)
        parts[f"due_{number}"] = part.due_on.isoformat()
    return RequestForm(
        version=str(found.version), purpose=found.purpose, term=found.term, urgency=str(found.urgency), words=words,
        again=again, payee=str(found.payee_id), **parts,
    )  # fmt: skip


def _day(text: str) -> date:
    """A day to pay on. Raises PartError and PartDayError."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise PartError() from None
    if not clock.today() <= day <= clock.today() + _LATEST:
        raise PartDayError()
    return day
