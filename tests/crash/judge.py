"""Holds what clients wrote down against the book: nothing lost, nothing twice, nothing half, nothing else wrong.

Reads rows by plain SQL of its own; then asks `sipbaht verify` and `sipbaht check`, which must find nothing either.
"""

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

from fund import checks, sealing
from fund.db import Database
from fund.errors import FundError
from fund.files import NOBODY, load
from ledger.notes import SigningKey
from tests.crash import acknowledged

BOOKED = text("""
SELECT e.key, e.id, e.kind, e.lines, p.account, p.fund, p.amount_satang FROM ledger_entry e
LEFT JOIN ledger_posting p ON p.entry_id = e.id ORDER BY e.key, p.line
""")

GIFTS = text("""
SELECT p.reference, d.amount_satang, d.receipt_number FROM donations_donation d
JOIN donations_pledge p ON p.id = d.pledge_id
""")


def findings(url: str, notebook: Path, key: SigningKey, files: Path | None = None) -> list[str]:
    """Everything that is wrong, after the rest of the log was sealed; an empty list is the right answer."""
    lines = list(acknowledged.read(notebook))
    with closing(Database(url)) as database, database.read() as session:
        sealing.seal_all(database, key)
        booked = _booked(session.connection())
        held = [line["head"] for line in lines if "head" in line]
        return [
            *(f"a poster broke: {line['broken']}" for line in lines if "broken" in line),
            *_lost([line for line in lines if "key" in line], booked),
            *_half(booked),
            *_gone_papers(session, [(line["paper"], NOBODY) for line in lines if "paper" in line], files),
            *_unsound(session.connection(), database.is_sqlite),
            *sealing.verify(session, trusted=key.public, held=held),
            *(f"{found.check}: {found.what}" for found in checks.run(session)),
        ]


def lost(url: str, notebook: Path) -> list[str]:
    """Only what was acknowledged and is lost or altered; the posters may go on meanwhile."""
    lines = [line for line in acknowledged.read(notebook) if "key" in line]
    with closing(Database(url)) as database, database.read() as session:
        return list(_lost(lines, _booked(session.connection())))


def gift_findings(url: str, notebook: Path, key: SigningKey, files: Path) -> list[str]:
    """Everything that is wrong with a fund whose donors and officer wrote down what they were answered."""
    lines = list(acknowledged.read(notebook))
    with closing(Database(url)) as database, database.read() as session:
        sealing.seal_all(database, key)
        return [
            *(f"somebody was answered wrongly: {line['broken']}" for line in lines if "broken" in line),
            *lost_pledges(url, notebook),
            *_lost_gifts(lines, session.connection()),
            *_unsound(session.connection(), database.is_sqlite),
            *_spoilt_papers(session, files),
            *sealing.verify(session, trusted=key.public),
            *(f"{found.check}: {found.what}" for found in checks.run(session)),
        ]


def lost_pledges(url: str, notebook: Path) -> list[str]:
    """Pledges that were acknowledged and are not there, not as they were, or there twice."""
    told = [line for line in acknowledged.read(notebook) if "pledge" in line]
    with closing(Database(url)) as database, database.read() as session:
        rows = session.connection().execute(
            text("SELECT reference, amount_satang, form_key_sha256 FROM donations_pledge")
        )
        pledges = {row.reference: row for row in rows}
    forms = Counter(row.form_key_sha256 for row in pledges.values())
    return [
        *(f"{times} pledges of one form" for times in forms.values() if times > 1),
        *(f"pledge {one['pledge']} is lost" for one in told if one["pledge"] not in pledges),
        *(f"pledge {row.reference} is another" for row, satang in
          ((pledges[one["pledge"]], one["satang"]) for one in told if one["pledge"] in pledges)
          if row.amount_satang != satang),
    ]  # fmt: skip


def gift_count(notebook: Path) -> int:
    """How many gifts' arrival was acknowledged."""
    return sum("paid" in line for line in acknowledged.read(notebook))


def soundness(url: str) -> list[str]:
    """What the database's own examination of its file finds."""
    with closing(Database(url)) as database, database.read() as session:
        return list(_unsound(session.connection(), database.is_sqlite))


def count(notebook: Path) -> int:
    """How many entries were acknowledged."""
    return sum("key" in line for line in acknowledged.read(notebook))


def _booked(connection: Connection) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(BOOKED):
        found[row.key].append(row)
    return found


def _lost(lines: list[dict[str, Any]], booked: dict[str, list[Any]]) -> Iterator[str]:
    """What was acknowledged and is not there, or is there otherwise."""
    for key, times in Counter(line["key"] for line in lines).items():
        if times > 1:
            yield f"{key} was acknowledged {times} times"
    for line in lines:
        rows = booked.get(line["key"], [])
        if not rows:
            yield f"{line['key']} was acknowledged and is lost"
        elif {(str(row.id), row.kind) for row in rows} != {(line["id"], line["kind"])}:
            yield f"{line['key']} is another entry than was acknowledged"
        elif sorted([row.account, row.fund, row.amount_satang] for row in rows) != sorted(line["postings"]):
            yield f"{line['key']} has other postings than were acknowledged"


def _half(booked: dict[str, list[Any]]) -> Iterator[str]:
    """Entries without all of their lines, and batches without all of their entries, acknowledged or not."""
    batches: Counter[tuple[str, str]] = Counter()
    for key, rows in booked.items():
        if len(rows) != rows[0].lines or sum(row.amount_satang or 0 for row in rows) != 0:
            yield f"{key} is half written"
        if batch := re.fullmatch(r"(.+)\.\d+/(\d+)", key):
            batches[batch[1], batch[2]] += 1
    yield from (
        f"of batch {name} {there} of {size} are there" for (name, size), there in batches.items() if there != int(size)
    )


def _lost_gifts(lines: list[dict[str, Any]], connection: Connection) -> Iterator[str]:
    """Gifts whose file was acknowledged: each is one donation of its amount, with a receipt if one was wanted."""
    named = {line["pledge"] for line in lines if line.get("named")}
    gifts = defaultdict(list)
    for row in connection.execute(GIFTS):
        gifts[row.reference].append(row)
    for line in (line for line in lines if "paid" in line):
        there = gifts[line["paid"]]
        if [row.amount_satang for row in there] != [line["satang"]]:
            yield f"gift {line['paid']} is {len(there)} donations"
        elif (there[0].receipt_number is not None) != (line["paid"] in named):
            yield f"gift {line['paid']} has no receipt, or one that nobody wanted"
    numbers = Counter(row.receipt_number for rows in gifts.values() for row in rows if row.receipt_number)
    yield from (f"receipt number {number} was given {times} times" for number, times in numbers.items() if times > 1)


def _spoilt_papers(session: Session, folder: Path) -> Iterator[str]:
    made = "SELECT p.sha256, r.owner FROM fund_paper p LEFT JOIN receipts_private r ON r.number = p.number"
    papers = session.connection().exec_driver_sql(made)
    yield from _gone_papers(
        session, [(sha256, UUID(str(owner)) if owner else NOBODY) for sha256, owner in papers], folder
    )


def _gone_papers(session: Session, papers: Sequence[tuple[str, UUID]], folder: Path | None) -> Iterator[str]:
    for sha256, owner in papers:
        try:
            content = load(session, folder or Path(), sha256, owner)
        except FundError:
            content = b""
        if hashlib.sha256(content).hexdigest() != sha256:
            yield f"the file {sha256} was acknowledged and is lost or spoilt"


def _unsound(connection: Connection, is_sqlite: bool) -> Iterator[str]:
    if not is_sqlite:
        return
    try:
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
    except DatabaseError as unreadable:
        said = [str(unreadable.orig)]
    yield from (f"integrity_check: {line}" for line in said if line != "ok")
