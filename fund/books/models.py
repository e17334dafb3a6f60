"""Tables of access keys. Both are only added to: who could read the books, and until when, is never lost."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from ledger.columns import Instant


class KeyRow(SQLModel, table=True):
    """One key. Only the SHA-256 of its token is kept: who reads the table cannot read the books with it."""

    __tablename__ = "books_key"
    name: str = Field(primary_key=True)
    token_sha256: str
    made_by: str
    made_at: datetime = Field(sa_type=Instant)


class RevokedRow(SQLModel, table=True):
    """That a key opens nothing any more."""

    __tablename__ = "books_key_revoked"
    name: str = Field(primary_key=True)
    revoked_by: str
    revoked_at: datetime = Field(sa_type=Instant)
