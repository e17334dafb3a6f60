"""Everything that was done for one child, in one list by date: our own grants part by part, others' help, referrals.

Knows a grant's parts with how far each has come, and what each term came to. Says who helped only to whoever has
opened the case.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlmodel import Session

from fund import clock
from fund.cases import proofs
from fund.cases.following import queries as following
from fund.cases.histories import Help
from fund.cases.in_kind import queries as in_kind
from fund.cases.in_kind.queries import AwardView
from fund.grants import queries as grants
from fund.grants import states
from fund.people.powers import Person

PAID = (states.LEFT, states.ISSUED, states.CLEARED)
PROMISED = (*states.COMMITTED, *states.PAYABLE)


@dataclass(frozen=True, slots=True)
class Helped:
    """One help: `kind` is grant, request, goods, help (another body's) or referral; `state` says how far it has come.

    Of a grant or goods `request_id` leads to it, of a referral `matter_id`; `who` is who helped. `proof` is the audit
    receipt of a part that is proven.
    """

    on: date
    kind: str
    state: str = ""
    need: str = ""
    amount_satang: int = 0
    term: str = ""
    who: str = ""
    words: str = ""
    request_id: UUID | None = None
    matter_id: UUID | None = None
    proof: str = ""
    goods: AwardView | None = None


@dataclass(frozen=True, slots=True)
class TermTotal:
    """What our own grants of a school term came to: paid, and promised but not paid yet."""

    term: str
    paid_satang: int
    promised_satang: int


def history(session: Session, code: str, person: Person, others: Sequence[Help] = ()) -> list[Helped]:
    """All help for the child of a case, the newest first; `others` from the opened case."""
    found = [
        *_ours(session, code),
        *_goods(session, code),
        *_referred(session, code, person),
        *(_of_another(one) for one in others),
    ]
    return sorted(found, key=lambda one: one.on, reverse=True)


def totals(lines: Iterable[Helped]) -> list[TermTotal]:
    """What each term came to, the latest first."""
    paid: dict[str, int] = defaultdict(int)
    promised: dict[str, int] = defaultdict(int)
    for one in lines:
        if one.kind == "grant":
            paid[one.term] += one.amount_satang * (one.state in PAID)
            promised[one.term] += one.amount_satang * (one.state in PROMISED)
    return [TermTotal(term, paid[term], promised[term]) for term in sorted(paid, reverse=True)]


def _ours(session: Session, code: str) -> list[Helped]:
    found = []
    requests = grants.requests_of_case(session, code)
    proven = proofs.of_grants(session, [one.id for one in requests])
    for asked in requests:
        told: dict[str, Any] = {"need": asked.purpose, "term": asked.term, "request_id": asked.id}
        parts = grants.tranches(session, asked.id)
        found += [
            Helped(
                one.due_on, "grant", one.state, amount_satang=one.amount_satang,
                proof=proven.get((asked.id, one.number), ""), **told,
            )
            for one in parts
        ]  # fmt: skip
        if not parts:
            day = clock.bangkok_day(asked.made_at)
            found.append(Helped(day, "request", asked.state, amount_satang=asked.amount_satang, **told))
    return found


def _goods(session: Session, code: str) -> list[Helped]:
    return [
        Helped(clock.bangkok_day(one.made_at), "goods", one.state, request_id=one.id, goods=one)
        for one in in_kind.of_case(session, code)
    ]


def _referred(session: Session, code: str, person: Person) -> list[Helped]:
    return [
        Helped(clock.bangkok_day(one.moved_at), "referral", one.state, who=one.office, matter_id=one.id)
        for one in following.referrals(session, person, code=code)
    ]


def _of_another(one: Help) -> Helped:
    return Helped(one.said.given_on, "help", need=one.said.need, who=one.said.giver, words=one.said.words)
