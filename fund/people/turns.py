"""Taking turns: of two units of work on one matter the second waits until the first has ended.

Knows PostgreSQL's advisory locks, which whoever may not change a row can take too; on SQLite every writer waits anyway.
"""

from sqlalchemy import text
from sqlmodel import Session


def wait_for(session: Session, matter: str) -> None:
    """Wait for this matter's turn, and keep it until the unit of work ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:matter, 0))"), {"matter": matter})
