"""Receipts and voids as leaves of the ledger's log: each row once, all of it, the donor's part as its salted digest.

Knows which columns are shown as they are, and which by their digest: the codes that open and check a receipt are
secret, its facts are long and lie open beside a proof.
"""

from typing import Final

from ledger.leaves import Stamped

RECEIPTS: Final = Stamped(
    "receipt",
    "receipts_receipt",
    "number",
    columns=(
        *("book", "kind", "fiscal_year", "running", "follows"),
        *("proves", "replaces", "private_digest", "issued_at"),
    ),
    hashed=("facts", "token", "check_code"),
)
VOIDS: Final = Stamped("void", "receipts_void", "number", columns=("reason", "voided_by", "voided_at"))
