"""Running numbers: gapless per book, kind and fiscal year, on both databases.

Knows the counter, whose row stays locked until the caller's transaction ends: a rollback gives the number back.
Refuses book names that a typed number could not be told apart by.
"""

import re
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlmodel import Session

from receipts.errors import FactsError

BUDDHIST_ERA: Final = 543

_BOOK: Final = re.compile(r"^[A-Z](?:[A-Z0-9]{0,6}[A-Z])?$")
_TYPED: Final = re.compile(r"^([A-Z](?:[A-Z0-9]{0,7}[A-Z])?)(\d{4})(\d{6,12})$")
_SEPARATORS: Final = re.compile(r"[\s\-–—./]+")

_TAKE: Final = text(
    "INSERT INTO receipts_counter (book, kind, fiscal_year, last) VALUES (:book, :kind, :fiscal_year, :count)"
    " ON CONFLICT (book, kind, fiscal_year) DO UPDATE SET last = receipts_counter.last + excluded.last"
    " RETURNING last"
)


@dataclass(frozen=True, slots=True, order=True)
class Series:
    """One run of numbers. `fiscal_year` is the Christian year in which the fiscal year ends, `letter` the kind's."""

    book: str
    kind: str
    fiscal_year: int
    letter: str = ""

    def __post_init__(self) -> None:
        if not _BOOK.match(self.book):
            raise FactsError(field="book")

    @property
    def volume(self) -> str:
        """The volume (เล่มที่) these numbers are in, e.g. `KK-2570`."""
        return f"{self.book}{self.letter}-{self.fiscal_year + BUDDHIST_ERA}"

    def number(self, running: int) -> str:
        """The whole number, e.g. `KK-2570-000001`."""
        return f"{self.volume}-{running:06d}"


def take(session: Session, series: Series, count: int = 1) -> range:
    """Take the next `count` running numbers of a series; they are ours when the transaction commits."""
    parameters = {"book": series.book, "kind": series.kind, "fiscal_year": series.fiscal_year, "count": count}
    last: int = session.connection().execute(_TAKE, parameters).scalar_one()
    return range(last - count + 1, last + 1)


def fold(typed: str) -> str:
    """The number somebody typed, as we write it: `kk 2570/000001` → `KK-2570-000001`; else the empty text."""
    match = _TYPED.match(_SEPARATORS.sub("", typed[:64]).upper())
    return "-".join(match.groups()) if match else ""
