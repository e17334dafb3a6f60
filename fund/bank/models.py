"""Tables of statements, their lines, what settles them, and the inbox of lines that still wait.

Statements, lines and matches are append-only. The inbox holds work, not history: a settled line leaves it.
"""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid


class StatementRow(SQLModel, table=True):
    """A file that was taken in; the file itself is kept write-once under its SHA-256."""

    __tablename__ = "bank_statement"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    sha256: str
    file_name: str
    importer: str
    account: str
    from_on: date = Field(sa_type=Day)
    to_on: date = Field(sa_type=Day)
    opening_satang: int | None = Field(default=None, sa_type=BigInt)  # None where the bank tells no balances
    closing_satang: int | None = Field(default=None, sa_type=BigInt)
    line_count: int = Field(sa_type=BigInt)
    imported_at: datetime = Field(sa_type=Instant)
    imported_by: str


class OpenEndRow(SQLModel, table=True):
    """A file whose end nothing in it proves, and the last line that it tells (which an earlier file may have told)."""

    __tablename__ = "bank_open_end"
    statement_id: UUID = Field(sa_type=Uid, primary_key=True)
    last_line_id: UUID = Field(sa_type=Uid)


class MetEndRow(SQLModel, table=True):
    """An open end that another file has proven."""

    __tablename__ = "bank_met_end"
    statement_id: UUID = Field(sa_type=Uid, primary_key=True)
    met_by: UUID = Field(sa_type=Uid)


class LineRow(SQLModel, table=True):
    """What the bank said has happened on one of our accounts, once for ever by its identity."""

    __tablename__ = "bank_line"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    statement_id: UUID = Field(sa_type=Uid)
    position: int = Field(sa_type=BigInt)
    line_number: int = Field(sa_type=BigInt)
    account: str
    identity: str
    occurred_on: date = Field(sa_type=Day)
    occurred_at: str  # HH:MM:SS, or empty where the bank tells no time
    value_on: date | None = Field(default=None, sa_type=Day)
    amount_satang: int = Field(sa_type=BigInt)
    balance_satang: int | None = Field(default=None, sa_type=BigInt)
    bank_id: str


class LineTextRow(SQLModel, table=True):
    """What the bank wrote about a line, sealed under its statement's key: it may name people. See `texts`."""

    __tablename__ = "bank_line_text"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    sealed: bytes = Field(sa_type=LargeBinary)


class MatchRow(SQLModel, table=True):
    """What a line was settled by, why, and who says so."""

    __tablename__ = "bank_match"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    line_id: UUID = Field(sa_type=Uid)
    kind: str
    reasons: str  # JSON, see `matching.Reason`
    words: str  # what a person gave as the reason
    entry_id: UUID = Field(sa_type=Uid)
    donation_id: UUID | None = Field(default=None, sa_type=Uid)
    matched_by: str
    matched_at: datetime = Field(sa_type=Instant)


class InboxRow(SQLModel, table=True):
    """A line that nobody has settled: `new` for the matcher, `waiting` for a person, `refused` by the books."""

    __tablename__ = "bank_inbox"
    line_id: UUID = Field(sa_type=Uid, primary_key=True)
    state: str
    is_booked: bool = Field(sa_type=Flag)  # as unidentified money
    statement_id: UUID = Field(
        sa_type=Uid
    )  # this and what follows are the line's own, so that sums touch only the inbox
    account: str
    amount_satang: int = Field(sa_type=BigInt)
    reasons: str  # JSON, see `matching.Reason`
