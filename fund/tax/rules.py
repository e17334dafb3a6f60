"""The dated table of donee units: whose gift a gift to a fund is in the tax office's eyes, from when, on what ground.

Knows proposals of one person that another agrees to, before the day they count from. Refuses a rule of one person
alone, one that would count at once (so none reaches back to receipts that were issued), and one without its ground.
Without a rule nothing is claimed.
"""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.donors.details import parse_name, parse_tax_id
from fund.people import duties, powers, staff
from fund.people.duties import Side
from fund.people.errors import NobodyError
from fund.tax.errors import (
    DoneeTaxIdMissingError,
    RateError,
    RuleDayError,
    RuleEndError,
    RuleFundError,
    TaxRuleAgreedError,
    TaxRuleLateError,
    TaxRuleNotFoundError,
    WordsMissingError,
    WordsTooLongError,
)
from fund.tax.models import AgreedRow, RuleRow
from ledger import accounts
from ledger.identifiers import new_id
from receipts.facts import TaxFacts

EVERY_FUND: Final = "*"
LONGEST_WORDS: Final = 80
"""So long a name or ground has its place on a receipt of A5."""
_CHAIN: Final = "tax:"
_RATE: Final = re.compile(r"(\d{1,2})(?:/([1-9]\d?))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unit:
    """A donee unit, how many times its gifts count, and the law that says so.

    `bank_reports`: the bank itself tells the tax office of what comes by it, so that we key in cash alone.
    """

    donee_th: str
    donee_en: str
    donee_tax_id: str
    ground_th: str
    ground_en: str
    numerator: int = 1
    denominator: int = 1
    bank_reports: bool = True

    @property
    def rate(self) -> str:
        """`1`, `2` or `3/2`."""
        return str(self.numerator) if self.denominator == 1 else f"{self.numerator}/{self.denominator}"


@dataclass(frozen=True, slots=True)
class Rule:
    """A unit for a fund, from a day to a day (both included; no last day is until another rule)."""

    chain: str
    fund: str
    since: date
    until: date | None
    unit: Unit
    proposed_by: UUID
    agreed_by: UUID | None = None
    agreed_on: date | None = None

    @property
    def id(self) -> UUID:
        return UUID(self.chain.removeprefix(_CHAIN))

    def facts(self) -> TaxFacts:
        """What a receipt says of it."""
        told = asdict(self.unit)
        told.pop("bank_reports")
        return TaxFacts(**told)


class Rules:
    """Every rule that was agreed to, asked for one day at a time."""

    def __init__(self, agreed: Sequence[Rule]) -> None:
        self.agreed = sorted(agreed, key=lambda one: one.since, reverse=True)

    def on(self, fund: str, day: date) -> Rule | None:
        """The rule for a gift to a fund on a day: the fund's own newest, else the newest for every fund."""
        for scope in (fund, EVERY_FUND):
            newest = next((one for one in self.agreed if one.fund == scope and one.since <= day), None)
            if newest and (newest.until is None or day <= newest.until):
                return newest if newest.unit.numerator else None
        return None

    def facts(self, fund: str, day: date) -> TaxFacts | None:
        """What a receipt for that gift says; nothing where no rule holds."""
        rule = self.on(fund, day)
        return rule.facts() if rule else None


def agreed(session: Session) -> Rules:
    """The rules that count, counted or will."""
    rows = session.exec(select(RuleRow, AgreedRow).join(AgreedRow, col(AgreedRow.chain) == col(RuleRow.chain)))
    return Rules([_rule(row, by) for row, by in rows])


def proposals(session: Session) -> list[Rule]:
    """What waits for a second person and could still count, first proposed first."""
    rows = session.exec(
        select(RuleRow)
        .join(AgreedRow, col(AgreedRow.chain) == col(RuleRow.chain), isouter=True)
        .where(col(AgreedRow.chain).is_(None), col(RuleRow.since) > clock.today())
        .order_by(col(RuleRow.proposed_at), col(RuleRow.chain))
    )
    return [_rule(row, None) for row in rows]


def propose(session: Session, fund: str, since: date, until: date | None, unit: Unit, *, by: Actor) -> UUID:
    """Propose a rule from a day to come. Raises RuleDayError, RuleEndError and RuleFundError."""
    person = _require(session, by)
    if since <= clock.today():
        raise RuleDayError()
    if until is not None and until < since:
        raise RuleEndError()
    if fund != EVERY_FUND and fund not in {one.code for one in gift_funds(session)}:
        raise RuleFundError()
    rule_id = new_id()
    chain = f"{_CHAIN}{rule_id}"
    duties.take_part(session, chain, Side.REQUEST, by=by)
    row = RuleRow(chain=chain, fund=fund, since=since, until=until, person=person, proposed_at=clock.now(),
                  **asdict(unit))  # fmt: skip
    session.add(row)
    audit.record(session, by, "tax_rule.proposed", rule_id)
    session.flush()
    return rule_id


def agree(session: Session, rule_id: UUID, *, by: Actor) -> None:
    """Agree to another's rule. Raises TaxRuleNotFoundError, TaxRuleLateError and TaxRuleAgreedError."""
    person = _require(session, by)
    row = session.get(RuleRow, f"{_CHAIN}{rule_id}")
    if row is None:
        raise TaxRuleNotFoundError()
    duties.take_part(session, row.chain, Side.APPROVE, by=by)
    if row.since <= clock.today():
        raise TaxRuleLateError()
    same = select(AgreedRow.chain).where(AgreedRow.fund == row.fund, AgreedRow.since == row.since)
    if session.exec(same).first() is not None:
        raise TaxRuleAgreedError()
    session.add(AgreedRow(chain=row.chain, fund=row.fund, since=row.since, person=person, agreed_on=clock.today()))
    audit.record(session, by, "tax_rule.agreed", rule_id)
    session.flush()


def gift_funds(session: Session) -> list[accounts.Fund]:
    """The funds that take gifts."""
    return [one for one in accounts.funds(session) if one.restriction != "technical"]


def parse_rate(text: str) -> tuple[int, int]:
    """`2` or `3/2` as numerator and denominator. Raises RateError."""
    found = _RATE.fullmatch(text.strip())
    if found is None:
        raise RateError()
    return int(found[1]), int(found[2] or 1)


def parse_words(text: str) -> str:
    """A name or a ground as it will stand on receipts. Raises WordsMissingError and WordsTooLongError."""
    words = parse_name(text)
    if not words:
        raise WordsMissingError()
    if len(words) > LONGEST_WORDS:
        raise WordsTooLongError(longest=LONGEST_WORDS)
    return words


def parse_donee(text: str) -> str:
    """The donee unit's tax ID. Raises DoneeTaxIdMissingError and TaxIdError."""
    tax_id = parse_tax_id(text)
    if not tax_id:
        raise DoneeTaxIdMissingError()
    return tax_id


def _require(session: Session, by: Actor) -> UUID:
    """Who acts, once their roles let them: the verbs ask it too, not the door alone."""
    if by.person_id is None:
        raise NobodyError()
    powers.require(staff.person(session, by.person_id), "tax.change")
    return by.person_id


def _rule(row: RuleRow, agreed: AgreedRow | None) -> Rule:
    unit = Unit(
        row.donee_th, row.donee_en, row.donee_tax_id, row.ground_th, row.ground_en,
        row.numerator, row.denominator, row.bank_reports,
    )  # fmt: skip
    by = (agreed.person, agreed.agreed_on) if agreed else (None, None)
    return Rule(row.chain, row.fund, row.since, row.until, unit, row.person, *by)
