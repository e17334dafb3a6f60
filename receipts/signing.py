"""The key and certificate that papers are signed with: an invisible PAdES signature (B-B) over a finished PDF.

Knows PKCS#12 and PEM files with an RSA or EC key and its chain. Refuses a file without a key or its certificate, a
wrong password, a file that others may read, and a certificate on a day on which it is not valid.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import fields, signers
from pyhanko.sign.signers.pdf_signer import PdfSignatureMetadata
from pyhanko_certvalidator.registry import SimpleCertificateStore

from receipts.errors import (
    CertificateExpiredError,
    CertificateNotYetError,
    SigningFileError,
    SigningFileOpenError,
    SigningPasswordError,
)

FIELD: Final = "Signature"
HASH: Final = "sha256"
LONGEST_NAME: Final = 64
"""Bytes of a certificate's common name (X.520)."""

_ROOM_FOR_ATTRIBUTES: Final = 4096

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class _KeptKey(signers.Signer):
    """Signs with a key that was read once."""

    def __init__(self, key: PrivateKey, chain: Sequence[x509.Certificate]) -> None:
        self._key = key
        own, *above = [asn1.Certificate.load(one.public_bytes(Encoding.DER)) for one in chain]
        super().__init__(signing_cert=own, cert_registry=SimpleCertificateStore.from_certs(above))  # type: ignore[no-untyped-call]

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """The bare signature of the signed attributes."""
        assert digest_algorithm == HASH
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(data, ec.ECDSA(hashes.SHA256()))


@dataclass(frozen=True)
class Signer:
    """A key with its certificate and what leads up from it, its own first."""

    chain: tuple[x509.Certificate, ...]
    hand: Any

    @property
    def name(self) -> str:
        """Whose certificate it is."""
        return name_of(self.chain[0])

    @property
    def valid_until(self) -> datetime:
        """The last moment on which it may sign."""
        return self.chain[0].not_valid_after_utc

    def require_valid(self, at: datetime) -> None:
        """Refuse to sign outside the certificate's days. Raises CertificateExpiredError, CertificateNotYetError."""
        own = self.chain[0]
        if at > own.not_valid_after_utc:
            raise CertificateExpiredError(name=self.name, day=own.not_valid_after_utc.date())
        if at < own.not_valid_before_utc:
            raise CertificateNotYetError(name=self.name, day=own.not_valid_before_utc.date())

    def sign(self, pdf: bytes, *, at: datetime) -> bytes:
        """The same PDF with a signature appended: nothing before it is touched. Raises as `require_valid`."""
        self.require_valid(at)
        room = 2 * (_ROOM_FOR_ATTRIBUTES + sum(len(one.public_bytes(Encoding.DER)) for one in self.chain))
        said = PdfSignatureMetadata(
            field_name=FIELD, md_algorithm=HASH, subfilter=fields.SigSeedSubFilter.PADES, name=self.name
        )
        field = fields.SigFieldSpec(
            FIELD,
            invis_sig_settings=fields.InvisSigSettings(box_out_of_bounds=True),
            readable_field_name="ลายเซ็นอิเล็กทรอนิกส์ / Electronic signature",
        )
        pen = signers.PdfSigner(said, self.hand, new_field_spec=field)
        signed = pen.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), bytes_reserved=room)
        return bytes(signed.getvalue())


def read(path: Path, password: bytes | None = None) -> Signer:
    """The key and its chain in a file.

    Raises SigningFileError, SigningFileOpenError, SigningPasswordError, and OSError where there is no file.
    """
    if path.stat().st_mode & 0o077:
        raise SigningFileOpenError(path=path)
    content = path.read_bytes()
    try:
        key, found = _from_pem(content, password) if b"-----BEGIN" in content else _from_pkcs12(content, password)
    except TypeError as wrong:  # a key that needs a password and got none, or the other way round
        raise SigningPasswordError(path=path) from wrong
    except ValueError as wrong:
        raise _why(wrong, path) from wrong
    if not isinstance(key, PrivateKey):
        raise SigningFileError(path=path)
    own = [one for one in found if one.public_key() == key.public_key()]
    if not own:
        raise SigningFileError(path=path)
    chain = (own[0], *(one for one in found if one != own[0]))
    return Signer(chain, _KeptKey(key, chain))


def self_signed(name: str, *, days: int, at: datetime) -> bytes:
    """A new EC key (P-256) with a certificate that nobody but itself vouches for, as one PEM file."""
    key = ec.generate_private_key(ec.SECP256R1())
    fits = name.encode()[:LONGEST_NAME].decode(errors="ignore")
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, fits)])
    usage = {"digital_signature": True, "content_commitment": True}
    unused = ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign")
    made = (
        x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        .not_valid_before(at.astimezone(UTC) - timedelta(minutes=1))
        .not_valid_after(at.astimezone(UTC) + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(**usage, **dict.fromkeys((*unused, "encipher_only", "decipher_only"), False)), critical=True
        )
        .sign(key, hashes.SHA256())
    )
    return pem(key, [made])


def pem(key: PrivateKey, chain: Iterable[x509.Certificate], password: bytes | None = None) -> bytes:
    """A key and its chain as one PEM file."""
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    own = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    return own + b"".join(one.public_bytes(Encoding.PEM) for one in chain)


def name_of(certificate: x509.Certificate) -> str:
    """What a certificate calls whose it is, or all it says of them."""
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else certificate.subject.rfc4514_string()


def _from_pem(content: bytes, password: bytes | None) -> tuple[Any, list[x509.Certificate]]:
    return load_pem_private_key(content, password), x509.load_pem_x509_certificates(content)


def _from_pkcs12(content: bytes, password: bytes | None) -> tuple[Any, list[x509.Certificate]]:
    key, own, above = pkcs12.load_key_and_certificates(content, password)
    return key, [one for one in (own, *above) if one]


def _why(wrong: ValueError, path: Path) -> SigningFileError | SigningPasswordError:
    """A wrong password, or another file: the library has one class for both."""
    said = str(wrong).lower()
    return SigningPasswordError(path=path) if "password" in said or "decrypt" in said else SigningFileError(path=path)
