"""Which stored file is the paper of which number: a receipt's PDF, made once and never changed.

Knows the number and the file's SHA-256. Refuses a second paper under the same number.
"""

from datetime import datetime

from sqlmodel import Field, Session, SQLModel

from fund import clock
from ledger.columns import Instant


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
