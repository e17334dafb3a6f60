"""The receipts of an arrival as files to print, some hundred sheets each, bound by a worker from the papers themselves.

Knows a key for each file, gone after a week: it can be bound again. Refuses to bind before every paper is made, and
leaves out what was voided, and whoever was erased meanwhile.
"""

import io
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from fund import clock, files, outbox, papers, sealed
from fund.collections import queries
from fund.collections.errors import BundleNotMadeError
from fund.collections.models import BundleRow
from fund.db import Database
from fund.errors import NotFoundError, StateError
from fund.settings import Settings
from ledger.identifiers import new_id
from receipts import queries as receipts

JOB: Final = "collection.bind"
SHEETS: Final = 100
"""Receipts in one file."""

KEPT_FOR: Final = timedelta(days=7)


class PapersMissingError(StateError):
    message = "Not every paper is made yet."


def ask(session: Session, arrival_id: UUID, receipt_count: int) -> None:
    """Have the receipts of an arrival bound, after this commit, once their papers are made."""
    for page in range(1, pages(receipt_count) + 1):
        outbox.add(session, JOB, f"{arrival_id} {page}", key=f"{JOB}:{new_id()}")


def pages(receipt_count: int) -> int:
    """Into how many files so many receipts go."""
    return -(-receipt_count // SHEETS)


def bind(database: Database, settings: Settings, subject: str) -> None:
    """The worker's job: one file of an arrival. Raises PapersMissingError, to be tried again."""
    arrival_id, page = UUID(subject.split()[0]), int(subject.split()[1])
    with database.read() as session:
        found = queries.arrival(session, arrival_id)
        if found is None or _row(session, arrival_id, page):
            return
        sheets = _sheets(session, settings, queries.receipts_of(session, *found), page)
    if not sheets:
        return
    content = _bound(sheets)
    with database.write() as session:
        row = BundleRow(id=new_id(), arrival_id=arrival_id, page=page, sha256="", made_at=clock.now())
        row.sha256 = files.store(session, settings.files_path, content, row.id)
        session.add(row)


def made(session: Session, arrival_id: UUID) -> list[int]:
    """Which files of an arrival are there."""
    rows = select(BundleRow.page).where(BundleRow.arrival_id == arrival_id).order_by(col(BundleRow.page))
    return list(session.exec(rows))


def load(session: Session, settings: Settings, arrival_id: UUID, page: int) -> bytes:
    """One file of an arrival. Raises BundleNotMadeError."""
    row = _row(session, arrival_id, page) if page in made(session, arrival_id) else None
    if row is None:
        raise BundleNotMadeError()
    return files.load(session, settings.files_path, row.sha256, row.id)


def let_go_old(session: Session) -> None:
    """Destroy the keys of files that were bound a week ago."""
    old = session.exec(select(BundleRow.id).where(col(BundleRow.made_at) < clock.now() - KEPT_FOR)).all()
    for bundle_id in old:
        sealed.destroy(session, bundle_id)
    session.execute(delete(BundleRow).where(col(BundleRow.id).in_(old)))


def _row(session: Session, arrival_id: UUID, page: int) -> BundleRow | None:
    return session.exec(select(BundleRow).where(BundleRow.arrival_id == arrival_id, BundleRow.page == page)).first()


def _sheets(session: Session, settings: Settings, numbers: list[str], page: int) -> list[bytes]:
    """The papers of one file, in the roster's order."""
    found = []
    for number in numbers[(page - 1) * SHEETS : page * SHEETS]:
        receipt, sha256 = receipts.by_number(session, number), papers.of(session, number)
        if receipt.is_void:
            continue
        if sha256 is None:
            raise PapersMissingError()
        with suppress(NotFoundError):  # erased
            found.append(files.load(session, settings.files_path, sha256, receipt.owner or files.NOBODY))
    return found


def _bound(sheets: list[bytes]) -> bytes:
    import pypdfium2  # type: ignore[import-untyped] # a worker's library: no page waits for it

    bound: Any = pypdfium2.PdfDocument.new()
    for sheet in sheets:
        bound.import_pages(pypdfium2.PdfDocument(sheet))
    content = io.BytesIO()
    bound.save(content)
    return content.getvalue()
