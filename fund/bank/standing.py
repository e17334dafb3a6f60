"""What stands: the matches that nobody took back, and the money that, by them, is still due to leave or to return.

Knows refunds decided and not paid, refunds paid that a bank may return, transfers on their way between our own
accounts, and unidentified money that may go back to its sender. Changes nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select as select_from
from sqlmodel import Session, col, select

from fund import postings
from fund.bank import granted, payers
from fund.bank.models import InboxRow, LineRow, MatchRow, PayerRow, UndoneRow
from fund.bank.moves import ExpectedOut
from fund.bank.told import queries as told
from fund.donations import refunds
from fund.donations.refunds import RefundView

UNIDENTIFIED: Final = "unidentified"
LEFT, CAME_BACK, SENT_BACK, RETURNED = "refund-left", "refund-came-back", "sent-back", "returned"
TRANSFER_LEFT, TRANSFER_ARRIVED = "transfer-left", "transfer-arrived"
TRANSFER: Final = "transfer:"
SENDER: Final = "unidentified:"


@dataclass(frozen=True, slots=True)
class Standing:
    """A match that nobody took back."""

    id: UUID
    line_id: UUID
    kind: str
    entry_id: UUID
    donation_id: UUID | None
    about: str


def of_lines(session: Session, line_ids: Collection[UUID]) -> list[Standing]:
    """The matches that stand for these lines, first made first."""
    return _standing(session, MatchRow.line_id, line_ids)


def of_entries(session: Session, entry_ids: Collection[UUID]) -> list[Standing]:
    """The matches that stand by these entries."""
    return _standing(session, MatchRow.entry_id, entry_ids)


def about(session: Session, subjects: Collection[str]) -> list[Standing]:
    """The matches that stand about the same refunds and transfers."""
    return _standing(session, MatchRow.about, {subject for subject in subjects if subject})


def expected(
    session: Session, amounts: Collection[int], payees: Collection[bytes | None], waiting: Collection[int]
) -> Mapping[int, Sequence[ExpectedOut]]:
    """What is due, by its amount (+ in), as far as lines of these amounts and payees could be it.

    `waiting`: the amounts of lines that wait for a person.
    """
    found: dict[int, list[ExpectedOut]] = defaultdict(list)
    every = (*_refunds(session), *_transfers(session), *_returns(session, amounts, payees))
    for move in (*every, *granted.expected(session, amounts, waiting)):
        if move.amount_satang in amounts:
            found[move.amount_satang].append(move)
    return found


def line_of_gift(session: Session, donation_id: UUID) -> UUID | None:
    """The line that brought a gift's money; None where no line tells of it."""
    matched = select(MatchRow.line_id).where(MatchRow.donation_id == donation_id)
    return session.exec(matched.order_by(col(MatchRow.id).desc()).limit(1)).first()


def _standing(session: Session, column: object, values: Collection[object]) -> list[Standing]:
    if not values:
        return []
    names = Standing.__dataclass_fields__
    rows = session.execute(
        select_from(*(getattr(MatchRow, name) for name in names))
        .join(UndoneRow, col(UndoneRow.match_id) == col(MatchRow.id), isouter=True)
        .where(col(column).in_(values), col(UndoneRow.match_id).is_(None))
        .order_by(col(MatchRow.id))
    )
    return [Standing(*row) for row in rows]


def _refunds(session: Session) -> Iterator[ExpectedOut]:
    """Refunds decided: due to leave until they have left, and while they may still come back."""
    decided = refunds.decided(session)
    if not decided:
        return
    lines = _lines_of(session, decided)
    digests = payers.of_lines(session, lines.values())
    balance: dict[str, int] = defaultdict(int)
    for one in about(session, [postings.refund_subject(str(one.donation_id)) for one in decided]):
        balance[one.about] += 1 if one.kind == LEFT else -1
    for refund in decided:
        subject = postings.refund_subject(str(refund.donation_id))
        line_id = lines.get(refund.money_identity[: postings.IDENTITY_LENGTH])
        payee = digests.get(line_id) if line_id else None  # confirmed by the bank, and no line has come yet
        kind, amount = (CAME_BACK, refund.amount_satang) if balance[subject] > 0 else (LEFT, -refund.amount_satang)
        yield ExpectedOut(kind, subject, amount, refund.decided_on, payee, refund.reference)


def _lines_of(session: Session, decided: Sequence[RefundView]) -> dict[str, UUID]:
    """The lines that brought the money, by its identity."""
    identities = {one.money_identity[: postings.IDENTITY_LENGTH] for one in decided}
    known = session.exec(select(LineRow.identity, LineRow.id).where(col(LineRow.identity).in_(identities))).all()
    return {**dict(known), **told.lines_of(session, identities)}


def _transfers(session: Session) -> Iterator[ExpectedOut]:
    """What has left one of our accounts for another and has not arrived."""
    rows = session.execute(
        select_from(col(MatchRow.about), col(MatchRow.kind), col(LineRow.account), col(LineRow.amount_satang),
                    col(LineRow.occurred_on))
        .join(LineRow, col(LineRow.id) == col(MatchRow.line_id))
        .join(UndoneRow, col(UndoneRow.match_id) == col(MatchRow.id), isouter=True)
        .where(col(MatchRow.about).startswith(TRANSFER), col(MatchRow.about) != "", col(UndoneRow.match_id).is_(None))
    ).all()  # fmt: skip
    arrived = {row.about for row in rows if row.kind == TRANSFER_ARRIVED}
    for row in rows:
        if row.about not in arrived:
            due: date = row.occurred_on
            yield ExpectedOut(TRANSFER_ARRIVED, row.about, -row.amount_satang, due, leaves=row.account)


def _returns(session: Session, amounts: Collection[int], payees: Collection[bytes | None]) -> Iterator[ExpectedOut]:
    """Unidentified money of those to whom as much went out: it may have been sent back."""
    known = {payee for payee in payees if payee is not None}
    if not known:
        return
    rows = session.execute(
        select_from(col(InboxRow.line_id), col(InboxRow.account), col(InboxRow.amount_satang), col(LineRow.occurred_on),
                    col(PayerRow.payer_index))
        .join(LineRow, col(LineRow.id) == col(InboxRow.line_id))
        .join(PayerRow, col(PayerRow.line_id) == col(InboxRow.line_id))
        .where(
            col(PayerRow.payer_index).in_(known),
            col(InboxRow.is_booked).is_(True),
            col(InboxRow.amount_satang).in_({-amount for amount in amounts if amount < 0}),
        )
    )  # fmt: skip
    for row in rows:
        subject = f"{SENDER}{row.line_id}"
        yield ExpectedOut(SENT_BACK, subject, -row.amount_satang, row.occurred_on, row.payer_index, account=row.account)
