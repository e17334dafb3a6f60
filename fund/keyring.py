"""The master keys under which all other keys lie, and the pepper of blind indexes: one file outside the database.

Knows the file, which is its owner's alone, and each key by its version. Refuses to go on without a key that is needed,
and a file that others may read. Whoever has both this file and the database reads everything.
"""

import base64
import hashlib
import hmac
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fund.errors import FundError
from fund.folders import flush_names, write_whole

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
_FIRST_LINE: Final = "sipbaht master keys 1"
_PEPPER: Final = "pepper"


class KeyFileError(FundError):
    message = "The key file {path} is not one. Put it back from where you keep its copy."


class KeyFileOpenError(FundError):
    message = "The key file {path} can be read by others. Give it to its owner alone: chmod 600."


class KeyMissingError(FundError):
    """The database has what was sealed under a key that we have not."""

    message = "This database needs master key {version} in {path}. Put the file back from where you keep its copy."


class Keyring:
    """The keys of one file, read when they are needed; one that was added meanwhile is found.

    A key once read is known until the process ends: who still looks at the past goes on reading.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._secrets: dict[str, bytes] = {}

    def __repr__(self) -> str:
        """Without the keys: a keyring stands in errors and logs."""
        return f"Keyring({str(self.path)!r})"

    def versions(self) -> list[int]:
        """The versions that stand in the file now."""
        return sorted(int(name) for name in self._read() if name != _PEPPER)

    def keep(self, version: int, key: bytes) -> None:
        """Put a key into the file, which is made if it is not there, before anything is sealed under it."""
        self._write({_PEPPER: secrets.token_bytes(KEY_BYTES)} | self._read() | {str(version): key})

    def drop(self, version: int) -> None:
        """Take a key out of the file."""
        self._write({name: secret for name, secret in self._read().items() if name != str(version)})

    def key(self, version: int) -> bytes:
        """The 32 bytes of a version. Raises KeyMissingError."""
        return self._needed(str(version))

    def fingerprint(self, version: int) -> str:
        """What the database remembers a key by, so that another one of the same number is found out."""
        return fingerprint(self.key(version))

    def wrap(self, version: int, subject: UUID, key: bytes) -> bytes:
        """A subject's key as it lies in the database."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.key(version)).encrypt(nonce, key, _whose(version, subject))

    def unwrap(self, version: int, subject: UUID, wrapped: bytes) -> bytes:
        """The subject's key again. Raises KeyMissingError, also where the file's key is another one."""
        master = AESGCM(self.key(version))
        try:
            return master.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], _whose(version, subject))
        except InvalidTag:
            raise KeyMissingError(version=version, path=self.path) from None

    def blind(self, kind: str, value: str) -> bytes:
        """A keyed digest of a value, for finding exactly it again: nothing can be tried against it without the pepper.

        Only for what is long enough not to be met by chance, such as a 13-digit ID. The pepper never changes.
        """
        return hmac.digest(self._needed(_PEPPER), f"{kind}\0{value}".encode(), "sha256")

    def _needed(self, name: str) -> bytes:
        if name not in self._secrets:
            self._secrets.update(self._read())
        if name not in self._secrets:
            raise KeyMissingError(version=name, path=self.path)
        return self._secrets[name]

    def _read(self) -> dict[str, bytes]:
        if not self.path.exists():
            return {}
        if stat.S_IMODE(self.path.stat().st_mode) & 0o077:
            raise KeyFileOpenError(path=self.path)
        try:
            return _parsed(self.path.read_text(encoding="ascii"))
        except ValueError:
            raise KeyFileError(path=self.path) from None

    def _write(self, known: Mapping[str, bytes]) -> None:
        lines = [_FIRST_LINE, *(f"{name} {base64.b64encode(secret).decode()}" for name, secret in known.items())]
        write_whole(self.path, ("\n".join(lines) + "\n").encode(), 0o600)
        for place in self.path.parents[:2]:
            flush_names(place)


def fingerprint(key: bytes) -> str:
    """Sixteen hexadecimal digits that tell one key from another and nothing else of it."""
    return hashlib.sha256(b"sipbaht master key\0" + key).hexdigest()[:16]


def _whose(version: int, subject: UUID) -> bytes:
    return f"sealed_key\0wrapped\0{subject}\0{version}".encode()


def _parsed(text: str) -> dict[str, bytes]:
    first, *lines = text.splitlines() or [""]
    pairs = (line.partition(" ") for line in lines)
    known = {name: base64.b64decode(secret, validate=True) for name, _, secret in pairs}
    if first != _FIRST_LINE or _PEPPER not in known or any(len(secret) != KEY_BYTES for secret in known.values()):
        raise ValueError(first)
    if not all(name == _PEPPER or name.isdecimal() for name in known):
        raise ValueError(first)
    return known
