"""A signed paper: other people's programs accept it, and whatever is done to it afterwards shows."""

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pypdfium2  # type: ignore[import-untyped]
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, pkcs12
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from receipts import render, signatures, signing
from receipts.errors import (
    CertificateExpiredError,
    CertificateNotYetError,
    NotPdfError,
    ReceiptError,
    SigningFileError,
    SigningFileOpenError,
    SigningPasswordError,
)
from receipts.signing import PrivateKey, Signer
from tests.receipts.builders import a_receipt

NOW = datetime.now(UTC)
NAME = "กองทุน 10 บาท ขอนแก่น"


def kept(path: Path, content: bytes) -> Path:
    """A file of its owner's alone."""
    path.write_bytes(content)
    path.chmod(0o600)
    return path


def an_rsa_key(folder: Path) -> Path:
    """A PEM file with an RSA key, and a certificate that an authority of its own issued."""
    above, own = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = certified(above, above, "Root", is_authority=True)
    return kept(folder / "rsa.pem", signing.pem(own, [certified(own, above, NAME, issuer="Root"), root]))


def certified(
    own: PrivateKey, above: PrivateKey, name: str, *, issuer: str = "", is_authority: bool = False
) -> x509.Certificate:
    who, by = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, one)]) for one in (name, issuer or name))
    built = x509.CertificateBuilder(by, who, own.public_key(), x509.random_serial_number())
    dated = built.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    usage = x509.KeyUsage(True, True, False, False, False, is_authority, is_authority, False, False)
    told = dated.add_extension(x509.BasicConstraints(is_authority, None), critical=True)
    return told.add_extension(usage, critical=True).sign(above, hashes.SHA256())


def an_ec_key(folder: Path, *, at: datetime = NOW) -> Path:
    return kept(folder / "ec.pem", signing.self_signed(NAME, days=365, at=at))


@pytest.fixture(scope="module")
def paper() -> bytes:
    return render.receipt_pdf(a_receipt(), address="https://example.org", is_demo=False)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Signer:
    return signing.read(an_ec_key(tmp_path_factory.mktemp("keys")))


@pytest.fixture(scope="module")
def signed(paper: bytes, signer: Signer) -> bytes:
    return signer.sign(paper, at=NOW)


def pdfsig(pdf: bytes, folder: Path) -> str:
    """What poppler says of the signature."""
    path = folder / "signed.pdf"
    path.write_bytes(pdf)
    return subprocess.run(["pdfsig", "-nocert", str(path)], capture_output=True, text=True, check=False).stdout


@pytest.mark.parametrize("key", [an_ec_key, an_rsa_key])
def test_poppler_and_pyhanko_accept_a_signed_paper(paper: bytes, tmp_path: Path, key: Callable[[Path], Path]) -> None:
    signer = signing.read(key(tmp_path))
    pdf = signer.sign(paper, at=NOW)
    found = signatures.of(pdf, signer.chain[-1:])
    assert found and (found.name, found.is_whole, found.is_known) == (NAME, True, True)
    told = pdfsig(pdf, tmp_path)
    assert "Signature is Valid" in told and "Total document signed" in told and "ETSI.CAdES.detached" in told
    assert pdf.startswith(paper)  # what was printed is untouched
    assert len(pypdfium2.PdfDocument(pdf)) == len(pypdfium2.PdfDocument(paper))


def _one_byte(pdf: bytes) -> bytes:
    place = pdf.index(b"stream\n") + 20
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def _appended(pdf: bytes) -> bytes:
    def retitle(writer: IncrementalPdfFileWriter) -> None:
        writer.root["/Lang"] = generic.pdf_string("en")

    return _updated(pdf, retitle)


def _swapped(pdf: bytes) -> bytes:
    """The page's picture taken away by an update, as an editor would do it."""

    def swap(writer: IncrementalPdfFileWriter) -> None:
        page = writer.root["/Pages"]["/Kids"][0]
        page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b""))
        writer.update_container(page)

    return _updated(pdf, swap)


def _updated(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    writer, written = IncrementalPdfFileWriter(BytesIO(pdf)), BytesIO()
    change(writer)
    writer.update_root()  # type: ignore[no-untyped-call]
    writer.write(written)  # type: ignore[no-untyped-call]
    return written.getvalue()


@pytest.mark.parametrize("change", [_one_byte, _appended, _swapped, lambda pdf: pdf + b"% more\n"])
def test_whatever_is_changed_after_signing_shows(
    signed: bytes, signer: Signer, change: Callable[[bytes], bytes]
) -> None:
    found = signatures.of(change(signed), signer.chain)
    assert found and not found.is_whole and not found.is_known


def test_the_same_look_finds_an_untouched_paper_whole(signed: bytes, paper: bytes, signer: Signer) -> None:
    """The control of the one above; and what was never signed has no signature."""
    found = signatures.of(signed, signer.chain)
    assert found and found.is_whole and found.is_known
    assert signatures.of(paper, signer.chain) is None


def test_another_ones_signature_is_whole_and_not_known(signed: bytes, tmp_path: Path) -> None:
    other = signing.read(an_ec_key(tmp_path))
    found = signatures.of(signed, other.chain)
    assert found and found.is_whole and not found.is_known


def test_what_is_no_pdf_is_refused(signed: bytes) -> None:
    for content in (b"", b"%PDF-1.7\n", b"\x89PNG", signed[:2000]):
        with pytest.raises(NotPdfError):
            signatures.of(content, ())


def test_a_key_is_read_from_pkcs12_and_pem_with_their_password(tmp_path: Path) -> None:
    plain = signing.read(an_ec_key(tmp_path))
    key, own = plain.hand._key, plain.chain[0]
    locked = BestAvailableEncryption(b"secret")
    files = {
        "one.p12": pkcs12.serialize_key_and_certificates(b"key", key, own, None, locked),
        "one.pem": signing.pem(key, [own], b"secret"),
    }
    for name, content in files.items():
        path = kept(tmp_path / name, content)
        assert signing.read(path, b"secret").chain == plain.chain
        for password in (b"wrong", None):
            with pytest.raises(SigningPasswordError):
                signing.read(path, password)


def test_a_file_without_a_key_of_its_certificate_is_refused(tmp_path: Path) -> None:
    one, other = (signing.read(an_ec_key(tmp_path)) for _ in range(2))
    alone = signing.pem(one.hand._key, [])
    strange = ed25519.Ed25519PrivateKey.generate()
    contents = [
        b"not a key",
        b"-----BEGIN NOTHING-----\n",
        alone,
        signing.pem(one.hand._key, other.chain),
        b"".join(cert.public_bytes(Encoding.PEM) for cert in one.chain),
        signing.pem(strange, one.chain),  # type: ignore[arg-type]
    ]
    for content in contents:
        with pytest.raises(SigningFileError):
            signing.read(kept(tmp_path / "file", content))


def test_a_key_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = an_ec_key(tmp_path)
    path.chmod(0o640)
    with pytest.raises(SigningFileOpenError):
        signing.read(path)


@pytest.mark.parametrize(
    ("made", "refusal"),
    [(NOW - timedelta(days=366), CertificateExpiredError), (NOW + timedelta(days=1), CertificateNotYetError)],
)
def test_outside_its_days_a_certificate_signs_nothing(
    tmp_path: Path, made: datetime, refusal: type[ReceiptError]
) -> None:
    signer = signing.read(an_ec_key(tmp_path, at=made))
    with pytest.raises(refusal, match=NAME):
        signer.sign(b"%PDF", at=NOW)
