"""Tables of grants: what funds allow, limits, payees, requests with their versions and plans, tranches, steps.

All are append-only but `grants_standing`, which only repeats the last step of each request and tranche so that queues
are found quickly. A request and all that follows from it is one chain, `grant:<id>`; no name lies here as it is.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import LargeBinary
from sqlmodel import Field, SQLModel

from ledger.columns import BigInt, Day, Flag, Instant, Uid
from ledger.identifiers import new_id

_CHAIN: Final = "grant:"


def chain_of(request_id: UUID) -> str:
    """What the chain of a request is called."""
    return f"{_CHAIN}{request_id}"


def id_of(chain: str) -> UUID:
    """Whose chain this is."""
    return UUID(chain.removeprefix(_CHAIN))


class ProposalRow(SQLModel, table=True):
    """A rule that one person proposes: a limit, or that a fund may or may no longer be used for a purpose."""

    __tablename__ = "grants_proposal"
    chain: str = Field(primary_key=True)
    since: date = Field(sa_type=Day)
    amount_satang: int | None = Field(default=None, sa_type=BigInt)
    fund: str | None = None
    purpose: str | None = None
    scope: str | None = None
    is_allowed: bool | None = Field(default=None, sa_type=Flag)
    person: UUID = Field(sa_type=Uid)
    side: str = "request"
    proposed_at: datetime = Field(sa_type=Instant)


class LimitRow(SQLModel, table=True):
    """From which amount two approve, since a day; the founding's is nobody's, every later one another person's."""

    __tablename__ = "grants_limit"
    since: date = Field(sa_type=Day, primary_key=True)
    amount_satang: int = Field(sa_type=BigInt)
    chain: str | None = None
    person: UUID | None = Field(default=None, sa_type=Uid)
    side: str | None = None
    agreed_on: date | None = Field(default=None, sa_type=Day)


class AllowsRow(SQLModel, table=True):
    """Whether a fund may be used for a purpose in a scope (`*` or a district), since a day; the newest counts."""

    __tablename__ = "grants_allows"
    fund: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    scope: str = Field(primary_key=True)
    since: date = Field(sa_type=Day, primary_key=True)
    is_allowed: bool = Field(sa_type=Flag)
    chain: str | None = None
    person: UUID | None = Field(default=None, sa_type=Uid)
    side: str | None = None
    agreed_on: date | None = Field(default=None, sa_type=Day)


class PayeeRow(SQLModel, table=True):
    """Who is paid, sealed; `same_as` is equal where the money would go to the same place, and gone once erased."""

    __tablename__ = "grants_payee"
    id: UUID = Field(default_factory=new_id, sa_type=Uid, primary_key=True)
    kind: str
    same_as: bytes | None = Field(sa_type=LargeBinary)
    sealed: bytes = Field(sa_type=LargeBinary)
    made_at: datetime = Field(sa_type=Instant)
    made_by: str


class VersionRow(SQLModel, table=True):
    """What is asked for, as it stood since an edit; the newest version counts."""

    __tablename__ = "grants_request_version"
    chain: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    person: UUID = Field(sa_type=Uid)
    side: str = "request"
    case_code: str
    district: str
    purpose: str
    amount_satang: int = Field(sa_type=BigInt)
    parts: int = Field(sa_type=BigInt)
    payee_id: UUID = Field(sa_type=Uid)
    term: str
    urgency: int = Field(sa_type=BigInt)
    made_at: datetime = Field(sa_type=Instant)


class PlanRow(SQLModel, table=True):
    """One of a version's numbered parts: how much, due on which day."""

    __tablename__ = "grants_plan"
    chain: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt, primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    parts: int = Field(sa_type=BigInt)
    amount_satang: int = Field(sa_type=BigInt)
    due_on: date = Field(sa_type=Day)


class AwardRow(SQLModel, table=True):
    """A request that was awarded, in the version that was approved."""

    __tablename__ = "grants_grant"
    chain: str = Field(primary_key=True)
    version: int = Field(sa_type=BigInt)
    awarded_on: date = Field(sa_type=Day)


class TrancheRow(SQLModel, table=True):
    """A part of a grant, and the fund that pays it."""

    __tablename__ = "grants_tranche"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    version: int = Field(sa_type=BigInt)
    fund: str
    purpose: str
    scope: str
    district: str
    amount_satang: int = Field(sa_type=BigInt)
    due_on: date = Field(sa_type=Day)
    payee_id: UUID = Field(sa_type=Uid)


class StepRow(SQLModel, table=True):
    """One act on a request (number 0) or a tranche; each follows the one before it, none is taken twice."""

    __tablename__ = "grants_step"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    step: int = Field(sa_type=BigInt, primary_key=True)
    before: int | None = Field(sa_type=BigInt)
    part: str
    state: str
    act: str
    next: str
    duty: str
    is_booked: bool = Field(sa_type=Flag)
    tranche: int | None = Field(sa_type=BigInt)
    person: UUID | None = Field(sa_type=Uid)
    side: str | None
    entry_id: UUID | None = Field(sa_type=Uid)
    reason: bytes | None = Field(sa_type=LargeBinary)
    taken_at: datetime = Field(sa_type=Instant)
    taken_by: str


class StandingRow(SQLModel, table=True):
    """The last step of a request (number 0) or a tranche, where it belongs, and its place in a queue.

    `version` is the newest one of a request, `urgency` and `made_at` are that version's, `due_on` is a tranche's.
    """

    __tablename__ = "grants_standing"
    chain: str = Field(primary_key=True)
    number: int = Field(sa_type=BigInt, primary_key=True)
    step: int = Field(sa_type=BigInt)
    state: str
    district: str
    version: int = Field(sa_type=BigInt)
    amount_satang: int = Field(sa_type=BigInt)
    urgency: int | None = Field(default=None, sa_type=BigInt)
    made_at: datetime | None = Field(default=None, sa_type=Instant)
    due_on: date | None = Field(default=None, sa_type=Day)
