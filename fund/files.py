"""Uploads and made PDFs: write-once files named by their SHA-256.

Knows one folder. Refuses a name that is not a digest, and a file whose content no longer is what its name says.
"""

import hashlib
import os
import re
import tempfile
from pathlib import Path

from fund.errors import FundError, NotFoundError

_DIGEST = re.compile(r"^[0-9a-f]{64}$")


class FileChangedError(FundError):
    message = "A stored file is not what was stored. Tell the auditor: {sha256}"


def store(folder: Path, content: bytes) -> str:
    """Keep `content` for good and return its SHA-256 (64 hexadecimal digits); the same content is kept once."""
    sha256 = hashlib.sha256(content).hexdigest()
    path = _path(folder, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(path, content)
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


def _write(path: Path, content: bytes) -> None:
    """Write beside, flush to disk, then rename: a crash leaves either the whole file or none."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as beside:
        beside.write(content)
        beside.flush()
        os.fsync(beside.fileno())
    Path(beside.name).chmod(0o400)
    Path(beside.name).rename(path)


def flush_names(folder: Path) -> None:
    """Bring the names in a folder to disk: a power cut takes away a new file whose folder was not flushed."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
