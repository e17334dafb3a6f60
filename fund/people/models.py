"""Tables of the staff's door: who is signed in, and who tried."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import Instant, Uid
from ledger.identifiers import new_id


class StaffSession(SQLModel, table=True):
    """One signed-in browser. Only the SHA-256 of its token is kept: who reads the table cannot sign in with it."""

    __tablename__ = "people_session"
    token_sha256: str = Field(primary_key=True)
    actor: str
    account_sha256: str  # of the account as it was at sign-in: with another password the session is over
    made_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)


class Attempt(SQLModel, table=True):
    """One try to sign in, counted for what was tried: a digest of an account's name or of an address."""

    __tablename__ = "people_attempt"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    counted_for: str
    tried_at: datetime = Field(sa_type=Instant)
