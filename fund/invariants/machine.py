"""What must hold of the machine that keeps the books: its jobs are done, its database guards who does what."""

from collections.abc import Iterator

from sqlmodel import Session

from fund import clock, signing
from fund.invariants.asking import NotAskedError, found
from fund.migrations import roles


class NoRolesError(NotAskedError):
    message = "SQLite has no roles: whoever owns the file can do anything to it."


class UnsignedError(NotAskedError):
    message = "Papers are not signed: SIGNING_FILE names no key."


def no_job_failed_for_good(session: Session) -> Iterator[str]:
    """No job in the background was given up."""
    yield from found(session, "SELECT j.kind, j.subject FROM fund_outbox j WHERE j.failed_at IS NOT NULL")


def papers_are_signed_for_a_month_more(session: Session) -> Iterator[str]:
    """Papers are signed, with a certificate that does not end within thirty days."""
    found_one = signing.last(session)
    if found_one is None:
        raise UnsignedError()
    if found_one.valid_until - clock.now() < signing.ENDS_SOON:
        yield f"{found_one.name} · {found_one.valid_until.date()}"


def database_has_its_roles(session: Session) -> Iterator[str]:
    """PostgreSQL has the roles that may do no more with the books than they need."""
    if session.connection().dialect.name == "sqlite":
        raise NoRolesError()
    yield from roles.missing(session.connection())
