"""Help in goods as its pages show it: what was asked, which lots may serve it and why others not, who signed.

A signature is opened with its request, and the look is noted. Refuses a request that is not there.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, files
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing
from fund.cases.in_kind.models import SignatureRow
from fund.cases.in_kind.service import SIGNATURE, Signer, row_id
from fund.goods import awards, states, stock, things
from fund.goods.awards import Issue
from fund.goods.errors import RequestNotFoundError
from fund.goods.models import RequestRow, RequestStepRow, StepRow
from fund.goods.stock import Stock
from fund.goods.things import Place, Thing
from fund.grants import rules
from fund.grants import service as grants
from fund.people import duties
from ledger.private import Part

MOST: Final = 300


@dataclass(frozen=True, slots=True)
class AwardView:
    """What was asked for a case, where it stands, and how much of it was handed out."""

    id: UUID
    chain: str
    case_code: str
    district: str
    thing: Thing
    size: str
    quantity: int
    state: str
    made_at: datetime
    handed_out: int
    held: int

    @property
    def is_done(self) -> bool:
        """Whether all of it was handed out."""
        return self.state == states.AWARDED and not self.held

    @property
    def is_open(self) -> bool:
        """Whether somebody is still to do something."""
        return self.state == states.ASKED or self.held > 0


@dataclass(frozen=True, slots=True)
class SignedView:
    """What was handed out in one go, and who signed for it how; no name once it was erased."""

    issue: Issue
    way: str = ""
    signer: Signer | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything of one request for goods: promises lie by place, lots in the order in which they go."""

    view: AwardView
    steps: tuple[RequestStepRow, ...]
    taken_part: tuple[duties.Part, ...]
    promised: tuple[tuple[Place, int, tuple[StepRow, ...]], ...]
    signed: tuple[SignedView, ...]
    may: tuple[tuple[Stock, int], ...]
    may_not: tuple[tuple[Stock, str], ...]
    worth_satang: int
    needed: int


def of_districts(session: Session, districts: Collection[str] | None) -> list[AwardView]:
    """The newest requests of these districts, or of all; what waits longest first, then what is done."""
    question = select(RequestRow).order_by(col(RequestRow.made_at).desc()).limit(MOST)
    if districts is not None:
        question = question.where(col(RequestRow.district).in_(districts))
    return _views(session, list(reversed(session.exec(question).all())))


def of_case(session: Session, code: str) -> list[AwardView]:
    """What was asked for a case in goods, first to last."""
    question = select(RequestRow).where(RequestRow.case_code == code).order_by(col(RequestRow.made_at))
    return _views(session, list(session.exec(question).all()))


def opened(session: Session, request_id: UUID, *, by: Actor) -> Opened:
    """One request with all that belongs to it; the look is noted. Raises RequestNotFoundError."""
    asked = session.get(RequestRow, request_id)
    if asked is None:
        raise RequestNotFoundError()
    audit.viewed(session, by, "goods_request", request_id, reason="case_work")
    (view,) = _views(session, [asked])
    picked = stock.shared_out(stock.answering(session, asked), asked.quantity)
    worth = sum(one.value_satang * quantity for one, quantity in picked)
    steps = select(RequestStepRow).where(RequestStepRow.chain == asked.chain).order_by(col(RequestStepRow.number))
    return Opened(
        view,
        tuple(session.exec(steps)),
        tuple(duties.parts(session, asked.chain)),
        _promised(session, asked.chain),
        tuple(_signed(session, asked)),
        tuple(picked) if view.state == states.ASKED else (),
        tuple(stock.refusing(session, asked)) if view.state == states.ASKED else (),
        worth,
        needed(session, asked.case_code, worth),
    )


def needed(session: Session, code: str, worth_satang: int) -> int:
    """How many approve goods of this worth for a case today."""
    lately = awards.lately_satang(session, code) + grants.awarded_to_case(session, code)
    return 1 if worth_satang + lately < rules.limit_satang(session, clock.today()) else 2


def picture(session: Session, folder: Path, request_id: UUID, number: int, *, by: Actor) -> bytes:
    """The signature of an issue; the look is noted. Raises RequestNotFoundError and FileErasedError."""
    asked = session.get(RequestRow, request_id)
    row = session.get(SignatureRow, (asked.chain, number)) if asked else None
    if asked is None or row is None:
        raise RequestNotFoundError()
    audit.viewed(session, by, "goods_signature", row_id(row.chain, number), reason="case_work")
    return files.load(session, folder, row.sha256, cases.case(session, asked.case_code).child_id)


def _views(session: Session, rows: list[RequestRow]) -> list[AwardView]:
    known = things.things(session)
    found = []
    for row in rows:
        issued = awards.issued(session, row.chain)
        held = sum(one.quantity for one in awards.promises(session, row.chain))
        found.append(
            AwardView(
                row.id, row.chain, row.case_code, row.district, known[row.thing_id], row.size, row.quantity,
                awards.state_of(session, row.chain), row.made_at, sum(one.quantity - one.returned for one in issued),
                held,
            )
        )  # fmt: skip
    return found


def _promised(session: Session, chain: str) -> tuple[tuple[Place, int, tuple[StepRow, ...]], ...]:
    places = things.places(session)
    by_place: dict[UUID, list[StepRow]] = {}
    for one in awards.promises(session, chain):
        by_place.setdefault(one.place_id, []).append(one)
    return tuple((places[place], sum(one.quantity for one in of), tuple(of)) for place, of in by_place.items())


def _signed(session: Session, asked: RequestRow) -> list[SignedView]:
    rows = {row.number: row for row in session.exec(select(SignatureRow).where(SignatureRow.chain == asked.chain))}
    if not rows:
        return [SignedView(one) for one in awards.issued(session, asked.chain)]
    child_id = cases.case(session, asked.case_code).child_id
    parts = [Part(child_id, SIGNATURE, row_id(row.chain, row.number), row.sealed) for row in rows.values()]
    said = dict(zip(rows, sealing.opened(session, parts, Signer), strict=True))
    return [
        SignedView(one, rows[one.number].way if one.number in rows else "", said.get(one.number))
        for one in awards.issued(session, asked.chain)
    ]
