"""What a PDF says of itself: whose signature it bears, whether anything was changed since, and the facts attached.

Knows that a paper has one signature, made last, over the whole file. Refuses to call a file whole that was appended
to, whatever was appended: our papers are never changed.
"""

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from receipts.errors import NotPdfError

LARGEST_FACTS: Final = 1 << 20
_MAY_SIGN: Final = KeyUsageConstraints(
    key_usage={"digital_signature", "non_repudiation"}, match_all_key_usages=False
)  # what certificates for papers are issued for differs from issuer to issuer


@dataclass(frozen=True, slots=True)
class Signature:
    """A PDF's signature. `is_whole`: not a byte of the file was changed or added since.

    `is_known`: one of the certificates that were given signed it, or one that leads to them, while it was valid.
    """

    name: str
    serial: str
    at: datetime | None
    is_whole: bool
    is_known: bool


def of(pdf: bytes, known: Sequence[x509.Certificate]) -> Signature | None:
    """The last signature of a PDF; None where it has none. Raises NotPdfError."""
    with _opened(pdf) as reader:
        found = reader.embedded_signatures
        return _told(found[-1], known) if found else None


def facts_in(pdf: bytes) -> dict[str, Any] | None:
    """The facts that are attached to a paper for programs; None where there are none. Raises NotPdfError."""
    with _opened(pdf) as reader:
        catalogue = reader.root
        for place in range(len(catalogue["/AF"]) if "/AF" in catalogue else 0):  # a loop over it yields references
            content = catalogue["/AF"][place]["/EF"]["/F"].data
            known = json.loads(content) if len(content) <= LARGEST_FACTS else None
            if isinstance(known, dict) and {"number", "check_code", "facts"} <= known.keys():
                return known
    return None


@contextmanager
def _opened(pdf: bytes) -> Iterator[PdfFileReader]:
    """A reader whose complaints are ours to make: whatever it trips over, this is no paper of ours."""
    logger = logging.getLogger("pyhanko")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield PdfFileReader(BytesIO(pdf), strict=False)
    except Exception as broken:  # a hostile file may trip the reader anywhere
        raise NotPdfError() from broken
    finally:
        logger.setLevel(level)


def _told(signature: EmbeddedPdfSignature, known: Sequence[x509.Certificate]) -> Signature:
    at = signature.self_reported_timestamp
    roots = [asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in known]
    context = ValidationContext(trust_roots=roots, moment=at, best_signature_time=at)
    status = validate_pdf_signature(signature, context, key_usage_settings=_MAY_SIGN)
    own = status.signing_cert
    is_whole = status.intact and status.valid and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return Signature(
        name=str(own.subject.native.get("common_name", own.subject.human_friendly)),
        serial=f"{own.serial_number:x}",
        at=at,
        is_whole=is_whole,
        is_known=is_whole and status.trusted,
    )
