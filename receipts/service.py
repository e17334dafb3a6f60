"""What is done with receipts: issue, void, open with the token, check with the printed code.

Knows that a number is only given together with its facts, in the caller's transaction. Refuses to say whether
a number exists: an unknown number and a wrong code have one answer.
"""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert
from sqlmodel import Session

from receipts import codes, numbering, queries
from receipts.errors import AlreadyVoidError, ReceiptNotFoundError, VoidReasonError
from receipts.facts import LONGEST_TEXT, ReceiptFacts, private_digest
from receipts.models import PrivateRow, ReceiptRow, VoidRow
from receipts.numbering import Series
from receipts.queries import Receipt

_NOBODYS_CODE = codes.new_code()


@dataclass(frozen=True, slots=True)
class CheckedReceipt:
    """What anyone who holds a receipt may have confirmed, and nothing else."""

    number: str
    amount_satang: int
    issued_on: date
    given_on: date
    is_void: bool


def issue(session: Session, facts: ReceiptFacts, *, proves: UUID) -> Receipt:
    """Give the next number of its series to a receipt that proves the ledger entry `proves`."""
    return issue_many(session, [(facts, proves)])[0]


def issue_many(session: Session, wanted: Sequence[tuple[ReceiptFacts, UUID]]) -> list[Receipt]:
    """Issue many receipts, in their order, taking one block of numbers from each series."""
    if not wanted:
        return []
    runnings = _take_blocks(session, [facts.series() for facts, _ in wanted])
    issued_at = datetime.now(UTC)
    issued = [
        _drawn_up(facts, proves, running, issued_at) for (facts, proves), running in zip(wanted, runnings, strict=True)
    ]
    private_rows = [_private_row(receipt) for receipt in issued if receipt.facts.donor_name]
    digests = {row["number"]: _digest_of(row) for row in private_rows}
    connection = session.connection()
    connection.execute(insert(ReceiptRow), [_row(receipt, digests.get(receipt.number)) for receipt in issued])
    if private_rows:
        connection.execute(insert(PrivateRow), private_rows)
    return issued


def void(session: Session, number: str, *, reason: str, by: str) -> None:
    """Take back a receipt's proof; its number, facts and paper stay."""
    if not 0 < len(reason.strip()) <= LONGEST_TEXT:
        raise VoidReasonError()
    session.get(ReceiptRow, number, with_for_update={"key_share": True})  # two who void it come one after the other
    if queries.by_number(session, number).is_void:
        raise AlreadyVoidError(number=number)
    session.add(VoidRow(number=number, reason=reason.strip(), voided_by=by, voided_at=datetime.now(UTC)))
    session.flush()


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
    facts = ReceiptFacts.from_canonical(row.facts.encode())
    is_void = session.get(VoidRow, row.number) is not None
    return CheckedReceipt(row.number, facts.amount_satang, facts.issued_on, facts.given_on, is_void)


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


def _drawn_up(facts: ReceiptFacts, proves: UUID, running: int, issued_at: datetime) -> Receipt:
    return Receipt(
        number=facts.series().number(running),
        running=running,
        token=codes.new_code(),
        check_code=codes.new_code(),
        facts=facts,
        proves=proves,
        issued_at=issued_at,
    )


def _row(receipt: Receipt, digest: str | None) -> dict[str, Any]:
    facts = receipt.facts
    return {
        "number": receipt.number,
        "book": facts.book,
        "kind": facts.kind,
        "fiscal_year": facts.fiscal_year,
        "running": receipt.running,
        "follows": receipt.running - 1 or None,
        "proves": receipt.proves,
        "facts": facts.canonical().decode(),
        "private_digest": digest,
        "token": receipt.token,
        "check_code": receipt.check_code,
        "issued_at": receipt.issued_at,
    }


def _private_row(receipt: Receipt) -> dict[str, str]:
    return {
        "number": receipt.number,
        "nonce": secrets.token_hex(16),
        "content": receipt.facts.private_part().decode(),
    }


def _digest_of(row: dict[str, str]) -> str:
    return private_digest(bytes.fromhex(row["nonce"]), row["content"].encode())
