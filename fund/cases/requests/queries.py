"""Requests as their pages show them: one with its words, payee, papers and what was helped so far; whose turn it is.

What is opened is noted once, as a look at the request. Parts of an erased child or payee are None.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing
from fund.cases.models import PaperRow as CasePaperRow
from fund.cases.records import PaperSaid
from fund.cases.requests.models import PaperRow, VersionRow
from fund.cases.requests.service import WORDS, Said
from fund.goods import awards as goods
from fund.grants import payees, purposes, versions
from fund.grants import queries as grants
from fund.grants import service as awards
from fund.grants.models import chain_of
from fund.grants.payees import Payee
from fund.grants.purposes import FundAnswer, Why
from fund.grants.queries import Queued, RequestView, StepView, TrancheView
from fund.grants.versions import Change
from fund.people import duties
from fund.people.models import ParticipantRow
from ledger.private import Part

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class RequestPaper:
    """A paper of a request: its id in the case, and what it is."""

    id: UUID
    said: PaperSaid


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything of a request that a person may see who may see its case."""

    request: RequestView
    words: str | None
    again: str | None
    payee: Payee | None
    papers: tuple[RequestPaper, ...]
    history: tuple[StepView, ...]
    parts: tuple[TrancheView, ...]
    taken_part: tuple[duties.Part, ...]
    approved_by: tuple[duties.Part, ...]
    others: tuple[RequestView, ...]

    @property
    def asked_before(self) -> tuple[RequestView, ...]:
        """The other requests for the same purpose in the same term."""
        mine = (self.request.purpose, self.request.term)
        return tuple(one for one in self.others if (one.purpose, one.term) == mine)


def opened(session: Session, request_id: UUID, *, by: Actor) -> Opened:
    """A request with all that belongs to it, the look noted. Raises GrantNotFoundError."""
    found = grants.request(session, request_id)
    audit.viewed(session, by, "request", request_id, reason="case_work")
    said = _said(session, found, found.version)
    return Opened(
        found, said.words if said else None, said.again if said else None,
        payees.payee(session, found.payee_id, purpose="case_work", by=by),
        _papers(session, found),
        tuple(grants.history(session, request_id)),
        tuple(grants.tranches(session, request_id)),
        tuple(duties.parts(session, chain_of(request_id))),
        tuple(versions.approved_by(session, request_id, found.version)),
        tuple(one for one in grants.requests_of_case(session, found.case_code) if one.id != request_id),
    )  # fmt: skip


def changes_since(session: Session, request_id: UUID, version: int) -> list[Change]:
    """What is asked for otherwise now than in this version; with other words, that too."""
    known = {one.version: one for one in versions.versions(session, request_id)}
    newest = max(known)
    if version not in known or version == newest:
        return []
    found = grants.request(session, request_id)
    said = [one.words if one else None for one in (_said(session, found, number) for number in (version, newest))]
    words = [Change("words", *said)] if said[0] != said[1] else []
    return versions.changes(known[version], known[newest]) + words


def funds_for(session: Session, found: RequestView) -> tuple[list[FundAnswer], list[FundAnswer]]:
    """The funds that may pay it, and those that may not with why; districts' funds of elsewhere are left out."""
    answers = purposes.which_funds(session, found.district, found.purpose, found.amount_satang)
    may = [one for one in answers if one.may_pay]
    return may, [one for one in answers if not one.may_pay and one.why is not Why.DISTRICT]


def to_review(session: Session, person_id: UUID) -> list[Queued]:
    """What waits for the core team and can still be decided by this person, the most urgent first."""
    found = grants.to_review(session, limit=MOST)
    chains = [chain_of(one.id) for one in found]
    theirs = select(ParticipantRow.chain).where(
        col(ParticipantRow.chain).in_(chains), ParticipantRow.person == person_id
    )
    acted = set(session.exec(theirs)) if chains else set()
    return [one for one in found if chain_of(one.id) not in acted]


def needed(session: Session, found: RequestView) -> int:
    """How many approvals its newest version needs today."""
    newest = awards.newest_version(session, chain_of(found.id))
    return awards.approvals_needed(session, newest, goods.lately_satang(session, found.case_code))


def _said(session: Session, found: RequestView, version: int) -> Said | None:
    """What is written beside a version; None where it was erased, and nothing where nothing was written."""
    row = session.get(VersionRow, (chain_of(found.id), version))
    if row is None:
        return Said("")
    child_id = cases.case(session, found.case_code).child_id
    return sealing.opened(session, [Part(child_id, WORDS, f"{row.chain}:{version}", row.sealed)], Said)[0]


def _papers(session: Session, found: RequestView) -> tuple[RequestPaper, ...]:
    rows = _paper_rows(session, found.id)
    if not rows:
        return ()
    child_id = cases.case(session, found.case_code).child_id
    parts = [Part(child_id, sealing.PAPER, str(row.id), row.sealed) for row in rows]
    said = sealing.opened(session, parts, PaperSaid)
    return tuple(RequestPaper(row.id, one) for row, one in zip(rows, said, strict=True) if one is not None)


def _paper_rows(session: Session, request_id: UUID) -> Sequence[CasePaperRow]:
    of = select(CasePaperRow).join(PaperRow, col(PaperRow.paper_id) == col(CasePaperRow.id))
    return session.exec(of.where(PaperRow.chain == chain_of(request_id)).order_by(col(CasePaperRow.kept_at))).all()
