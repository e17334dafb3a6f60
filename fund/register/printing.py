"""Printing a paper for who asks staff for it: the first time the paper itself, from then on copies that say so.

Knows the count of prints, which the database holds. Refuses to hand out the paper itself twice, when two print at once
too; a void paper is never handed out without its stamp.
"""

from hashlib import sha256

from fund import audit, files, papers, profile, signing
from fund.audit import Actor
from fund.db import Database
from fund.errors import NotFoundError, StateError
from fund.people import turns
from fund.settings import Settings
from receipts import kinds, queries, render
from receipts.queries import Receipt


class PrintedMeanwhileError(StateError):
    message = "Somebody else has just printed this paper. Print it again: it will be a copy."


class NotKeptError(NotFoundError):
    message = "The paper is still being made. Try again in a minute."


def printed(database: Database, settings: Settings, number: str, *, by: Actor) -> bytes:
    """A print of a paper, counted and noted as a view of who it names. Raises NotKeptError, PrintedMeanwhileError."""
    with database.read() as session:
        receipt, kept = queries.by_number(session, number), papers.of(session, number)
        is_copy, is_demo = receipt.is_void or papers.prints(session, number) > 0, profile.is_demo(session)
        if kept is None or not kinds.of(receipt.facts.kind).is_kept:
            raise NotKeptError()
        content = files.load(session, settings.files_path, kept, receipt.owner or files.NOBODY)
    if is_copy:
        content = _copy(receipt, settings, is_demo=is_demo)
    with database.write() as session:
        turns.wait_for(session, f"print {number}")
        before = papers.prints(session, number)
        if not is_copy and (before or queries.by_number(session, number).is_void):
            raise PrintedMeanwhileError()
        papers.note_print(session, number, before + 1, sha256(content).hexdigest(), by=by)
        audit.viewed(session, by, "receipt", number)
    return content


def _copy(receipt: Receipt, settings: Settings, *, is_demo: bool) -> bytes:
    made = render.receipt_pdf(
        receipt,
        address=settings.address,
        is_demo=is_demo,
        is_copy=True,
        seconds=int(settings.render_seconds),
    )
    return signing.signed(settings, made)
