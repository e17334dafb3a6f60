"""Lines in the inbox become donations, fees, refunds, transfers or unidentified money, many in one unit of work.

Knows batches: each is all or nothing; when one is refused, its lines are tried one by one, and the culprit stays in
the inbox with the refusal beside it. Refuses nothing itself: what matches nothing waits for a person.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, update
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import Session, col

from fund import clock, postings, sealed
from fund.audit import Actor
from fund.bank import entering, expecting, gathering, hints, paid_in, payers, queries, reasons, standing
from fund.bank.matching import COLLECTION, Match, Proposal, Waits, collection_of
from fund.bank.models import InboxRow, MatchRow
from fund.bank.queries import InboxLine
from fund.bank.reasons import Reason
from fund.bank.told import clearing
from fund.bank.told.clearing import LineGift
from fund.cash import carrying
from fund.collections import service as collections
from fund.db import Database
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.errors import FundError
from ledger import book, periods
from ledger.errors import LedgerError
from ledger.identifiers import new_id
from receipts.errors import ReceiptError

BATCH: Final = 1000
_REFUSALS = (FundError, LedgerError, ReceiptError, DatabaseError)

Progress = Callable[[int, int], None]
"""Called with how many lines are done, and of how many."""


@dataclass(frozen=True, slots=True)
class SettleResult:
    """What settling did: lines matched (gifts, and what else was expected or taught), money kept as unidentified,
    outgoing lines left, and lines the books refused.
    """

    matched: int = 0
    unidentified: int = 0
    outgoing: int = 0
    refused: tuple[UUID, ...] = ()

    def sentence(self) -> str:
        """For a terminal."""
        waits = f"{self.unidentified} came in unidentified, {self.outgoing} went out"
        refused = f", {len(self.refused)} were refused by the books" if self.refused else ""
        return f"{self.matched} lines matched; waiting for a person: {waits}{refused}."

    @property
    def done(self) -> int:
        """How many lines were dealt with."""
        return self.matched + self.unidentified + self.outgoing + len(self.refused)

    def and_also(self, other: "SettleResult") -> "SettleResult":
        """Both together."""
        return SettleResult(
            self.matched + other.matched,
            self.unidentified + other.unidentified,
            self.outgoing + other.outgoing,
            self.refused + other.refused,
        )


def settle_waiting(database: Database, *, by: Actor, progress: Progress | None = None) -> SettleResult:
    """Settle every new line of the inbox, batch by batch, each in one unit of work."""
    result = SettleResult()
    with database.read() as session:
        total = queries.count_new(session)
    while True:
        batch = _settle_batch(database, by)
        if batch.done == 0:
            return result
        result = result.and_also(batch)
        if progress:
            progress(result.done, max(total, result.done))


def _settle_batch(database: Database, by: Actor) -> SettleResult:
    lines: list[InboxLine] = []
    try:
        with database.write() as session:
            lines += queries.take_new(session, BATCH)
            return settle(session, lines, by=by)
    except OperationalError:
        raise  # the database is away or busy: no line is to blame
    except _REFUSALS:
        return _settle_singly(database, lines, by)


def _settle_singly(database: Database, lines: Sequence[InboxLine], by: Actor) -> SettleResult:
    """The same lines one by one: all but the culprits are settled, and those say why not."""
    result = SettleResult()
    for line in lines:
        try:
            with database.write() as session:
                new = [one for one in queries.take_these(session, [line.id]) if one.state == "new"]
                result = result.and_also(settle(session, new, by=by))  # none, if somebody else was quicker
        except OperationalError:
            raise
        except _REFUSALS as refusal:
            with database.write() as session:
                is_noted = _note_refusal(session, line.id, refusal)
            result = result.and_also(SettleResult(refused=(line.id,) * is_noted))
    return result


def _note_refusal(session: Session, line_id: UUID, refusal: Exception) -> bool:
    """Only a line that is still new: what somebody else did with it meanwhile stands."""
    still_new = update(InboxRow).where(col(InboxRow.line_id) == line_id, col(InboxRow.state) == "new")
    told = still_new.values(state="refused", reasons=reasons.as_json((_refusal(refusal),)))
    return session.connection().execute(told).rowcount == 1


def _refusal(refusal: Exception) -> Reason:
    is_ours = isinstance(refusal, FundError | LedgerError | ReceiptError)
    return Reason(reasons.REFUSED, False, str(refusal) if is_ours else type(refusal).__name__)


def settle(session: Session, lines: Sequence[InboxLine], *, by: Actor) -> SettleResult:
    """Settle these lines of the inbox, all or nothing."""
    if not lines:
        return SettleResult()
    proposed = list(zip(lines, expecting.propose(session, lines), strict=True))
    if gathering.take_turns(session, proposed):  # nobody changes those collections any more: what do they await now?
        proposed = list(zip(lines, expecting.propose(session, lines), strict=True))
    matched = [(line, found) for line, found in proposed if isinstance(found, Match)]
    carrying.take_boxes(
        session, [paid_in.deposit_of(found.about) for _, found in matched if found.kind == paid_in.KIND]
    )
    waiting = [(line, found) for line, found in proposed if isinstance(found, Waits)]
    came = [(line, found) for line, found in waiting if line.amount_satang > 0]
    went = [(line, found) for line, found in waiting if line.amount_satang < 0]
    open_from = periods.open_from(session)  # a month that closes meanwhile the ledger refuses: tried again
    _receive(session, [(line, found) for line, found in matched if found.campaign_id], open_from, by)
    _gather(session, [(line, found) for line, found in matched if found.kind == COLLECTION], open_from, by)
    others = [(line, found) for line, found in matched if not found.campaign_id and found.kind != COLLECTION]
    _explain(session, others, open_from, by)
    _keep_unidentified(session, came, open_from, by)
    _leave(session, [(line.id, "waiting", False, found.reasons) for line, found in went])
    gathering.tell_collections(session, proposed, by=by)
    _remember_payers(session, lines)
    session.flush()
    return SettleResult(len(matched), len(came), len(went))


def candidates(session: Session, line: InboxLine) -> Proposal:
    """What a line that waits would be taken for now, or may be: the candidates with their reasons, likeliest first."""
    found = expecting.propose(session, [line])[0]
    if isinstance(found, Match):
        return found
    return Waits(found.reasons, tuple(hints.added(session, line, found.candidates)))


def send_back(
    session: Session,
    line: InboxLine,
    waiting: InboxLine,
    why: Sequence[Reason],
    open_from: date,
    *,
    words: str = "",
    by: Actor,
) -> None:
    """The outgoing line returned what waited as unidentified: one entry settles both."""
    money = entering.money(session, line, open_from, came=waiting)
    posted = book.post(session, postings.unidentified_returned(waiting.identity, money), by=by.name)
    about = f"{standing.SENDER}{waiting.id}"
    note(
        session,
        [
            match(line.id, standing.SENT_BACK, why, posted.entry_id, words=words, about=about, by=by),
            match(waiting.id, standing.RETURNED, why, posted.entry_id, words=words, about=about, by=by),
        ],
    )
    leave_inbox(session, [line.id, waiting.id])


def _receive(session: Session, matched: Sequence[tuple[InboxLine, Match]], open_from: date, by: Actor) -> None:
    """Book gifts; where the bank had confirmed one before, its line clears what was booked then."""
    if not matched:
        return
    arrivals = {line.id: _arrival(session, line, found, open_from) for line, found in matched}
    found_gifts = [
        LineGift(line_id, one.money, one.campaign_id, one.pledge_id, one.is_named_later)
        for line_id, one in arrivals.items()
    ]
    cleared = clearing.clear_by_lines(session, found_gifts, by=by)
    booked = {line_id: (one.entry_id, one.donation_id) for line_id, one in cleared.items()}
    others = [line.id for line, _ in matched if line.id not in booked]
    received = donations.receive_many(session, [arrivals[line_id] for line_id in others], by=by)
    for line_id, gift in zip(others, received, strict=True):
        booked[line_id] = gift.donation.entry_id, gift.donation.id
    note(
        session,
        [
            match(line.id, found.kind, found.reasons, entry_id, donation_id=donation_id, by=by)
            for line, found in matched
            for entry_id, donation_id in [booked[line.id]]
        ],
    )
    leave_inbox(session, [line.id for line, _ in matched])


def _gather(session: Session, matched: Sequence[tuple[InboxLine, Match]], open_from: date, by: Actor) -> None:
    """Book what came for collections: a gift for each of their people."""
    for line, found in matched:
        collection_id = collection_of(found)
        assert collection_id is not None
        received = gathering.receive(session, line, collection_id, open_from, by=by)
        note(
            session,
            [match(line.id, "pledge", found.reasons, one.entry_id, donation_id=one.id, by=by) for one in received],
        )
        leave_inbox(session, [line.id])


def _arrival(session: Session, line: InboxLine, found: Match, open_from: date) -> Arrival:
    assert found.campaign_id is not None
    money = entering.money(session, line, open_from)
    return Arrival(money, found.campaign_id, found.pledge_id, is_named_later=line.is_booked)


def _explain(session: Session, matched: Sequence[tuple[InboxLine, Match]], open_from: date, by: Actor) -> None:
    """Book what is no gift: fees and the like by a rule, and money that was expected to go or to come back."""
    returned = [(line, found) for line, found in matched if found.kind == standing.SENT_BACK]
    for line, found in returned:
        for waiting in queries.take_these(session, [UUID(found.about.removeprefix(standing.SENDER))]):
            send_back(session, line, waiting, found.reasons, open_from, by=by)
    others = [(line, found) for line, found in matched if found.kind != standing.SENT_BACK]
    entries = [entering.entry(session, line, found.kind, found.about, open_from) for line, found in others]
    posted = book.post_many(session, entries, by=by.name)
    notes = [
        match(line.id, found.kind, found.reasons, one.entry_id, about=_about(line, found), by=by)
        for (line, found), one in zip(others, posted, strict=True)
    ]
    if notes:
        note(session, notes)
        leave_inbox(session, [line.id for line, _ in others])


def _about(line: InboxLine, found: Match) -> str:
    return f"{standing.TRANSFER}{line.identity}" if found.kind == standing.TRANSFER_LEFT else found.about


def _keep_unidentified(session: Session, came: Sequence[tuple[InboxLine, Waits]], open_from: date, by: Actor) -> None:
    """Money that nobody can name is booked at once, so that the books agree with the bank; it waits all the same."""
    fresh = [(line, found) for line, found in came if not line.is_booked]
    if fresh:
        entries = [postings.unidentified_received(entering.money(session, line, open_from)) for line, _ in fresh]
        posted = book.post_many(session, entries, by=by.name)
        note(
            session,
            [
                match(line.id, standing.UNIDENTIFIED, found.reasons, one.entry_id, by=by)
                for (line, found), one in zip(fresh, posted, strict=True)
            ],
        )
    _leave(session, [(line.id, "waiting", True, found.reasons) for line, found in came])


def _remember_payers(session: Session, lines: Sequence[InboxLine]) -> None:
    keyring = sealed.of(session).keyring
    told = ((line.id, payers.index(keyring, line.payer)) for line in lines)
    payers.keep(session, [(line_id, digest) for line_id, digest in told if digest is not None])


def leave_inbox(session: Session, line_ids: Sequence[UUID]) -> None:
    """These lines are settled."""
    collections.no_longer_wait(session, line_ids)
    session.execute(delete(InboxRow).where(col(InboxRow.line_id).in_(line_ids)))


def _leave(session: Session, lines: Iterable[tuple[UUID, str, bool, Sequence[Reason]]]) -> None:
    """Leave these lines in the inbox, in a state, booked or not, for these reasons."""
    rows = [
        {"left_id": line_id, "state": state, "is_booked": is_booked, "reasons": reasons.as_json(why)}
        for line_id, state, is_booked, why in lines
    ]
    if rows:
        left = update(InboxRow.__table__).where(InboxRow.__table__.c.line_id == bindparam("left_id"))  # type: ignore[attr-defined]
        session.connection().execute(left, rows)


def note(session: Session, matches: Sequence[dict[str, Any]]) -> None:
    """Write down what settled lines; see `match`."""
    session.connection().execute(insert(MatchRow), matches)


def match(
    line_id: UUID,
    kind: str,
    why: Sequence[Reason],
    entry_id: UUID,
    *,
    donation_id: UUID | None = None,
    words: str = "",
    about: str = "",
    by: Actor,
) -> dict[str, Any]:
    """The row that says a line is settled by an entry."""
    return {
        "id": new_id(),
        "line_id": line_id,
        "kind": kind,
        "reasons": reasons.as_json(why),
        "words": words,
        "entry_id": entry_id,
        "donation_id": donation_id,
        "matched_by": by.name,
        "matched_at": clock.now(),
        "about": about,
    }
