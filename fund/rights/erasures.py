"""The list of erasures: handed out signed, kept apart from backups, and played again after one came back.

Knows ids and what went, nothing else. Refuses a list that this fund's log has not signed, whole.
"""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import audit, clock
from fund.audit import Actor, Sought
from fund.rights import effects
from fund.rights.errors import ListForgedError
from fund.rights.models import ErasureRow
from ledger import log, notes
from ledger.notes import SigningKey

_TITLE: Final = "sipbaht erasures 1"
_EXPORTED: Final = "erasures.exported"
_LINE: Final = re.compile(r"([0-9a-f-]{36}) ([a-z]+) (\S+)")
_SIGNATURE: Final = re.compile(r"\S+ (\S+)")


@dataclass(frozen=True, slots=True)
class Standing:
    """How many erasures there are, and how many of them no list says that was handed out."""

    count: int
    handed_out: int
    handed_out_at: datetime | None

    @property
    def missing(self) -> int:
        """How many would be undone by a restore."""
        return self.count - self.handed_out


def standing(session: Session) -> Standing:
    """How the list stands to what was handed out last."""
    last = audit.acts(session, Sought(action=_EXPORTED), limit=1)
    count = session.exec(select(func.count()).select_from(ErasureRow)).one()
    return Standing(count, int(last[0].subject), last[0].recorded_at) if last else Standing(count, 0, None)


def export(session: Session, key: SigningKey, *, by: Actor) -> str:
    """The whole list as a note signed with the log's key."""
    rows = session.exec(select(ErasureRow).order_by(col(ErasureRow.erased_at), col(ErasureRow.subject)))
    lines = [f"{row.subject} {row.what} {row.erased_at.astimezone(UTC).isoformat()}" for row in rows]
    heading = f"{key.origin}\n{_TITLE}\n{len(lines)} at {clock.now().isoformat()}\n"
    signed = heading + "".join(f"{line}\n" for line in lines)
    audit.record(session, by, _EXPORTED, len(lines))
    return notes.signed(signed, key.public, key.sign(signed))


def replay(session: Session, note: str, *, by: Actor) -> tuple[int, int]:
    """Erase again what the list names and this database does not; how many stand on it, and how many were erased now.

    What a database lists is gone from it: both came in one commit. Who came back since, and was erased once more, is
    erased once more. Raises ListForgedError before anything is done.
    """
    listed = list(_read(session, note))
    fresh = [one for one in listed if not effects.is_gone_since(session, one.subject, one.what, one.erased_at)]
    for one in fresh:
        effects.apply(session, one.subject, one.what, erased_at=one.erased_at, by=by)
    audit.record(session, by, "erasures.replayed", len(fresh))
    return len(listed), len(fresh)


def _read(session: Session, note: str) -> Iterator[ErasureRow]:
    body, _, signature = note.rpartition("\n— ")
    found = _SIGNATURE.fullmatch(signature.strip())
    if found is None or not _is_ours(session, body, found[1]):
        raise ListForgedError()
    _origin, title, heading, *lines = body.splitlines()
    if title != _TITLE or heading.partition(" ")[0] != str(len(lines)):
        raise ListForgedError()
    for line in lines:
        told = _LINE.fullmatch(line)
        if told is None or told[2] not in effects.EFFECTS:
            raise ListForgedError()
        yield ErasureRow(subject=UUID(told[1]), what=told[2], erased_at=datetime.fromisoformat(told[3]))


def _is_ours(session: Session, signed: str, signature: str) -> bool:
    """Whether a key of this log signed it."""
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    known = [key.public for key in log.keys(session) if key.public.id == raw[:4].hex()]
    return any(key.verifies(signed, raw[4:]) and signed.startswith(f"{key.origin}\n") for key in known)
