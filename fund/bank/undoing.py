"""Taking back: a match, or a whole import, by reversal with a reason; the line comes back and can be settled again.

Knows what hangs together: an entry that settles two lines, a transfer and its arrival, a refund and its return. What
no other file tells is withdrawn with its import. Refuses to undo what does not stand, and to take a line of a closed
month out of the books. Nothing is deleted: a match that was undone stays, with who undid it and why.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, TypeVar
from uuid import UUID

from sqlalchemy import delete, func, insert, update
from sqlalchemy import select as select_from
from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.bank import acts, granted, reasons, saying, shut, standing
from fund.bank.errors import NothingToUndoError, StatementStandsError, StatementUndoneError
from fund.bank.models import InboxRow, LineRow, RetoldRow, StatementActRow, UndoneRow
from fund.bank.reasons import Reason
from fund.bank.standing import Standing
from fund.bank.told import clearing
from fund.collections import service as collections
from fund.donations import refunds
from fund.donations import service as donations
from fund.donations.models import DonationRow
from fund.grants import taking_back
from ledger import book, periods
from ledger.identifiers import new_id

_AT_ONCE: Final = 1_000
T = TypeVar("T")


def undo_match(session: Session, line_id: UUID, *, reason: str, by: Actor) -> list[UUID]:
    """Take back what settles a line, with what was built on it; the lines that wait for a person again.

    Money that was named goes back among the unidentified. Raises NothingToUndoError.
    """
    words = saying.words(reason)
    settled = [one for one in standing.of_lines(session, [line_id]) if one.kind != standing.UNIDENTIFIED]
    if not settled:
        raise NothingToUndoError()
    touched = _undo(session, settled, words, by)
    for touched_id in touched:
        audit.record(session, by, "match.undone", touched_id)
    session.flush()
    return touched


def undo_import(session: Session, statement_id: UUID, *, reason: str, by: Actor) -> int:
    """Take back a whole import: the lines that no other standing file tells are withdrawn; how many they were.

    Raises StatementUndoneError.
    """
    words = saying.words(reason)
    if acts.is_undone(session, statement_id):
        raise StatementUndoneError()
    shut.refuse_act_on_file(session, statement_id)
    line_ids = _told_by_it_alone(session, statement_id)
    for some in _some(line_ids):
        shut.refuse_lines(session, some)
        _undo(session, standing.of_lines(session, some), words, by)
        collections.no_longer_wait(session, some)
        gone = update(InboxRow).where(col(InboxRow.line_id).in_(some))
        session.connection().execute(gone.values(state=acts.WITHDRAWN, reasons=_undone_by(by)))
    _act(session, statement_id, acts.UNDONE, words, by)
    return len(line_ids)


def restore_import(session: Session, statement_id: UUID, *, reason: str, by: Actor) -> int:
    """Take an import in again that was taken back: its lines go to the matcher; how many they were.

    Raises StatementStandsError.
    """
    words = saying.words(reason)
    if not acts.is_undone(session, statement_id):
        raise StatementStandsError()
    shut.refuse_act_on_file(session, statement_id)
    _act(session, statement_id, acts.RESTORED, words, by)
    return _bring_back(session, _told_by(session, statement_id))


def tell_again(session: Session, statement_id: UUID, account: str, identities: Collection[str]) -> int:
    """A new file tells lines that are known: remember it, and bring back those that were withdrawn; how many."""
    back = 0
    for some in _some(identities):
        known = session.exec(
            select(LineRow.id).where(LineRow.account == account, col(LineRow.identity).in_(some))
        ).all()
        if known:
            rows = [{"line_id": line_id, "statement_id": statement_id} for line_id in known]
            session.connection().execute(insert(RetoldRow), rows)
            back += _bring_back(session, known)
    return back


def _undo(session: Session, begun: Sequence[Standing], words: str, by: Actor) -> list[UUID]:
    """Reverse these matches and what hangs on them, the last made first; the lines that are back in the inbox."""
    refunds.take_turn(session)
    matches = _with_what_hangs_on(session, begun)
    line_ids, undone = {one.line_id for one in matches}, {one.id for one in matches}
    booked = {one.line_id for one in standing.of_lines(session, line_ids) if one.id not in undone}  # as unidentified
    shut.refuse_lines(session, line_ids - booked)
    open_from = _open_from(session, line_ids)
    reversals = _reverse_all(session, matches, words, open_from, by)
    rows = [
        {"match_id": one.id, "line_id": one.line_id, "entry_id": reversals[one.entry_id], "reason": words,
         "undone_by": by.name, "undone_at": clock.now()}
        for one in matches
    ]  # fmt: skip
    if rows:
        session.connection().execute(insert(UndoneRow), rows)
    return _put_back(session, line_ids, booked, by)


def _with_what_hangs_on(session: Session, begun: Iterable[Standing]) -> list[Standing]:
    """These matches, those of the same entries, and later ones about the same; first made first."""
    known = {one.id: one for one in begun}
    while True:
        beside = standing.of_entries(session, {one.entry_id for one in known.values()})
        first = {one.about: one.id for one in sorted(known.values(), key=lambda one: one.id, reverse=True)}
        after = [one for one in standing.about(session, first.keys()) if one.id > first[one.about]]
        found = {one.id: one for one in (*beside, *after)} | known
        if len(found) == len(known):
            return sorted(found.values(), key=lambda one: one.id)
        known = found


def _reverse_all(
    session: Session, matches: Sequence[Standing], words: str, open_from: Mapping[UUID, date], by: Actor
) -> dict[UUID, UUID]:
    """Reverse the entries of these matches, the last made first, gifts in a row together; the reversals by entry."""
    last_first = list({one.entry_id: one for one in reversed(matches)}.values())
    booked = book.days(session, [one.entry_id for one in last_first])
    gifts = _received(session, {one.donation_id for one in matches if one.donation_id})
    found: dict[UUID, UUID] = {}
    for are_gifts, some in groupby(last_first, key=lambda one: gifts.get(one.entry_id) is not None):
        days = {one: max(booked[one.entry_id], open_from[one.line_id]) for one in some}
        if are_gifts:
            entries = {gifts[one.entry_id]: one.entry_id for one in days}
            of_gifts = {gifts[one.entry_id]: day for one, day in days.items()}
            undone = donations.reverse_many(session, of_gifts, reason=words, by=by)
            found |= {entries[donation_id]: entry_id for donation_id, entry_id in undone.items()}
        else:
            found |= {one.entry_id: _reverse(session, one, words, day, by) for one, day in days.items()}
    return found


def _received(session: Session, donation_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Which of these donations each entry received."""
    asked = select(DonationRow.entry_id, DonationRow.id).where(col(DonationRow.id).in_(donation_ids))
    return dict(session.exec(asked).all())


def _reverse(session: Session, one: Standing, words: str, booked_on: date, by: Actor) -> UUID:
    clearing.reopen(session, one.line_id)  # the bank had confirmed the gift before: it waits for its line again
    reversal_id = book.reverse(session, one.entry_id, reason=words, booked_on=booked_on, by=by.name).entry_id
    if one.kind in granted.KINDS:
        taking_back.take_back(session, one.entry_id, reversal_id, by=by)
    return reversal_id


def _open_from(session: Session, line_ids: Collection[UUID]) -> dict[UUID, date]:
    """The first day on which a line's undoing may count: its account's month is open then, and the books are."""
    accounts = dict(session.exec(select(LineRow.id, LineRow.account).where(col(LineRow.id).in_(line_ids))).all())
    books = periods.open_from(session)
    days = {account: max(books, shut.open_from(session, account)) for account in set(accounts.values())}
    return {line_id: days[account] for line_id, account in accounts.items()}


def _put_back(session: Session, line_ids: Collection[UUID], booked: Collection[UUID], by: Actor) -> list[UUID]:
    """Put lines whose matches were undone back into the inbox, booked or not as what still stands says."""
    counts = select_from(col(UndoneRow.line_id), func.count()).where(col(UndoneRow.line_id).in_(line_ids))
    attempts = {row[0]: row[1] for row in session.execute(counts.group_by(col(UndoneRow.line_id)))}
    session.execute(delete(InboxRow).where(col(InboxRow.line_id).in_(line_ids)))
    rows = [
        {"line_id": line.id, "state": "waiting", "is_booked": line.id in booked, "statement_id": line.statement_id,
         "account": line.account, "amount_satang": line.amount_satang, "reasons": _undone_by(by),
         "attempt": attempts[line.id]}
        for line in session.exec(select(LineRow).where(col(LineRow.id).in_(line_ids)))
    ]  # fmt: skip
    if rows:
        session.connection().execute(insert(InboxRow), rows)
    return sorted(line_ids)


def _undone_by(by: Actor) -> str:
    return reasons.as_json((Reason(reasons.UNDONE, False, by.name),))


def _told_by(session: Session, statement_id: UUID) -> list[UUID]:
    """Every line that a statement tells, whether it was the first to do so or not."""
    first = session.exec(select(LineRow.id).where(LineRow.statement_id == statement_id))
    again = session.exec(select(RetoldRow.line_id).where(RetoldRow.statement_id == statement_id))
    return sorted({*first, *again})


def _told_by_it_alone(session: Session, statement_id: UUID) -> list[UUID]:
    """The lines of a statement that no other tells which still stands."""
    lines = _told_by(session, statement_id)
    told = {line_id: others for some in _some(lines) for line_id, others in _tellers(session, some).items()}
    others = {teller for some in told.values() for teller in some} - {statement_id}
    stand = {one for one in others if not acts.is_undone(session, one)}
    return [line_id for line_id in lines if told[line_id].isdisjoint(stand)]


def _tellers(session: Session, line_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Which statements tell each line."""
    first = session.exec(select(LineRow.id, LineRow.statement_id).where(col(LineRow.id).in_(line_ids)))
    told = {line_id: {statement_id} for line_id, statement_id in first}
    again = session.exec(select(RetoldRow.line_id, RetoldRow.statement_id).where(col(RetoldRow.line_id).in_(line_ids)))
    for line_id, statement_id in again:
        told[line_id].add(statement_id)
    return told


def _bring_back(session: Session, line_ids: Collection[UUID]) -> int:
    """Give lines that were withdrawn to the matcher."""
    back = 0
    for some in _some(line_ids):
        gone = update(InboxRow).where(col(InboxRow.line_id).in_(some), col(InboxRow.state) == acts.WITHDRAWN)
        back += session.connection().execute(gone.values(state="new", reasons="[]")).rowcount
    return back


def _some(many: Collection[T]) -> Iterator[list[T]]:
    """So many at a time as a database can be asked for at once."""
    listed = list(many)
    yield from (listed[start : start + _AT_ONCE] for start in range(0, len(listed), _AT_ONCE))


def _act(session: Session, statement_id: UUID, act: str, words: str, by: Actor) -> None:
    session.add(
        StatementActRow(
            id=new_id(), statement_id=statement_id, act=act, reason=words, acted_by=by.name, acted_at=clock.now()
        )
    )
    audit.record(session, by, f"statement.{act}", statement_id)
    session.flush()
