"""A crowd of readers in one process: asks one page of a server on this machine again and again, and counts answers.

Knows connections that are kept open, and the two ways an answer says where it ends. Refuses to count an answer that is
not 200, to go on past its time or count, and to ask any machine but this one.
"""

import asyncio
from dataclasses import dataclass
from time import perf_counter
from typing import Final

import uvloop

HERE: Final = "127.0.0.1"
MOST_REQUESTS: Final = 100_000
READERS: Final = 16


@dataclass(slots=True)
class Visit:
    """What the readers of one address share: when to stop, and how many answers there were."""

    port: int
    path: str
    ends_at: float
    answers: int = 0

    @property
    def is_over(self) -> bool:
        return self.answers >= MOST_REQUESTS or perf_counter() >= self.ends_at

    @property
    def request(self) -> bytes:
        """What a browser on a phone asks with."""
        wants = "Accept: text/html\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: th"
        return f"GET {self.path} HTTP/1.1\r\nHost: {HERE}:{self.port}\r\n{wants}\r\n\r\n".encode()


def answers_per_second(port: int, path: str, seconds: int) -> float:
    """Ask for `path` with READERS connections for so long; how many answers a second came."""
    visit = Visit(port, path, perf_counter() + seconds)
    begin = perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_all_read(visit))
    return visit.answers / (perf_counter() - begin)


async def _all_read(visit: Visit) -> None:
    await asyncio.gather(*(_read(visit) for _ in range(READERS)))


async def _read(visit: Visit) -> None:
    reader, writer = await asyncio.open_connection(HERE, visit.port)
    request = visit.request
    while not visit.is_over:
        writer.write(request)
        await _answer(reader)
        visit.answers += 1
    writer.close()


async def _answer(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(head.split(b"\r\n")[0].decode())
    if b"\r\ntransfer-encoding: chunked" not in head:
        await reader.readexactly(int(head.partition(b"content-length:")[2].split(b"\r\n")[0]))
        return
    while size := int(await reader.readline(), 16):
        await reader.readexactly(size + 2)
    await reader.readline()
