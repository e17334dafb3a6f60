"""Hints for a person who chooses among candidates: a payer's name like the donor's, a payer who gave there before.

Knows how banks mask names. Refuses to be a proof: hints order candidates and never match a line.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlmodel import Session

from fund import sealed
from fund.bank import payers, reasons, rules
from fund.bank.matching import Candidate
from fund.bank.queries import InboxLine
from fund.bank.reasons import Reason
from fund.donations import queries as gifts
from fund.donors import queries as donors

_NO_NAME: Final = re.compile(r"[x*\d-]+|นาย|นาง|นางสาว|น\.ส\.|ด\.ช\.|ด\.ญ\.|mr\.?|mrs\.?|ms\.?|miss")
_MASK: Final = "+*x."


def added(session: Session, line: InboxLine, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates with what else speaks for them, the likeliest first."""
    pledges = gifts.pledges_by_reference(session, {one.subject for one in candidates if one.kind == "pledge"})
    told = donors.contacts(session, {one.contact_id for one in pledges.values() if one.contact_id})
    payer = payers.index(sealed.of(session).keyring, line.payer)
    seen = payers.campaigns_of(session, [payer]).get(payer, set()) if payer else set()
    found = []
    for one in candidates:
        pledge = pledges.get(one.subject)
        contact = told.get(pledge.contact_id) if pledge and pledge.contact_id else None
        also = []
        if contact and any(is_like(line.payer, name) for name in (contact.name, contact.public_name)):
            also.append(Reason(reasons.NAME, True))
        if pledge and pledge.campaign_id in seen:
            also.append(Reason(reasons.SEEN, True))
        found.append(replace(one, reasons=(*one.reasons, *also)))
    return sorted(found, key=lambda one: -one.score)


def is_like(payer: str, name: str) -> bool:
    """Whether a payer as a bank writes them (`X1234 นาย สมชาย ศ++`) may be called so."""
    told, known = _words(payer), _words(name)
    if not told or not known or told[0] != known[0]:
        return False
    last = told[1].rstrip(_MASK) if len(told) > 1 else ""
    return not last or (len(known) > 1 and known[1].startswith(last))


def _words(text: str) -> list[str]:
    return [word for word in rules.folded(text).split() if not _NO_NAME.fullmatch(word)]
