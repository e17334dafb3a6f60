"""Cash on its way from boxes to the bank: who carries how much out of which, until a line of the bank shows it.

Knows that the books, by its id, say whether it has arrived. Refuses to carry more than a box holds, and a line of
another amount than was carried.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from fund import audit, clock, files, postings, profile
from fund.audit import Actor
from fund.cash import boxes, states
from fund.cash.boxes import BoxView, person_of
from fund.cash.errors import (
    AccountError,
    CountReasonError,
    DepositNotFoundError,
    DifferentAmountError,
    NothingCarriedError,
    SlipReferenceError,
    TooMuchCarriedError,
)
from fund.cash.models import BoxRow, DepositPartRow, DepositRow, WithdrawnRow
from fund.errors import NotFoundError
from fund.people import stand_in_papers, turns
from fund.people.stand_in_papers import Paper
from fund.postings import Boxed
from ledger import balances
from ledger.identifiers import new_id
from ledger.money import format_baht

LONGEST_REASON: Final = 500
_REFERENCE: Final = re.compile(r"[0-9A-Z]{5,40}")
_APART: Final = re.compile(r"[\s./-]")


@dataclass(frozen=True, slots=True)
class Part:
    """So much out of one box."""

    box_id: UUID
    box: str
    account: str
    amount_satang: int


@dataclass(frozen=True, slots=True)
class DepositView:
    """A way to the bank: `carried`, `banked` or `withdrawn`."""

    id: UUID
    account: str
    reference: str
    has_slip: bool
    carried_on: date
    carried_by: str
    carried_at: datetime
    parts: tuple[Part, ...]
    state: str
    withdrawn_by: str = ""
    withdrawn_because: str = ""

    @property
    def amount_satang(self) -> int:
        """All that is carried."""
        return sum(part.amount_satang for part in self.parts)


def folded(reference: str) -> str:
    """A slip's reference as it is compared: capitals and digits alone."""
    return _APART.sub("", reference).upper()


def carry(
    session: Session,
    folder: Path,
    amounts: Mapping[UUID, int],
    account: str,
    carried_on: date,
    *,
    reference: str = "",
    slip: Paper | None = None,
    by: Actor,
) -> UUID:
    """Note that `by` carries so much out of these boxes to this bank account of ours.

    Raises NothingCarriedError, TooMuchCarriedError, AccountError, SlipReferenceError, NotNowError, BoxNotFoundError.
    """
    person_id, reference = person_of(by), folded(reference)
    if not amounts or any(amount <= 0 for amount in amounts.values()):
        raise NothingCarriedError()
    if account not in {one.account for one in profile.current(session).accounts}:
        raise AccountError()
    if reference and not _REFERENCE.fullmatch(reference):
        raise SlipReferenceError()
    take_turn(session)
    for box_id in sorted(amounts):
        _require(boxes.taken(session, box_id, "carry"), amounts[box_id])
    row = DepositRow(
        id=new_id(),
        account=account,
        reference=reference,
        carried_on=carried_on,
        carried_by=by.name,
        carried_person=person_id,
        carried_at=clock.now(),
    )
    row.slip_sha256 = files.store(session, folder, slip.content, row.id) if slip else None
    session.add(row)
    session.flush()
    session.add_all(DepositPartRow(deposit_id=row.id, box_id=one, amount_satang=amounts[one]) for one in amounts)
    audit.record(session, by, "cash_deposit.carried", row.id)
    session.flush()
    return row.id


def withdraw(session: Session, deposit_id: UUID, *, reason: str, by: Actor) -> None:
    """What was written of this way does not hold: its cash is in the boxes. Raises NotNowError, CountReasonError."""
    words = " ".join(reason.split())
    if not 0 < len(words) <= LONGEST_REASON:
        raise CountReasonError()
    _taken(session, deposit_id, "withdraw")
    session.add(
        WithdrawnRow(
            deposit_id=deposit_id,
            reason=words,
            withdrawn_by=by.name,
            withdrawn_person=person_of(by),
            withdrawn_at=clock.now(),
        )
    )
    audit.record(session, by, "cash_deposit.withdrawn", deposit_id)
    session.flush()


def banked(session: Session, deposit_id: UUID, amount_satang: int) -> list[Boxed]:
    """What a line of this amount takes out of which boxes.

    Raises NotNowError, DifferentAmountError, TooMuchCarriedError. It is looked at once more whether every box holds
    it: what a bank says is booked whatever it does to an account.
    """
    found = _taken(session, deposit_id, "bank")
    if found.amount_satang != amount_satang:
        raise DifferentAmountError(line=format_baht(amount_satang), carried=format_baht(found.amount_satang))
    taken = []
    for part in sorted(found.parts, key=lambda one: one.box_id):
        box = boxes.locked(session, part.box_id)
        if box.holds_satang < part.amount_satang:
            raise TooMuchCarriedError(box=box.name, amount=format_baht(box.holds_satang))
        taken.append(Boxed(box.account, box.fund, part.amount_satang))
    return taken


def take_turn(session: Session) -> None:
    """Of all who carry cash or find it on the bank's lines, one at a time; and each before any box of it."""
    turns.wait_for(session, "cash on its way")


def take_boxes(session: Session, deposit_ids: Collection[UUID]) -> None:
    """Let nobody count, carry or close the boxes of these ways until the work ends: before anything of it is booked.

    In the order in which all take them, so that of two none waits for the other.
    """
    if not deposit_ids:
        return
    take_turn(session)
    parts = select(DepositPartRow.box_id).where(col(DepositPartRow.deposit_id).in_(deposit_ids))
    for box_id in sorted(set(session.exec(parts))):
        boxes.locked(session, box_id)


def slip(session: Session, folder: Path, deposit_id: UUID, *, by: Actor) -> Paper:
    """The paying-in slip, the look noted. Raises NotFoundError."""
    row = session.get(DepositRow, deposit_id)
    if row is None or row.slip_sha256 is None:
        raise NotFoundError()
    paper = stand_in_papers.read(files.load(session, folder, row.slip_sha256, row.id))
    audit.viewed(session, by, "cash_deposit", deposit_id)
    return paper


def deposit(session: Session, deposit_id: UUID) -> DepositView:
    """One way to the bank. Raises DepositNotFoundError."""
    row = session.get(DepositRow, deposit_id)
    if row is None:
        raise DepositNotFoundError()
    return _views(session, [row])[0]


def deposits(session: Session, *, limit: int = 100) -> list[DepositView]:
    """The last ways to the bank, the newest first."""
    newest = select(DepositRow).order_by(col(DepositRow.carried_at).desc(), col(DepositRow.id).desc())
    return _views(session, list(session.exec(newest.limit(limit))))


def on_the_way(session: Session) -> list[DepositView]:
    """What was carried and is on no line of the bank yet, first carried first."""
    held = select(DepositRow).join(WithdrawnRow, col(WithdrawnRow.deposit_id) == col(DepositRow.id), isouter=True)
    rows = session.exec(held.where(col(WithdrawnRow.deposit_id).is_(None)).order_by(col(DepositRow.carried_at)))
    return [one for one in _views(session, list(rows)) if one.state == states.CARRIED]


def _taken(session: Session, deposit_id: UUID, act: str) -> DepositView:
    """A way to the bank with which something is about to be done: nobody else does anything meanwhile."""
    take_turn(session)
    found = deposit(session, deposit_id)
    states.after(states.DEPOSIT, found.state, act)
    return found


def _require(box: BoxView, amount_satang: int) -> None:
    if amount_satang > box.to_carry_satang:
        raise TooMuchCarriedError(box=box.name, amount=format_baht(box.to_carry_satang))


def _views(session: Session, rows: list[DepositRow]) -> list[DepositView]:
    ids = [row.id for row in rows]
    parts: dict[UUID, list[Part]] = {one: [] for one in ids}
    found = session.exec(
        select(DepositPartRow, BoxRow)
        .join(BoxRow, col(BoxRow.id) == col(DepositPartRow.box_id))
        .where(col(DepositPartRow.deposit_id).in_(ids))
        .order_by(col(BoxRow.account))
    ).all()
    for part, box in found:
        parts[part.deposit_id].append(Part(box.id, box.name, box.account, part.amount_satang))
    banked_ones = {
        subject for account in {box.account for _, box in found} for subject in balances.by_subject(session, account)
    }
    withdrawn = {
        one.deposit_id: one for one in session.exec(select(WithdrawnRow).where(col(WithdrawnRow.deposit_id).in_(ids)))
    }
    return [
        _view(row, tuple(parts[row.id]), withdrawn.get(row.id), is_banked=_subject(row) in banked_ones) for row in rows
    ]


def _subject(row: DepositRow) -> str:
    return postings.cash_subject(str(row.id))


def _view(row: DepositRow, parts: tuple[Part, ...], withdrawn: WithdrawnRow | None, *, is_banked: bool) -> DepositView:
    state = states.WITHDRAWN if withdrawn else states.BANKED if is_banked else states.CARRIED
    return DepositView(
        id=row.id,
        account=row.account,
        reference=row.reference,
        has_slip=row.slip_sha256 is not None,
        carried_on=row.carried_on,
        carried_by=row.carried_by,
        carried_at=row.carried_at,
        parts=parts,
        state=state,
        withdrawn_by=withdrawn.withdrawn_by if withdrawn else "",
        withdrawn_because=withdrawn.reason if withdrawn else "",
    )
