"""Who is paid: a guardian, school or shop by PromptPay or bank account, or cash that goes out as an advance.

Knows them sealed, each under a key of its own, and whether two are paid to the same place. Refuses a payee without a
name or a way to pay. A payee is never changed: another account is another payee, and a new version of the request.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec
from sqlmodel import Session, col, select

from fund import audit, clock, sealed, spelling
from fund.audit import Actor, ReasonError
from fund.grants.errors import GrantNotFoundError, OwnPaymentError, PayeeError
from fund.grants.models import PayeeRow
from fund.people.errors import NobodyError
from ledger.identifiers import new_id
from ledger.private import Part

CASH: Final = "cash"
KINDS: Final = ("guardian", "school", "shop", CASH)
PROMPTPAY: Final = "PROMPTPAY"
LONGEST_NAME: Final = 200

_PLACE: Final = "grants_payee.sealed"
_BANK: Final = re.compile(r"[A-Z]{2,10}", re.ASCII)
_ACCOUNT: Final = re.compile(r"\d{10,20}", re.ASCII)
_PROMPTPAY: Final = re.compile(r"0\d{9}|\d{13}|\d{15}", re.ASCII)
_THAI_DIGITS: Final = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")


@dataclass(frozen=True, slots=True)
class Payee:
    """Whom a grant is paid to. `bank` is a bank's short name or PROMPTPAY; cash has neither bank nor account."""

    kind: str
    name: str
    bank: str = ""
    account: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", " ".join(self.name.split()))
        object.__setattr__(self, "account", re.sub(r"[\s-]", "", self.account.translate(_THAI_DIGITS)))
        shape = _PROMPTPAY if self.bank == PROMPTPAY else _ACCOUNT
        is_payable = bool(_BANK.fullmatch(self.bank)) and bool(shape.fullmatch(self.account))
        is_way = not (self.bank or self.account) if self.kind == CASH else is_payable
        if (
            self.kind not in KINDS
            or not 0 < len(self.name) <= LONGEST_NAME
            or not self.name.isprintable()
            or not is_way
        ):
            raise PayeeError()


def add(session: Session, payee: Payee, *, by: Actor) -> UUID:
    """Keep a payee. Cash is paid to who requests it: their advances of a week count together."""
    if by.person_id is None:
        raise NobodyError()
    payee_id = new_id()
    same = f"{CASH}:{by.person_id}" if payee.kind == CASH else f"{payee.bank}:{payee.account}"
    session.add(
        PayeeRow(
            id=payee_id,
            kind=payee.kind,
            same_as=sealed.blind(session, "payee", same),
            sealed=sealed.seal(session, payee_id, _PLACE, payee_id, msgspec.json.encode(payee).decode()),
            made_at=clock.now(),
            made_by=by.name,
        )
    )
    audit.record(session, by, "payee.kept", payee_id)
    session.flush()
    return payee_id


def payee(session: Session, payee_id: UUID, *, purpose: str, by: Actor) -> Payee | None:
    """Whom a grant is paid to, and a row that `by` has looked, with `purpose`; None where it was erased.

    Raises ReasonError without a purpose of the list, and GrantNotFoundError.
    """
    row = session.get(PayeeRow, payee_id)
    if row is None:
        raise GrantNotFoundError()
    if not purpose:
        raise ReasonError()
    audit.viewed(session, by, "payee", payee_id, reason=purpose)
    told = sealed.unseal(session, payee_id, _PLACE, payee_id, row.sealed)
    return None if told is None else msgspec.json.decode(told, type=Payee)


def require_not_paid(session: Session, payee_id: UUID, who: Actor) -> None:
    """Whoever takes a step of a grant is not paid by it, as far as names tell. Raises OwnPaymentError.

    Cash goes out to whoever asked for it: there the sides of the chain keep people apart.
    """
    if who.person_id is None:
        return
    paid = opened(session, [payee_id]).get(payee_id)
    if paid is not None and paid.kind != CASH and spelling.is_one_name(paid.name, who.name):
        raise OwnPaymentError()


def opened(session: Session, payee_ids: Collection[UUID]) -> dict[UUID, Payee | None]:
    """These payees for the machine, without those that are not kept and None for the erased.

    Whoever lets a person see them notes the view.
    """
    rows = session.exec(select(PayeeRow).where(col(PayeeRow.id).in_(payee_ids))).all() if payee_ids else []
    told = sealed.unseal_many(session, [Part(row.id, _PLACE, str(row.id), row.sealed) for row in rows])
    known = zip(rows, told, strict=True)
    return {row.id: None if text is None else msgspec.json.decode(text, type=Payee) for row, text in known}
