"""Imports that were taken back, and taken in again: which of them stand.

Knows the acts on each, the last of which is in force. Refuses nothing.
"""

from typing import Final
from uuid import UUID

from sqlalchemy.orm import aliased
from sqlmodel import Session, select
from sqlmodel.sql.expression import SelectOfScalar

from fund.bank.models import InboxRow, StatementActRow

UNDONE: Final = "undone"
RESTORED: Final = "restored"
WITHDRAWN: Final = "withdrawn"


def undone() -> SelectOfScalar[UUID]:
    """The statements that were taken back and not restored, as a part of another question."""
    later = aliased(StatementActRow)
    after = select(later.id).where(later.statement_id == StatementActRow.statement_id, later.id > StatementActRow.id)
    return select(StatementActRow.statement_id).where(StatementActRow.act == UNDONE, ~after.exists())


def withdrawn() -> SelectOfScalar[UUID]:
    """The lines that nothing tells any more but imports that were taken back, as a part of another question."""
    return select(InboxRow.line_id).where(InboxRow.state == WITHDRAWN)


def is_undone(session: Session, statement_id: UUID) -> bool:
    """Whether an import was taken back and not restored."""
    return session.exec(undone().where(StatementActRow.statement_id == statement_id)).first() is not None
