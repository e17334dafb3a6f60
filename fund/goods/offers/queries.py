"""Nouns of offers: which there are and where each stands, what one says, and what its giver is shown.

Refuses to say what an offer tells to staff without a row in the trail. Whoever holds its link sees their own words.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import msgspec
from sqlmodel import Session, col, func, select

from fund import audit, files, sealed
from fund.audit import Actor
from fund.donors import queries as donors
from fund.donors.details import ContactDetails
from fund.goods.offers import service, states
from fund.goods.offers.errors import OfferNotFoundError
from fund.goods.offers.models import OfferPhotoRow, OfferRow, OfferStepRow
from fund.goods.offers.told import Told
from ledger.private import Part

MOST_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One act on an offer; `words` is what was written to whoever offered, where it was opened."""

    act: str
    next: str
    accepted: int | None
    reason: str
    taken_at: datetime
    taken_by: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer without anything that was typed."""

    id: UUID
    number: str
    contact_id: UUID
    channel: str
    giver: str
    language: str
    thing_id: UUID | None
    size: str
    quantity: int
    condition: str
    for_district: str
    wanted_by: date | None
    made_at: datetime
    made_by: str
    state: str
    moved_at: datetime

    @property
    def is_open(self) -> bool:
        """Whether its giver may still take it back."""
        return (self.state, states.WITHDRAW) in {(state, act) for state, act, _ in states.TRANSITIONS}


@dataclass(frozen=True, slots=True)
class Opened:
    """An offer with what was typed; `told` is None once that was erased, and the contact empty."""

    offer: OfferView
    told: Told | None
    contact: ContactDetails
    steps: tuple[Step, ...]
    photos: tuple[int, ...]

    @property
    def accepted(self) -> int | None:
        """How many were accepted; None before an answer, and after a decline."""
        return next((one.accepted for one in self.steps if one.accepted), None)


def in_states(session: Session, *wanted: str) -> list[OfferView]:
    """The offers that stand in one of these states: what is wanted soonest first, then the oldest."""
    rows = _offers().where(col(OfferStepRow.next).in_(wanted)).limit(MOST_SHOWN)
    ordered = rows.order_by(col(OfferRow.wanted_by).is_(None), col(OfferRow.wanted_by), col(OfferRow.made_at))
    return [_view(*found) for found in session.execute(ordered)]


def count_waiting(session: Session) -> tuple[int, datetime | None]:
    """How many offers nobody has answered, and since when the oldest waits."""
    waiting = _offers().where(OfferStepRow.next == states.OFFERED).subquery()
    count, since = session.execute(select(func.count(), func.min(waiting.c.made_at))).one()
    return count, since


def one(session: Session, number: str) -> OfferView:
    """One offer, without what was typed. Raises OfferNotFoundError."""
    found = session.execute(_offers().where(OfferRow.number == number)).first()
    if found is None:
        raise OfferNotFoundError()
    return _view(*found)


def opened(session: Session, number: str, *, by: Actor) -> Opened:
    """What an offer says, for staff; the look is noted. Raises OfferNotFoundError."""
    found = one(session, number)
    audit.viewed(session, by, "offer", number)
    return _opened(session, found)


def by_link(session: Session, number: str, token: str) -> Opened:
    """What an offer says, for whoever holds its link. Raises OfferNotFoundError, for a wrong secret alike."""
    row = session.exec(select(OfferRow).where(OfferRow.number == number)).first()
    if not service.is_secret(row, token):
        raise OfferNotFoundError()
    return _opened(session, one(session, number))


def photo(session: Session, folder: Path, number: str, position: int) -> bytes:
    """A photo of an offer. Raises OfferNotFoundError, NotFoundError and FileChangedError."""
    kept = session.get(OfferPhotoRow, (number, position))
    if kept is None:
        raise OfferNotFoundError()
    return files.load(session, folder, kept.sha256, one(session, number).id)


def letter(session: Session, number: str) -> tuple[str, str]:
    """To which address a letter about an offer goes, and the secret of its page; both empty once it was erased."""
    found = _opened(session, one(session, number))
    return found.contact.email, found.told.token if found.told else ""


def _offers() -> Any:
    newest = select(func.max(OfferStepRow.step)).where(OfferStepRow.number == OfferRow.number).correlate(OfferRow)
    joined = select(OfferRow, OfferStepRow).join(OfferStepRow, col(OfferStepRow.number) == col(OfferRow.number))
    return joined.where(col(OfferStepRow.step) == newest.scalar_subquery())


def _view(row: OfferRow, last: OfferStepRow) -> OfferView:
    open_facts = row.model_dump(exclude={"form_key_sha256", "token_sha256", "sealed"})
    return OfferView(**open_facts, state=last.next, moved_at=last.taken_at)


def _opened(session: Session, found: OfferView) -> Opened:
    row = session.get_one(OfferRow, found.id)
    steps = session.exec(
        select(OfferStepRow).where(OfferStepRow.number == found.number).order_by(col(OfferStepRow.step))
    ).all()
    positions = select(OfferPhotoRow.position).where(OfferPhotoRow.number == found.number)
    parts = [Part(row.id, service.TOLD, row.number, row.sealed)]
    parts += [Part(row.id, service.LETTER, f"{row.number} {one.step}", one.sealed) for one in steps if one.sealed]
    told, *words = sealed.unseal_many(session, parts)
    return Opened(
        found,
        msgspec.json.decode(told, type=Told) if told is not None else None,
        donors.contact(session, found.contact_id),
        tuple(_with_words(steps, words)),
        tuple(session.exec(positions.order_by(col(OfferPhotoRow.position)))),
    )


def _with_words(steps: Iterable[OfferStepRow], words: Iterable[bytes | None]) -> Iterable[Step]:
    """Each step with what was written at it, from those that have words, in their order."""
    said = iter(words)
    for one in steps:
        told = (next(said) or b"").decode() if one.sealed else ""
        yield Step(one.act, one.next, one.accepted, one.reason, one.taken_at, one.taken_by, told)
