"""What must hold of the machine that keeps the books: its jobs are done, its database guards who does what."""

from collections.abc import Iterator

from sqlmodel import Session

from fund.invariants.asking import NotAskedError, found
from fund.migrations import roles


class NoRolesError(NotAskedError):
    message = "SQLite has no roles: whoever owns the file can do anything to it."


def no_job_failed_for_good(session: Session) -> Iterator[str]:
    """No job in the background was given up."""
    yield from found(session, "SELECT j.kind, j.subject FROM fund_outbox j WHERE j.failed_at IS NOT NULL")


def database_has_its_roles(session: Session) -> Iterator[str]:
    """PostgreSQL has the roles that may do no more with the books than they need."""
    if session.connection().dialect.name == "sqlite":
        raise NoRolesError()
    yield from roles.missing(session.connection())
