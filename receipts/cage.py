"""Cages: child processes that do what may go wrong, with little memory, little time and nothing of our environment.

Knows how a child is begun and ended, and how it limits itself before it touches anything. Refuses nothing: whoever
drives a child says what its silence means.
"""

import os
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_ROOT = Path(__file__).parents[1]


def begin(module: str, **environment: str) -> "subprocess.Popen[bytes]":
    """Start `python -m module`; of our environment it knows where Python's code is, and what is given here."""
    return subprocess.Popen(
        [sys.executable, "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PYTHONPATH": str(_ROOT), "LC_ALL": "C.UTF-8", **environment},
    )


@contextmanager
def child(module: str, *, seconds: int) -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    """A child for one piece of work: the pipe of its requests and that of its answers.

    It is killed when the time is over by the clock; who reads on then meets the end of the pipe (EOFError of `frames`).
    """
    begun = begin(module)
    assert begun.stdin and begun.stdout
    late = threading.Timer(seconds, begun.kill)
    late.start()
    try:
        yield begun.stdin, begun.stdout
    finally:
        late.cancel()
        end(begun)


def end(begun: "subprocess.Popen[bytes]") -> None:
    """Stop a child, whatever it is doing, and leave nothing of it behind."""
    begun.kill()
    begun.communicate()


def limit_ourselves(memory_bytes: int, *, file_bytes: int = 0) -> None:  # pragma: no cover - only ever in the child
    """Take no more memory than this, write no larger file, leave no core behind."""
    for limit, amount in (
        (resource.RLIMIT_AS, memory_bytes),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (amount, amount))


def limit_computing(seconds: int, *, in_all: int | None = None) -> None:  # pragma: no cover - only ever in the child
    """The kernel ends us when the next piece of work computes longer than this, or all of them longer than `in_all`."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    ceiling = int(used.ru_utime + used.ru_stime) + seconds + 1
    most = min(ceiling, in_all) if in_all else ceiling
    resource.setrlimit(resource.RLIMIT_CPU, (most, in_all or resource.RLIM_INFINITY))


def compute_at_most(seconds: float) -> None:  # not money; pragma: no cover - only ever in the child
    """The kernel ends us when we compute longer than this from now on; said again, it begins anew."""
    signal.setitimer(signal.ITIMER_PROF, seconds)


def own_pipe() -> IO[bytes]:  # pragma: no cover - only ever in the child
    """The pipe for answers; what a library prints goes to the error stream, not between them."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers
