"""Which stored file is the paper of which number: a receipt's PDF, made once and never changed; and who printed it.

Knows the number and the file's SHA-256, also of each copy. Refuses a second paper under the same number.
"""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlmodel import Field, Session, SQLModel, col, func, select

from fund import clock
from fund.audit import Actor
from ledger.columns import BigInt, Instant, Uid


class PrintRow(SQLModel, table=True):
    """A paper that staff printed: the first time the paper itself, then copies, each numbered."""

    __tablename__ = "fund_print"
    number: str = Field(primary_key=True)
    ordinal: int = Field(sa_type=BigInt, primary_key=True)
    sha256: str
    printed_by: str
    printed_person: UUID = Field(sa_type=Uid)
    printed_at: datetime = Field(sa_type=Instant)


class PaperRow(SQLModel, table=True):
    __tablename__ = "fund_paper"
    number: str = Field(primary_key=True)
    sha256: str
    made_at: datetime = Field(sa_type=Instant)


def record(session: Session, number: str, sha256: str) -> None:
    """Note that the stored file `sha256` is the paper of `number`."""
    session.add(PaperRow(number=number, sha256=sha256, made_at=clock.now()))
    session.flush()


def of(session: Session, number: str) -> str | None:
    """The SHA-256 of the paper of `number`, or None while it is not made."""
    row = session.get(PaperRow, number)
    return row.sha256 if row else None


def number_of(session: Session, sha256: str) -> str | None:
    """The number of the paper, or of the copy, that is this very file; None where it is neither."""
    made = session.exec(select(PaperRow.number).where(PaperRow.sha256 == sha256)).first()
    return made or session.exec(select(PrintRow.number).where(PrintRow.sha256 == sha256)).first()


def prints(session: Session, number: str) -> int:
    """How often staff have printed a paper."""
    return prints_of(session, [number]).get(number, 0)


def prints_of(session: Session, numbers: Collection[str]) -> dict[str, int]:
    """How often staff have printed each of these papers; those never printed are left out."""
    counted = select(PrintRow.number, func.count()).where(col(PrintRow.number).in_(numbers))
    return dict(session.exec(counted.group_by(col(PrintRow.number))).all())


def printed(session: Session, number: str) -> list[PrintRow]:
    """Each print of a paper by staff, the first one first."""
    rows = select(PrintRow).where(col(PrintRow.number) == number)
    return list(session.exec(rows.order_by(col(PrintRow.ordinal))))


def note_print(session: Session, number: str, ordinal: int, sha256: str, *, by: Actor) -> None:
    """Note the print of a paper; the database refuses a second one with the same ordinal."""
    assert by.person_id is not None
    session.add(
        PrintRow(
            number=number,
            ordinal=ordinal,
            sha256=sha256,
            printed_by=by.name,
            printed_person=by.person_id,
            printed_at=clock.now(),
        )
    )
    session.flush()
