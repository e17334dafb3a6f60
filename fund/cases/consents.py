"""Consent: who agreed for a child to what, on which day, with their signature; and that they took it back.

Knows three things a family may agree to. Refuses consent without a signature, of somebody under 20 alone or of a
guardian for who is 20, and consent that is taken by whoever gave it or is tied to the child.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, clock, files, spelling
from fund.audit import WORKER, Actor
from fund.cases import queries, sealing, service
from fund.cases.children import RELATIONS, require_choice
from fund.cases.errors import (
    CaseNotFoundError,
    ConsentOfAgeError,
    ConsentOverError,
    DayError,
    NoScopeError,
    OwnConsentError,
    WordsMissingError,
)
from fund.cases.models import ConsentRow, ConsentWithdrawnRow
from fund.cases.queries import ConsentOf
from fund.goods import awards as goods
from fund.grants import paying
from fund.people.stand_in_papers import Paper
from ledger.identifiers import new_id

SCOPES: Final = {
    "help": "Help in money or goods",
    "share_with_partners": "Tell partner offices what they need to help",
    "photos": "Keep photos of the child and of the handing over",
}
"""What a family may agree to, each by itself."""

HELP: Final = "help"
WITHDRAWN: Final = "The consent to help was taken back."
"""Why what was promised is held then."""

WAYS: Final = ("paper", "screen")


@dataclass(frozen=True, slots=True)
class Given:
    """A consent: of whom, to what, since which day, signed on paper or on the `screen`."""

    of: ConsentOf
    scopes: Collection[str]
    given_on: date
    way: str
    signed: Paper


def give_consent(
    session: Session, folder: Path, code: str, given: Given, *, row_id: UUID | None = None, by: Actor
) -> UUID:
    """Keep a consent and its signature, sealed under the child's key. The same `row_id` again changes nothing.

    Raises ConsentOfAgeError, OwnConsentError, ConflictError, NoScopeError, DayError and WordsMissingError.
    """
    row = service.take(session, code)
    service.require_untied(session, code, by.person_id)
    if row_id is not None and session.get(ConsentRow, row_id) is not None:
        return row_id
    _require_sound(given, by)
    _require_age(session, code, given.of)
    new, content = row_id or new_id(), given.signed.content
    told = sealing.close(session, row.child_id, sealing.CONSENT, new, given.of)
    files.store(session, folder, content, row.child_id)
    session.add(
        ConsentRow(
            id=new,
            code=code,
            scopes=" ".join(scope for scope in SCOPES if scope in given.scopes),
            way=given.way,
            sha256=hashlib.sha256(content).hexdigest(),
            given_on=given.given_on,
            sealed=told,
            noted_at=clock.now(),
            noted_by=by.name,
        )
    )
    audit.record(session, by, "consent.given", code)
    session.flush()
    return new


def withdraw_consent(session: Session, code: str, consent_id: UUID, *, by: Actor) -> None:
    """Note that a consent was taken back today; without one to help, no money of the case moves on, and no goods.

    Raises CaseNotFoundError and ConsentOverError.
    """
    service.take(session, code)
    row = session.get(ConsentRow, consent_id)
    if row is None or row.code != code:
        raise CaseNotFoundError()
    if session.get(ConsentWithdrawnRow, consent_id) is not None:
        raise ConsentOverError()
    now = clock.now()
    session.add(
        ConsentWithdrawnRow(consent_id=consent_id, withdrawn_on=clock.bangkok_day(now), noted_at=now, noted_by=by.name)
    )
    audit.record(session, by, "consent.withdrawn", code)
    session.flush()
    if HELP in row.scopes.split() and not queries.has_consent(session, code, HELP):
        paying.hold_case(session, code, WITHDRAWN, by=WORKER)
        goods.stop_case(session, code, by=by)


def _require_sound(given: Given, by: Actor) -> None:
    require_choice(given.of.relation, RELATIONS)
    if not (given.of.who and given.of.relation):
        raise WordsMissingError()
    if not given.scopes or not SCOPES.keys() >= set(given.scopes):
        raise NoScopeError()
    if given.given_on > clock.today():
        raise DayError()
    if spelling.is_one_name(given.of.who, by.name):
        raise OwnConsentError()


def _require_age(session: Session, code: str, of: ConsentOf) -> None:
    if of.is_own != queries.is_of_age(session, code):
        raise ConsentOfAgeError()
