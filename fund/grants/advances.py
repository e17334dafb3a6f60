"""Advances of cash: who has one, what of it is not accounted for yet, and the papers that show what it went for.

Knows that an advance is to be accounted for within the days of the fund's profile. Refuses an account without a paper.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, files, profile
from fund.audit import Actor
from fund.errors import NotFoundError
from fund.grants import paying, queries, states, steps
from fund.grants.errors import GrantNotFoundError
from fund.grants.models import PayeeRow, StepRow, chain_of
from fund.grants.payees import CASH
from fund.grants.queries import TrancheView
from fund.grants.run_errors import PaperNeededError
from fund.grants.run_models import PaperRow
from fund.people import duties, stand_in_papers
from fund.people.duties import Side
from fund.people.stand_in_papers import Paper


@dataclass(frozen=True, slots=True)
class AdvanceView:
    """Cash for a tranche: who asked for it and gets it, and once issued what is open of it until when."""

    tranche: TrancheView
    receiver: str
    open_satang: int
    due_on: date | None
    papers: tuple[str, ...]

    @property
    def is_overdue(self) -> bool:
        return self.due_on is not None and self.due_on < clock.today()


def advances(session: Session) -> list[AdvanceView]:
    """Every advance that somebody must do something about, those to account for first."""
    in_order = (states.ISSUED, states.ALLOWED, states.PREPARED, states.AWARDED)
    found = [one for state in in_order for one in queries.tranches_in(session, state)]
    cash = set(session.exec(select(PayeeRow.id).where(PayeeRow.kind == CASH, col(PayeeRow.id).in_(_payees(found)))))
    return [_view(session, one) for one in found if one.payee_id in cash]


def require_cash(session: Session, request_id: UUID, number: int) -> None:
    """Refuse what is no advance as if it were not there. Raises GrantNotFoundError."""
    if session.get_one(PayeeRow, paying.tranche_row(session, request_id, number).payee_id).kind != CASH:
        raise GrantNotFoundError()


def account_for(
    session: Session,
    folder: Path,
    request_id: UUID,
    number: int,
    amount_satang: int,
    paper: Paper | None,
    *,
    stand_in: UUID | None = None,
    by: Actor,
) -> None:
    """So much of an advance was handed over, as this paper shows. Raises PaperNeededError and AboveRestError."""
    if paper is None:
        raise PaperNeededError()
    paying.account_for(session, request_id, number, amount_satang, stand_in=stand_in, by=by)
    chain = chain_of(request_id)
    step = _last_account(session, chain, number)
    kept = files.store(session, folder, paper.content, request_id)
    session.add(PaperRow(chain=chain, number=number, step=step, sha256=kept, kept_at=clock.now(), kept_by=by.name))
    audit.record(session, by, "advance.paper_kept", steps.subject_of(chain, number))
    session.flush()


def paper(session: Session, folder: Path, request_id: UUID, number: int, sha256: str, *, by: Actor) -> Paper:
    """One paper of an advance, the look noted. Raises NotFoundError."""
    chain = chain_of(request_id)
    if sha256 not in _papers(session, chain, number):
        raise NotFoundError()
    content = files.load(session, folder, sha256, request_id)
    audit.viewed(session, by, "advance_paper", steps.subject_of(chain, number))
    return stand_in_papers.read(content)


def _view(session: Session, one: TrancheView) -> AdvanceView:
    chain = chain_of(one.request_id)
    asked = [part.name for part in duties.parts(session, chain) if part.side is Side.REQUEST]
    is_out = one.state == states.ISSUED
    return AdvanceView(
        one,
        ", ".join(asked),
        queries.advance_satang(session, one.request_id, one.number) if is_out else 0,
        _due_on(session, chain, one.number) if is_out else None,
        tuple(_papers(session, chain, one.number)),
    )


def _due_on(session: Session, chain: str, number: int) -> date:
    taken = select(StepRow.taken_at).where(StepRow.chain == chain, StepRow.number == number, StepRow.act == "issue")
    issued_at = session.exec(taken.order_by(col(StepRow.step).desc()).limit(1)).one()
    return clock.bangkok_day(issued_at) + timedelta(days=profile.current(session).advance_days)


def _papers(session: Session, chain: str, number: int) -> list[str]:
    kept = select(PaperRow.sha256).where(PaperRow.chain == chain, PaperRow.number == number)
    return list(session.exec(kept.order_by(col(PaperRow.step))))


def _last_account(session: Session, chain: str, number: int) -> int:
    taken = select(StepRow.step).where(StepRow.chain == chain, StepRow.number == number, StepRow.act == "account_for")
    return session.exec(taken.order_by(col(StepRow.step).desc()).limit(1)).one()


def _payees(found: list[TrancheView]) -> set[UUID]:
    return {one.payee_id for one in found}
