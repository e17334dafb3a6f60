"""Lines in the inbox become donations or unidentified money, many in one unit of work.

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

from fund import clock, postings
from fund.audit import Actor
from fund.bank import matching, queries
from fund.bank.matching import Expected, Match, Reason, Told, Waits
from fund.bank.models import InboxRow, MatchRow
from fund.bank.queries import InboxLine
from fund.db import Database
from fund.donations import queries as gifts
from fund.donations import service as donations
from fund.donations.booking import Arrival
from fund.errors import FundError
from fund.postings import Money
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
    """What settling did: gifts found, money kept as unidentified, outgoing lines left, and lines the books refused."""

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


def money_of(line: InboxLine, booked_on: date) -> Money:
    """The facts of a line as the posting rules take them."""
    return Money(line.identity, line.account, abs(line.amount_satang), line.occurred_on, booked_on)


def _arrived(line: InboxLine, open_from: date) -> Money:
    """The facts of money that came in, booked on its own day or the first open one after."""
    return money_of(line, max(line.occurred_on, open_from))


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
    told = still_new.values(state="refused", reasons=matching.as_json((_refusal(refusal),)))
    return session.connection().execute(told).rowcount == 1


def _refusal(refusal: Exception) -> Reason:
    is_ours = isinstance(refusal, FundError | LedgerError | ReceiptError)
    return Reason(matching.REFUSED, False, str(refusal) if is_ours else type(refusal).__name__)


def settle(session: Session, lines: Sequence[InboxLine], *, by: Actor) -> SettleResult:
    """Settle these lines of the inbox, all or nothing."""
    if not lines:
        return SettleResult()
    proposed = _propose(session, lines)
    matched = [(line, found) for line, found in proposed if isinstance(found, Match)]
    waiting = [(line, found) for line, found in proposed if isinstance(found, Waits)]
    came = [(line, found) for line, found in waiting if line.amount_satang > 0]
    went = [(line, found) for line, found in waiting if line.amount_satang < 0]
    open_from = periods.open_from(session)  # a month that closes meanwhile the ledger refuses: tried again
    _receive(session, matched, open_from, by)
    _keep_unidentified(session, came, open_from, by)
    _leave(session, [(line.id, "waiting", False, found.reasons) for line, found in went])
    session.flush()
    return SettleResult(len(matched), len(came), len(went))


def _propose(session: Session, lines: Sequence[InboxLine]) -> list[tuple[InboxLine, Match | Waits]]:
    """Look up what all the lines name in two questions, then match each."""
    told = [Told(line.amount_satang, (*line.references, line.text)) for line in lines]
    found = matching.references_in(told)
    every = {reference for references in found for reference in references}
    expected = Expected(gifts.pledges_by_reference(session, every), gifts.campaigns_by_code(session, every))
    return [
        (line, matching.propose(one, references, expected))
        for line, one, references in zip(lines, told, found, strict=True)
    ]


def _receive(session: Session, matched: Sequence[tuple[InboxLine, Match]], open_from: date, by: Actor) -> None:
    if not matched:
        return
    arrivals = [Arrival(_arrived(line, open_from), found.campaign_id, found.pledge_id) for line, found in matched]
    received = donations.receive_many(session, arrivals, by=by)
    note(
        session,
        [
            match(line.id, "pledge" if found.pledge_id else "campaign", found.reasons, one.donation.entry_id,
                   donation_id=one.donation.id, by=by)
            for (line, found), one in zip(matched, received, strict=True)
        ],
    )  # fmt: skip
    session.execute(delete(InboxRow).where(col(InboxRow.line_id).in_([line.id for line, _ in matched])))


def _keep_unidentified(session: Session, came: Sequence[tuple[InboxLine, Waits]], open_from: date, by: Actor) -> None:
    """Money that nobody can name is booked at once, so that the books agree with the bank; it waits all the same."""
    if not came:
        return
    entries = [postings.unidentified_received(_arrived(line, open_from)) for line, _ in came]
    posted = book.post_many(session, entries, by=by.name)
    note(
        session,
        [
            match(line.id, "unidentified", found.reasons, one.entry_id, by=by)
            for (line, found), one in zip(came, posted, strict=True)
        ],
    )
    _leave(session, [(line.id, "waiting", True, found.reasons) for line, found in came])


def _leave(session: Session, lines: Iterable[tuple[UUID, str, bool, tuple[Reason, ...]]]) -> None:
    """Leave these lines in the inbox, in a state, booked or not, for these reasons."""
    rows = [
        {"left_id": line_id, "state": state, "is_booked": is_booked, "reasons": matching.as_json(reasons)}
        for line_id, state, is_booked, reasons in lines
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
    reasons: Sequence[Reason],
    entry_id: UUID,
    *,
    donation_id: UUID | None = None,
    words: str = "",
    by: Actor,
) -> dict[str, Any]:
    """The row that says a line is settled by an entry."""
    return {
        "id": new_id(),
        "line_id": line_id,
        "kind": kind,
        "reasons": matching.as_json(reasons),
        "words": words,
        "entry_id": entry_id,
        "donation_id": donation_id,
        "matched_by": by.name,
        "matched_at": clock.now(),
    }
