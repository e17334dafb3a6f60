"""Whether a PDF is a paper of ours: its signature, the file, its number and code, and the log tell one story.

Knows what can be asked without a database and what needs one; what was not asked is said. Refuses nothing: each
question has its answer.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from sqlmodel import Session

from fund import papers
from fund.assets import VERIFIER
from ledger.errors import NotLoggedError
from ledger.money import format_baht
from receipts import codes, numbering, proofs, queries, signatures
from receipts.errors import ReceiptNotFoundError
from receipts.queries import Receipt

_SECONDS: Final = 30


class Verdict(Enum):
    """What became of a question."""

    TRUE = "true"
    FALSE = "FALSE"
    NOT_ASKED = "not checked"


@dataclass(frozen=True, slots=True)
class Answer:
    """One question about a paper: what was asked, what became of it, and what was found."""

    asked: str
    verdict: Verdict
    found: str


def answers(
    pdf: bytes, session: Session | None, known: Sequence[x509.Certificate], log_key: str = ""
) -> Iterator[Answer]:
    """Each question about a PDF, in the order in which they are told. Raises NotPdfError."""
    attached = signatures.facts_in(pdf)
    yield _signature(pdf, known)
    if session is None:
        yield Answer("number", Verdict.NOT_ASKED, _said(attached) + "; there is no database to ask")
        yield Answer("log", Verdict.NOT_ASKED, "there is no database to ask")
        return
    made = papers.number_of(session, sha256(pdf).hexdigest())
    if attached is None and made is None:
        yield Answer("number", Verdict.NOT_ASKED, "the file holds no facts for programs, and is not one that we kept")
        yield Answer("log", Verdict.NOT_ASKED, "no number is known")
        return
    yield from _registered(session, attached, made, log_key)


def is_true(found: Sequence[Answer]) -> bool:
    """Whether something was found true, and nothing false."""
    verdicts = {one.verdict for one in found}
    return Verdict.TRUE in verdicts and Verdict.FALSE not in verdicts


def _signature(pdf: bytes, known: Sequence[x509.Certificate]) -> Answer:
    found = signatures.of(pdf, known)
    if found is None:
        return Answer("signature", Verdict.NOT_ASKED, "the file is not signed")
    who = f"{found.name} (certificate {found.serial}), {found.at:%Y-%m-%d %H:%M} UTC" if found.at else found.name
    if not found.is_whole:
        return Answer("signature", Verdict.FALSE, f"the file was changed after it was signed by {who}")
    if found.is_known:
        return Answer("signature", Verdict.TRUE, f"signed by {who}; nothing was changed since")
    if known:
        return Answer("signature", Verdict.FALSE, f"signed by {who}, which is no certificate of this fund")
    return Answer("signature", Verdict.NOT_ASKED, f"whole, and signed by {who}: give --certificate to know whose it is")


def _said(attached: dict[str, Any] | None) -> str:
    return f"the file says {attached['number']}" if attached else "the file holds no facts for programs"


def _registered(session: Session, attached: dict[str, Any] | None, made: str | None, log_key: str) -> Iterator[Answer]:
    number = numbering.fold(str(attached["number"])) if attached else made
    try:
        receipt = queries.by_number(session, number or "")
    except ReceiptNotFoundError:
        yield Answer("number", Verdict.FALSE, "no paper of this fund has this number and code")
        return
    if attached is not None and not _is_as_registered(attached, receipt):
        yield Answer("number", Verdict.FALSE, "the file does not say what the register says of its number")
        return
    yield Answer("number", Verdict.TRUE, f"{receipt.number} is in the register and says the same")
    yield _file(receipt, made)
    yield _standing(receipt)
    yield _logged(session, receipt, log_key)


def _is_as_registered(attached: dict[str, Any], receipt: Receipt) -> bool:
    """The donor's own part may be erased by now; what is open is compared to the letter."""
    own = json.loads(receipt.facts.private_part() or b"null")
    return (
        codes.is_same(receipt.check_code, str(attached["check_code"]))
        and attached["facts"] == json.loads(receipt.facts.canonical())
        and (receipt.is_donor_erased or attached.get("private") == own)
    )


def _file(receipt: Receipt, made: str | None) -> Answer:
    if made is None:
        amount, day = format_baht(receipt.facts.amount_satang), receipt.facts.given_on
        found = f"this is no file that we kept: see for yourself that its page says {amount} baht of {day}"
        return Answer("file", Verdict.NOT_ASKED, found)
    is_its_own = made == receipt.number
    found = "byte for byte the file that we kept" if is_its_own else f"this is the file of {made}"
    return Answer("file", Verdict.TRUE if is_its_own else Verdict.FALSE, found)


def _standing(receipt: Receipt) -> Answer:
    if receipt.is_void:
        return Answer("standing", Verdict.FALSE, f"{receipt.number} was voided: it proves nothing any more")
    return Answer("standing", Verdict.TRUE, f"{receipt.number} was not voided")


def _logged(session: Session, receipt: Receipt, log_key: str) -> Answer:
    """The proof of the log, judged by the program that anyone may run."""
    try:
        proof = proofs.receipt_file(session, receipt.number)
    except NotLoggedError:
        return Answer("log", Verdict.NOT_ASKED, "it is not sealed yet: ask again in a minute")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "proof.json"
        path.write_text(proof, encoding="utf-8")
        command = [sys.executable, "-I", str(VERIFIER), str(path), *(["--key", log_key] if log_key else [])]
        status = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode
    if status != 0:
        return Answer("log", Verdict.FALSE, "the log does not prove it: ask for sipbaht verify")
    under = "the key that you gave" if log_key else "the log's own key; give --key to compare it with a published one"
    return Answer("log", Verdict.TRUE, f"it stands in the log, under {under}")
