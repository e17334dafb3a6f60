"""One kind of record that says something of a person: whose, why, where, how long, and how it ends."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session

from fund.audit import Actor
from fund.rights import effects

Erase = Callable[[Session, UUID, Actor], None]


def end_key(session: Session, subject: UUID, by: Actor) -> None:
    """Destroy the key under which it lies."""
    effects.apply(session, subject, "key", by=by)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of record. `overdue` asks for the ids of those that are due by `:day` or `:moment`; empty: no clock."""

    name: str
    whose: str
    what: str
    purpose: str
    basis: str
    lies: str
    seen_by: str
    kept: str
    ends: str
    overdue: str = ""
    is_accounting: bool = False
    erase: Erase = end_key
