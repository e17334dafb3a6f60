"""What staff teach the matcher: "lines like this are that", tried on what waits before it is kept.

Knows rules with their authors, and those that were switched off. Refuses words that would fit anything, amounts the
wrong way round, a kind against the direction of the money. A rule never changes: it is switched off and taught anew.
Its words may name a payer: they lie sealed, and a rule whose words were erased speaks of nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select as select_from
from sqlmodel import Session, col, select

from fund import audit, clock, sealed
from fund.audit import Actor
from fund.bank import queries, rules, saying
from fund.bank.entering import EXPLANATIONS
from fund.bank.errors import (
    NoSuchRuleError,
    RuleAmountsError,
    RuleCampaignError,
    RuleWordsError,
    UnknownExplanationError,
    WrongDirectionError,
)
from fund.bank.models import RuleOffRow, RuleRow
from fund.bank.queries import InboxLine
from fund.bank.rules import Rule
from fund.donations import queries as gifts
from ledger.identifiers import new_id
from ledger.money import LARGEST_SATANG
from ledger.private import Part

CAMPAIGN: Final = "campaign"
SHORTEST, LONGEST = 3, 200
_PLACE: Final = "bank_rule.sealed"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a rule is to say: lines of this account (empty: any) whose text holds (or is) `words` are of `kind`."""

    words: str
    kind: str  # a kind of EXPLANATIONS, or `campaign`
    account: str = ""
    came_in: bool = True
    is_whole: bool = False
    least_satang: int = 1
    most_satang: int = LARGEST_SATANG
    campaign_code: str = ""


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule as staff see it; `off_by` and `off_because` are empty while it is followed."""

    rule: Rule
    taught_at: datetime
    off_by: str
    off_because: str

    @property
    def is_on(self) -> bool:
        return not self.off_by


def preview(session: Session, lesson: Lesson, *, limit: int = 1000) -> list[InboxLine]:
    """The waiting lines that the rule would speak of, without teaching it. Refuses what `teach` refuses."""
    rule = _rule(session, lesson, Actor(""))
    waiting = queries.waiting_lines(session, limit=limit)
    return [line for line in waiting if _speaks_of(rule, line)]


def teach(session: Session, lesson: Lesson, *, by: Actor) -> Rule:
    """Keep a rule from now on; what waits already is looked at again by `try_these_again`.

    Raises RuleWordsError, RuleAmountsError, RuleCampaignError, WrongDirectionError, UnknownExplanationError.
    """
    rule = _rule(session, lesson, by)
    kept = {name: getattr(rule, name) for name in _OPEN}
    words = sealed.seal(session, rule.id, _PLACE, rule.id, rule.words)
    session.add(RuleRow(**kept, sealed=words, taught_at=clock.now()))
    audit.record(session, by, "rule.taught", rule.id)
    session.flush()
    return rule


def try_these_again(session: Session, rule: Rule, *, by: Actor, limit: int = 1000) -> int:
    """Give the waiting lines that a rule speaks of to the matcher once more; how many there were."""
    meant = [line for line in queries.waiting_lines(session, limit=limit) if _speaks_of(rule, line)]
    for line in meant:
        saying.try_again(session, line.id, by=by)
    return len(meant)


def switch_off(session: Session, rule_id: UUID, *, reason: str, by: Actor) -> None:
    """Follow a rule no more; what it settled stays settled. Raises NoSuchRuleError, ReasonMissingError."""
    words = saying.words(reason)
    if session.get(RuleRow, rule_id) is None or session.get(RuleOffRow, rule_id) is not None:
        raise NoSuchRuleError()
    session.add(RuleOffRow(rule_id=rule_id, reason=words, switched_off_by=by.name, switched_off_at=clock.now()))
    audit.record(session, by, "rule.switched_off", rule_id)
    session.flush()


def taught(session: Session) -> list[RuleView]:
    """Every rule, followed or not, last taught first."""
    rows = session.exec(
        select(RuleRow, RuleOffRow)
        .join(RuleOffRow, col(RuleOffRow.rule_id) == col(RuleRow.id), isouter=True)
        .order_by(col(RuleRow.id).desc())
    ).all()
    told = _views(session, [row for row, _ in rows])
    return [
        RuleView(rule, row.taught_at, off.switched_off_by if off else "", off.reason if off else "")
        for rule, (row, off) in zip(told, rows, strict=True)
    ]


def in_force(session: Session) -> Sequence[Rule]:
    """The rules that are followed, first taught first."""
    off = select_from(col(RuleOffRow.rule_id))
    rows = session.exec(select(RuleRow).where(col(RuleRow.id).not_in(off)).order_by(col(RuleRow.id))).all()
    return [rule for rule in _views(session, rows) if rule.words]


def _rule(session: Session, lesson: Lesson, by: Actor) -> Rule:
    words = rules.folded(lesson.words)
    if not SHORTEST <= len(words) <= LONGEST:
        raise RuleWordsError()
    if not 0 < lesson.least_satang <= lesson.most_satang:
        raise RuleAmountsError()
    _require_kind(lesson)
    campaign = gifts.campaigns_by_code(session, [lesson.campaign_code]).get(lesson.campaign_code)
    if (lesson.kind == CAMPAIGN) != (campaign is not None):
        raise RuleCampaignError()
    return Rule(
        id=new_id(),
        account=lesson.account,
        came_in=lesson.came_in,
        words=words,
        is_whole=lesson.is_whole,
        least_satang=lesson.least_satang,
        most_satang=lesson.most_satang,
        kind=lesson.kind,
        campaign_id=campaign.id if campaign else None,
        taught_by=by.name,
    )


def _require_kind(lesson: Lesson) -> None:
    if lesson.kind == CAMPAIGN:
        came_in = True
    elif lesson.kind in EXPLANATIONS:
        came_in = EXPLANATIONS[lesson.kind].came_in
    else:
        raise UnknownExplanationError()
    if came_in != lesson.came_in:
        raise WrongDirectionError()


def _speaks_of(rule: Rule, line: InboxLine) -> bool:
    return bool(rules.speaking([rule], line.account, line.amount_satang, (*line.references, line.text)))


_OPEN: Final = Rule.__dataclass_fields__.keys() - {"words"}


def _views(session: Session, rows: Sequence[RuleRow]) -> list[Rule]:
    """The rules of these rows; without words where they were erased."""
    words = sealed.unseal_many(session, [Part(row.id, _PLACE, str(row.id), row.sealed) for row in rows])
    return [
        Rule(**{name: getattr(row, name) for name in _OPEN}, words=(said or b"").decode())
        for row, said in zip(rows, words, strict=True)
    ]
