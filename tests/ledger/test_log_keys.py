"""Keys change and clocks go wrong: whoever trusts an older key follows its word, and no further."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import verify_receipt
from fund.db import Database
from ledger import log, notes, proofs
from ledger.notes import PublicKey, SigningKey
from tests.ledger.builders import a_gift, posted
from tests.ledger.logbook import KEY, RECEIPTS, findings, seal_all
from tests.ledger.test_drills import drilled
from tests.ledger.test_log_tampering import found, unguarded

SECOND, THIRD = notes.new_key(KEY.origin), notes.new_key(KEY.origin)


def verdict(file: str, trusted: PublicKey, other: str | None = None) -> int:
    """The exit status of the outsider's program."""
    key = verify_receipt.read_key(trusted.text())
    try:
        return verify_receipt.verdict(file.encode(), key, other.encode() if other else None)[0]
    except verify_receipt.Untrue:
        return verify_receipt.FALSE


def turned(database: Database, *keys: tuple[SigningKey, SigningKey | None]) -> list[log.Head]:
    """A head by the first key, then one by each of these, endorsed by the one beside it."""
    RECEIPTS.clear()
    posted(database, a_gift())
    seal_all(database)
    for key, endorsed_by in keys:
        with database.write() as session:
            log.add_key(session, key, endorsed_by=endorsed_by)
        posted(database, a_gift(), a_gift())
        seal_all(database, key)
    with database.read() as session:
        return log.heads(session)


def test_who_trusts_the_first_key_follows_two_changes(books: Database) -> None:
    first, *_, last = turned(books, (SECOND, KEY), (THIRD, SECOND))
    assert last.key == THIRD.public
    assert findings(books, first.note(), last.note()) == []
    with books.read() as session:
        growth = proofs.consistency_file(session, first.size)
        entry = proofs.entry_file(session, first.last_entry.id)
    for file in (growth, entry):
        assert verdict(file, KEY.public) == verify_receipt.TRUE
    assert verdict(growth, KEY.public, first.note()) == verify_receipt.TRUE
    assert verdict(entry, THIRD.public) == verify_receipt.TRUE
    assert verdict(growth, THIRD.public) == verify_receipt.FALSE  # says nothing of heads before it was in use


def test_a_key_that_nobody_endorsed_is_refused_by_who_trusts_the_old_one(books: Database) -> None:
    first, *_, last = turned(books, (SECOND, KEY), (THIRD, None))
    with books.read() as session:
        entry = proofs.entry_file(session, first.last_entry.id)
    assert [verdict(entry, key.public) for key in (KEY, SECOND, THIRD)] == [1, 1, 0]
    untold = ["key 3 has no endorsement: who trusts an older key must be told of it"]
    assert findings(books, first.note(), last.note()) == untold
    assert findings(books, first.note(), last.note(), trusted=SECOND.public) == untold
    assert findings(books, first.note(), last.note(), trusted=THIRD.public) == []


def test_a_retired_key_signs_nothing_more(books: Database) -> None:
    """Also where somebody stole it and writes the rows by hand."""
    turned(books, (SECOND, KEY))
    posted(books, a_gift())
    seal_all(books, SECOND)
    with unguarded(books) as connection:
        with drilled(connection, lambda forger: forger.resign(KEY, SECOND)):
            assert found(connection) == []
        with drilled(connection, lambda forger: forger.resign(KEY, SECOND, KEY)):
            assert "is signed by a key that was no longer in use" in found(connection)[0]


def test_a_stolen_retired_key_cannot_hide_that_a_newer_one_signs(books: Database) -> None:
    """The thief signs all of it again with the old key; who was told of the new one misses its signature."""
    turned(books, (SECOND, KEY))
    with unguarded(books) as connection, drilled(connection, lambda forger: forger.resign(KEY)):
        assert found(connection, trusted=SECOND.public) == [
            "the last head is signed by key 1, not by the trusted key or one after it"
        ]


class Clock(datetime):
    """A clock that somebody put back an hour."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return datetime.now(tz) - timedelta(hours=1)


def test_a_clock_that_went_back_changes_no_order(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positions and `follows` say what came first; the moment is what the sealer's clock said, and signed."""
    turned(books)
    monkeypatch.setattr(log, "datetime", Clock)
    posted(books, a_gift())
    seal_all(books)
    monkeypatch.undo()
    posted(books, a_gift())
    seal_all(books)
    with books.read() as session:
        first, back, last = log.heads(session)
        growth = [proofs.consistency_file(session, old.size) for old in (first, back)]
    assert back.signed_at < first.signed_at < last.signed_at <= datetime.now(UTC)
    assert (back.follows, last.follows) == (first.size, back.size)
    assert findings(books, *(head.note() for head in (first, back, last))) == []
    assert [verdict(file, KEY.public) for file in growth] == [0, 0]
