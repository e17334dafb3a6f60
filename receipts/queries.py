"""What can be asked about receipts, as frozen views. For staff and workers: donors come through `service`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, text
from sqlmodel import Session, col, select

from receipts import donors, kinds
from receipts.donors import DonorPart
from receipts.errors import ReceiptNotFoundError
from receipts.models import PrivateRow, ReceiptRow, VoidRow


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as issued: its number, the codes that open and check it, and its frozen facts, of its kind's class.

    `owner` is whose the donor's part is; nobody's where the donor stays unnamed, or was erased.
    """

    number: str
    running: int
    token: str
    check_code: str
    facts: Any
    proves: UUID
    issued_at: datetime
    replaces: str | None = None
    owner: UUID | None = None
    is_void: bool = False
    is_donor_erased: bool = False


def by_number(session: Session, number: str) -> Receipt:
    """The receipt with exactly this number. Raises ReceiptNotFoundError."""
    found = _receipts(session, col(ReceiptRow.number) == number)
    if not found:
        raise ReceiptNotFoundError()
    return found[0]


def among(session: Session, table: type[ReceiptRow] | type[VoidRow], numbers: Collection[str]) -> set[str]:
    """Which of these numbers stand in the register, or among the voided."""
    return set(session.exec(select(table.number).where(col(table.number).in_(numbers))))


def proving(session: Session, entries: Collection[UUID], kind: str = "donation") -> list[Receipt]:
    """The papers of a kind that prove any of these ledger entries, in the order they were issued."""
    return _receipts(session, col(ReceiptRow.proves).in_(entries) & (col(ReceiptRow.kind) == kind))


def donor_part(session: Session, number: str) -> DonorPart | None:
    """The donor's own part of a receipt with its nonce; None where there is none, or it was erased."""
    row, private = session.get(ReceiptRow, number), session.get(PrivateRow, number)
    return _promised(row.private_digest, next(donors.opened(session, [private]))) if row and private else None


def gaps(session: Session) -> list[str]:
    """The series (`KK donation 2027`) whose numbers do not run from 1 to the last one taken."""
    query = text(
        "SELECT s.book || ' ' || s.kind || ' ' || s.fiscal_year"
        " FROM (SELECT book, kind, fiscal_year, last FROM receipts_counter"
        "  UNION ALL SELECT DISTINCT book, kind, fiscal_year, 0 FROM receipts_receipt r WHERE NOT EXISTS ("
        "   SELECT 1 FROM receipts_counter c"
        "   WHERE c.book = r.book AND c.kind = r.kind AND c.fiscal_year = r.fiscal_year)) s"
        " LEFT JOIN receipts_receipt r ON r.book = s.book AND r.kind = s.kind AND r.fiscal_year = s.fiscal_year"
        " GROUP BY s.book, s.kind, s.fiscal_year, s.last"
        " HAVING count(r.number) <> s.last OR coalesce(max(r.running), 0) <> s.last ORDER BY 1"
    )
    return list(session.connection().execute(query).scalars())


def altered_donor_parts(session: Session) -> list[str]:
    """The numbers of receipts whose donor's part is not the one that was promised when they were issued."""
    rows = (
        select(PrivateRow, ReceiptRow.private_digest)
        .outerjoin(ReceiptRow, col(PrivateRow.number) == col(ReceiptRow.number))
        .order_by(col(PrivateRow.number))
    )
    altered = []
    for some in session.exec(rows, execution_options={"yield_per": 1_000}).partitions():  # of every receipt there is
        told = zip(some, donors.opened(session, [private for private, _ in some]), strict=True)
        altered += [row.number for (row, digest), part in told if part and not _promised(digest, part)]
    return altered


def _promised(digest: str | None, part: DonorPart | None) -> DonorPart | None:
    return part if part and part.digest() == digest else None


def _receipts(session: Session, condition: ColumnElement[bool]) -> list[Receipt]:
    chosen = (
        select(ReceiptRow, PrivateRow, VoidRow)
        .outerjoin(PrivateRow, col(PrivateRow.number) == col(ReceiptRow.number))
        .outerjoin(VoidRow, col(VoidRow.number) == col(ReceiptRow.number))
        .where(condition)
        .order_by(col(ReceiptRow.issued_at), col(ReceiptRow.number))
    )
    rows = session.exec(chosen).all()
    kept = [private for _, private, _ in rows if private]
    parts = dict(zip((one.number for one in kept), donors.opened(session, kept), strict=True))
    return [_receipt(row, private, parts.get(row.number), void) for row, private, void in rows]


def _receipt(row: ReceiptRow, private: PrivateRow | None, told: DonorPart | None, void: VoidRow | None) -> Receipt:
    """A donor's part that is not the one that was promised is none."""
    part = _promised(row.private_digest, told)
    return Receipt(
        number=row.number,
        running=row.running,
        token=row.token,
        check_code=row.check_code,
        facts=kinds.from_canonical(row.facts.encode(), part.content if part else b""),
        proves=row.proves,
        issued_at=row.issued_at,
        replaces=row.replaces,
        owner=private.owner if private and part else None,
        is_void=void is not None,
        is_donor_erased=row.private_digest is not None and part is None,
    )
