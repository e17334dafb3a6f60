"""The sealer: every entry gets one position, in an order that stays, under heads that continue each other."""

import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from fund.db import Database
from ledger import book, jsonl, leaves, log, merkle, notes, periods, subtrees
from ledger.errors import AppendOnlyError, LogBrokenError, LogKeyError
from tests.ledger.builders import DAY, a_gift, an_award, posted
from tests.ledger.logbook import KEY, RECEIPTS, a_full_book, a_private_gift, findings, refused_key, seal, seal_all
from tests.ledger.raw import run


def begin(database: Database) -> None:
    RECEIPTS.clear()
    with database.write() as session:
        log.add_key(session, KEY)


def entry_positions(database: Database) -> list[str]:
    with database.read() as session:
        rows = session.connection().exec_driver_sql("SELECT kind, subject FROM ledger_leaf ORDER BY position")
        return [subject for kind, subject in rows if kind == "entry"]


def journal(database: Database) -> list[str]:
    with database.read() as session:
        return [str(entry.id) for entry in book.entries(session, limit=1_000)]


@pytest.mark.parametrize("limit", [1, 7, 1_000])
def test_every_entry_gets_its_position_in_journal_order(books: Database, limit: int) -> None:
    posted(books, *(a_gift() for _ in range(18)))
    begin(books)
    head = seal_all(books, limit=limit)
    assert entry_positions(books) == journal(books)
    posted(books, a_gift(), a_gift())
    later = seal_all(books, limit=limit)
    assert head and later and later.size == head.size + 2
    assert entry_positions(books) == journal(books)
    assert findings(books, head.note(), later.note()) == []


def test_batches_of_any_size_lead_to_the_same_root(books: Database) -> None:
    begin(books)
    posted(books, *(a_gift() for _ in range(40)))
    roots = set()
    for limit in (1, 3, 16, 40):
        with books.write() as session:
            last = None
            while head := log.seal(session, KEY, limit=limit):
                last = head
            roots.add((last.size, last.root) if last else None)
            session.rollback()
    assert len(roots) == 1
    assert {size for size, _ in filter(None, roots)} == {40}


def test_nothing_new_is_not_signed_again(books: Database) -> None:
    begin(books)
    posted(books, a_gift())
    assert seal_all(books) is not None
    assert seal(books) is None
    with books.read() as session:
        assert len(log.heads(session)) == 1


def test_a_whole_book_verifies(books: Database) -> None:
    a_full_book(books)
    assert findings(books) == []
    with books.read() as session:
        assert log.unsealed(session) == 0
        assert log.position(session, "receipt", "KK-2570-000002") == log.heads(session)[-1].size - 1
        assert log.position(session, "receipt", "KK-2570-000003") is None


def test_an_empty_book_verifies(books: Database) -> None:
    assert findings(books) == ["the trusted key is not one of this log's"]
    begin(books)
    assert findings(books) == []


def test_an_erased_detail_leaves_the_log_whole(books: Database) -> None:
    begin(books)
    entry_id = posted(books, a_private_gift())[0].entry_id
    head = seal_all(books)
    with books.write() as session:
        book.erase_details(session, entry_id)
    posted(books, a_gift())
    seal_all(books)
    assert head is not None
    assert findings(books, head.note()) == []


def test_leaves_are_the_same_bytes_for_ever() -> None:
    """A golden leaf, version 1: whoever changes it makes every older proof and export unreadable."""
    entry_id = UUID("0199a000-0000-7000-8000-000000000001")
    facts = {
        "kind": "donation",
        "subject": "โครงการ ๑",
        "private": leaves.plain(bytes(2)),
        "booked_on": leaves.plain(date(2026, 11, 2)),
        "reverses": leaves.plain(entry_id),
        "postings": [{"account": "4110", "amount_satang": -1_000}],
    }
    assert leaves.canonical("entry", str(entry_id), facts) == (
        b'\x01{"booked_on":"2026-11-02","id":"0199a000-0000-7000-8000-000000000001","kind":"donation","leaf":"entry",'
        b'"postings":[{"account":"4110","amount_satang":-1000}],"private":"0000",'
        b'"reverses":"0199a000-0000-7000-8000-000000000001","subject":"' + "โครงการ ๑".encode() + b'"}'
    )


def test_an_entrys_leaf_says_all_of_it(books: Database) -> None:
    begin(books)
    entry_id = posted(books, a_gift(), an_award(50, "grant:1"))[1].entry_id
    with books.read() as session:
        (_, content) = leaves.entry_contents(session.connection(), [str(entry_id)])[str(entry_id)]
        row = book.entry(session, entry_id)
    assert content.startswith(b'\x01{"booked_on":"2026-11-02","details_digest":null,"id":"')
    for said in (row.key, row.recorded_by, leaves.plain(row.recorded_at), "grant:1", '"amount_satang":-50', "9190"):
        assert said.encode() in content
    for column in ("request_hash", "reason", "reverses", "occurred_on", "lines", "purpose", "scope", "fund"):
        assert f'"{column}":'.encode() in content


def test_many_sealers_at_once_seal_everything_once(books: Database) -> None:
    begin(books)
    posted(books, *(a_gift() for _ in range(60)))
    sealers = [threading.Thread(target=lambda: seal_all(books, limit=10)) for _ in range(4)]
    for sealer in sealers:
        sealer.start()
    posted(books, *(a_gift() for _ in range(30)))
    for sealer in sealers:
        sealer.join()
    seal_all(books)
    assert entry_positions(books) == journal(books)
    assert findings(books) == []


def test_a_sealer_that_dies_leaves_nothing_behind(books: Database) -> None:
    begin(books)
    posted(books, a_gift(), a_gift())
    with pytest.raises(RuntimeError), books.write() as session:
        log.seal(session, KEY)
        raise RuntimeError
    assert entry_positions(books) == []
    assert seal_all(books) is not None
    assert findings(books) == []


def test_a_gift_in_flight_is_sealed_when_it_is_there(books: Database) -> None:
    if books.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    begin(books)
    with books.write() as in_flight:
        early = book.post(in_flight, a_gift(), by="tester").entry_id
        late = posted(books, a_gift())[0].entry_id
        seal_all(books)
        assert entry_positions(books) == []  # nothing may stand before the one that began first
    seal_all(books)
    assert entry_positions(books) == [str(early), str(late)]
    assert findings(books) == []


def test_nothing_is_booked_below_what_is_sealed(books: Database) -> None:
    """A dump restored where transaction numbers start anew: refused until the constant in the stamp is raised."""
    if books.is_sqlite:
        pytest.skip("SQLite numbers its entries itself")
    begin(books)
    body = "CREATE OR REPLACE FUNCTION public.ledger_stamp() RETURNS bigint LANGUAGE sql STABLE AS"
    run(books, f"{body} 'SELECT pg_catalog.pg_current_xact_id()::text::bigint + 1000000'")
    posted(books, a_gift())
    seal_all(books)
    run(books, f"{body} 'SELECT pg_catalog.pg_current_xact_id()::text::bigint + 0'")
    with pytest.raises(AppendOnlyError):
        posted(books, a_gift())
    run(books, f"{body} 'SELECT pg_catalog.pg_current_xact_id()::text::bigint + 2000000'")
    posted(books, a_gift())
    seal_all(books)
    assert entry_positions(books) == journal(books)
    assert findings(books) == []


def test_keys_change_and_old_heads_stay_checkable(books: Database) -> None:
    a_full_book(books)
    second, third = notes.new_key(KEY.origin), notes.new_key(KEY.origin)
    with books.write() as session:
        log.add_key(session, second, endorsed_by=KEY)
    assert refused_key(books, KEY)
    posted(books, a_gift())
    seal_all(books, second)
    with books.write() as session:
        log.add_key(session, third)  # the second was lost
    posted(books, a_gift())
    head = seal_all(books, third)
    assert head is not None
    assert head.key == third.public
    assert findings(books, trusted=third.public) == []
    assert findings(books) == ["key 3 has no endorsement: who trusts an older key must be told of it"]
    with books.read() as session:
        assert all(old.is_signed() for old in log.heads(session))


def test_a_key_that_has_no_place_is_refused(books: Database) -> None:
    assert refused_key(books, KEY)
    begin(books)
    stranger, elsewhere = notes.new_key(KEY.origin), notes.new_key("log.example/other")
    for key, endorser in ((KEY, None), (elsewhere, KEY), (stranger, stranger)):
        with pytest.raises(LogKeyError), books.write() as session:
            log.add_key(session, key, endorsed_by=endorser)
    assert refused_key(books, stranger)


@pytest.mark.parametrize(
    "text", ["", "log", "a+b", "PRIVATE+KEY+a+b+c", "log.example/kk+00000000+" + "A" * 44, "ก+b+c", "a b+c+d"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(LogKeyError):
        notes.parse_public_key(text)
    with pytest.raises(LogKeyError):
        notes.parse_signing_key(text)


def test_keys_are_read_as_they_were_written() -> None:
    for text, parse in ((KEY.public.text(), notes.parse_public_key), (KEY.text(), notes.parse_signing_key)):
        with pytest.raises(LogKeyError):
            parse(text.replace(KEY.public.id, "00000000"))
    assert notes.parse_public_key(KEY.public.text()) == KEY.public
    assert notes.parse_signing_key(KEY.text()) == KEY
    assert KEY.text() not in repr(KEY)
    with pytest.raises(LogKeyError):
        notes.new_key("two words")
    with pytest.raises(LogKeyError):
        notes.SigningKey("log.example", b"short")
    with pytest.raises(LogKeyError):
        notes.read_checkpoint("not a checkpoint")


def test_the_log_is_append_only(books: Database) -> None:
    a_full_book(books)
    for table, column in (("leaf", "subject"), ("subtree", "hash"), ("head", "key_id"), ("log_key", "origin")):
        attacks = [f"UPDATE ledger_{table} SET {column} = {column}", f"DELETE FROM ledger_{table}"]
        replace = f"INSERT OR REPLACE INTO ledger_{table} SELECT * FROM ledger_{table} LIMIT 1"
        attacks.append(replace if books.is_sqlite else f"TRUNCATE ledger_{table} CASCADE")
        for attack in attacks:
            with pytest.raises(DBAPIError, match=r"append-only|ledger:log"):
                run(books, attack)


def test_positions_and_heads_without_place_are_refused(books: Database) -> None:
    a_full_book(books)
    leaf = "INSERT INTO ledger_leaf (position, kind, subject, content, hash) SELECT position + {}, 'x', 'y',"
    leaf += " content, hash FROM ledger_leaf ORDER BY position DESC LIMIT 1"
    head = "INSERT INTO ledger_head SELECT size + {}, size - {}, root, signed_at, key_id, signature, entry_stamp,"
    head += " entry_id FROM ledger_head ORDER BY size DESC LIMIT 1"
    key = "INSERT INTO ledger_log_key SELECT number + {}, 'aaaaaaaa', origin, public_key, NULL FROM ledger_log_key"
    for attack in (leaf.format(2), head.format(1, 0), head.format(1, 1), key.format(2)):
        with pytest.raises(DBAPIError, match="ledger:log"):
            run(books, attack)


def test_nothing_is_signed_over_leaves_of_others(books: Database) -> None:
    a_full_book(books)
    run(
        books,
        "INSERT INTO ledger_leaf (position, kind, subject, content, hash)"
        " SELECT max(position) + 1, 'entry', 'forged', :content, :hash FROM ledger_leaf",
        content=b"forged",
        hash=merkle.leaf_hash(b"forged"),
    )
    with pytest.raises(LogBrokenError, match="leaves do not end"):
        seal(books)
    assert "under no signed head" in " ".join(findings(books))


def test_closing_a_month_is_in_the_log(books: Database) -> None:
    begin(books)
    with books.write() as session:
        periods.close_month(session, DAY, by="treasurer")
    seal_all(books)
    with books.read() as session:
        assert log.position(session, "month", "2026-11-01/1") is not None


def test_no_root_needs_more_than_sixteen_hashes_of_a_level() -> None:
    """What a proof reads does not grow with history: a little for each level, however long the log."""
    for size in (10**4, 10**7, 2**40 - 1):
        spans = [*merkle.inclusion(size // 3, size), *merkle.consistency(size // 2, size), (0, size)]
        for level in range(0, 44, subtrees.STRIDE):
            read = {below for span in spans for place in merkle.subtrees(span) for below in subtrees.below(*place)}
            assert sum(1 for place in read if place[0] == level) <= 4 * subtrees.WIDTH


def test_a_book_taken_in_elsewhere_has_the_same_root(books: Database, tmp_path: Path) -> None:
    """The tree is of what was booked: the exported book, chart and months with it, is sealed to the same root."""
    begin(books)
    first = posted(books, a_gift(), a_private_gift())[0]
    posted(books, a_gift(7), an_award(5, "grant:1"))
    with books.write() as session:
        book.reverse(session, first.entry_id, reason="wrong", booked_on=DAY, by="treasurer")
        periods.close_month(session, DAY, by="treasurer")
    with books.read() as session:
        lines = list(jsonl.lines(session, with_details=True))
    copy = Database(f"sqlite:///{tmp_path}/copy.db")
    copy.migrate()
    for part in jsonl.parts(lines):
        with copy.write() as session:
            jsonl.take_in(session, part)
    begin(copy)
    roots = []
    for database in (books, copy):
        with database.write() as session:
            head = log.seal(session, KEY, sources=(*log.CHART, log.PERIODS))
            roots.append((head.size, head.root) if head else None)
    copy.close()
    assert roots[0] == roots[1] is not None


def test_a_tree_that_was_stored_wrongly_is_not_signed(books: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sealer proves what it is about to sign from what is stored, not from what it meant to store."""
    begin(books)
    posted(books, *(a_gift() for _ in range(20)))
    with books.write() as session:
        log.seal(session, KEY)
    posted(books, *(a_gift() for _ in range(20)))
    with monkeypatch.context() as broken:
        broken.setattr(merkle, "full_hash", lambda hashes: hashes[0] if len(hashes) == 1 else bytes(32))
        with pytest.raises(LogBrokenError), books.write() as session:
            log.seal(session, KEY)
    seal_all(books)
    assert findings(books) == []


_SEALER = """
import sys
from fund.db import Database
from ledger import log, notes
database, key = Database(sys.argv[1]), notes.parse_signing_key(sys.argv[2])
print("sealing", flush=True)
while True:
    with database.write() as session:
        log.seal(session, key, limit=3)
"""


def test_a_killed_sealer_leaves_a_log_that_goes_on(books: Database, database_url: str) -> None:
    begin(books)
    posted(books, *(a_gift() for _ in range(200)))
    for milliseconds in (5, 60, 250):
        command = [sys.executable, "-c", _SEALER, database_url, KEY.text()]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as sealer:
            assert sealer.stdout is not None
            sealer.stdout.readline()
            time.sleep(milliseconds / 1_000)
            sealer.kill()
        assert findings(books) == []
    seal_all(books)
    assert entry_positions(books) == journal(books)
    assert findings(books) == []
