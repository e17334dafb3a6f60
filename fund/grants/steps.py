"""Taking a step: whose turn, whose role, which state, which side, and the row that says so.

Knows that everything that acts on one chain waits for its turn, so that two steps never follow the same one; the
database refuses the second too. Refuses what `states` does not know, and a step without the entry that it needs.
"""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, outbox, sealed
from fund.audit import Actor
from fund.grants import payees, roles, states
from fund.grants.errors import GrantNotFoundError, WordsError
from fund.grants.models import StandingRow, StepRow, TrancheRow, VersionRow, id_of
from fund.grants.states import Part, Transition
from fund.people import duties, turns
from fund.people.duties import Side
from ledger import book
from ledger.journal import Entry

REQUEST: Final = 0
"""The number of a request in its chain; tranches count from 1."""

PROOF_JOB: Final = "audit-receipt.issue"
CHANGES_PROOF: Final = frozenset(
    {"clear", "come_back", "return_unspent", "undo_leave", "undo_come_back", "undo_issue", "undo_return_rest"}
)
"""After which acts the paper that proves a payment is looked at anew."""

LONGEST_WORDS: Final = 500
_PLACE: Final = "grants_step.reason"


@dataclass(frozen=True, slots=True)
class Ready:
    """A step that may be taken now, after `last` others; `words` is the reason, if one is given."""

    chain: str
    number: int
    last: int
    transition: Transition
    district: str
    words: str = ""


def ready(session: Session, chain: str, number: int, act: str, *, reason: str | None = None, by: Actor) -> Ready:
    """See that this act fits the state and `by`'s roles, and wait for the chain's turn. A `reason` may not be empty.

    Raises GrantNotFoundError, NobodyError, GrantRoleError, NotInThisStateError and WordsError.
    """
    turns.wait_for(session, f"chain {chain}")
    standing = session.get(StandingRow, (chain, number), populate_existing=True)
    if standing is None:
        raise GrantNotFoundError()
    if by.person_id is not None or act not in states.BY_ITSELF:
        roles.require(session, states.ROLES[act], who=by, district=standing.district)
    return after(standing, act, "" if reason is None else _words(reason))


def after(standing: StandingRow, act: str, words: str = "") -> Ready:
    """The step that an act is from here, whoever takes it. Raises NotInThisStateError."""
    transition = states.after(part_of(standing.number), standing.state, act)
    return Ready(standing.chain, standing.number, standing.step, transition, standing.district, words)


def first(chain: str, number: int, act: str, district: str) -> Ready:
    """The first step of a request or a tranche."""
    return Ready(chain, number, 0, states.after(part_of(number), "", act), district)


def take(
    session: Session,
    chain: str,
    number: int,
    act: str,
    *,
    entry: Entry | None = None,
    reason: str | None = None,
    stand_in: UUID | None = None,
    by: Actor,
) -> None:
    """Take one step, on the side of the chain that it needs, with the entry that it needs."""
    write(session, on_side(session, ready(session, chain, number, act, reason=reason, by=by), stand_in, by), entry, by)


def on_side(session: Session, step: Ready, stand_in: UUID | None, by: Actor) -> Ready:
    """The same step, with `by` on the side of the chain that it needs.

    Raises OwnPaymentError and what `duties.take_part` does.
    """
    if step.transition.duty:
        payees.require_not_paid(session, _payee_of(session, step), by)
        duties.take_part(session, step.chain, Side(step.transition.duty), stand_in=stand_in, by=by)
    return step


def write(
    session: Session, step: Ready, entry: Entry | UUID | None, by: Actor, of: VersionRow | TrancheRow | None = None
) -> None:
    """Book what the step needs (or name what is booked already), write it down, and let the standing say it.

    `of` is what is asked for, or the tranche, where the step brings it.
    """
    entry_id = book.post(session, entry, by=by.name).entry_id if isinstance(entry, Entry) else entry
    this, side = step.transition, step.transition.duty or None
    number = step.last + 1
    row = StepRow(
        chain=step.chain,
        number=step.number,
        step=number,
        before=step.last or None,
        part=this.part,
        state=this.state,
        act=this.act,
        next=this.next,
        duty=this.duty,
        is_booked=this.is_booked,
        tranche=step.number or None,
        person=by.person_id,
        side=side,
        entry_id=entry_id,
        reason=_sealed(session, step, number) if step.words else None,
        taken_at=clock.now(),
        taken_by=by.name,
    )
    session.add(row)
    session.flush()
    _stand(session, step, row, of)
    audit.record(session, by, f"{this.part}.{_PAST[this.act]}", subject_of(step.chain, step.number))
    if this.act in CHANGES_PROOF:
        which = f"{step.chain} {step.number}"
        outbox.add(session, PROOF_JOB, which, key=f"{PROOF_JOB}:{which} {number}")
    session.flush()


def _payee_of(session: Session, step: Ready) -> UUID:
    """Who is paid: by the tranche, or by what was asked for last."""
    if step.number != REQUEST:
        return session.get_one(TrancheRow, (step.chain, step.number)).payee_id
    versions = select(VersionRow.payee_id).where(VersionRow.chain == step.chain)
    return session.exec(versions.order_by(col(VersionRow.version).desc()).limit(1)).one()


def reasons(session: Session, chain: str) -> dict[tuple[int, int], str]:
    """The words that stand beside the steps of a chain, by number and step; without those that were erased."""
    rows = select(StepRow).where(StepRow.chain == chain, col(StepRow.reason).is_not(None))
    found = {}
    for row in session.exec(rows.order_by(col(StepRow.number), col(StepRow.step))):
        words = sealed.unseal(session, id_of(chain), _PLACE, _row(row.number, row.step, chain), row.reason or b"")
        if words is not None:
            found[row.number, row.step] = words
    return found


def subject_of(chain: str, number: int) -> str:
    """What a request or a tranche is called in the trail and in the books."""
    return f"{chain}:{number}" if number else chain


def part_of(number: int) -> Part:
    """What stands under this number of a chain."""
    return "tranche" if number else "request"


def _stand(session: Session, step: Ready, row: StepRow, of: VersionRow | TrancheRow | None) -> None:
    standing = session.get(StandingRow, (step.chain, step.number))
    if standing is None:
        where: dict[str, Any] = {"chain": step.chain, "number": step.number, "district": step.district}
        standing = StandingRow(**where)
        session.add(standing)
    standing.step, standing.state = row.step, row.next
    if of is not None:
        standing.version, standing.amount_satang = of.version, of.amount_satang
    if isinstance(of, VersionRow):
        standing.urgency, standing.made_at = of.urgency, of.made_at
    elif of is not None:
        standing.due_on = of.due_on


def _words(reason: str) -> str:
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_WORDS or not words.isprintable():
        raise WordsError(longest=LONGEST_WORDS)
    return words


def _sealed(session: Session, step: Ready, number: int) -> bytes:
    return sealed.seal(session, id_of(step.chain), _PLACE, _row(step.number, number, step.chain), step.words)


def _row(number: int, step: int, chain: str) -> str:
    return f"{chain}:{number}:{step}"


_PAST: Final = {
    "request": "made",
    "edit": "edited",
    "approve": "approved",
    "queue": "queued",
    "award": "awarded",
    "ask_back": "asked_back",
    "decline": "declined",
    "hold": "held",
    "release": "released",
    "cancel": "cancelled",
    "prepare": "prepared",
    "turn_down": "turned_down",
    "authorise": "authorised",
    "leave": "left",
    "stay": "stayed",
    "come_back": "came_back",
    "give_up": "given_up",
    "allow": "allowed",
    "issue": "issued",
    "account_for": "accounted_for",
    "return_rest": "rest_returned",
    "clear": "cleared",
    "return_unspent": "unspent_returned",
    "undo_leave": "leaving_undone",
    "undo_come_back": "return_undone",
    "undo_issue": "issue_undone",
    "undo_return_rest": "rest_undone",
    "undo_return_unspent": "unspent_undone",
}
"""How the trail says each act."""
