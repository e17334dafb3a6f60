"""Uploads and made PDFs: write-once files named by their SHA-256.

Knows one folder. Refuses a name that is not a digest, and a file whose content no longer is what its name says.
"""

import hashlib
import re
from pathlib import Path

from fund.errors import FundError, NotFoundError
from fund.folders import flush_names, write_whole

_DIGEST = re.compile(r"^[0-9a-f]{64}$")


class FileChangedError(FundError):
    message = "A stored file is not what was stored. Tell the auditor: {sha256}"


def store(folder: Path, content: bytes) -> str:
    """Keep `content` for good and return its SHA-256 (64 hexadecimal digits); the same content is kept once."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(folder, sha256)
    if not path.exists():
        write_whole(path, content, 0o400)
    for place in path.parents[:3]:  # the file's, its folder's and the store's own name, whoever made them
        flush_names(place)
    return sha256


def load(folder: Path, sha256: str) -> bytes:
    """The content stored under this digest. Raises NotFoundError, or FileChangedError if it was changed."""
    path = _path(folder, sha256)
    if not path.exists():
        raise NotFoundError()
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileChangedError(sha256=sha256)
    return content


def _path(folder: Path, sha256: str) -> Path:
    if not _DIGEST.match(sha256):
        raise NotFoundError()
    return folder / sha256[:2] / sha256
