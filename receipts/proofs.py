"""The proof file of a receipt: that it stands in the log, with the entry that it proves, under one signed head.

Knows which leaves belong together. Refuses to prove what is not under a signed head yet.
"""

from collections.abc import Iterator

from sqlmodel import Session

from ledger import leaves
from ledger.proofs import Opened, Shown, inclusion_file
from receipts import queries
from receipts.leaves import RECEIPTS, VOIDS


def receipt_file(session: Session, number: str, *, with_donor: bool = False) -> str:
    """The proof file of a receipt, for `verify_receipt.py`: the receipt and its facts, its entry, its void if any.

    `with_donor` opens the donor's own part: only for who holds the receipt. Raises ReceiptNotFoundError and, until
    receipt, entry and void are sealed (a second after they are written), NotLoggedError.
    """
    return inclusion_file(session, *_shown(session, number, with_donor=with_donor))


def _shown(session: Session, number: str, *, with_donor: bool) -> Iterator[Shown]:
    receipt = queries.by_number(session, number)
    opened = [Opened("facts", receipt.facts.canonical())]
    part = queries.donor_part(session, number) if with_donor else None
    if part is not None:
        opened.append(Opened("private_digest", part.content, part.nonce))
    yield Shown(RECEIPTS.kind, number, tuple(opened))
    yield Shown(leaves.ENTRY, str(receipt.proves))
    if receipt.is_void:
        yield Shown(VOIDS.kind, number)
