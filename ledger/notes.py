"""Signed notes: a tree head as a few lines of text that anybody can keep, print and check (C2SP's checkpoint).

Knows the text that is signed, the keys and how they are written down. Refuses a key or a note that is not one.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ledger.errors import LogKeyError

_ORIGIN = re.compile(r"[!-*,-~]{1,100}", re.ASCII)
_ED25519: Final = b"\1"
_PRIVATE: Final = "PRIVATE+KEY+"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """The key that checks a log's heads, with the log's own name for itself (`origin`, such as a host and path)."""

    origin: str
    public: bytes

    def __post_init__(self) -> None:
        if not _ORIGIN.fullmatch(self.origin) or len(self.public) != 32:
            raise LogKeyError()

    @property
    def id(self) -> str:
        """The eight hexadecimal digits by which notes name the key."""
        return _hint(self).hex()

    def text(self) -> str:
        """`origin+id+base64`, as it is published."""
        return f"{self.origin}+{self.id}+{_base64(_ED25519 + self.public)}"

    def verifies(self, text: str, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """The sealer's key, of 32 secret bytes. Whoever has it can sign another history: it lives outside the database."""

    origin: str
    seed: bytes

    def __post_init__(self) -> None:
        if len(self.seed) != 32:
            raise LogKeyError()
        PublicKey(self.origin, b"\0" * 32)  # refuses a name that is none

    @property
    def public(self) -> PublicKey:
        """The half that is published."""
        return PublicKey(self.origin, self._private().public_key().public_bytes_raw())

    def sign(self, text: str) -> bytes:
        """The signature of a text, 64 bytes."""
        return self._private().sign(text.encode())

    def text(self) -> str:
        """`PRIVATE+KEY+origin+id+base64`, as it is kept in a file of its own."""
        return f"{_PRIVATE}{self.origin}+{self.public.id}+{_base64(_ED25519 + self.seed)}"

    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self.seed)


def new_key(origin: str) -> SigningKey:
    """A fresh key for the log of this name. Raises LogKeyError for a name with spaces, `+` or other letters."""
    return SigningKey(origin, Ed25519PrivateKey.generate().private_bytes_raw())


def parse_public_key(text: str) -> PublicKey:
    """Read what `PublicKey.text` wrote. Raises LogKeyError."""
    key = PublicKey(*_parts(text))
    if key.text() != text:
        raise LogKeyError()
    return key


def parse_signing_key(text: str) -> SigningKey:
    """Read what `SigningKey.text` wrote. Raises LogKeyError."""
    if not text.startswith(_PRIVATE):
        raise LogKeyError()
    key = SigningKey(*_parts(text.removeprefix(_PRIVATE)))
    if key.text() != text:
        raise LogKeyError()
    return key


def checkpoint(origin: str, size: int, root: bytes, *, follows: int, signed_at: datetime) -> str:
    """The text of a tree head that is signed: origin, size, root, then the size before it and the moment."""
    moment = signed_at.astimezone(UTC).isoformat(timespec="microseconds")
    return f"{origin}\n{size}\n{_base64(root)}\nfollows {follows} at {moment}\n"


def endorsement(key: PublicKey) -> str:
    """The text by which one key hands over to the next."""
    return f"{key.origin}\nnext key\n{key.text()}\n"


def signed(text: str, key: PublicKey, signature: bytes) -> str:
    """A text with its signature line: the note as it is handed out."""
    return f"{text}\n— {key.origin} {_base64(_hint(key) + signature)}\n"


def read_checkpoint(note: str) -> tuple[int, bytes]:
    """Size and root of a head that somebody kept; whether it is signed is theirs to know. Raises LogKeyError."""
    lines = note.split("\n")
    if len(lines) < 3 or not lines[1].isdecimal():
        raise LogKeyError()
    return int(lines[1]), _unpacked(lines[2])


def _hint(key: PublicKey) -> bytes:
    return hashlib.sha256(key.origin.encode() + b"\n" + _ED25519 + key.public).digest()[:4]


def _parts(text: str) -> tuple[str, bytes]:
    origin, _, rest = text.partition("+")
    return origin, _unpacked(rest.partition("+")[2]).removeprefix(_ED25519)


def _unpacked(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # not base64, or not even ASCII
        raise LogKeyError() from None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()
