"""A program of ours that runs beside the tests and is told what to do, one line each way, never waited for too long."""

import select
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_WAIT_SECONDS = 20


class Program:
    """It hears orders and answers each with a line."""

    def __init__(self, running: "subprocess.Popen[str]") -> None:
        self._running = running

    def ask(self, order: str) -> str:
        """Give an order; what it answers."""
        assert self._running.stdin
        self._running.stdin.write(order + "\n")
        self._running.stdin.flush()
        return self.hear()

    def hear(self) -> str:
        """Its next line. Raises TimeoutError."""
        assert self._running.stdout
        if not select.select([self._running.stdout], [], [], LONGEST_WAIT_SECONDS)[0]:
            raise TimeoutError(f"no answer from {self._running.args!r}")
        line = self._running.stdout.readline().strip()
        assert line, f"{self._running.args!r} ended; what it said is above"
        return line


@contextmanager
def started(module: str, *arguments: str) -> Iterator[Program]:
    """Run a module until the end of the block: its standard input ends, and it has some seconds to go by itself."""
    command = [sys.executable, "-m", module, *arguments]
    running = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield Program(running)
    finally:
        try:
            running.communicate(timeout=LONGEST_WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
