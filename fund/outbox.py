"""Jobs and messages, written in the same transaction as the change they follow.

Knows a row per job: claimed with a lease, delivered at least once, retried with back-off, kept when it failed.
Refuses nothing: a repeated key adds nothing. Which function does a kind of job is `jobs`' affair.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col, func, or_, select, update

from fund import clock
from ledger.columns import BigInt, Instant, Uid
from ledger.identifiers import new_id

LEASE = timedelta(minutes=2)
MOST_ATTEMPTS = 20
LONGEST_WAIT = timedelta(hours=1)
"""Twenty tries take more than eight hours: a full disk overnight loses no paper."""


class OutboxRow(SQLModel, table=True):
    __tablename__ = "fund_outbox"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    kind: str
    subject: str
    key: str
    run_after: datetime = Field(sa_type=Instant)
    attempts: int = Field(default=0, sa_type=BigInt)
    leased_until: datetime | None = Field(default=None, sa_type=Instant)
    done_at: datetime | None = Field(default=None, sa_type=Instant)
    failed_at: datetime | None = Field(default=None, sa_type=Instant)
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed job; `subject` is an id or a number, never personal data."""

    id: UUID
    kind: str
    subject: str
    attempts: int


def add(session: Session, kind: str, subject: str, *, key: str | None = None) -> None:
    """Have `kind` of job done for `subject` after this commit; `key` (kind and subject) makes it once only."""
    _insert(session, [(kind, subject, key or f"{kind}:{subject}")])


def add_many(session: Session, kind: str, subjects: Sequence[str]) -> None:
    """The same for many subjects in one statement."""
    _insert(session, [(kind, subject, f"{kind}:{subject}") for subject in subjects])


def claim(session: Session) -> Job | None:
    """Take the next due job for `LEASE`; nobody else gets it until the lease ends."""
    now = clock.now()
    due = (
        select(OutboxRow.id)
        .where(col(OutboxRow.done_at).is_(None), col(OutboxRow.failed_at).is_(None))
        .where(col(OutboxRow.run_after) <= now)
        .where(or_(col(OutboxRow.leased_until).is_(None), col(OutboxRow.leased_until) < now))
        .order_by(col(OutboxRow.run_after))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    taken = (
        update(OutboxRow)
        .where(col(OutboxRow.id).in_(due))
        .values(leased_until=now + LEASE, attempts=col(OutboxRow.attempts) + 1)
        .returning(col(OutboxRow.id), col(OutboxRow.kind), col(OutboxRow.subject), col(OutboxRow.attempts))
        .execution_options(synchronize_session=False)
    )
    row = session.execute(taken).first()
    return Job(*row) if row else None


def finish(session: Session, job: Job) -> None:
    """The job is done."""
    _settle(session, job, done_at=clock.now(), leased_until=None)


def fail(session: Session, job: Job, reason: str) -> bool:
    """The job did not work: try again later, twice as late each time, or give up and show it to staff.

    Whether it was given up.
    """
    if job.attempts >= MOST_ATTEMPTS:
        _settle(session, job, failed_at=clock.now(), leased_until=None, failure=reason)
        return True
    later = clock.now() + min(timedelta(seconds=2**job.attempts), LONGEST_WAIT)
    _settle(session, job, run_after=later, leased_until=None, failure=reason)
    return False


def try_failed_again(session: Session, job_id: UUID | None = None) -> int:
    """Let every job that was given up (or this one) be due once more; how many."""
    given_up = [col(OutboxRow.failed_at).is_not(None), *([col(OutboxRow.id) == job_id] if job_id else [])]
    again = update(OutboxRow).where(*given_up).values(failed_at=None, attempts=0, run_after=clock.now())
    return int(session.connection().execute(again).rowcount)


def waiting(session: Session) -> int:
    """How many jobs are still to be done."""
    open_rows = select(func.count()).where(col(OutboxRow.done_at).is_(None), col(OutboxRow.failed_at).is_(None))
    return session.exec(open_rows).one()


def failed(session: Session) -> list[OutboxRow]:
    """The jobs that were given up, newest first."""
    rows = select(OutboxRow).where(col(OutboxRow.failed_at).is_not(None)).order_by(col(OutboxRow.failed_at).desc())
    return list(session.exec(rows.limit(200)))


def _settle(session: Session, job: Job, **values: object) -> None:
    session.execute(update(OutboxRow).where(col(OutboxRow.id) == job.id).values(**values))


def _insert(session: Session, jobs: Sequence[tuple[str, str, str]]) -> None:
    now = clock.now()
    rows = [
        {"id": new_id(), "kind": kind, "subject": subject, "key": key, "run_after": now, "attempts": 0, "failure": ""}
        for kind, subject, key in jobs
    ]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    if rows:
        session.execute(dialect.insert(OutboxRow).on_conflict_do_nothing(index_elements=["key"]), rows)
