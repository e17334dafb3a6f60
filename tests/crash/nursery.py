"""Brings up processes that post and are to be killed: each a fork of one that has imported everything already.

As a program it reads one life's orders a line and says when that life's load begins. Lives end by `kill -9`; the
program ends with its standard input, and whoever still lives ends with the program.
"""

import json
import os
import signal
import sys
import time
from dataclasses import asdict

from tests.crash.posters import Orders, Poster
from tests.crash.programs import Program


class Nursery:
    """The tests' side of it: births and deaths."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.living: list[int] = []

    def birth(self, orders: Orders) -> int:
        """A process that posts by now; its pid."""
        self.living.append(int(self._program.ask(json.dumps(asdict(orders)))))
        return self.living[-1]

    def kill(self, pid: int) -> None:
        """Kill it without a warning, and wait until nothing of it is left."""
        os.kill(pid, signal.SIGKILL)
        self.bury(pid)

    def bury(self, pid: int) -> None:
        """See one off that something else ends."""
        self.living.remove(pid)
        wait_until_gone(pid)

    def kill_all(self) -> None:
        """Kill whoever still lives."""
        for pid in filter(is_alive, list(self.living)):
            self.kill(pid)
        self.living.clear()


def is_alive(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def wait_until_gone(pid: int) -> None:
    """Until there is no such process. Raises TimeoutError."""
    for _ in range(1_000):
        if not is_alive(pid):
            return
        time.sleep(0.01)
    raise TimeoutError(f"{pid} was killed and is still there")


def main() -> None:
    """Fork a life for each line of orders."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead leave at once
    parent = os.getpid()
    for line in sys.stdin:
        if os.fork() == 0:
            Poster(Orders(**json.loads(line))).live()
            print(os.getpid(), flush=True)  # noqa: T201
            while os.getppid() == parent:
                time.sleep(0.5)
            os._exit(0)


if __name__ == "__main__":
    main()
