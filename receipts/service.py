"""What is done with receipts: issue, void, open with the token, check with the printed code.

Knows that a number is only given together with its facts, in the caller's transaction. Refuses to say whether
a number exists: an unknown number and a wrong code have one answer.
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ledger.identifiers import new_id
from receipts import codes, donors, kinds, numbering, queries
from receipts.donors import DonorPart
from receipts.errors import AlreadyIssuedError, AlreadyVoidError, ReceiptNotFoundError, VoidReasonError
from receipts.facts import LONGEST_TEXT, Facts
from receipts.models import PrivateRow, ReceiptRow, VoidRow
from receipts.numbering import Series
from receipts.queries import Receipt

_NOBODYS_CODE = codes.new_code()
_ONE_RECEIPT = re.compile(r"receipts_receipt_(first|replaces)\b|ledger:receipt")


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """What anyone who holds a paper may have confirmed, and nothing else. `facts` are told of open kinds alone."""

    number: str
    kind: str
    amount_satang: int
    issued_on: date
    given_on: date
    is_void: bool
    facts: Any = None


def issue(session: Session, facts: Facts, *, proves: UUID) -> Receipt:
    """Give the next number of its series to a receipt that proves the ledger entry `proves`.

    Raises AlreadyIssuedError if one does already.
    """
    return issue_many(session, [(facts, proves)])[0]


def replace(session: Session, number: str, facts: Facts, *, reason: str, by: str) -> Receipt:
    """Void a receipt and issue another for the same ledger entry in its place."""
    old = queries.by_number(session, number)
    if not old.is_void:
        void(session, number, reason=reason, by=by)
    return _issue(session, [(facts, old.proves, number, old.owner)])[0]


def issue_many(
    session: Session, wanted: Sequence[tuple[Facts, UUID]], *, owners: Mapping[UUID, UUID] | None = None
) -> list[Receipt]:
    """Issue many receipts, in their order, taking one block of numbers from each series.

    `owners` says by entry whose the donor's part is; one that is not named there is its own.
    """
    known = owners or {}
    return _issue(session, [(facts, proves, None, known.get(proves)) for facts, proves in wanted])


def _issue(session: Session, wanted: Sequence[tuple[Facts, UUID, str | None, UUID | None]]) -> list[Receipt]:
    if not wanted:
        return []
    runnings = _take_blocks(session, [kinds.series_of(facts) for facts, *_ in wanted])
    issued_at = datetime.now(UTC)
    issued = [_drawn_up(*one, running, issued_at) for one, running in zip(wanted, runnings, strict=True)]
    parts = {one.number: donors.drawn(one.facts.private_part()) for one in issued if one.owner}
    connection = session.connection()
    try:
        connection.execute(insert(ReceiptRow), [_row(receipt, parts.get(receipt.number)) for receipt in issued])
    except IntegrityError as refusal:
        if _ONE_RECEIPT.search(str(refusal.orig)):
            raise AlreadyIssuedError() from refusal
        raise
    owned = [(one.number, one.owner, parts[one.number]) for one in issued if one.owner]
    if owned:
        connection.execute(insert(PrivateRow), donors.closed(session, owned))
    return issued


def void(session: Session, number: str, *, reason: str, by: str) -> None:
    """Take back a receipt's proof; its number, facts and paper stay."""
    void_many(session, [number], reason=reason, by=by)


def void_many(session: Session, numbers: Sequence[str], *, reason: str, by: str) -> None:
    """Take back the proof of receipts, for one reason: all or none."""
    if not 0 < len(reason.strip()) <= LONGEST_TEXT:
        raise VoidReasonError()
    if len(queries.among(session, ReceiptRow, numbers)) < len(set(numbers)):
        raise ReceiptNotFoundError()
    if void := queries.among(session, VoidRow, numbers):
        raise AlreadyVoidError(number=min(void))
    at = datetime.now(UTC)
    session.add_all(VoidRow(number=one, reason=reason.strip(), voided_by=by, voided_at=at) for one in numbers)
    try:
        session.flush()
    except IntegrityError as refusal:  # somebody else voided one since we looked
        raise AlreadyVoidError(number=numbers[0]) from refusal


def open_receipt(session: Session, number: str, token: str) -> Receipt:
    """The whole receipt, for whoever has its token. Raises ReceiptNotFoundError, the same for every miss."""
    row = session.get(ReceiptRow, numbering.fold(number))
    if not codes.is_same(row.token if row else _NOBODYS_CODE, token) or row is None:
        raise ReceiptNotFoundError()
    return queries.by_number(session, row.number)


def check(session: Session, number: str, check_code: str) -> CheckedReceipt:
    """Whether amount and dates of a paper are genuine. Raises ReceiptNotFoundError, the same for every miss."""
    row = session.get(ReceiptRow, numbering.fold(number))
    if not codes.is_same(row.check_code if row else _NOBODYS_CODE, check_code) or row is None:
        raise ReceiptNotFoundError()
    facts = kinds.from_canonical(row.facts.encode())
    return CheckedReceipt(
        number=row.number,
        kind=facts.kind,
        amount_satang=facts.amount_satang,
        issued_on=facts.issued_on,
        given_on=facts.given_on,
        is_void=session.get(VoidRow, row.number) is not None,
        facts=facts.without_private() if kinds.of(facts.kind).is_open else None,
    )


def _take_blocks(session: Session, wanted: Sequence[Series]) -> list[int]:
    """A running number for each place in `wanted`. Series are locked in one order, so that nobody deadlocks."""
    places: dict[Series, list[int]] = defaultdict(list)
    for place, series in enumerate(wanted):
        places[series].append(place)
    runnings = [0] * len(wanted)
    for series in sorted(places):
        block = numbering.take(session, series, len(places[series]))
        for place, running in zip(places[series], block, strict=True):
            runnings[place] = running
    return runnings


def _drawn_up(
    facts: Facts, proves: UUID, replaces: str | None, owner: UUID | None, running: int, issued_at: datetime
) -> Receipt:
    return Receipt(
        number=kinds.series_of(facts).number(running),
        running=running,
        token=codes.new_code(),
        check_code=codes.new_code(),
        facts=facts,
        proves=proves,
        issued_at=issued_at,
        replaces=replaces,
        owner=(owner or new_id()) if facts.private_part() else None,
    )


def _row(receipt: Receipt, part: DonorPart | None) -> dict[str, Any]:
    facts = receipt.facts
    return {
        "number": receipt.number,
        "book": facts.book,
        "kind": facts.kind,
        "fiscal_year": facts.fiscal_year,
        "running": receipt.running,
        "follows": receipt.running - 1 or None,
        "proves": receipt.proves,
        "replaces": receipt.replaces,
        "facts": facts.canonical().decode(),
        "private_digest": part.digest() if part else None,
        "token": receipt.token,
        "check_code": receipt.check_code,
        "issued_at": receipt.issued_at,
    }
