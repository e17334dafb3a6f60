"""Verbs on help in goods: ask for a case, award, hand out against a signature.

Knows that what acts on a case waits its turn. Refuses without consent to help, for who is too old, for one's own, with
evidence that is late, and a signature of whoever asked or hands out.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import audit, clock, files, spelling
from fund.audit import Actor
from fund.cases import queries as cases
from fund.cases import sealing
from fund.cases import service as case_verbs
from fund.cases.handing.errors import OwnHandoverError, SignerMissingError
from fund.cases.handing.handovers import SIGNERS
from fund.cases.handing.lateness import require_none_late
from fund.cases.in_kind.models import SignatureRow
from fund.cases.queries import CaseView
from fund.cases.requests import rules
from fund.goods import awards
from fund.goods.awards import Wanted
from fund.goods.errors import NotNowError, RequestNotFoundError
from fund.goods.models import RequestRow
from fund.goods.steps import person_of
from fund.people import duties
from fund.people.duties import Side
from fund.people.stand_in_papers import Paper

SIGNATURE: Final = "in_kind_signature.sealed"


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs, and how they belong to the child."""

    who: str
    relation: str


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature: whose, drawn on the `screen` or on `paper`, and its picture."""

    signer: Signer
    way: str
    picture: Paper


def ask(
    session: Session,
    code: str,
    thing_id: UUID,
    size: str,
    quantity: int,
    *,
    request_id: UUID | None = None,
    by: Actor,
) -> UUID:
    """Ask for goods for the child of a case. The same id again leads to the request that it made.

    Raises what the rules, `require_none_late` and `awards.request` do.
    """
    found = _taken(session, code)
    rules.require_helpable(session, found)
    rules.require_untied(session, found.code, by)
    require_none_late(session, person_of(by))
    wanted = Wanted(found.code, found.at.district, thing_id, size, quantity, school=found.at.school)
    return awards.request(session, wanted, request_id=request_id, by=by)


def approve(session: Session, request_id: UUID, *, by: Actor) -> bool:
    """Approve; whether that awarded it. Raises what the rules and an approval of goods do."""
    found = _taken(session, code_of(session, request_id))
    rules.require_helpable(session, found)
    rules.require_untied(session, found.code, by)
    return awards.approve(session, request_id, by=by)


def hand_out(
    session: Session, folder: Path, request_id: UUID, place_id: UUID, signed: Signed, *, by: Actor
) -> list[int]:
    """Hand out all that is promised at a place, signed for: it is booked. The numbers of the issues.

    Raises SignerMissingError, OwnHandoverError, ConsentMissingError, NotNowError and what an issue does.
    """
    found = _taken(session, code_of(session, request_id))
    rules.require_helpable(session, found)
    rules.require_untied(session, found.code, by)
    asked = session.get_one(RequestRow, request_id)
    _require_other(session, asked.chain, signed.signer, by)
    here = [one for one in awards.promises(session, asked.chain) if one.place_id == place_id]
    if not here:
        raise NotNowError()
    sha256 = files.store(session, folder, signed.picture.content, found.child_id)
    numbers = []
    for one in here:
        number = awards.issue(session, request_id, one.lot_id, one.place_id, one.number, by=by)
        session.add(
            SignatureRow(
                chain=asked.chain,
                number=number,
                way=signed.way,
                sha256=sha256,
                sealed=sealing.close(session, found.child_id, SIGNATURE, row_id(asked.chain, number), signed.signer),
                person=person_of(by),
                signed_at=clock.now(),
                signed_by=by.name,
            )
        )
        audit.record(session, by, "goods_signature.kept", row_id(asked.chain, number))
        numbers.append(number)
    session.flush()
    return numbers


def code_of(session: Session, request_id: UUID) -> str:
    """The case that a request is for. Raises RequestNotFoundError."""
    asked = session.get(RequestRow, request_id)
    if asked is None:
        raise RequestNotFoundError()
    return asked.case_code


def row_id(chain: str, number: int) -> str:
    """What a signature is called in its seal."""
    return f"{chain}:{number}"


def _taken(session: Session, code: str) -> CaseView:
    """The case; who writes in it waits until this is over."""
    case_verbs.take(session, code)
    return cases.case(session, code)


def _require_other(session: Session, chain: str, signer: Signer, by: Actor) -> None:
    if not signer.who or signer.relation not in SIGNERS:
        raise SignerMissingError()
    asked = {part.name for part in duties.parts(session, chain) if part.side is Side.REQUEST}
    if any(spelling.is_one_name(signer.who, name) for name in (by.name, *asked)):
        raise OwnHandoverError()
