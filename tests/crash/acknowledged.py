"""What was acknowledged, as its client wrote it down: a file that only grows, flushed before a line counts.

Knows nothing of our code. A line cut short by a crash was never counted, so it is passed over.
"""

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any


class Notebook:
    """The file, open for adding; threads and processes may share it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def note(self, lines: Sequence[dict[str, Any]]) -> None:
        """Write down what was acknowledged together."""
        os.write(self._file, "".join(json.dumps(line) + "\n" for line in lines).encode())
        os.fsync(self._file)


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Everything that was acknowledged, in the order it was."""
    for line in path.read_bytes().splitlines(keepends=True) if path.exists() else ():
        if line.endswith(b"\n"):
            yield json.loads(line)
