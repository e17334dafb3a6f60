"""A book whose log is sealed, with something of everything in it."""

from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session

from fund.db import Database
from ledger import book, checkpoints, leaves, log, notes, periods, verification
from ledger.errors import LogKeyError
from ledger.journal import Entry, move
from ledger.leaves import Source
from ledger.log import Head
from ledger.notes import PublicKey, SigningKey
from tests.ledger.builders import DAY, a_gift, a_key, an_award, posted

KEY = notes.new_key("log.example/kk")
RECEIPTS: dict[str, str] = {}
"""Receipts of a room above the ledger, by number."""


class ReceiptSource:
    """What a room above the ledger hands in: rows of its own, as leaves of a kind of its own."""

    kind = "receipt"

    def waiting(self, session: Session, limit: int) -> Sequence[str]:
        return sorted(RECEIPTS.keys() - leaves.logged(session, self.kind))[:limit]

    def contents(self, session: Session, subjects: Sequence[str]) -> Mapping[str, bytes]:
        return {
            number: leaves.canonical(self.kind, number, {"facts": RECEIPTS[number]})
            for number in subjects
            if number in RECEIPTS
        }

    def missed(self, session: Session) -> Sequence[str]:
        return []


SOURCES: Sequence[Source] = (log.PERIODS, *log.CHART, ReceiptSource())


def seal_all(
    database: Database, key: SigningKey = KEY, *, limit: int = log.BATCH, sources: Sequence[Source] = SOURCES
) -> Head | None:
    """Seal until nothing waits; the last head."""
    with database.write() as session:
        if not log.keys(session):
            log.add_key(session, key)
    while seal(database, key, limit=limit, sources=sources):
        pass
    with database.read() as session:
        return log.head(session)


def seal(
    database: Database, key: SigningKey = KEY, *, limit: int = log.BATCH, sources: Sequence[Source] = SOURCES
) -> Head | None:
    with database.write() as session:
        return log.seal(session, key, sources=sources, limit=limit)


def findings(database: Database, *held: str, trusted: PublicKey = KEY.public) -> list[str]:
    """What a full re-reading finds, for who trusts this key."""
    with database.read() as session:
        return list(verification.verify(session, sources=SOURCES, trusted=trusted, held=held))


def a_private_gift() -> Entry:
    """A gift with private details, in Thai."""
    return Entry(
        "donation",
        DAY,
        DAY,
        move(2_500, "GEN", debit="1110.01", credit="4110"),
        a_key(),
        subject="donation:ก้อง",
        details={"name": "น้ำใจ ใจดี"},
    )


def a_full_book(database: Database) -> None:
    """Entries of many kinds, a reversal, private details, months turned, checkpoints, receipts, several heads."""
    RECEIPTS.clear()
    with database.write() as session:
        log.add_key(session, KEY)
    posted(database, *(a_gift(1_000 + number) for number in range(20)), a_private_gift())
    with database.write() as session:
        checkpoints.take(session, tail=1)
        periods.close_month(session, date(2026, 9, 1), by="treasurer")
        periods.open_month(session, date(2026, 9, 1), reason="late", approved_by="auditor", by="treasurer")
    seal_all(database)
    wrong = posted(database, a_gift(70), an_award(50, "grant:1"), a_private_gift())[0]
    with database.write() as session:
        book.reverse(session, wrong.entry_id, reason="wrong gift", booked_on=DAY, by="treasurer")
    RECEIPTS.update({"KK-2570-000001": "facts", "KK-2570-000002": "more facts"})
    seal_all(database)
    with database.write() as session:
        checkpoints.take(session, tail=1)


def refused_key(database: Database, key: SigningKey) -> bool:
    """Whether sealing with this key is refused."""
    try:
        seal(database, key)
    except LogKeyError:
        return True
    return False
