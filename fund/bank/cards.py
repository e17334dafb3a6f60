"""Waiting lines as the pages show them: what each may be, what was typed into its forms, and the figures around them.

Whoever is shown a line is noted. Refuses nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlmodel import Session

from fund import audit, profile
from fund.audit import Actor
from fund.bank import offering, part_lists, queries
from fund.bank.offering import Offer
from fund.bank.queries import InboxLine
from fund.donations import queries as gifts
from ledger import accounts as ledger_accounts


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed into a line's forms."""

    reason: str = ""
    reference: str = ""
    parts: str = ""


NOTHING_TYPED: Final = Typed()


@dataclass(frozen=True, slots=True)
class LineCard:
    """A waiting line with what its forms offer and what was typed into them."""

    line: InboxLine
    returnable: list[InboxLine]
    offers: list[Offer]
    error: str = ""
    typed: Typed = NOTHING_TYPED


def cards(session: Session, lines: Sequence[InboxLine], *, by: Actor) -> list[LineCard]:
    """The lines as cards; a line says in the bank's words who paid, also one that another card offers."""
    offered = offering.offers(session, lines)
    made = [LineCard(line, _returnable(session, line), found) for line, found in zip(lines, offered, strict=True)]
    shown = dict.fromkeys(line.id for card in made for line in (card.line, *card.returnable))
    audit.viewed_each(session, by, "line", shown)
    return made


def card(session: Session, line: InboxLine, *, error: str = "", typed: Typed = NOTHING_TYPED, by: Actor) -> LineCard:
    """One line as a card, with a refusal and what was typed."""
    made = cards(session, [line], by=by)[0]
    kept = typed if typed.parts else replace(typed, parts=part_lists.propose(made.offers))
    return replace(made, error=error, typed=kept)


def around(session: Session) -> dict[str, Any]:
    """What stands around the lines: the proof, the remainder, and the campaigns and funds a line may be given to.

    `presets` is, for each bank account, the code of the campaign that its unaddressed gifts belong to.
    """
    accounts, campaigns = profile.current(session).accounts, gifts.campaigns(session)
    codes = {name: campaign.code for campaign in campaigns for name in (campaign.slug, campaign.code)}
    return {
        "proofs": queries.proofs(session, accounts),
        "remainder": queries.remainder(session),
        "campaigns": campaigns,
        "funds": [fund for fund in ledger_accounts.funds(session) if fund.code in {one.fund for one in campaigns}],
        "campaigns_by_id": {campaign.id: campaign for campaign in campaigns},
        "presets": {account.account: codes.get(account.campaign, "") for account in accounts},
    }


def _returnable(session: Session, line: InboxLine) -> list[InboxLine]:
    return queries.may_be_returned(session, line) if line.amount_satang < 0 else []
