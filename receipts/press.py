"""The press: child processes that make PDFs, kept warm, limited, and replaced when they fail.

Knows how many may run at once and how long one paper may take. Callers are threads; each has a worker to itself.
Refuses to wait: a worker that is late, dead or has printed enough is ended and the next paper gets a fresh one.
"""

import atexit
import json
import logging
import os
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from receipts import cage, frames
from receipts.errors import RenderError

logger = logging.getLogger(__name__)

WORKERS: Final = max(1, min(4, os.cpu_count() or 1))
PAPERS_EACH: Final = 1000  # then a fresh process: WeasyPrint keeps about 10 kB of each paper
_FONTS_OF_NO_MACHINE: Final = Path(__file__).parents[1] / "templates" / "receipts" / "fonts.conf"

_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)

_places = threading.BoundedSemaphore(WORKERS)
_idle: "list[_Worker]" = []


def pdf(style: str, html: str, *, seconds: int, facts: bytes = b"", written_at: datetime = _LONG_AGO) -> bytes:
    """The document as a PDF, in the style sheet of that name, with its `facts` (JSON) attached. Raises RenderError."""
    with _places:
        worker = _idle.pop() if _idle else _Worker()
        try:
            content, warnings = worker.print(style, html, seconds, facts, written_at)
        except BaseException:
            worker.end()
            raise
        _put_back(worker)
    for warning in warnings:
        logger.warning("printing: %s", warning)
    if not content:
        raise RenderError()
    return content


def close() -> None:
    """End the workers that wait. The next paper starts one anew."""
    while _idle:
        _idle.pop().end()


def waiting() -> list[int]:
    """The pids of the workers that wait for the next paper."""
    return [worker.pid for worker in _idle]


atexit.register(close)


class _Worker:
    """One child process and its pipes."""

    def __init__(self) -> None:
        self.printed = 0
        self._child = cage.begin("receipts.press_worker", FONTCONFIG_FILE=str(_FONTS_OF_NO_MACHINE))

    @property
    def pid(self) -> int:
        return self._child.pid

    def print(self, style: str, html: str, seconds: int, facts: bytes, written_at: datetime) -> tuple[bytes, list[str]]:
        """One paper and the warnings it caused. Raises RenderError when the child does not answer in time."""
        assert self._child.stdin and self._child.stdout
        late = threading.Timer(seconds, self._child.kill)
        late.start()
        try:
            frames.write(self._child.stdin, json.dumps([style, seconds, written_at.isoformat()]).encode())
            frames.write(self._child.stdin, html.encode())
            frames.write(self._child.stdin, facts)
            warnings = json.loads(frames.read(self._child.stdout))
            content = frames.read(self._child.stdout)
        except (EOFError, BrokenPipeError) as gone:
            raise RenderError() from gone
        finally:
            late.cancel()
        self.printed += 1
        return content, warnings

    def end(self) -> None:
        """Stop the child, whatever it is doing, and leave nothing of it behind."""
        cage.end(self._child)


def _put_back(worker: _Worker) -> None:
    if worker.printed < PAPERS_EACH:
        _idle.append(worker)
    else:
        worker.end()
