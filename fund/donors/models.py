"""The table of donors' contacts: the only place where a donor's name, tax ID and e-mail lie, sealed.

Rows are emptied when a donor asks for it; pledges and donations keep only the row's id, which is also the subject of
the donor's key.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import Instant, Uid


class ContactRow(SQLModel, table=True):
    __tablename__ = "donors_contact"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    sealed: bytes | None = Field(sa_type=LargeBinary)
    tax_id_index: bytes | None = Field(sa_type=LargeBinary)  # blind
    email_index: bytes | None = Field(default=None, sa_type=LargeBinary)  # blind
    made_at: datetime = Field(sa_type=Instant)
