"""Cash that is short: the bank counted less than two people did, and what is left in the box by the books is not there.

Knows that the loss is the fund's whose cash it was, and that two decide it who had none of the cash in hand since the
box was last empty. Refuses more than is in the box and not on its way, and a second wish while one waits.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import sqlalchemy
from sqlmodel import Session, col, select

from fund import audit, clock, postings
from fund.audit import Actor
from fund.cash import boxes, states
from fund.cash.boxes import BoxView, person_of
from fund.cash.errors import CountReasonError, HandsError, ShortAmountError, ShortAskedError, ShortNotFoundError
from fund.cash.models import BoxRow, ShortAnswerRow, ShortAskRow
from fund.people import duties
from fund.people.duties import Side
from fund.postings import Boxed
from ledger import balances, book, periods
from ledger.columns import Instant, Uid
from ledger.identifiers import new_id
from ledger.money import format_baht

LONGEST_REASON: Final = 500
_HANDS: Final = sqlalchemy.table(
    "cash_hand", sqlalchemy.column("box_id", Uid()), sqlalchemy.column("person", Uid()),
    sqlalchemy.column("until", Instant()),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShortageView:
    """Cash that somebody says is short, and what became of it: `asked`, `booked` or `declined`."""

    id: UUID
    box_id: UUID
    amount_satang: int
    state: str
    reason: str
    asked_by: str
    asked_person: UUID
    asked_at: datetime
    answered_by: str = ""
    answered_at: datetime | None = None
    declined_because: str = ""


def ask(session: Session, box_id: UUID, amount_satang: int, *, reason: str, by: Actor) -> UUID:
    """Say that so much of a box is not there, for another to decide.

    Raises BoxNotFoundError, ShortAskedError, ShortAmountError, HandsError, CountReasonError, NobodyError.
    """
    words, box, person_id = _words(reason), boxes.locked(session, box_id), person_of(by)
    if any(one.state == states.ASKED for one in of_box(session, box_id)):
        raise ShortAskedError()
    _require_there(box, amount_satang)
    since = balances.emptied_at(session, box.account, box.fund) or session.get_one(BoxRow, box_id).added_at
    _require_other_hands(session, box_id, since, person_id)
    row_id = new_id()
    chain = postings.short_subject(str(row_id))
    duties.take_part(session, chain, Side.REQUEST, by=by)
    row = ShortAskRow(
        id=row_id,
        box_id=box_id,
        amount_satang=amount_satang,
        since=since,
        reason=words,
        asked_by=by.name,
        asked_person=person_id,
        asked_at=clock.now(),
        chain=chain,
    )
    session.add(row)
    audit.record(session, by, "cash_short.asked", row_id)
    session.flush()
    return row_id


def decide(session: Session, ask_id: UUID, *, by: Actor) -> None:
    """Decide, as another than who said so, that it is lost: the box holds that much less, at its fund's cost.

    Raises ShortNotFoundError, NotNowError, ShortAmountError, HandsError, OtherSideError.
    """
    row, box = _waiting(session, ask_id, "decide", by)
    _require_there(box, row.amount_satang)
    day = max(clock.today(), periods.open_from(session))
    entry = postings.cash_short(Boxed(box.account, box.fund, row.amount_satang), str(ask_id), day)
    _answer(session, row, by, entry_id=book.post(session, entry, by=by.name).entry_id)
    audit.record(session, by, "cash_short.decided", ask_id)
    session.flush()


def decline(session: Session, ask_id: UUID, *, reason: str, by: Actor) -> None:
    """Decide, as another than who said so, that nothing is written off, and say why. Raises what `decide` does."""
    words = _words(reason)
    row, _ = _waiting(session, ask_id, "decline", by)
    _answer(session, row, by, declined_because=words)
    audit.record(session, by, "cash_short.declined", ask_id)
    session.flush()


def of_box(session: Session, box_id: UUID) -> list[ShortageView]:
    """What was ever said to be short in a box, the last first."""
    return _views(session, ShortAskRow.box_id == box_id)


def shortage(session: Session, ask_id: UUID) -> ShortageView:
    """One of them. Raises ShortNotFoundError."""
    found = _views(session, ShortAskRow.id == ask_id)
    if not found:
        raise ShortNotFoundError()
    return found[0]


def waiting(session: Session) -> list[ShortageView]:
    """What waits for a second person's decision, first asked first."""
    return [one for one in reversed(_views(session)) if one.state == states.ASKED]


def _views(session: Session, *conditions: object) -> list[ShortageView]:
    rows = session.exec(
        select(ShortAskRow, ShortAnswerRow)
        .join(ShortAnswerRow, col(ShortAnswerRow.ask_id) == col(ShortAskRow.id), isouter=True)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(col(ShortAskRow.asked_at).desc(), col(ShortAskRow.id).desc())
    )
    return [_view(asked, answer) for asked, answer in rows]


def _view(asked: ShortAskRow, answer: ShortAnswerRow | None) -> ShortageView:
    return ShortageView(
        asked.id,
        asked.box_id,
        asked.amount_satang,
        states.ASKED if answer is None else states.BOOKED if answer.entry_id else states.DECLINED,
        asked.reason,
        asked.asked_by,
        asked.asked_person,
        asked.asked_at,
        answer.decided_by if answer else "",
        answer.decided_at if answer else None,
        answer.declined_because if answer else "",
    )


def _waiting(session: Session, ask_id: UUID, act: str, by: Actor) -> tuple[ShortAskRow, BoxView]:
    """What waits for this answer by somebody who may give it; nobody does anything with the box meanwhile."""
    row = session.get(ShortAskRow, ask_id)
    if row is None:
        raise ShortNotFoundError()
    box = boxes.locked(session, row.box_id)
    states.after(states.SHORT, shortage(session, ask_id).state, act)
    _require_other_hands(session, row.box_id, row.since, person_of(by))
    duties.take_part(session, row.chain, Side.APPROVE, by=by)
    return row, box


def _answer(
    session: Session, row: ShortAskRow, by: Actor, *, entry_id: UUID | None = None, declined_because: str = ""
) -> None:
    session.add(
        ShortAnswerRow(
            ask_id=row.id,
            entry_id=entry_id,
            declined_because=declined_because,
            decided_by=by.name,
            decided_person=person_of(by),
            decided_at=clock.now(),
            chain=row.chain,
        )
    )


def _require_there(box: BoxView, amount_satang: int) -> None:
    if not 0 < amount_satang <= box.to_carry_satang:
        raise ShortAmountError(amount=format_baht(box.to_carry_satang))


def _require_other_hands(session: Session, box_id: UUID, since: datetime, person_id: UUID) -> None:
    asked = sqlalchemy.select(sqlalchemy.literal(1)).select_from(_HANDS)
    theirs = (_HANDS.c.box_id == box_id) & (_HANDS.c.person == person_id) & (_HANDS.c.until >= since)
    if session.execute(asked.where(theirs).limit(1)).first() is not None:
        raise HandsError()


def _words(reason: str) -> str:
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON:
        raise CountReasonError()
    return words
