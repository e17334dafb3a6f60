"""The search: one table, a row for each kind of thing that can be found.

Knows the act that shows a kind of thing, and finds it only for whoever may do that act, at the thing's place. A new
room adds a row here, and the look behind it to `finds`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session

from fund.home import finds
from fund.home.finds import Found, Term
from fund.people import powers
from fund.people.powers import Person


@dataclass(frozen=True, slots=True)
class Kind:
    """What whoever may do `action` finds, and by what."""

    action: str
    by: str
    look: Callable[[Session, Term], Iterable[Found]]


KINDS: Final = (
    Kind("lines.see", "a receipt's number, as KK-2570-000001", finds.receipts_of),
    Kind("lines.see", "a gift's reference, as D5K2P8XQ31T", finds.pledges),
    Kind("refunds.see", "a refund, by its gift's reference or receipt", finds.refunds_of),
    Kind("lines.see", "an amount, as 1,234.50", finds.lines),
    Kind("campaigns.see", "a campaign's code", finds.campaigns),
    Kind("collections.see", "a collection's reference", finds.collections),
    Kind("cases.see", "a case's code, as C7K2M9QXH4", finds.cases),
    Kind("offers.see", "an offer's number, as G7K2M9QXH4", finds.offers_of),
    Kind("goods.see", "a lot's code", finds.lots),
    Kind("trail.see", "an id or code that the trail names", finds.acts),
)


def found(session: Session, person: Person, term: Term) -> list[Found]:
    """Everything that the word means and this person may see."""
    return [
        one
        for kind in KINDS
        if powers.may(person, kind.action)
        for one in kind.look(session, term)
        if powers.may(person, kind.action, one.place)
    ]


def ways(person: Person) -> list[str]:
    """By what this person finds something."""
    return [kind.by for kind in KINDS if powers.may(person, kind.action)]
