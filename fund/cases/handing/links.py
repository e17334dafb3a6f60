"""The one-time link by which a family answers: a random key, of which only a digest is kept.

Knows that the newest link of a handover counts alone, once, until its time ends. Refuses used, late and forged keys
alike.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

from sqlmodel import Session, col, select

from fund import audit, clock, profile
from fund.audit import Actor
from fund.cases import service as case_verbs
from fund.cases.handing import evidence, handovers, states
from fund.cases.handing.errors import HandoverNotFoundError, LinkOverError, NotInThisStateError, NotOutError
from fund.cases.handing.handovers import Said
from fund.cases.handing.models import HandoverRow, LinkRow, StepRow
from fund.cases.handing.pictures import Picture
from fund.grants import steps
from fund.grants.models import TrancheRow
from ledger.identifiers import new_id

FAMILY: Final = Actor("family")
"""Who answers by a link, without an account."""


@dataclass(frozen=True, slots=True)
class Offered:
    """What a family reads before it answers: how much, what for, since when; nobody's name."""

    amount_satang: int
    purpose: str
    went_on: date
    payee_kind: str


def make(session: Session, chain: str, number: int, *, by: Actor) -> str:
    """A new link's key, told once; older links of this handover end. Raises NotInThisStateError and ConflictError."""
    row = handovers.current(session, chain, number)
    case_verbs.require_untied(session, row.case_code, by.person_id)
    if row.state != states.WAITING or by.person_id is None:
        raise NotInThisStateError()
    key, now = secrets.token_urlsafe(24), clock.now()
    session.add(
        LinkRow(
            id=new_id(),
            digest=_digest(key),
            chain=chain,
            number=number,
            went=row.went,
            person=by.person_id,
            ends_at=now + timedelta(days=profile.current(session).handover_link_days),
            made_at=now,
            made_by=by.name,
        )
    )
    audit.record(session, by, "handover_link.made", steps.subject_of(chain, number))
    session.flush()
    return key


def offered(session: Session, key: str) -> Offered:
    """What the link with this key asks about. Raises LinkOverError."""
    link, row = _open(session, key)
    tranche = session.get_one(TrancheRow, (link.chain, link.number))
    return Offered(tranche.amount_satang, tranche.purpose, row.went_on, row.payee_kind)


def answer(session: Session, folder: Path, key: str, said: Said, signature: Picture | None) -> None:
    """Take a family's answer: the link ends with it. Raises LinkOverError and what an answer does."""
    said.check()
    link = _known(session, key)
    try:
        row = handovers.current(session, link.chain, link.number)
    except (NotOutError, HandoverNotFoundError):
        raise LinkOverError() from None
    _require_good(session, link, row)
    handovers.require_other(session, row, said.who, Actor(link.made_by))
    if said.answer != "deny":
        evidence.keep_signature(session, folder, row, link, signature)
    handovers.answer(session, row, said, states.SCREEN, link_id=link.id, by=Actor(FAMILY.name))


def _open(session: Session, key: str) -> tuple[LinkRow, HandoverRow]:
    link = _known(session, key)
    row = session.get_one(HandoverRow, (link.chain, link.number, link.went))
    _require_good(session, link, row)
    return link, row


def _known(session: Session, key: str) -> LinkRow:
    link = session.exec(select(LinkRow).where(LinkRow.digest == _digest(key))).first()
    if link is None:
        raise LinkOverError()
    return link


def _require_good(session: Session, link: LinkRow, row: HandoverRow) -> None:
    used = session.exec(select(StepRow.step).where(StepRow.link_id == link.id)).first()
    newest = select(LinkRow.id).where(
        LinkRow.chain == link.chain, LinkRow.number == link.number, LinkRow.went == row.went
    )
    last = session.exec(newest.order_by(col(LinkRow.id).desc()).limit(1)).first()
    is_over = used is not None or last != link.id or link.ends_at <= clock.now() or row.state != states.WAITING
    if is_over:
        raise LinkOverError()


def _digest(key: str) -> bytes:
    return hashlib.sha256(b"handover-link:" + key.encode(errors="surrogatepass")).digest()
