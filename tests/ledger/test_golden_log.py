"""The log of a small book, byte for byte, for ever and on both databases: leaves, hashes, head, proof files.

After a change of format: `make golden`, and read the difference; what was handed out before must stay readable.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import verify_receipt
from fund.db import Database
from ledger import accounts, book, log, merkle, models, proofs, writer
from ledger.accounts import Account, Fund, Kind
from ledger.details import Details
from ledger.errors import KeyReusedError
from ledger.journal import Entry, Posting, move
from ledger.notes import SigningKey
from ledger.proofs import Opened, Shown
from ledger.writer import Slip
from tests.ledger.builders import a_gift, posted
from tests.ledger.logbook import seal_all

GOLDEN = Path(__file__).parent / "golden"
KEY = SigningKey("log.example/golden", bytes(range(32)))
SALT = bytes(range(16))
MORNING = datetime(2026, 11, 2, 1, 30, 0, 7, tzinfo=UTC)
DAY = date(2026, 11, 2)
SOURCES = (log.PERIODS, *log.CHART)

SARA_AM, SPLIT_AM = "น้ำใจ", "น\u0e4d\u0e49าใจ"
TONE_LAST, TONE_FIRST = "หนู\u0e48", "หน\u0e48\u0e39"
"""Two ways to type one word each. NFC puts the marks of the second into one order; it does not join the first's."""


class Morning(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return MORNING


def entry_id(number: int) -> UUID:
    return UUID(f"0199a000-0000-7000-8000-{number:012d}")


def slips() -> list[Slip]:
    """A gift with private details, texts that are hard to write down, an award, and the gift undone."""
    gift = Entry("donation", DAY, DAY, move(1_000, "GEN", debit="1110.01", credit="4110"), "gift:1", SARA_AM)
    hard = replace(
        gift,
        key='k "2" \\ ก\n\t\u2028\x7f🪙',
        subject=SPLIT_AM + TONE_FIRST + TONE_LAST,
        occurred_on=date(2026, 10, 31),
    )
    lines = (Posting("1110.01", "D4001", 5, "ทุน:๑", "meals", "4001"), Posting("4110", "D4001", -5))
    undone = Entry(
        "donation",
        DAY,
        DAY,
        move(-1_000, "GEN", debit="1110.01", credit="4110"),
        "reversal:1",
        SARA_AM,
        reverses=entry_id(1),
        reason="เหตุผล: ซ้ำ",
    )
    entries = [gift, hard, replace(gift, key="gift:3", subject="", postings=lines), undone]
    private = '{"name":"น้ำใจ ใจดี"}'.encode()
    secret = (Details(SALT, private).digest(), SALT, private)
    numbered = enumerate(entries, 1)
    return [Slip(entry_id(at), entry, entry.request_hash(), *(secret if at == 1 else ())) for at, entry in numbered]


def the_book(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Booked at fixed moments under fixed ids, sealed in three heads."""
    with database.write() as session:
        accounts.open_account(
            session, Account("1110.01", "ธนาคาร", "Bank", "asset", "debit", "fund", is_spendable=True)
        )
        accounts.open_account(session, Account("4110", "เงินบริจาค", "Donations", "income", "credit"))
        accounts.open_fund(session, Fund("GEN", "กองทุนทั่วไป", "General", valid_from=date(2026, 1, 1)))
        accounts.open_fund(session, Fund("D4001", "เมือง", "Mueang", "purpose"))
        accounts.allow_purpose(session, "D4001", "meals", "4001")
        accounts.define_kind(session, Kind("donation", "fact"))
    monkeypatch.setattr(log, "datetime", Morning)
    for some in (slips()[:3], slips()[3:]):
        with database.write() as session:
            writer.write(session.connection(), some, "เหรัญญิก", MORNING)
        seal_all(database, KEY, sources=SOURCES)
    with database.write() as session:
        session.add(models.PeriodRow(**CLOSED))
    seal_all(database, KEY, sources=SOURCES)


CLOSED: Mapping[str, Any] = {
    "starts_on": date(2026, 9, 1),
    "revision": 1,
    "ends_on": date(2026, 9, 30),
    "is_closed": True,
    "reason": "",
    "recorded_by": "เหรัญญิก",
    "approved_by": "",
    "recorded_at": MORNING,
}


def handed_out(database: Database) -> dict[str, bytes]:
    """Every file of the log as an outsider could have it: leaf by leaf, and what is made of them."""
    with database.read() as session:
        rows = session.connection().exec_driver_sql("SELECT content, hash FROM ledger_leaf ORDER BY position").all()
        heads = log.heads(session)
        shown = Shown(
            "entry", str(entry_id(1)), (Opened("details_digest", b'{"name":"' + "น้ำใจ ใจดี".encode() + b'"}', SALT),)
        )
        files = {
            "leaves": b"\n".join(bytes(content) for content, _ in rows) + b"\n",
            "hashes": "".join(f"{bytes(value).hex()}\n" for _, value in rows).encode(),
            "heads": "\n".join(head.note() for head in heads).encode(),
            "entry.json": proofs.inclusion_file(session, shown).encode(),
            "growth.json": proofs.consistency_file(session, heads[0].size).encode(),
        }
    assert [merkle.leaf_hash(bytes(content)) for content, _ in rows] == [bytes(value) for _, value in rows]
    return files


def differing(files: Mapping[str, bytes]) -> list[str]:
    return [name for name, content in files.items() if (GOLDEN / f"log_1_{name}").read_bytes() != content]


@pytest.mark.golden
def test_the_log_is_written_as_it_always_was(
    database: Database, monkeypatch: pytest.MonkeyPatch, pytestconfig: pytest.Config
) -> None:
    the_book(database, monkeypatch)
    files = handed_out(database)
    if pytestconfig.getoption("--update-golden"):
        for name, content in files.items():
            (GOLDEN / f"log_1_{name}").write_bytes(content)
    assert differing(files) == []
    assert differing({name: content.replace("น้ำใจ".encode(), "น้ำไจ".encode()) for name, content in files.items()})


def test_what_was_handed_out_stays_true() -> None:
    """The files as they were written once, before today's program."""
    key = verify_receipt.read_key(KEY.public.text())
    for name in ("entry.json", "growth.json"):
        status, said = verify_receipt.verdict((GOLDEN / f"log_1_{name}").read_bytes(), key, None)
        assert (status, said[0][:4]) == (0, "TRUE")


def test_each_form_of_a_text_is_a_text_of_its_own(books: Database) -> None:
    """The ledger keeps what it is given, on both databases alike: rooms that take in typed names compose them."""
    forms = [SARA_AM, SPLIT_AM, TONE_LAST, TONE_FIRST]
    entries = posted(books, *(replace(a_gift(key=f"gift:{form}"), subject=form) for form in forms))
    assert not any(one.is_replay for one in entries)
    seal_all(books)
    with books.read() as session:
        kept = [book.entry(session, one.entry_id).subject for one in entries]
        said = [proofs.inclusion(session, "entry", str(one.entry_id)).content for one in entries]
    assert kept == forms
    assert all(f'"subject":"{form}"'.encode() in content for form, content in zip(forms, said, strict=True))
    with pytest.raises(KeyReusedError):
        posted(books, replace(a_gift(key=f"gift:{SARA_AM}"), subject=SPLIT_AM))


def test_composing_joins_no_sara_am_and_orders_marks() -> None:
    """What Unicode says of the two: why NFC alone does not make one word of what looks like one."""
    assert unicodedata.normalize("NFC", SPLIT_AM) == SPLIT_AM != SARA_AM
    assert unicodedata.normalize("NFC", TONE_FIRST) == TONE_LAST
