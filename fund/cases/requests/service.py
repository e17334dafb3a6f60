"""Verbs on a case's requests: ask, ask for something else, approve, try again, release, add a paper.

What says anything of the child lies sealed under the child's key; `fund.grants` is told code, district, purpose, amount
and payee. Refuses without consent to help, for who is too old, for one's own, with evidence that is late, and the same
purpose twice in a term without a reason.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import records, sealing
from fund.cases import service as case_verbs
from fund.cases.errors import CaseNotFoundError
from fund.cases.handing.lateness import require_none_late
from fund.cases.queries import CaseView
from fund.cases.records import PaperSaid
from fund.cases.requests import rules
from fund.cases.requests.errors import AskedBeforeError, NotForThisError
from fund.cases.requests.models import PaperRow, PurposeRow, VersionRow
from fund.goods import awards as goods
from fund.grants import payees, paying, purposes
from fund.grants import queries as grants
from fund.grants import service as awards
from fund.grants.errors import EditedError
from fund.grants.models import chain_of, id_of
from fund.grants.payees import Payee
from fund.grants.service import Outcome, PlannedPart, Wanted
from fund.people.stand_in_papers import Paper
from ledger.identifiers import new_id

WORDS: Final = "requests_version.sealed"
AGAIN: Final = "requests_purpose.sealed"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a case manager asks for: `payee` is one that is kept already, or a new one; `again` says why once more."""

    purpose: str
    term: str
    plan: tuple[PlannedPart, ...]
    urgency: int
    payee: UUID | Payee
    words: str
    again: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What is written beside a version: the plan in words, and why the same is asked for once more in this term."""

    words: str
    again: str = ""


def ask(session: Session, code: str, asked: Asked, *, form_key: UUID | None = None, by: Actor) -> UUID:
    """Ask for a grant for the child of a case. The same form again leads to the request that it made.

    Raises AskedBeforeError, NotForThisError, and what the rules, `require_none_late` and the award's verb do.
    """
    found, form_key = _taken(session, code), form_key or new_id()
    if (known := _known(session, code, form_key)) is not None:
        return known
    _require(session, found, asked, by)
    if by.person_id is not None:
        require_none_late(session, by.person_id)
    request_id = awards.request(session, _wanted(session, found, asked, by), by=by)
    _write(session, found, chain_of(request_id), 1, asked, form_key, by)
    return request_id


def edit(
    session: Session, request_id: UUID, version: int, asked: Asked, *, form_key: UUID | None = None, by: Actor
) -> None:
    """Ask for something else in place of the version that `by` has read; the same form again changes nothing.

    Raises EditedError, and what `ask` does but for late evidence.
    """
    chain, form_key = chain_of(request_id), form_key or new_id()
    before = grants.request(session, request_id)
    found = _taken(session, before.case_code)
    if _known(session, found.code, form_key) is not None:
        return
    if grants.request(session, request_id).version != version:
        raise EditedError()
    _require(session, found, asked, by, chain=chain)
    wanted = _wanted(session, found, asked, by, district=before.district)
    number = awards.edit(session, request_id, wanted, by=by)
    _write(session, found, chain, number, asked, form_key, by)


def approve(session: Session, request_id: UUID, version: int, *, stand_in: UUID | None = None, by: Actor) -> Outcome:
    """Approve the version that `by` has read.

    Raises ConsentMissingError, TooOldError, ConflictError, OwnRequestError and what an approval does.
    """
    _require_decidable(session, request_id, by)
    beside = beside_satang(session, request_id)
    return awards.approve(session, request_id, version, beside_satang=beside, stand_in=stand_in, by=by)


def award(session: Session, request_id: UUID, *, stand_in: UUID | None = None, by: Actor) -> Outcome:
    """Try again to award what waits for money. Raises the same."""
    _require_decidable(session, request_id, by)
    beside = beside_satang(session, request_id)
    return awards.award(session, request_id, beside_satang=beside, stand_in=stand_in, by=by)


def beside_satang(session: Session, request_id: UUID) -> int:
    """What goods its case was awarded in seven days: they count towards the limit as money does."""
    return goods.lately_satang(session, grants.request(session, request_id).case_code)


def release(
    session: Session, request_id: UUID, number: int, reason: str, *, stand_in: UUID | None = None, by: Actor
) -> None:
    """Let a part that was held go on. Raises ConsentMissingError while nobody consents to help."""
    rules.require_consent(session, grants.request(session, request_id).case_code)
    paying.release(session, request_id, number, reason, stand_in=stand_in, by=by)


def add_paper(
    session: Session, folder: Path, request_id: UUID, paper: Paper, said: PaperSaid, *, row_id: UUID | None, by: Actor
) -> None:
    """Keep a paper in the case, and lay it to the request. Raises what keeping one does."""
    code, row_id = grants.request(session, request_id).case_code, row_id or new_id()
    records.add_paper(session, folder, code, paper, said, row_id=row_id, by=by)
    row = PaperRow(chain=chain_of(request_id), paper_id=row_id)
    if session.get(PaperRow, (row.chain, row.paper_id)) is None:
        session.add(row)
        audit.record(session, by, "request_paper.kept", request_id)
        session.flush()


def _require_decidable(session: Session, request_id: UUID, by: Actor) -> None:
    found = _taken(session, grants.request(session, request_id).case_code)
    rules.require_helpable(session, found)
    rules.require_untied(session, found.code, by)


def _taken(session: Session, code: str) -> CaseView:
    """The case; who writes in it waits until this is over."""
    case_verbs.take(session, code)
    return cases.case(session, code)


def _known(session: Session, code: str, form_key: UUID) -> UUID | None:
    """The request that this form made or changed. Raises CaseNotFoundError where it is another case's."""
    row = session.exec(select(VersionRow).where(VersionRow.form_key == form_key)).first()
    if row is not None and row.case_code != code:
        raise CaseNotFoundError()
    return id_of(row.chain) if row else None


def _require(session: Session, found: CaseView, asked: Asked, by: Actor, *, chain: str = "") -> None:
    rules.require_helpable(session, found)
    rules.require_others(session, found.code, asked.payee, by)
    if not purposes.allowed_funds(session, found.at.district, asked.purpose, clock.today()):
        raise NotForThisError()
    if not asked.again and asked_before(session, found.code, asked.purpose, asked.term, but=chain):
        raise AskedBeforeError()


def _wanted(session: Session, found: CaseView, asked: Asked, by: Actor, *, district: str = "") -> Wanted:
    payee_id = payees.add(session, asked.payee, by=by) if isinstance(asked.payee, Payee) else asked.payee
    place = district or found.at.district
    return Wanted(found.code, place, asked.purpose, payee_id, asked.term, asked.plan, asked.urgency)


def _write(
    session: Session, found: CaseView, chain: str, version: int, asked: Asked, form_key: UUID, by: Actor
) -> None:
    whole: dict[str, Any] = {
        "chain": chain, "case_code": found.code, "purpose": asked.purpose, "term": asked.term,
    }  # fmt: skip
    if session.get(PurposeRow, tuple(whole.values())) is None:
        row = PurposeRow(**whole)
        which = f"{row.chain}:{row.purpose}:{row.term}"
        row.sealed = sealing.close(session, found.child_id, AGAIN, which, asked.again) if asked.again else None
        session.add(row)
        session.flush()
    words = sealing.close(session, found.child_id, WORDS, f"{chain}:{version}", Said(asked.words, asked.again))
    stamp: dict[str, Any] = {"written_at": clock.now(), "written_by": by.name}
    session.add(VersionRow(**whole, version=version, form_key=form_key, sealed=words, **stamp))
    session.flush()


def asked_before(session: Session, code: str, purpose: str, term: str, *, but: str = "") -> list[UUID]:
    """Which requests of a case ask for this purpose in this term, without the chain `but`."""
    same = select(PurposeRow.chain).where(
        PurposeRow.case_code == code, PurposeRow.purpose == purpose, PurposeRow.term == term, PurposeRow.chain != but
    )
    return [id_of(chain) for chain in session.exec(same.order_by(col(PurposeRow.chain)))]
