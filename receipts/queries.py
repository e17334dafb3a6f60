"""What can be asked about receipts, as frozen views. For staff and workers: donors come through `service`."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, text
from sqlmodel import Session, col, select

from receipts.errors import ReceiptNotFoundError
from receipts.facts import ReceiptFacts, private_digest
from receipts.models import PrivateRow, ReceiptRow, VoidRow


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as issued: its number, the codes that open and check it, and its frozen facts."""

    number: str
    running: int
    token: str
    check_code: str
    facts: ReceiptFacts
    proves: UUID
    issued_at: datetime
    replaces: str | None = None
    is_void: bool = False
    is_donor_erased: bool = False


def by_number(session: Session, number: str) -> Receipt:
    """The receipt with exactly this number. Raises ReceiptNotFoundError."""
    found = _receipts(session, col(ReceiptRow.number) == number)
    if not found:
        raise ReceiptNotFoundError()
    return found[0]


def proving(session: Session, entries: Collection[UUID]) -> list[Receipt]:
    """The receipts that prove any of these ledger entries, in the order they were issued."""
    return _receipts(session, col(ReceiptRow.proves).in_(entries))


def donor_part(session: Session, number: str) -> PrivateRow | None:
    """The donor's own part of a receipt with its nonce; None where there is none, or it was erased."""
    row, part = session.get(ReceiptRow, number), session.get(PrivateRow, number)
    return part if row and part and _is_promised(row.private_digest, part.nonce, part.content) else None


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
    parts = (
        select(PrivateRow.number, ReceiptRow.private_digest, PrivateRow.nonce, PrivateRow.content)
        .outerjoin(ReceiptRow, col(PrivateRow.number) == col(ReceiptRow.number))
        .order_by(col(PrivateRow.number))
    )
    rows = session.exec(parts, execution_options={"yield_per": 1_000})  # of every receipt there is, bit by bit
    return [number for number, digest, nonce, content in rows if not _is_promised(digest, nonce, content)]


def _is_promised(digest: str | None, nonce: str, content: str) -> bool:
    try:
        return private_digest(bytes.fromhex(nonce), content.encode()) == digest
    except ValueError:  # a nonce that is no hexadecimal text was not ours
        return False


def _receipts(session: Session, condition: ColumnElement[bool]) -> list[Receipt]:
    rows = session.exec(
        select(ReceiptRow, PrivateRow, VoidRow)
        .outerjoin(PrivateRow, col(PrivateRow.number) == col(ReceiptRow.number))
        .outerjoin(VoidRow, col(VoidRow.number) == col(ReceiptRow.number))
        .where(condition)
        .order_by(col(ReceiptRow.issued_at), col(ReceiptRow.number))
    )
    return [_receipt(row, private, void) for row, private, void in rows]


def _receipt(row: ReceiptRow, private: PrivateRow | None, void: VoidRow | None) -> Receipt:
    """A donor's part that is not the one that was promised is none."""
    if private is not None and not _is_promised(row.private_digest, private.nonce, private.content):
        private = None
    return Receipt(
        number=row.number,
        running=row.running,
        token=row.token,
        check_code=row.check_code,
        facts=ReceiptFacts.from_canonical(row.facts.encode(), private.content.encode() if private else b""),
        proves=row.proves,
        issued_at=row.issued_at,
        replaces=row.replaces,
        is_void=void is not None,
        is_donor_erased=row.private_digest is not None and private is None,
    )
