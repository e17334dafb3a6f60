"""Series of numbers and the papers in them, with what voided and replaced each, and how often it was printed.

Knows every kind of paper. Refuses nothing: a series that nobody took a number of is empty.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select

from fund import papers
from receipts import numbering, queries
from receipts.models import ReceiptRow, VoidRow

AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Series:
    """A run of numbers: how many papers it has, up to which number, how many are void, and whether one is missing."""

    book: str
    kind: str
    fiscal_year: int
    count: int
    last: int
    voids: int
    is_gapless: bool

    @property
    def key(self) -> str:
        """What it is called in an address."""
        return f"{self.book}.{self.kind}.{self.fiscal_year}"


@dataclass(frozen=True, slots=True)
class Line:
    """One number of the register. Of a void one: why, who and when; the numbers before and after it in its chain."""

    number: str
    running: int
    kind: str
    amount_satang: int
    given_on: date
    issued_at: datetime
    replaces: str
    replaced_by: str
    prints: int
    void_reason: str = ""
    voided_by: str = ""
    voided_at: datetime | None = None


def series(session: Session) -> list[Series]:
    """Every series, the newest fiscal year first."""
    keys = (col(ReceiptRow.book), col(ReceiptRow.kind), col(ReceiptRow.fiscal_year))
    counted = (
        select(*keys, func.count(), func.max(ReceiptRow.running), func.count(col(VoidRow.number)))  # type: ignore[call-overload]
        .outerjoin(VoidRow, col(VoidRow.number) == col(ReceiptRow.number))
        .group_by(*keys)
        .order_by(col(ReceiptRow.fiscal_year).desc(), col(ReceiptRow.book), col(ReceiptRow.kind))
    )
    broken = set(queries.gaps(session))
    return [
        Series(book, kind, year, count, last, voids, f"{book} {kind} {year}" not in broken)
        for book, kind, year, count, last, voids in session.exec(counted)
    ]


def lines(session: Session, of: Series, *, after: int = 0, limit: int = AT_ONCE) -> list[Line]:
    """The papers of a series in the order of their numbers."""
    chosen = (
        (col(ReceiptRow.book) == of.book)
        & (col(ReceiptRow.kind) == of.kind)
        & (col(ReceiptRow.fiscal_year) == of.fiscal_year)
        & (col(ReceiptRow.running) > after)
    )
    return _lines(session, chosen, limit)


def one(session: Session, number: str) -> Line | None:
    """The paper with this number, however it was typed."""
    found = _lines(session, col(ReceiptRow.number) == numbering.fold(number), 1)
    return found[0] if found else None


def _lines(session: Session, chosen: object, limit: int) -> list[Line]:
    later = aliased(ReceiptRow)
    rows = session.exec(
        select(ReceiptRow, VoidRow, later.number)
        .outerjoin(VoidRow, col(VoidRow.number) == col(ReceiptRow.number))
        .outerjoin(later, col(later.replaces) == col(ReceiptRow.number))
        .where(chosen)  # type: ignore[arg-type]
        .order_by(col(ReceiptRow.running))
        .limit(limit)
    ).all()
    printed = papers.prints_of(session, [row.number for row, *_ in rows])
    return [_line(row, void, replaced_by, printed.get(row.number, 0)) for row, void, replaced_by in rows]


def _line(row: ReceiptRow, void: VoidRow | None, replaced_by: str | None, prints: int) -> Line:
    facts = json.loads(row.facts)
    return Line(
        number=row.number,
        running=row.running,
        kind=row.kind,
        amount_satang=facts["amount_satang"],
        given_on=date.fromisoformat(facts["given_on"]),
        issued_at=row.issued_at,
        replaces=row.replaces or "",
        replaced_by=replaced_by or "",
        prints=prints,
        void_reason=void.reason if void else "",
        voided_by=void.voided_by if void else "",
        voided_at=void.voided_at if void else None,
    )
