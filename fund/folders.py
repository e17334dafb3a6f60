"""How a file comes to the disk whole: written beside, flushed, renamed, and its names flushed too.

Knows what a power cut leaves: the old file or the new one, and no name that was not flushed.
"""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes, mode: int) -> None:
    """Put a file into its folder, which is made if it is not there; what stood there before is replaced."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as beside:
        beside.write(content)
        beside.flush()
        os.fsync(beside.fileno())
    Path(beside.name).chmod(mode)
    Path(beside.name).rename(path)


def flush_names(folder: Path) -> None:
    """Bring the names in a folder to disk: a power cut takes away a new file whose folder was not flushed."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
