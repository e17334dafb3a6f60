"""The table of donors' contacts: the only place where a donor's name, tax ID and e-mail lie.

Rows can be blanked when a donor asks for it; pledges and donations keep only the row's id.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from ledger.columns import Instant, Uid


class ContactRow(SQLModel, table=True):
    __tablename__ = "donors_contact"
    id: UUID = Field(sa_type=Uid, primary_key=True)
    public_name: str
    name: str
    tax_id: str
    email: str
    made_at: datetime = Field(sa_type=Instant)

    def __repr__(self) -> str:
        """Without anything personal: rows are printed in errors and logs."""
        return f"ContactRow(id={self.id})"

    def __str__(self) -> str:
        return repr(self)
