"""The rules of awards as their page shows them: every limit and allowance there was, is and will be, and by which two.

Knows what the founding laid as nobody's.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from fund.grants.models import AllowsRow, LimitRow, ProposalRow
from fund.grants.rules import Allowance
from fund.people import staff


@dataclass(frozen=True, slots=True)
class Rule:
    """A limit or an allowance since a day: who proposed it, who agreed and when; empty where it was founded so."""

    since: date
    rule: int | Allowance
    proposed_by: str = ""
    agreed_by: str = ""
    agreed_on: date | None = None


def limits(session: Session) -> list[Rule]:
    """Every limit, the latest first."""
    return [_rule(row, row.amount_satang, row_by, names) for row, row_by, names in _rows(session, LimitRow)]


def allowances(session: Session) -> list[Rule]:
    """Everything that funds may or may not be used for, the latest first."""
    return [
        _rule(row, Allowance(row.fund, row.purpose, row.scope, row.is_allowed), row_by, names)
        for row, row_by, names in _rows(session, AllowsRow)
    ]


def names(session: Session) -> dict[UUID, str]:
    """What the people here are called."""
    return {one.id: one.name for one in staff.people(session)}


def _rows(session: Session, table: Any) -> list[tuple[Any, UUID | None, dict[UUID, str]]]:
    known = names(session)
    with_maker = select(table, ProposalRow.person).join(
        ProposalRow, col(ProposalRow.chain) == col(table.chain), isouter=True
    )
    return [(row, maker, known) for row, maker in session.exec(with_maker.order_by(col(table.since).desc()))]


def _rule(row: Any, rule: int | Allowance, proposed_by: UUID | None, known: dict[UUID, str]) -> Rule:
    return Rule(
        row.since,
        rule,
        known.get(proposed_by, "") if proposed_by else "",
        known.get(row.person, "") if row.person else "",
        row.agreed_on,
    )
