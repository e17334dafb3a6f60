"""Sealed parts of a case, as values: closed under the child's key, opened all with one question.

Refuses to write for a child that was erased.
"""

from collections.abc import Sequence
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec
from sqlmodel import Session, col, select

from fund import sealed
from fund.cases.errors import ErasedChildError
from ledger.private import Part

T = TypeVar("T")

CHILD: Final = "cases_child.sealed"
STEP: Final = "cases_step.sealed"
NEED: Final = "cases_need.sealed"
NOTE: Final = "cases_note.sealed"
PAPER: Final = "cases_paper.sealed"
CONSENT: Final = "cases_consent.sealed"
NATIONAL_ID: Final = "cases_child.national_id"
"""What the blind index is of."""


def close(session: Session, child_id: UUID, place: str, row_id: object, value: Any) -> bytes:
    """A value sealed for a row of a place. Raises ErasedChildError once the child's key is gone."""
    if not has_key(session, child_id):
        raise ErasedChildError()
    return begin(session, child_id, place, row_id, value)


def begin(session: Session, child_id: UUID, place: str, row_id: object, value: Any) -> bytes:
    """The same for a child that has no key yet."""
    return sealed.seal(session, child_id, place, row_id, msgspec.json.encode(value).decode())


def opened(session: Session, parts: Sequence[Part], kind: type[T]) -> list[T | None]:
    """What each part says; None where the child was erased."""
    said = sealed.unseal_many(session, parts)
    return [None if one is None else msgspec.json.decode(one, type=kind) for one in said]


def has_key(session: Session, child_id: UUID) -> bool:
    """Whether anything of this child can still be read."""
    known = select(sealed.KeyRow.subject).where(col(sealed.KeyRow.subject) == child_id)
    return session.exec(known).first() is not None
