"""The switch of a disk that forgets: cut it off under load, and see what is on it when the power is back."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash import programs
from tests.crash.programs import Program


class Disk:
    """A mounted disk of `tests.crash.forgetful`; `path` is where."""

    def __init__(self, program: Program, path: Path) -> None:
        self._program = program
        self.path = path

    def flush(self) -> None:
        """Keep everything that is on it now."""
        self._program.ask("flush")

    def cut(self, *pids: int) -> None:
        """From now on it answers nothing and keeps nothing; these programs end with it, as the power does."""
        self._program.ask(" ".join(["cut", *map(str, pids)]))

    def back(self, how: str, seed: str) -> None:
        """Have the power back; whoever used the disk must be gone. `how` much was lost: see `forgetful.LOSSES`."""
        subprocess.run(["fusermount3", "-u", str(self.path)], check=True, timeout=programs.LONGEST_WAIT_SECONDS)
        assert self._program.ask(f"lose {how} {seed}") == "mounted"


@contextmanager
def disk(path: Path, *options: str) -> Iterator[Disk]:
    """A new disk mounted at `path` until the end of the block."""
    if not _may_mount():
        pytest.skip("NO POWER CUT IS TRIED HERE: this machine lets nobody mount (no /dev/fuse, or no fusermount3)")
    path.mkdir(exist_ok=True)
    with programs.started("tests.crash.forgetful", str(path), *options) as program:
        assert program.hear() == "mounted"
        yield Disk(program, path)


def _may_mount() -> bool:
    try:
        os.close(os.open("/dev/fuse", os.O_RDWR))
    except OSError:
        return False
    return shutil.which("fusermount3") is not None
