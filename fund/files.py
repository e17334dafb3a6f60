"""Uploads and made PDFs: write-once files, each sealed under the key of whom it is about.

Knows one folder. A file's name is a keyed digest: the folder alone tells nobody which file it holds, and nothing of
what is in it. Refuses a file whose content no longer is what was stored.
"""

import hashlib
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlmodel import Session

from fund import sealed
from fund.errors import FundError, NotFoundError
from fund.folders import flush_names, write_whole
from ledger.private import Part

NOBODY: Final = UUID(int=0)
"""The subject of papers that name nobody."""

_PLACE: Final = "file"


class FileChangedError(FundError):
    message = "A stored file is not what was stored. Tell the auditor: {sha256}"


def store(session: Session, folder: Path, content: bytes, subject: UUID) -> str:
    """Keep `content` for good, sealed for `subject`, and return its SHA-256 (64 hexadecimal digits).

    It is on disk when this returns; if the unit of work ends in nothing, nobody can read what was left.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    path = path_of(session, folder, sha256, subject)
    write_whole(path, sealed.seal_many(session, [Part(subject, _PLACE, sha256, content)])[0], 0o400)
    for place in path.parents[:4]:  # the file's, its folders' and the store's own name, whoever made them
        flush_names(place)
    return sha256


def load(session: Session, folder: Path, sha256: str, subject: UUID) -> bytes:
    """The content stored for this subject under this digest.

    Raises NotFoundError, also where the subject was erased, or FileChangedError if it was changed.
    """
    path = path_of(session, folder, sha256, subject)
    if not path.exists():
        raise NotFoundError()
    try:
        content = sealed.unseal_many(session, [Part(subject, _PLACE, sha256, path.read_bytes())])[0]
    except sealed.SealBrokenError:
        raise FileChangedError(sha256=sha256) from None
    if content is None:
        raise NotFoundError()
    return content


def path_of(session: Session, folder: Path, sha256: str, subject: UUID) -> Path:
    """Where the file lies: nobody can tell from the name what is in it, or whether it holds a file they have."""
    name = sealed.blind(session, _PLACE, f"{subject}:{sha256}").hex()
    return folder / "sealed" / name[:2] / name
