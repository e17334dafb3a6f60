"""The real `sipbaht serve` on a loopback port, to be killed and started again on the same books."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.crash.programs import ROOT

LONGEST_START_SECONDS = 60
KEY_FILE = "log.key"
COMMAND = "from fund.cli import main; main()"
ANSWERS_TOO_EARLY = """
import threading
from contextlib import contextmanager
from sqlmodel import Session
from fund.db import Database

@contextmanager
def write(self):
    session = Session(self._writer, expire_on_commit=False)
    yield session
    threading.Timer(0.1, lambda: (session.commit(), session.close())).start()

Database.write = write
"""
"""A planted defect: the commit comes a tenth of a second after the answer."""


class Service:
    """One service over its books and files; each start is a new process."""

    def __init__(self, url: str, folder: Path, defect: str = "") -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.address, self._defect = f"http://127.0.0.1:{port}", defect
        self._running: subprocess.Popen[bytes] | None = None
        self._environment = os.environ | {
            "DATABASE_URL": url, "FILES_DIR": str(folder / "files"), "PORT": str(port), "TRUSTED_PROXIES": "127.0.0.1",
            "SIPBAHT_ENV": str(folder / "none"), "LOG_KEY_FILE": str(folder / KEY_FILE),
        }  # fmt: skip

    def start(self) -> float:
        """Start it; the seconds until it says that it is ready."""
        since = time.monotonic()
        command = [sys.executable, "-c", self._defect + COMMAND, "serve"]
        self._running = subprocess.Popen(command, cwd=ROOT, env=self._environment, start_new_session=True)
        while not self._is_ready():
            assert self._running.poll() is None, "the service ended by itself; what it said is above"
            if time.monotonic() - since > LONGEST_START_SECONDS:
                raise TimeoutError("the service does not become ready")
            time.sleep(0.02)
        return time.monotonic() - since

    def kill(self) -> None:
        """`kill -9` of the service alone: what it started has to end by itself."""
        assert self._running
        self._running.kill()
        self._running.wait()

    def end(self) -> None:
        """Leave nothing of it behind."""
        if self._running:
            self.kill()
            for pid in self.orphans():
                os.kill(pid, signal.SIGKILL)

    def orphans(self) -> list[int]:
        """What still runs of what the last process started."""
        assert self._running
        return [
            int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _session(stat) == self._running.pid
        ]

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.address}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def over(url: str, folder: Path, defect: str = "") -> Iterator[Service]:
    """A service until the end of the block, not yet started."""
    service = Service(url, folder, defect)
    try:
        yield service
    finally:
        service.end()


def _session(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[3])
    except (FileNotFoundError, ProcessLookupError):
        return 0
