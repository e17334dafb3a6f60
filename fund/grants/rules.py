"""The dated rules of awards: from which amount two approve, and which fund may be used for what.

Knows proposals of one person that another agrees to, before the day they count from. Refuses a rule of one person
alone, one that would count at once, and to let a district's money out of its district or the technical and operating
funds' money to children. A book's first rules are laid when it is founded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, postings
from fund.audit import Actor
from fund.grants import roles
from fund.grants.errors import LaterError, RuleAgreedError, RuleError, RuleLateError, RuleNotFoundError
from fund.grants.models import AllowsRow, LimitRow, ProposalRow
from fund.grants.purposes import EVERYWHERE, PURPOSES
from fund.people import duties
from fund.people.duties import Side
from ledger import accounts
from ledger.identifiers import new_id
from ledger.money import LARGEST_SATANG

ROLES: Final = frozenset({"core_team", "treasurer"})
_GENERAL: Final = "GEN"
_DISTRICT: Final = "D"
_CHAIN: Final = "rule:"


@dataclass(frozen=True, slots=True)
class Allowance:
    """That a fund may, or may no longer, be used for a purpose in a scope (a district, or `*`)."""

    fund: str
    purpose: str
    scope: str
    is_allowed: bool = True


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule that waits for a second person: an amount or an allowance, since a day."""

    id: UUID
    since: date
    rule: int | Allowance
    proposed_by: UUID


def lay_first(session: Session, district_funds: Iterable[str], limit_satang: int, day: date, *, by: Actor) -> None:
    """What a fund is founded with: its limit; general money for everything, a district's for everything there."""
    session.add(LimitRow(since=day, amount_satang=limit_satang))
    scopes = {_GENERAL: EVERYWHERE, **{fund: fund.removeprefix(_DISTRICT) for fund in district_funds}}
    triples = [(fund, purpose, scope) for fund, scope in scopes.items() for purpose in PURPOSES]
    accounts.allow_purposes(session, triples)
    session.add_all(
        AllowsRow(fund=fund, purpose=purpose, scope=scope, since=day, is_allowed=True)
        for fund, purpose, scope in triples
    )
    audit.record(session, by, "rules.laid", day)
    session.flush()


def limit_satang(session: Session, on: date) -> int:
    """From which amount two approve on a day; 1 satang, so always two, where no limit is in force."""
    rows = select(LimitRow.amount_satang).where(col(LimitRow.since) <= on)
    return session.exec(rows.order_by(col(LimitRow.since).desc()).limit(1)).first() or 1


def propose_limit(session: Session, amount_satang: int, since: date, *, by: Actor) -> UUID:
    """Propose from which amount two approve, from a day to come. Raises LaterError and RuleError."""
    if not 0 < amount_satang <= LARGEST_SATANG:
        raise RuleError()
    return _propose(session, ProposalRow(amount_satang=amount_satang, **_asked(session, since, by)), by)


def propose_allowance(session: Session, allowance: Allowance, since: date, *, by: Actor) -> UUID:
    """Propose what a fund may, or may no longer, be used for, from a day to come. Raises LaterError and RuleError."""
    known = {fund.code: fund for fund in accounts.funds(session)}
    fund = known.get(allowance.fund)
    is_childrens = fund is not None and fund.restriction != "technical" and fund.code != postings.OPERATING_FUND
    is_district = f"{_DISTRICT}{allowance.scope}" in known
    own = allowance.fund.removeprefix(_DISTRICT) if allowance.fund.startswith(_DISTRICT) else allowance.scope
    if (
        not is_childrens
        or allowance.purpose not in PURPOSES
        or not (is_district or allowance.scope == EVERYWHERE)
        or allowance.scope != own
    ):
        raise RuleError()
    row = ProposalRow(
        fund=allowance.fund,
        purpose=allowance.purpose,
        scope=allowance.scope,
        is_allowed=allowance.is_allowed,
        **_asked(session, since, by),
    )
    return _propose(session, row, by)


def agree(session: Session, proposal_id: UUID, *, by: Actor) -> None:
    """Agree to another's proposal: it counts from its day. Raises RuleNotFoundError, RuleLateError, RuleAgreedError."""
    roles.require(session, ROLES, who=by)
    row = session.get(ProposalRow, f"{_CHAIN}{proposal_id}")
    if row is None:
        raise RuleNotFoundError()
    duties.take_part(session, row.chain, Side.APPROVE, by=by)
    if row.since <= clock.today():
        raise RuleLateError()
    agreed: dict[str, Any] = {
        "chain": row.chain,
        "person": by.person_id,
        "side": Side.APPROVE.value,
        "agreed_on": clock.today(),
    }
    rule: LimitRow | AllowsRow
    if row.amount_satang is not None:
        rule = LimitRow(since=row.since, amount_satang=row.amount_satang, **agreed)
        key: object = row.since
    else:
        triple = (row.fund or "", row.purpose or "", row.scope or "")
        accounts.allow_purpose(session, *triple)
        rule = AllowsRow(**_named(triple), since=row.since, is_allowed=bool(row.is_allowed), **agreed)
        key = (*triple, row.since)
    if session.get(type(rule), key, populate_existing=True) is not None:
        raise RuleAgreedError()
    session.add(rule)
    audit.record(session, by, "rule.agreed", proposal_id)
    session.flush()


def proposals(session: Session) -> list[Proposal]:
    """What waits for a second person and could still count, first proposed first."""
    rows = session.exec(
        select(ProposalRow)
        .join(LimitRow, col(LimitRow.chain) == col(ProposalRow.chain), isouter=True)
        .join(AllowsRow, col(AllowsRow.chain) == col(ProposalRow.chain), isouter=True)
        .where(col(LimitRow.chain).is_(None), col(AllowsRow.chain).is_(None), col(ProposalRow.since) > clock.today())
        .order_by(col(ProposalRow.proposed_at), col(ProposalRow.chain))
    )
    return [Proposal(UUID(row.chain.removeprefix(_CHAIN)), row.since, _rule(row), row.person) for row in rows]


def _rule(row: ProposalRow) -> int | Allowance:
    if row.amount_satang is not None:
        return row.amount_satang
    return Allowance(row.fund or "", row.purpose or "", row.scope or "", bool(row.is_allowed))


def _named(triple: tuple[str, str, str]) -> dict[str, Any]:
    return dict(zip(("fund", "purpose", "scope"), triple, strict=True))


def _asked(session: Session, since: date, by: Actor) -> dict[str, Any]:
    """Who proposes, on their side of a chain of its own."""
    roles.require(session, ROLES, who=by)
    if since <= clock.today():
        raise LaterError()
    chain = f"{_CHAIN}{new_id()}"
    duties.take_part(session, chain, Side.REQUEST, by=by)
    return {"chain": chain, "since": since, "person": by.person_id, "proposed_at": clock.now()}


def _propose(session: Session, row: ProposalRow, by: Actor) -> UUID:
    session.add(row)
    proposal_id = UUID(row.chain.removeprefix(_CHAIN))
    audit.record(session, by, "rule.proposed", proposal_id)
    session.flush()
    return proposal_id
