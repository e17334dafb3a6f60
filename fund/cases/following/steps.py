"""The steps of a matter (a referral, a follow-up, a complaint): begun, taken one after another, read again.

Knows under whose key the words of a step lie. Refuses an act that the table of states does not have, an act that needs
words without them, and acts of whoever declared a tie to the child.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, func, select

from fund import audit, clock
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing
from fund.cases import service as case_verbs
from fund.cases.children import parse_words
from fund.cases.errors import ReasonMissingError
from fund.cases.following import states
from fund.cases.following.errors import MatterNotFoundError
from fund.cases.following.models import MatterRow, StepRow
from fund.cases.following.states import COMPLAINT, Machine, Transition
from fund.people import turns
from ledger.private import Part

WORDS = "following_step.sealed"


@dataclass(frozen=True, slots=True)
class Step:
    """A step of a matter; `words` is None once they were erased."""

    act: str
    state: str
    words: str | None
    done_at: datetime
    done_by: str


def begin(session: Session, machine: Machine, matter_id: UUID, act: str, code: str | None, *, by: Actor) -> None:
    """The first step of a new matter."""
    transition, now = states.after(machine, "", act), clock.now()
    matter = MatterRow(id=matter_id, machine=machine, code=code, state=transition.next, moved_at=now)
    session.add(matter)
    session.flush()
    _write(session, matter, transition, 1, None, by)


def take(session: Session, machine: Machine, matter_id: UUID, act: str, words: str = "", *, by: Actor) -> MatterRow:
    """Take one step, and return the matter as it stands then; who acts on it at the same moment waits.

    Raises MatterNotFoundError, NotInThisStateError, ReasonMissingError, TextTooLongError and ConflictError.
    """
    turns.wait_for(session, f"following {matter_id}")
    matter = session.get(MatterRow, matter_id, populate_existing=True)
    if matter is None or matter.machine != machine:
        raise MatterNotFoundError()
    transition, said = states.after(machine, matter.state, act), parse_words(words)
    if transition.asks_why and not said:
        raise ReasonMissingError()
    if matter.code:
        case_verbs.require_untied(session, matter.code, by.person_id)
    last = session.exec(select(func.max(StepRow.number)).where(StepRow.matter_id == matter_id)).one()
    content = _sealed(session, matter, last + 1, said) if said else None
    matter.state, matter.moved_at = transition.next, clock.now()
    _write(session, matter, transition, last + 1, content, by)
    return matter


def history(session: Session, matter: MatterRow) -> list[Step]:
    """Every step of a matter, with its words, first to last."""
    rows = session.exec(select(StepRow).where(StepRow.matter_id == matter.id).order_by(col(StepRow.number))).all()
    with_words = [row for row in rows if row.sealed]
    owner = _owner(session, matter)
    parts = [Part(owner, WORDS, f"{row.matter_id}:{row.number}", row.sealed or b"") for row in with_words]
    said = dict(zip((row.number for row in with_words), sealing.opened(session, parts, str), strict=True))
    return [Step(row.act, row.state, said.get(row.number, ""), row.done_at, row.done_by) for row in rows]


def _write(
    session: Session, matter: MatterRow, transition: Transition, number: int, sealed: bytes | None, by: Actor
) -> None:
    row = StepRow(
        matter_id=matter.id,
        number=number,
        machine=transition.machine,
        after=number - 1 or None,
        came_from=transition.state,
        act=transition.act,
        state=transition.next,
        sealed=sealed,
        done_at=matter.moved_at,
        done_by=by.name,
    )
    session.add(row)
    audit.record(session, by, f"{transition.machine}.{_PAST[transition.act]}", matter.id)
    session.flush()


def _sealed(session: Session, matter: MatterRow, number: int, words: str) -> bytes:
    return sealing.close(session, _owner(session, matter), WORDS, f"{matter.id}:{number}", words)


def _owner(session: Session, matter: MatterRow) -> UUID:
    """Under whose key its words lie: the child's, or, of a complaint, its own."""
    if matter.machine == COMPLAINT or matter.code is None:
        return matter.id
    return cases.case(session, matter.code).child_id


_PAST = {
    "send": "sent",
    "accept": "accepted",
    "decline": "declined",
    "finish": "finished",
    "take_back": "taken_back",
    "lapse": "lapsed",
    "look_at": "looked_at",
    "open": "opened",
    "attend": "noted",
    "risk": "noted",
    "drop_out": "noted",
    "let_be": "let_be",
    "miss": "missed",
    "complain": "made",
    "answer": "answered",
    "close": "closed",
}
"""How the trail says each act."""
