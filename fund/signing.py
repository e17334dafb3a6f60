"""What this fund's papers are signed with: the settings' key, and the certificates that were ever used.

Knows that a key is read once by each process. Refuses to begin with a certificate that cannot sign today. Without a
signing file papers are not signed.
"""

from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from sqlmodel import Field, Session, SQLModel, col, select

from fund import audit, clock
from fund.audit import Actor
from fund.db import Database
from fund.errors import StateError
from fund.folders import write_whole
from fund.settings import Settings
from ledger.columns import Instant
from receipts import signing
from receipts.signing import Signer

ENDS_SOON: Final = timedelta(days=30)
OWN_DAYS: Final = 365
DEMONSTRATION: Final = "DEMONSTRATION"


class SigningFileThereError(StateError):
    message = "There is a signing file already: {path}. Move it away first."


class CertificateRow(SQLModel, table=True):
    """A certificate that papers were signed with. It is public; papers are checked against it for ever."""

    __tablename__ = "fund_certificate"
    fingerprint: str = Field(primary_key=True)
    name: str
    certificate: str
    valid_until: datetime = Field(sa_type=Instant)
    first_used_at: datetime = Field(sa_type=Instant)


def signed(settings: Settings, pdf: bytes) -> bytes:
    """A finished paper with our signature; as it is where there is no signing file. Raises what `Signer.sign` does."""
    signer = of(settings)
    return signer.sign(pdf, at=clock.now()) if signer else pdf


def of(settings: Settings) -> Signer | None:
    """The key of this process; None where there is none. Raises what `receipts.signing.read` does."""
    path = settings.signing_path
    return _read(path, settings.signing_password_file) if path else None


def begin(database: Database, settings: Settings, *, by: Actor) -> None:
    """Read the key before anything is signed, refuse one that cannot sign today, and note its certificate."""
    signer = of(settings)
    if signer is None:
        return
    signer.require_valid(clock.now())
    own = signer.chain[0]
    fingerprint = own.fingerprint(hashes.SHA256()).hex()
    with database.write() as session:
        if session.get(CertificateRow, fingerprint) is None:
            text = own.public_bytes(Encoding.PEM).decode()
            session.add(
                CertificateRow(
                    fingerprint=fingerprint,
                    name=signer.name,
                    certificate=text,
                    valid_until=signer.valid_until,
                    first_used_at=clock.now(),
                )
            )
            audit.record(session, by, "certificate.used", fingerprint)


def make_own(path: Path, name: str) -> None:
    """Put a new key with a certificate that only itself vouches for into a file. Raises SigningFileThereError."""
    if path.exists():
        raise SigningFileThereError(path=path)
    write_whole(path, signing.self_signed(name, days=OWN_DAYS, at=clock.now()), 0o600)


def last(session: Session) -> CertificateRow | None:
    """The certificate that was taken into use last; None where papers were never signed."""
    return session.exec(select(CertificateRow).order_by(col(CertificateRow.first_used_at).desc()).limit(1)).first()


def names(session: Session) -> list[str]:
    """Whose certificates papers were signed with, and each one's number, as a PDF's reader shows them."""
    return [f"{signing.name_of(one)} · {one.serial_number:x}" for one in known(session)]


def known(session: Session) -> list[x509.Certificate]:
    """Every certificate that papers were signed with, the last one first."""
    rows = session.exec(select(CertificateRow).order_by(col(CertificateRow.first_used_at).desc()))
    return [x509.load_pem_x509_certificate(row.certificate.encode()) for row in rows]


@lru_cache(maxsize=8)
def _read(path: Path, password_file: str) -> Signer:
    password = Path(password_file).read_bytes().rstrip(b"\r\n") if password_file else None
    return signing.read(path, password)
